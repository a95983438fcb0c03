//! The memory tier: responses by key, bounded in bytes.
//!
//! Two shelves share the budget, so that image sources, which are large and asked for rarely, take at most a quarter
//! and never push out what visitors see.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use foldhash::quality::RandomState;
use http::HeaderMap;
use quick_cache::Weighter;
use quick_cache::sync::{Cache, DefaultLifecycle};

use crate::cache::selection::Varies;
use crate::cache::{
    CacheKey, Constraints, Purge, Purges, Selection, Selector, Sequence, StoredResponse, Usability, Validation,
    VariesRecord,
};

/// Responses in memory.
#[derive(Debug)]
pub struct MemoryCache {
    sources: Entries,
    responses: Entries,
    /// Counts the targets with selections that were begun, from the sequence at the start: where something outlives the
    /// program that says which of its runs it is, so an epoch is of one target and one run.
    epochs: AtomicU64,
    purges: Arc<Purges>,
}

/// Hashes are seeded at random, as those of a table of what strangers send have to be.
type Entries = Cache<CacheKey, Slot, ByBytes, RandomState>;

/// Which budget an entry counts against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shelf {
    /// Image sources: a quarter of the memory.
    Sources,
    /// Everything that is sent to clients.
    Responses,
}

/// What is stored for a request.
#[derive(Debug, Clone)]
pub enum Lookup {
    /// To be served as it is.
    Fresh(Arc<StoredResponse>),
    /// To be served while it is validated.
    Stale(Arc<StoredResponse>),
    /// To be validated before it is served.
    Expired(Arc<StoredResponse>),
    /// Nothing.
    Miss(Missing),
}

/// What is missing (the distinction that RFC 9211 §2.2 makes).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// Nothing is stored for the target.
    Target,
    /// Something is, but not for this request's selection.
    Selection,
}

/// What another tier has under a key.
#[derive(Debug, Clone)]
pub enum Recalled {
    /// A response.
    Response(Arc<StoredResponse>),
    /// How the responses of a target are told apart.
    Varies(VariesRecord),
}

#[derive(Debug, Clone)]
enum Slot {
    Response(Arc<StoredResponse>),
    Varies(Arc<Varies>),
}

#[derive(Debug, Clone)]
struct ByBytes;

impl Weighter<CacheKey, Slot> for ByBytes {
    fn weight(&self, key: &CacheKey, slot: &Slot) -> u64 {
        let content = match slot {
            Slot::Response(response) => response.weight(),
            Slot::Varies(varies) => varies.weight(key),
        };
        // The store's own bookkeeping is about this much an entry.
        const OVERHEAD: usize = 128;
        u64::try_from(key.weight() + content + OVERHEAD).unwrap_or(u64::MAX)
    }
}

impl Lookup {
    fn of(response: Arc<StoredResponse>, usability: Usability) -> Self {
        match usability {
            Usability::Fresh => Self::Fresh(response),
            Usability::WhileRevalidating => Self::Stale(response),
            Usability::Expired => Self::Expired(response),
        }
    }
}

impl MemoryCache {
    /// Holds up to `budget` bytes of what was not purged.
    #[must_use]
    pub fn new(budget: u64, purges: Arc<Purges>) -> Self {
        let sources = budget / 4;
        let epochs = AtomicU64::new(purges.current().0);
        Self { sources: shelf(sources), responses: shelf(budget - sources), epochs, purges }
    }

