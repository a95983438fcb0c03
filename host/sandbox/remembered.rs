//! Remembered decisions: a table from (generation, questions and answers so far) to the next question, or the decision.
//! A request that walks it to the end runs no Wasm.
//!
//! Components are deterministic and see a request only through getters, so equal answers mean equal decisions. The
//! table is bounded in bytes and has two segments: what was used once cannot push out what was used twice.

use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::BuildHasher;
use std::sync::Arc;

use foldhash::quality::RandomState;
use lru::LruCache;
use parking_lot::{Mutex, RwLock};

use crate::cache::Digest;
use crate::sandbox::read::{Getter, Read, RequestView};

/// Everything that a decision depends on besides the request: components, settings, the site. Changing any of it
/// starts the next generation, and no decision of an earlier one is found again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Generation([u8; 16]);

/// Remembered decisions of type `D`.
#[derive(Debug)]
pub struct Remembered<D> {
    shards: Box<[Mutex<Segments<D>>]>,
    /// Chooses the shard. Seeded at random, as a table of what strangers send has to be.
    hasher: RandomState,
    openings: RwLock<Openings>,
}

/// What the first decision of a generation asked. Most others begin alike, so asking all of it at once saves looking
/// after each question. It is a guess that cannot mislead: a key holds the questions with their answers, and is in the
/// table only if a component asked just these and was answered just so.
type Openings = HashMap<Generation, Arc<[Getter]>, foldhash::fast::RandomState>;

#[derive(Debug)]
enum Step<D> {
    Ask(Arc<Getter>),
    Decided(Arc<D>),
}

/// Two lists by time of use. New steps enter the first; a second use moves them to the second, which has most of the
/// room and gives its oldest back.
#[derive(Debug)]
struct Segments<D> {
    once: LruCache<Box<[u8]>, Weighed<D>>,
    twice: LruCache<Box<[u8]>, Weighed<D>>,
    once_bytes: usize,
    twice_bytes: usize,
    budget: usize,
}

#[derive(Debug)]
struct Weighed<D> {
    step: Step<D>,
    bytes: usize,
}

/// A power of two: a lock is held for some hundred nanoseconds, and more shards cost locality.
const SHARDS: usize = 8;

/// What a step costs besides its key: list and table entries, and the shared question or decision.
const OVERHEAD: usize = 160;

