//! The two caches that are asked: the node's own and plain LRU. Both account for the same bytes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use lru::LruCache;
use lucarne::cache::{
    CacheKey, Constraints, Fields, Freshness, KeyBuilder, Lookup, MemoryCache, Prepared, PurgeStamp, Selection,
    Sequence, Shelf, StoredResponse, Validation,
};
use lucarne::clock::stopwatch;

/// The node's memory tier, asked as a node asks it.
pub(crate) struct NodeCache {
    cache: MemoryCache,
    fields: HeaderMap,
    constraints: Constraints,
    now: Instant,
}

/// Least recently used, by bytes.
pub(crate) struct Lru {
    objects: LruCache<usize, usize>,
    held: usize,
    capacity: usize,
}

impl NodeCache {
    /// One that holds so many bytes of responses.
    pub(crate) fn new(capacity: usize) -> Self {
        // Responses have three quarters of the whole.
        let budget = u64::try_from(capacity.div_ceil(3) * 4).unwrap();
        let (fields, constraints) = (HeaderMap::new(), Constraints::default());
        Self { cache: MemoryCache::new(budget, Arc::default()), fields, constraints, now: stopwatch() }
    }

    /// Asks for an object of this size, and stores it where it is missing. Whether it was a hit.
    pub(crate) fn ask(&self, object: usize, size: usize) -> bool {
        let key = key(object);
        let found = self.cache.lookup(Shelf::Responses, &key, &self.fields, &self.constraints, self.now).1;
        if matches!(found, Lookup::Fresh(_)) {
            return true;
        }
        self.cache.store(Shelf::Responses, &key, &Selection::only(&key), response(&key, size, self.now).into());
        false
    }

    /// What an entry takes besides its content.
    pub(crate) fn overhead() -> usize {
        let cache = Self::new(1 << 20);
        cache.ask(0, 0);
        usize::try_from(cache.cache.usage(Shelf::Responses).0).unwrap()
    }
}

impl Lru {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { objects: LruCache::unbounded(), held: 0, capacity }
    }

    /// Asks for an object of this weight, and stores it where it is missing. Whether it was a hit.
    pub(crate) fn ask(&mut self, object: usize, weight: usize) -> bool {
        if self.objects.get(&object).is_some() {
            return true;
        }
        self.objects.put(object, weight);
        self.held += weight;
        while self.held > self.capacity {
            let (_, oldest) = self.objects.pop_lru().unwrap();
            self.held -= oldest;
        }
        false
    }
}

/// Of the same length for every object.
fn key(object: usize) -> CacheKey {
    KeyBuilder::new("pass").part(format!("/picture-{object:09}.jpg")).build()
}

/// A response that stays fresh. All share their bytes: what counts is their length.
fn response(key: &CacheKey, size: usize, now: Instant) -> StoredResponse {
    static CONTENT: [u8; 1 << 20] = [0; 1 << 20];
    StoredResponse {
        status: StatusCode::OK,
        fields: Fields::default(),
        body: Bytes::from_static(&CONTENT[..size]).into(),
        freshness: Freshness {
            requested: now,
            initial_age: Duration::ZERO,
            lifetime: Duration::from_hours(24),
            stale_while_revalidate: Duration::ZERO,
            stale_if_error: Duration::ZERO,
            validation: Validation::WhenStale,
        },
        stamp: PurgeStamp::of_target(Sequence::default(), "*", key, &[]),
        source: None,
        prepared: Prepared::default(),
    }
}