    /// What is stored under a target's key for a request with these fields, and the key of that selection.
    #[must_use]
    pub fn lookup<'a>(
        &self,
        shelf: Shelf,
        target: &'a CacheKey,
        fields: &HeaderMap,
        constraints: &Constraints,
        now: Instant,
    ) -> (Cow<'a, CacheKey>, Lookup) {
        let shelf = self.shelf(shelf);
        let (key, slot, missing) = match shelf.get(target) {
            Some(Slot::Varies(varies)) => {
                let key = varies.key(target, fields);
                let slot = shelf.get(&key);
                (Cow::Owned(key), slot, Missing::Selection)
            }
            slot => (Cow::Borrowed(target), slot, Missing::Target),
        };
        let Some(Slot::Response(response)) = slot else {
            return (key, Lookup::Miss(missing));
        };
        let Some(usability) = self.usability(&response, constraints, now) else {
            shelf.remove_if(&*key, |slot| matches!(slot, Slot::Response(known) if Arc::ptr_eq(known, &response)));
            return (key, Lookup::Miss(missing));
        };
        (key, Lookup::of(response, usability))
    }

    /// What may be done with a response that was found elsewhere. None if it was purged.
    #[must_use]
    pub fn judge(&self, response: Arc<StoredResponse>, constraints: &Constraints, now: Instant) -> Option<Lookup> {
        let usability = self.usability(&response, constraints, now)?;
        Some(Lookup::of(response, usability))
    }

    fn usability(&self, response: &StoredResponse, constraints: &Constraints, now: Instant) -> Option<Usability> {
        let usability = response.freshness.usability(constraints, now);
        match self.purges.verdict(&response.stamp) {
            None => Some(usability),
            Some(Purge::Soft) => Some(aged(usability, response.freshness.validation, constraints)),
            Some(Purge::Hard) => None,
        }
    }

    /// Which of a target's responses the one with these selectors and fields is, for the request's fields. What selects is remembered
    /// at once, so that requests are told apart while the response is on its way. None where the target has too many
    /// selections already.
    #[must_use]
    pub fn select(
        &self,
        shelf: Shelf,
        target: &CacheKey,
        selectors: &[Selector],
        fields: &HeaderMap,
        response: &HeaderMap,
    ) -> Option<Selection> {
        let shelf = self.shelf(shelf);
        if selectors.is_empty() {
            return Some(Selection::only(target));
        }
        let varies = match shelf.get(target) {
            Some(Slot::Varies(known)) if known.selects_by(selectors) => known,
            _ => {
                let varies = Arc::new(Varies::new(selectors, self.epochs.fetch_add(1, Ordering::Relaxed)));
                shelf.insert(target.clone(), Slot::Varies(Arc::clone(&varies)));
                varies
            }
        };
        varies.learn(fields, response);
        varies.select(target, fields, |key| shelf.peek(key).is_some())
    }

    /// Stores a response of a target; unless it was hard purged since its fetch began, or what is stored began to be
    /// fetched later, or the target was forgotten since the selection was made. Whether it was.
    pub fn store(&self, shelf: Shelf, target: &CacheKey, selection: &Selection, response: Arc<StoredResponse>) -> bool {
        let shelf = self.shelf(shelf);
        self.is_wanted(shelf, target, selection, &response) && replace_older(shelf, selection.key().clone(), response)
    }

    /// Whether it was not purged, nor its target forgotten.
    fn is_wanted(&self, shelf: &Entries, target: &CacheKey, selection: &Selection, response: &StoredResponse) -> bool {
        if self.purges.verdict(&response.stamp) == Some(Purge::Hard) {
            return false;
        }
        match (selection.varies(), shelf.peek(target)) {
            (Some(varies), Some(Slot::Varies(known))) => Arc::ptr_eq(varies, &known),
            (Some(_), _) => false,
            (None, _) => true,
        }
    }

    /// Whether a response of a target may be stored where memory is not: as if it were to be [stored](Self::store) here.
    /// Then nothing older is here any more.
    pub fn yield_to(&self, shelf: Shelf, target: &CacheKey, selection: &Selection, response: &StoredResponse) -> bool {
        let shelf = self.shelf(shelf);
        if !self.is_wanted(shelf, target, selection, response) || is_newer(shelf, selection.key(), response) {
            return false;
        }
        shelf.remove(selection.key());
        true
    }

    /// Puts what another tier has under a key where nothing is. Whether it, or nothing else, is there now. What has its
    /// content on the disk stays there.
    pub fn promote(&self, shelf: Shelf, key: &CacheKey, recalled: Recalled) -> bool {
        let shelf = self.shelf(shelf);
        match (shelf.peek(key), recalled) {
            (Some(Slot::Response(known)), Recalled::Response(response)) => Arc::ptr_eq(&known, &response),
            (Some(_), _) => false,
            (None, Recalled::Response(response)) if response.body.held().is_none() => true,
            (None, Recalled::Response(response)) => {
                shelf.insert(key.clone(), Slot::Response(response));
                true
            }
            (None, Recalled::Varies(varies)) => {
                shelf.insert(key.clone(), Slot::Varies(varies.into_varies()));
                true
            }
        }
    }

    /// Whether this is what is stored under a key.
    #[must_use]
    pub fn holds(&self, shelf: Shelf, key: &CacheKey, response: &Arc<StoredResponse>) -> bool {
        matches!(self.shelf(shelf).peek(key), Some(Slot::Response(known)) if Arc::ptr_eq(&known, response))
    }

    /// Forgets a target, with all its selections: an unsafe request may have changed it (RFC 9111 §4.4).
    pub fn invalidate(&self, shelf: Shelf, target: &CacheKey) {
        self.shelf(shelf).remove(target);
    }

    /// Removes what was hard purged, and says when the oldest fetch of what is left began. Looks at every entry.
    pub fn sweep(&self) -> Option<Sequence> {
        let oldest = AtomicU64::new(u64::MAX);
        for shelf in [&self.sources, &self.responses] {
            shelf.retain(|_, slot| {
                let Slot::Response(response) = slot else { return true };
                let keep = self.purges.verdict(&response.stamp) != Some(Purge::Hard);
                if keep {
                    oldest.fetch_min(response.stamp.began().0, Ordering::Relaxed);
                }
                keep
            });
        }
        Some(oldest.into_inner()).filter(|oldest| *oldest < u64::MAX).map(Sequence)
    }

    /// Bytes in use, and entries, of a shelf.
    #[must_use]
    pub fn usage(&self, shelf: Shelf) -> (u64, usize) {
        let shelf = self.shelf(shelf);
        (shelf.weight(), shelf.len())
    }

    fn shelf(&self, shelf: Shelf) -> &Entries {
        match shelf {
            Shelf::Sources => &self.sources,
            Shelf::Responses => &self.responses,
        }
    }
}