thread_local! {
    /// Where keys are put together, kept so that a hit allocates nothing.
    static KEY: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

impl Generation {
    /// Of these parts: digests, settings, names.
    #[must_use]
    pub fn of(parts: &[&[u8]]) -> Self {
        let mut short = [0; 16];
        short.copy_from_slice(&Digest::of_parts(parts).as_bytes()[..16]);
        Self(short)
    }
}

impl<D> Remembered<D> {
    /// A table of at most `budget` bytes.
    #[must_use]
    pub fn new(budget: usize) -> Self {
        let shards = (0..SHARDS).map(|_| Mutex::new(Segments::new(budget / SHARDS))).collect();
        Self { shards, hasher: RandomState::default(), openings: RwLock::default() }
    }

    /// The decision for a request, if every step to it is remembered.
    pub fn recall(&self, generation: Generation, view: &RequestView) -> Option<Arc<D>> {
        let opening = self.openings.read().get(&generation).map(Arc::clone);
        let begin = |key: &mut Vec<u8>| {
            key.clear();
            key.extend_from_slice(&generation.0);
        };
        KEY.with_borrow_mut(|key| {
            if let Some(opening) = opening {
                begin(key);
                opening.iter().for_each(|getter| ask(getter, view, key));
                if let Some(decision) = self.walk(key, view) {
                    return Some(decision);
                }
            }
            begin(key);
            self.walk(key, view)
        })
    }

    /// Goes on from the step with this key.
    fn walk(&self, key: &mut Vec<u8>, view: &RequestView) -> Option<Arc<D>> {
        loop {
            let step = self.shard(key).lock().get(key)?;
            match step {
                Step::Ask(getter) => ask(&getter, view, key),
                Step::Decided(decision) => return Some(decision),
            }
        }
    }

    /// Remembers a decision, and the questions that lead to it. `weight` is the decision's size in bytes.
    pub fn remember(&self, generation: Generation, reads: &[Read], decision: Arc<D>, weight: usize) {
        let mut key = generation.0.to_vec();
        for read in reads {
            self.insert(&key, Step::Ask(Arc::new(read.getter.clone())), read.getter.weight());
            read.getter.encode(&mut key);
            read.answer.encode(&mut key);
        }
        self.insert(&key, Step::Decided(decision), weight);
        if !self.openings.read().contains_key(&generation) {
            let opening = reads.iter().map(|read| read.getter.clone()).collect();
            self.openings.write().insert(generation, opening);
        }
    }

    /// Bytes and steps in the table.
    #[must_use]
    pub fn usage(&self) -> (usize, usize) {
        self.shards.iter().fold((0, 0), |(bytes, steps), shard| {
            let shard = shard.lock();
            (bytes + shard.once_bytes + shard.twice_bytes, steps + shard.once.len() + shard.twice.len())
        })
    }

    fn insert(&self, key: &[u8], step: Step<D>, weight: usize) {
        self.shard(key).lock().insert(key, step, weight + key.len() + OVERHEAD);
    }

    fn shard(&self, key: &[u8]) -> &Mutex<Segments<D>> {
        let hash = usize::try_from(self.hasher.hash_one(key) % (SHARDS as u64)).unwrap_or(0);
        &self.shards[hash]
    }
}

/// Asks a question natively, and makes it part of the key with its answer.
fn ask(getter: &Getter, view: &RequestView, key: &mut Vec<u8>) {
    getter.encode(key);
    getter.answer(view).encode(key);
}

impl<D> Segments<D> {
    fn new(budget: usize) -> Self {
        Self { once: LruCache::unbounded(), twice: LruCache::unbounded(), once_bytes: 0, twice_bytes: 0, budget }
    }

    fn get(&mut self, key: &[u8]) -> Option<Step<D>> {
        if let Some(found) = self.twice.get(key) {
            return Some(found.step.clone());
        }
        let (key, found) = self.once.pop_entry(key)?;
        self.once_bytes -= found.bytes;
        self.twice_bytes += found.bytes;
        let step = found.step.clone();
        self.twice.put(key, found);
        // Four fifths for what was used twice.
        while self.twice_bytes > self.budget / 5 * 4 {
            let Some((key, oldest)) = self.twice.pop_lru() else { break };
            self.twice_bytes -= oldest.bytes;
            self.once_bytes += oldest.bytes;
            self.once.put(key, oldest);
        }
        self.shrink();
        Some(step)
    }

    fn insert(&mut self, key: &[u8], step: Step<D>, bytes: usize) {
        if let Some(known) = self.twice.get_mut(key) {
            self.twice_bytes = self.twice_bytes - known.bytes + bytes;
            *known = Weighed { step, bytes };
        } else {
            let before = self.once.put(key.into(), Weighed { step, bytes });
            self.once_bytes = self.once_bytes + bytes - before.map_or(0, |before| before.bytes);
        }
        self.shrink();
    }

    fn shrink(&mut self) {
        while self.once_bytes + self.twice_bytes > self.budget {
            let Some((_, oldest)) = self.once.pop_lru() else { break };
            self.once_bytes -= oldest.bytes;
        }
    }
}

impl<D> Clone for Step<D> {
    fn clone(&self) -> Self {
        match self {
            Self::Ask(getter) => Self::Ask(Arc::clone(getter)),
            Self::Decided(decision) => Self::Decided(Arc::clone(decision)),
        }
    }
}

#[cfg(test)]
mod tests;
