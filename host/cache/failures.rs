//! Transforms that failed: remembered for a while, so that one broken picture does not cost a sandbox a request.

use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use lru::LruCache;
use parking_lot::Mutex;

use crate::cache::Digest;

/// For how long a failure stands. Short: a component that is mended has another digest anyway, and a picture that is
/// mended too, so this bounds only what an accident of the machine costs.
const REMEMBERED: Duration = Duration::from_secs(60);

/// How many are remembered; the oldest go first. About 200 bytes each.
const CAPACITY: NonZeroUsize = NonZeroUsize::new(4096).expect("4096 is not zero");

/// Failures by what failed.
#[derive(Debug)]
pub struct FailedTransforms<F> {
    failures: Mutex<LruCache<Digest, (F, Instant)>>,
}

impl<F> Default for FailedTransforms<F> {
    fn default() -> Self {
        Self { failures: Mutex::new(LruCache::new(CAPACITY)) }
    }
}

impl<F: Clone> FailedTransforms<F> {
    /// The failure that stands for this transform.
    #[must_use]
    pub fn get(&self, transform: &Digest, now: Instant) -> Option<F> {
        let mut failures = self.failures.lock();
        let (failure, at) = failures.get(transform)?;
        if now.saturating_duration_since(*at) < REMEMBERED {
            return Some(failure.clone());
        }
        failures.pop(transform);
        None
    }

    /// Remembers a failure.
    pub fn remember(&self, transform: Digest, failure: F, now: Instant) {
        self.failures.lock().put(transform, (failure, now));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;

    #[test]
    fn a_failure_stands_for_a_minute() {
        let failures = FailedTransforms::default();
        let (transform, now) = (Digest::of(b"x"), Clock::default().now().instant);
        failures.remember(transform, "broken", now);
        assert_eq!(failures.get(&transform, now + Duration::from_secs(59)), Some("broken"));
        assert_eq!(failures.get(&transform, now + Duration::from_secs(60)), None);
        assert_eq!(failures.get(&transform, now), None);
    }
}
