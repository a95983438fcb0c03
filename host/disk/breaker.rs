//! When to leave the disk alone: after faults in a row, until one operation has shown that it works again.
//!
//! A rest is measured on the runtime's clock, as the timeouts are whose passing is a fault.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

/// Opens after some faults in a row and rests; then lets one operation through at a time until one succeeds.
#[derive(Debug)]
pub(super) struct Breaker {
    /// What rests, for the log.
    name: &'static str,
    /// Faults in a row after which it opens.
    faults: u32,
    rest: Duration,
    state: Mutex<State>,
}

/// The right to one operation; its outcome decides the next ones. Dropped, it has shown nothing.
#[derive(Debug)]
#[must_use = "an operation's outcome is told to its breaker"]
pub(super) struct Permit {
    breaker: Arc<Breaker>,
    /// When the rest began that this operation ends, if it succeeds.
    probes: Option<Instant>,
}

#[derive(Debug)]
enum State {
    /// With so many faults in a row.
    Closed(u32),
    /// Since then.
    Open(Instant),
    /// One operation is to show whether it works.
    Probed,
}

impl Breaker {
    pub(super) fn new(name: &'static str, faults: u32, rest: Duration) -> Arc<Self> {
        Arc::new(Self { name, faults, rest, state: Mutex::new(State::Closed(0)) })
    }

    /// The right to an operation, if there is to be one now.
    pub(super) fn admit(self: &Arc<Self>) -> Option<Permit> {
        let mut state = self.state.lock();
        let probes = match *state {
            State::Closed(_) => None,
            State::Open(since) if since.elapsed() >= self.rest => {
                *state = State::Probed;
                Some(since)
            }
            State::Open(_) | State::Probed => return None,
        };
        Some(Permit { breaker: Arc::clone(self), probes })
    }

    pub(super) fn is_open(&self) -> bool {
        !matches!(*self.state.lock(), State::Closed(_))
    }
}

impl Permit {
    pub(super) fn succeeded(mut self) {
        let mut state = self.breaker.state.lock();
        // What began before the rest says nothing about the disk now.
        if self.probes.take().is_some() || matches!(*state, State::Closed(_)) {
            if matches!(*state, State::Probed) {
                tracing::info!(operations = self.breaker.name, "disk cache works again");
            }
            *state = State::Closed(0);
        }
    }

    pub(super) fn failed(mut self) {
        let mut state = self.breaker.state.lock();
        let opens = match &mut *state {
            State::Closed(faults) => {
                *faults += 1;
                *faults >= self.breaker.faults
            }
            State::Open(_) => false,
            State::Probed => self.probes.is_some(),
        };
        if opens {
            if self.probes.is_none() {
                tracing::warn!(operations = self.breaker.name, rest = ?self.breaker.rest, "disk cache rests");
            }
            *state = State::Open(Instant::now());
        }
        self.probes = None;
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if let Some(since) = self.probes {
            *self.breaker.state.lock() = State::Open(since);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REST: Duration = Duration::from_secs(5);

    fn opened() -> Arc<Breaker> {
        let breaker = Breaker::new("reads", 3, REST);
        for _ in 0..3 {
            breaker.admit().unwrap().failed();
        }
        breaker
    }

    #[tokio::test(start_paused = true)]
    async fn it_opens_after_faults_in_a_row_alone() {
        let breaker = Breaker::new("reads", 3, REST);
        for _ in 0..9 {
            breaker.admit().unwrap().failed();
            breaker.admit().unwrap().failed();
            breaker.admit().unwrap().succeeded();
        }
        assert!(!breaker.is_open());
        assert!(opened().is_open());
    }

    #[tokio::test(start_paused = true)]
    async fn after_its_rest_one_operation_at_a_time_is_let_through() {
        let breaker = opened();
        assert!(breaker.admit().is_none());
        tokio::time::advance(REST).await;
        let probe = breaker.admit().unwrap();
        assert!(breaker.admit().is_none());
        probe.failed();
        assert!(breaker.admit().is_none(), "a probe that failed begins the next rest");
        tokio::time::advance(REST).await;
        drop(breaker.admit().unwrap());
        breaker.admit().expect("a probe that was given up is followed by another").succeeded();
        assert!(breaker.admit().is_some() && !breaker.is_open());
    }

    #[tokio::test(start_paused = true)]
    async fn what_began_before_the_rest_does_not_end_it() {
        let breaker = Breaker::new("reads", 3, REST);
        let (early, late) = (breaker.admit().unwrap(), breaker.admit().unwrap());
        for _ in 0..3 {
            breaker.admit().unwrap().failed();
        }
        early.succeeded();
        late.failed();
        assert!(breaker.admit().is_none());
    }
}
