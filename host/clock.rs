//! The one file that reads clocks. Everything else is handed a [`Now`], or asks a [`Clock`] that the node owns.
//!
//! Ages run on the monotonic clock, so that a wall clock that jumps neither expires everything nor makes anything
//! immortal; the wall clock serves only to compare with dates that others wrote.
#![expect(clippy::disallowed_methods, reason = "this is where the clock is read")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use http::HeaderValue;

/// The node's clock. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    /// Milliseconds that a test has moved the clock forward.
    advanced: Arc<AtomicU64>,
}

/// One instant, on both clocks.
#[derive(Clone, Copy, Debug)]
pub struct Now {
    /// On the monotonic clock: for ages and durations.
    pub instant: Instant,
    /// On the wall clock: for dates.
    pub wall: SystemTime,
}

impl Clock {
    /// This instant.
    #[must_use]
    pub fn now(&self) -> Now {
        let advanced = Duration::from_millis(self.advanced.load(Ordering::Relaxed));
        Now { instant: Instant::now() + advanced, wall: SystemTime::now() + advanced }
    }

    /// Moves this clock forward: tests of lifetimes do not sleep.
    pub fn advance(&self, by: Duration) {
        let millis = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        self.advanced.fetch_add(millis, Ordering::Relaxed);
    }
}

impl Now {
    /// The wall clock, as the Date field has it; at an end of what the format has, for a clock beyond it.
    #[must_use]
    pub fn http_date(&self) -> HeaderValue {
        /// The last second of the year 9999: the format ends there.
        const END: u64 = 253_402_300_799;
        let within = UNIX_EPOCH + Duration::from_secs(self.unix_seconds().min(END));
        HeaderValue::try_from(httpdate::fmt_http_date(within)).expect("INVARIANT: a date is visible ASCII")
    }

    /// Whole seconds since 1970; 0 for a wall clock before that.
    #[must_use]
    pub fn unix_seconds(&self) -> u64 {
        self.wall.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
    }
}

/// The CPU time that the calling thread has used so far.
#[must_use]
pub fn thread_cpu_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// A monotonic reading for measuring how long something took, where no [`Clock`] is at hand.
#[must_use]
pub fn stopwatch() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fault 96.
    #[test]
    fn any_wall_clock_has_a_date() {
        let instant = Clock::default().now().instant;
        let hours = |hours| Duration::from_hours(hours);
        let table = [
            (UNIX_EPOCH, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (UNIX_EPOCH - hours(1), "Thu, 01 Jan 1970 00:00:00 GMT"),
            (UNIX_EPOCH + hours(24), "Fri, 02 Jan 1970 00:00:00 GMT"),
            (UNIX_EPOCH + hours(24 * 366 * 9000), "Fri, 31 Dec 9999 23:59:59 GMT"),
        ];
        for (wall, date) in table {
            assert_eq!(Now { instant, wall }.http_date(), date);
        }
    }
}
