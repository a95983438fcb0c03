//! Keys whose responses were not shared a moment ago: requests for them do not wait for each other.

use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use lru::LruCache;
use parking_lot::Mutex;

use crate::cache::CacheKey;

/// How many are remembered; the oldest go first, and cost one request that is waited for. About 300 bytes each.
const CAPACITY: NonZeroUsize = NonZeroUsize::new(10_000).expect("10,000 is not zero");

/// Keys that are known to be of no use to others.
#[derive(Debug)]
pub struct HitForMiss {
    marks: Mutex<LruCache<CacheKey, Instant>>,
    lifetime: Duration,
}

impl HitForMiss {
    /// A mark stands for this long.
    #[must_use]
    pub fn new(lifetime: Duration) -> Self {
        Self { marks: Mutex::new(LruCache::new(CAPACITY)), lifetime }
    }

    /// What came for this key could not be shared.
    pub fn mark(&self, key: &CacheKey, now: Instant) {
        self.marks.lock().put(key.clone(), now);
    }

    /// Whether what comes for this key can most likely not be shared.
    #[must_use]
    pub fn is_marked(&self, key: &CacheKey, now: Instant) -> bool {
        let mut marks = self.marks.lock();
        let standing = marks.get(key).map(|since| now.saturating_duration_since(*since) < self.lifetime);
        if standing == Some(false) {
            marks.pop(key);
        }
        standing == Some(true)
    }

    /// What came for this key can be shared.
    pub fn clear(&self, key: &CacheKey) {
        self.marks.lock().pop(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::KeyBuilder;
    use crate::clock::Clock;

    #[test]
    fn a_mark_stands_for_its_lifetime_unless_it_is_cleared() {
        let marks = HitForMiss::new(Duration::from_secs(10));
        let (key, now) = (KeyBuilder::new("k").build(), Clock::default().now().instant);
        assert!(!marks.is_marked(&key, now));
        marks.mark(&key, now);
        assert!(marks.is_marked(&key, now + Duration::from_secs(9)));
        assert!(!marks.is_marked(&key, now + Duration::from_secs(10)));
        marks.mark(&key, now);
        marks.clear(&key);
        assert!(!marks.is_marked(&key, now));
    }

    #[test]
    fn marks_are_bounded() {
        let marks = HitForMiss::new(Duration::from_secs(10));
        let now = Clock::default().now().instant;
        let key = |number: u32| KeyBuilder::new("k").part(number.to_le_bytes()).build();
        for number in 0..20_000 {
            marks.mark(&key(number), now);
        }
        assert_eq!(marks.marks.lock().len(), 10_000);
        assert!(marks.is_marked(&key(19_999), now) && !marks.is_marked(&key(0), now));
    }
}
