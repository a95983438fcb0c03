//! The one file that reads clocks. Everything else is handed a [`Now`], or asks a [`Clock`] that the node owns.
//!
//! Ages run on the monotonic clock, so that a wall clock that jumps neither expires everything nor makes anything
//! immortal; the wall clock serves only to compare with dates that others wrote.
#![expect(clippy::disallowed_methods, reason = "this is where the clock is read")]

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use http::HeaderValue;
use rustix::time::{ClockId, clock_gettime};

/// The node's clock. Clones share it.
#[derive(Clone, Debug)]
pub struct Clock {
    start: Start,
    moved: Arc<Moved>,
}

/// When the clock was made, on the two clocks that its instants are computed from.
#[derive(Clone, Copy, Debug)]
struct Start {
    instant: Instant,
    uptime: Duration,
    boot: Option<Boot>,
}

/// What tests did to the clock.
#[derive(Debug, Default)]
struct Moved {
    /// Milliseconds forward.
    advanced: AtomicU64,
    /// Seconds that the wall clock alone has jumped.
    jumped: AtomicI64,
}

/// One boot of the machine, as the kernel names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Boot(pub [u8; 16]);

/// One instant, on both clocks.
#[derive(Clone, Copy, Debug)]
pub struct Now {
    /// On the monotonic clock: for ages and durations.
    pub instant: Instant,
    /// On the wall clock: for dates.
    pub wall: SystemTime,
}

/// An instant in a form that outlives the process: on the clock that runs since the machine was started, which is used
/// as long as it is the same start, and on the wall clock for afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// Which start of the machine, if it can be told.
    pub boot: Option<Boot>,
    /// Since then, with the time that the machine was suspended.
    pub uptime: Duration,
    /// Since 1970, on the wall clock.
    pub wall: Duration,
}

/// Counts while the machine is suspended too, where the system has such a clock: what was fresh before is not fresh an
/// hour of sleep later.
#[cfg(target_os = "linux")]
const SINCE_BOOT: ClockId = ClockId::Boottime;
#[cfg(not(target_os = "linux"))]
const SINCE_BOOT: ClockId = ClockId::Monotonic;

impl Default for Clock {
    fn default() -> Self {
        let start = Start { instant: Instant::now(), uptime: read(SINCE_BOOT), boot: Boot::current() };
        Self { start, moved: Arc::default() }
    }
}

impl Clock {
    /// This instant.
    #[must_use]
    pub fn now(&self) -> Now {
        let advanced = Duration::from_millis(self.moved.advanced.load(Ordering::Relaxed));
        let since_start = read(SINCE_BOOT).saturating_sub(self.start.uptime);
        Now { instant: self.start.instant + since_start + advanced, wall: self.wall() + advanced }
    }

    /// An instant of this clock in a form that can be kept on disk.
    #[must_use]
    pub fn anchor(&self, instant: Instant) -> Anchor {
        let now = self.now();
        let ago = now.instant.saturating_duration_since(instant);
        let uptime = now.instant.saturating_duration_since(self.start.instant) + self.start.uptime;
        let wall = now.wall.duration_since(UNIX_EPOCH).unwrap_or_default();
        Anchor { boot: self.start.boot, uptime: uptime.saturating_sub(ago), wall: wall.saturating_sub(ago) }
    }

    /// How long ago that was. None where nobody can tell: the machine was started anew, and its wall clock stands before
    /// the anchor.
    #[must_use]
    pub fn since(&self, anchor: &Anchor) -> Option<Duration> {
        let now = self.anchor(self.now().instant);
        if now.boot.is_some() && now.boot == anchor.boot && now.uptime >= anchor.uptime {
            return Some(now.uptime - anchor.uptime);
        }
        now.wall.checked_sub(anchor.wall)
    }

    /// Moves this clock forward: tests of lifetimes do not sleep.
    pub fn advance(&self, by: Duration) {
        let millis = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        self.moved.advanced.fetch_add(millis, Ordering::Relaxed);
    }

    /// Moves the wall clock by so many seconds and leaves the time that passes alone: what tests do as administrators.
    pub fn jump(&self, seconds: i64) {
        self.moved.jumped.fetch_add(seconds, Ordering::Relaxed);
    }

    fn wall(&self) -> SystemTime {
        let (now, jumped) = (SystemTime::now(), self.moved.jumped.load(Ordering::Relaxed));
        let by = Duration::from_secs(jumped.unsigned_abs());
        if jumped < 0 { now.checked_sub(by) } else { now.checked_add(by) }.unwrap_or(now)
    }
}

impl Boot {
    fn current() -> Option<Self> {
        let text = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
        let digits: String = text.chars().filter(char::is_ascii_hexdigit).collect();
        u128::from_str_radix(&digits, 16).ok().map(|id| Self(id.to_be_bytes()))
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
    read(ClockId::ThreadCPUTime)
}

fn read(clock: ClockId) -> Duration {
    let time = clock_gettime(clock);
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

    const HOUR: Duration = Duration::from_hours(1);

    fn about(found: Option<Duration>, expected: Duration) -> bool {
        found.is_some_and(|found| found >= expected && found < expected + Duration::from_secs(60))
    }

    /// Fault 96.
    #[test]
    fn what_passed_is_not_changed_by_a_wall_clock_that_jumps() {
        const YEARS: i64 = 10 * 365 * 86_400;
        for jump in [3600, -3600, YEARS, -YEARS, i64::MIN / 2] {
            let clock = Clock::default();
            let before = clock.now().instant;
            let anchor = clock.anchor(before);
            clock.advance(HOUR);
            clock.jump(jump);
            let passed = clock.now().instant.saturating_duration_since(before);
            assert!(about(Some(passed), HOUR), "{passed:?} after a jump of {jump} s");
            if clock.start.boot.is_some() {
                assert!(about(clock.since(&anchor), HOUR), "{:?} after a jump of {jump} s", clock.since(&anchor));
            }
        }
    }

    /// Fault 96.
    #[test]
    fn after_another_start_of_the_machine_the_wall_clock_tells_unless_it_stands_before() {
        let clock = Clock::default();
        let anchor = Anchor { boot: Some(Boot([7; 16])), ..clock.anchor(clock.now().instant) };
        clock.advance(HOUR);
        assert!(about(clock.since(&anchor), HOUR));
        clock.jump(-7200);
        assert_eq!(clock.since(&anchor), None);
    }

    /// Fault 99: the clock behind all ages counts on while the machine sleeps.
    #[test]
    fn an_age_counts_the_time_that_the_machine_was_suspended() {
        let clock = Clock::default();
        let asleep =
            Clock { start: Start { uptime: clock.start.uptime.saturating_sub(HOUR), ..clock.start }, ..clock.clone() };
        let passed = asleep.now().instant.saturating_duration_since(clock.now().instant);
        assert!(about(Some(passed + Duration::from_secs(1)), clock.start.uptime.min(HOUR)), "{passed:?}");
    }
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