/// What a soft purge makes of a response: stale, and to be served at most while it is validated. Not to a request that
/// sets bounds to its age, and not if it must not be served stale.
fn aged(usability: Usability, validation: Validation, constraints: &Constraints) -> Usability {
    let unbounded = constraints.max_age.is_none() && constraints.min_fresh.is_none();
    match usability {
        Usability::Fresh | Usability::WhileRevalidating if unbounded && validation == Validation::WhenStale => {
            Usability::WhileRevalidating
        }
        Usability::Fresh | Usability::WhileRevalidating | Usability::Expired => Usability::Expired,
    }
}

/// Of two fetches of the same thing, the one that began later has the newer bytes. Two that are stored at the same
/// moment may end in the wrong order; what a purge has hit is found out at the lookup all the same.
fn replace_older(shelf: &Entries, key: CacheKey, response: Arc<StoredResponse>) -> bool {
    let replaces = !is_newer(shelf, &key, &response);
    if replaces {
        shelf.insert(key, Slot::Response(response));
    }
    replaces
}

/// Whether what is stored began to be fetched later than this.
fn is_newer(shelf: &Entries, key: &CacheKey, response: &StoredResponse) -> bool {
    matches!(shelf.peek(key), Some(Slot::Response(known)) if known.stamp.began() > response.stamp.began())
}

fn shelf(budget: u64) -> Entries {
    // An expectation, not a bound: 32 KiB is a usual size of a picture on a page.
    const USUAL: u64 = 32 * 1024;
    let expected = usize::try_from(budget / USUAL).unwrap_or(usize::MAX).clamp(64, 1 << 20);
    // What is larger than its shard is never admitted, so small budgets have few shards.
    const SMALLEST_SHARD: u64 = 64 * 1024 * 1024;
    let shards = usize::try_from(budget / SMALLEST_SHARD).unwrap_or(usize::MAX).clamp(1, 64);
    let options = quick_cache::OptionsBuilder::new()
        .estimated_items_capacity(expected)
        .weight_capacity(budget)
        .shards(shards)
        .build()
        .expect("INVARIANT: both capacities are given");
    Cache::with_options(options, ByBytes, RandomState::default(), DefaultLifecycle::default())
}
