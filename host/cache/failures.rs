//! What failed a moment ago, so that one broken thing does not cost a fetch, or a sandbox, for each request.

use std::hash::Hash;
use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use lru::LruCache;
use parking_lot::Mutex;

/// How many are remembered; the oldest go first. About 300 bytes each.
const CAPACITY: NonZeroUsize = NonZeroUsize::new(4096).expect("4096 is not zero");

/// Failures by what failed. They stand for as long as this says.
#[derive(Debug)]
pub struct RecentFailures<K: Hash + Eq, F> {
    failures: Mutex<LruCache<K, (F, Instant)>>,
    stand: Duration,
}

impl<K: Hash + Eq, F: Clone> RecentFailures<K, F> {
    /// Each stands for so long.
    #[must_use]
    pub fn new(stand: Duration) -> Self {
        Self { failures: Mutex::new(LruCache::new(CAPACITY)), stand }
    }

    /// The failure that stands for this.
    #[must_use]
    pub fn get(&self, key: &K, now: Instant) -> Option<F> {
        let mut failures = self.failures.lock();
        let (failure, at) = failures.get(key)?;
        if now.saturating_duration_since(*at) < self.stand {
            return Some(failure.clone());
        }
        failures.pop(key);
        None
    }

    /// Remembers a failure.
    pub fn remember(&self, key: K, failure: F, now: Instant) {
        self.failures.lock().put(key, (failure, now));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;

    #[test]
    fn a_failure_stands_for_its_time() {
        let failures = RecentFailures::new(Duration::from_secs(60));
        let now = Clock::default().now().instant;
        failures.remember("key", "broken", now);
        assert_eq!(failures.get(&"other", now), None);
        assert_eq!(failures.get(&"key", now + Duration::from_secs(59)), Some("broken"));
        assert_eq!(failures.get(&"key", now + Duration::from_secs(60)), None);
        assert_eq!(failures.get(&"key", now), None);
    }
}
