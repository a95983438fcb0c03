//! Remembered decisions: a table from (generation, questions and answers so far) to the next question, or the decision.
//! A request that walks it to the end runs no Wasm.
//!
//! Components are deterministic and see a request only through getters, so equal answers mean equal decisions. The
//! table is bounded in bytes, and what was used once cannot push out what was used twice.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use foldhash::quality::RandomState;
use parking_lot::RwLock;
use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{OptionsBuilder, Weighter};

use crate::cache::Digest;
use crate::sandbox::read::{Getter, Read, RequestView};

/// Everything that a decision depends on besides the request: components, settings, the site. Changing any of it
/// starts the next generation, and no decision of an earlier one is found again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Generation([u8; 16]);

/// Remembered decisions of type `D`.
#[derive(Debug)]
pub struct Remembered<D> {
    /// Hashes are seeded at random, as those of a table of what strangers send have to be.
    steps: Cache<Box<[u8]>, Weighed<D>, ByBytes, RandomState>,
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

#[derive(Debug)]
struct Weighed<D> {
    step: Step<D>,
    bytes: usize,
}

#[derive(Debug, Clone, Copy)]
struct ByBytes;

/// A lock is held for some hundred nanoseconds, and more shards cost locality.
const SHARDS: usize = 8;

/// What a step costs besides its key: entries of the table with room to grow, and the shared question or decision.
const OVERHEAD: usize = 128;

/// A usual step with its key and decision: an expectation, not a bound.
const USUAL: usize = 512;

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
        let options = OptionsBuilder::new()
            .estimated_items_capacity((budget / USUAL).clamp(1, 1 << 20))
            .weight_capacity(budget as u64)
            .shards(SHARDS)
            .build()
            .expect("INVARIANT: both capacities are given");
        let steps = Cache::with_options(options, ByBytes, RandomState::default(), DefaultLifecycle::default());
        Self { steps, openings: RwLock::default() }
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
            match self.steps.get(key.as_slice())?.step {
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
        (usize::try_from(self.steps.weight()).unwrap_or(usize::MAX), self.steps.len())
    }

    fn insert(&self, key: &[u8], step: Step<D>, weight: usize) {
        self.steps.insert(key.into(), Weighed { step, bytes: weight + key.len() + OVERHEAD });
    }
}

/// Asks a question natively, and makes it part of the key with its answer.
fn ask(getter: &Getter, view: &RequestView, key: &mut Vec<u8>) {
    getter.encode(key);
    getter.answer(view).encode(key);
}

impl<D> Weighter<Box<[u8]>, Weighed<D>> for ByBytes {
    fn weight(&self, _key: &Box<[u8]>, weighed: &Weighed<D>) -> u64 {
        weighed.bytes as u64
    }
}

impl<D> Clone for Weighed<D> {
    fn clone(&self) -> Self {
        Self { step: self.step.clone(), bytes: self.bytes }
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
