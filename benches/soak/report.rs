//! What was seen, counted by all who take part, and told at the end.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::watch::Grown;

/// Clones count together.
#[derive(Clone, Default)]
pub(crate) struct Report(Arc<Inner>);

#[derive(Default)]
struct Inner {
    counts: [AtomicU64; Outcome::ALL.len()],
    wrong: AtomicU64,
    end: Mutex<End>,
}

#[derive(Default)]
struct End {
    failures: Vec<String>,
    latencies: Vec<Duration>,
    faults: Vec<(String, u64)>,
    grown: Vec<Grown>,
    lasted: Duration,
}

/// What came of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// A whole body, right in every byte.
    Whole,
    /// A part, right in every byte.
    Part,
    /// A picture of the right size, thing and one version.
    Picture,
    /// 304 for something that may still be used.
    Unmodified,
    /// The head of what a GET would have brought.
    Head,
    /// The client left in the middle.
    Left,
    /// An error that is told: 500 to 504, or 422 for a picture that was broken.
    Error,
    /// A body that visibly ends before its end.
    BrokenOff,
    /// Not a request: a purge that was acknowledged.
    Purged,
}

/// Failures that are told in full; all are counted.
const TOLD: usize = 20;

/// One of so many requests may end in an error that is told or in a body that breaks off.
const MOST_ERRORS: u64 = 10;

impl Outcome {
    const ALL: [Self; 9] = [
        Self::Whole,
        Self::Part,
        Self::Picture,
        Self::Unmodified,
        Self::Head,
        Self::Left,
        Self::Error,
        Self::BrokenOff,
        Self::Purged,
    ];
}

impl Report {
    pub(crate) fn count(&self, outcome: Outcome) {
        self.0.counts[outcome as usize].fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn took(&self, latency: Duration) {
        self.0.end.lock().unwrap().latencies.push(latency);
    }

    /// Something that must not be.
    pub(crate) fn failed(&self, what: String) {
        self.0.wrong.fetch_add(1, Ordering::Relaxed);
        let failures = &mut self.0.end.lock().unwrap().failures;
        if failures.len() < TOLD {
            eprintln!("FAILED: {what}");
            failures.push(what);
        }
    }

    pub(crate) fn grown(&self, grown: Vec<Grown>) {
        for grown in grown.iter().filter(|grown| grown.is_a_leak()) {
            self.failed(format!("{} grew from {:.0} to {:.0}", grown.what, grown.first, grown.last));
        }
        self.0.end.lock().unwrap().grown = grown;
    }

    /// An origin that fails now and then must not make a node that fails often.
    pub(crate) fn errors(&self) {
        let count = |outcome: Outcome| self.0.counts[outcome as usize].load(Ordering::Relaxed);
        let (bad, all) =
            (count(Outcome::Error) + count(Outcome::BrokenOff), self.0.end.lock().unwrap().latencies.len());
        if bad * MOST_ERRORS > all as u64 {
            self.failed(format!("{bad} of {all} requests ended in an error"));
        }
    }

    pub(crate) fn left(&self, in_flight: Vec<String>) {
        in_flight.into_iter().for_each(|what| self.failed(format!("still in flight at the end: {what}")));
    }

    pub(crate) fn told(&self, faults: Vec<(String, u64)>) {
        self.0.end.lock().unwrap().faults = faults;
    }

    pub(crate) fn lasted(&self, time: Duration) {
        self.0.end.lock().unwrap().lasted = time;
    }

    pub(crate) fn failures(&self) -> Vec<String> {
        self.0.end.lock().unwrap().failures.clone()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut end = self.0.end.lock().unwrap();
        end.latencies.sort_unstable();
        let requests = end.latencies.len();
        let percentile = |percent: usize| end.latencies.get(requests * percent / 100).or(end.latencies.last());
        writeln!(f, "| what | count |\n|---|---|")?;
        for outcome in Outcome::ALL {
            writeln!(f, "| {outcome:?} | {} |", self.0.counts[outcome as usize].load(Ordering::Relaxed))?;
        }
        for (fault, count) in &end.faults {
            writeln!(f, "| fault of the origin: {fault} | {count} |")?;
        }
        writeln!(f, "| failures | {} |", self.0.wrong.load(Ordering::Relaxed))?;
        writeln!(f, "\n| what | first third after the warm-up | last third |\n|---|---|---|")?;
        for Grown { what, first, last, .. } in &end.grown {
            writeln!(f, "| {what} | {first:.0} | {last:.0} |")?;
        }
        let [p50, p99, max] = [50, 99, 100].map(|percent| percentile(percent).copied().unwrap_or_default());
        writeln!(f, "\n{requests} requests in {:.0?}; p50 {p50:.1?}, p99 {p99:.1?}, longest {max:.1?}", end.lasted)?;
        end.failures.iter().try_for_each(|failure| writeln!(f, "FAILED: {failure}"))
    }
}
