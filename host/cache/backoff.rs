//! When a stale response may be validated in the background again, after that has failed.

use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use lru::LruCache;
use parking_lot::Mutex;

use crate::cache::CacheKey;

/// The pause after the first failure. It doubles with each that follows.
const SHORTEST: Duration = Duration::from_secs(1);

/// The longest pause: an origin that is back is noticed within a minute.
const LONGEST: Duration = Duration::from_secs(60);

/// How many keys are remembered; the oldest go first, and cost a try too many. About 300 bytes each.
const CAPACITY: NonZeroUsize = NonZeroUsize::new(10_000).expect("10,000 is not zero");

/// Pauses by key.
#[derive(Debug)]
pub struct Backoff {
    pauses: Mutex<LruCache<CacheKey, Pause>>,
}

#[derive(Debug, Clone, Copy)]
struct Pause {
    since: Instant,
    length: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { pauses: Mutex::new(LruCache::new(CAPACITY)) }
    }
}

impl Backoff {
    /// Whether it may be tried now.
    #[must_use]
    pub fn may_try(&self, key: &CacheKey, now: Instant) -> bool {
        let mut pauses = self.pauses.lock();
        pauses.get(key).is_none_or(|pause| now.saturating_duration_since(pause.since) >= pause.length)
    }

    /// It was tried and failed.
    pub fn failed(&self, key: &CacheKey, now: Instant) {
        let mut pauses = self.pauses.lock();
        let length = pauses.get(key).map_or(SHORTEST, |pause| (pause.length * 2).min(LONGEST));
        pauses.put(key.clone(), Pause { since: now, length });
    }

    /// It was tried and did not fail.
    pub fn succeeded(&self, key: &CacheKey) {
        self.pauses.lock().pop(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::KeyBuilder;
    use crate::clock::Clock;

    #[test]
    fn pauses_double_up_to_a_minute_and_end_with_a_success() {
        let backoff = Backoff::default();
        let (key, mut now) = (KeyBuilder::new("k").build(), Clock::default().now().instant);
        for seconds in [1, 2, 4, 8, 16, 32, 60, 60] {
            assert!(backoff.may_try(&key, now));
            backoff.failed(&key, now);
            now += Duration::from_secs(seconds);
            assert!(!backoff.may_try(&key, now - Duration::from_millis(1)), "{seconds} s");
        }
        backoff.succeeded(&key);
        backoff.failed(&key, now);
        assert!(backoff.may_try(&key, now + Duration::from_secs(1)));
    }
}
