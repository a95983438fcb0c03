//! The purge sequence: what is purged and what is stored are ordered by it.

use std::fmt;

/// A place in the sequence of purges. Whatever is fetched carries the one that was current when its fetch began, and is
/// valid only if nothing that covers it was purged later.
///
/// Where stored responses outlive the program, the upper 24 bits say which of its runs it is, and the lower 40 bits
/// count the purges of that run: a thousand a second for thirty years.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Sequence(pub u64);

/// Bits that count purges within one run of the program.
const PURGE_BITS: u32 = 40;

/// Runs are numbered by minutes since this instant, the begin of 2026 in Unix seconds: until 2057.
const FIRST_RUN: u64 = 1_767_225_600;

impl Sequence {
    /// The place after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The first place of a run that begins now, in Unix seconds, after a run that came to `last`; none if no more runs
    /// can be numbered.
    ///
    /// It is later than `last` whatever the clock says. It is later than every earlier run whatever `last` says, as
    /// long as the clock was not set back and there was no more than a start a minute: a log that was lost or damaged
    /// cannot make anything seem newer than it is.
    #[must_use]
    pub fn of_run(now: u64, last: Self) -> Option<Self> {
        let by_the_clock = now.saturating_sub(FIRST_RUN) / 60;
        let run = by_the_clock.max((last.0 >> PURGE_BITS) + 1);
        (run < 1 << (u64::BITS - PURGE_BITS)).then_some(Self(run << PURGE_BITS))
    }
}

impl fmt::Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_later_than_every_purge_before_it() {
        let run = |now, last| Sequence::of_run(now, last).expect("the run can be numbered");
        let first = run(FIRST_RUN + 3600, Sequence::default());
        let purged = first.next().next();
        assert!(first < purged);
        assert!(purged < run(FIRST_RUN + 3601, purged), "in the same minute");
        assert!(purged < run(0, purged), "after the clock was set back");
        assert!(purged < run(FIRST_RUN + 3660, Sequence::default()), "after the log was lost");
        assert_eq!(Sequence::of_run(0, Sequence(u64::MAX)), None);
    }
}
