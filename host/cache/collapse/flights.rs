//! The state table of collapsed forwarding: who obtains what, who waits for it, and how it ends.
//!
//! One mutex guards all of it, and wakers are called after it is released. Nothing here knows a runtime, a clock or
//! what is obtained, so the models of `tests/loom` run this very file. ARCHITECTURE.md draws the states.

use std::task::{Context, Poll};

use super::state::{Asker, Key, Phase, Seat, State, TAKEOVERS, Told, Wakers, wake};
use super::sync::{Arc, Mutex, lock};

/// Flights by key. `V` is what is told to those who wait.
#[derive(Debug)]
pub(super) struct Flights<K, V> {
    state: Arc<Mutex<State<K, V>>>,
}

/// What becomes of someone who asks.
pub(super) enum Joined<K: Key, V: Clone> {
    /// Obtain it, and wait for it as everyone does.
    Lead(Permit<K, V>, Stake<K, V>),
    /// Someone does.
    Wait(Stake<K, V>),
}

/// The duty to obtain one thing. Dropping it says that whoever led is gone.
#[derive(Debug)]
pub(super) struct Permit<K: Key, V: Clone> {
    state: Arc<Mutex<State<K, V>>>,
    flight: u64,
    /// Whether the duty is another's now.
    passed_on: bool,
}

/// An interest in a flight: a place in its line, until it is dropped.
#[derive(Debug)]
pub(super) struct Stake<K: Key, V: Clone> {
    state: Arc<Mutex<State<K, V>>>,
    flight: u64,
    place: u64,
}

/// What someone who waits is told.
pub(super) enum Heard<K: Key, V: Clone> {
    /// Whoever led is gone or has failed: lead.
    Lead(Permit<K, V>),
    /// It is under way, and this much can be had of it.
    Shared(V),
    /// This is how it ended.
    Ended(V),
    /// Another flight for the same key was first: look again.
    Again,
    /// Whoever led for this place is gone, without a word.
    Gone,
}

/// Whether a failure is worth another try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Takeover {
    /// By the next in line.
    Next,
    /// It would fail again, or take too long: everyone is told.
    Pointless,
}

impl<K, V> Default for Flights<K, V> {
    fn default() -> Self {
        Self { state: Arc::new(Mutex::new(State::default())) }
    }
}

impl<K: Key, V: Clone> Flights<K, V> {
    /// Leads, or waits for the one who does.
    pub(super) fn join(&self, key: &K, asker: Asker) -> Joined<K, V> {
        let seat = lock(&self.state).join(key, asker, None);
        Joined::seated(&self.state, &seat)
    }

    /// Leads, unless someone does; for work that is done whether anyone waits for it or not.
    pub(super) fn lead(&self, key: &K, asker: Asker) -> Option<Permit<K, V>> {
        match self.join(key, asker) {
            Joined::Lead(permit, _) => {
                permit.insist();
                Some(permit)
            }
            Joined::Wait(_) => None,
        }
    }

    /// Leads a flight that nobody can join.
    pub(super) fn alone(&self, key: &K, asker: Asker) -> Joined<K, V> {
        let seat = lock(&self.state).begin(key, asker);
        Joined::seated(&self.state, &seat)
    }

    /// Lets nobody join what is under way for a key, and nothing of it be of use to others.
    pub(super) fn detach(&self, key: &K) {
        lock(&self.state).detach(key);
    }
}

impl<K: Key, V: Clone> Joined<K, V> {
    fn seated(state: &Arc<Mutex<State<K, V>>>, seat: &Seat) -> Self {
        let stake = Stake { state: Arc::clone(state), flight: seat.flight, place: seat.place };
        if !seat.leads {
            return Self::Wait(stake);
        }
        Self::Lead(Permit { state: Arc::clone(state), flight: seat.flight, passed_on: false }, stake)
    }
}

impl<K: Key, V: Clone> Permit<K, V> {
    /// Everyone is told this, and whoever comes next begins anew.
    pub(super) fn end(self, value: V) {
        self.finish(value, false);
    }

    /// The same, with what all who wait for this key can use, in whatever flight they are.
    pub(super) fn land(self, value: V) {
        self.finish(value, true);
    }

    fn finish(self, value: V, for_all: bool) {
        let mut wakers = Wakers::new();
        {
            let mut state = lock(&self.state);
            if for_all {
                state.overtake_others(self.flight, &mut wakers);
            }
            // INVARIANT: out of the table before anyone wakes, so that who comes later starts anew.
            state.unlink(self.flight);
            if let Some(flight) = state.flights.get_mut(&self.flight)
                && !matches!(flight.phase, Phase::Overtaken)
            {
                flight.phase = Phase::Ended(value);
                flight.wake_line(&mut wakers);
            }
        }
        wake(wakers);
    }

    /// It could not be obtained. If another try makes sense, whoever was tried is told, and the next in line leads.
    pub(super) fn fail(mut self, value: V, takeover: Takeover) {
        if takeover == Takeover::Next {
            let mut wakers = Wakers::new();
            if let Some(flight) = lock(&self.state).flights.get_mut(&self.flight)
                && flight.takeovers < TAKEOVERS
                && flight.take_over(Told::Failed(value.clone()), &mut wakers)
            {
                flight.takeovers += 1;
                self.passed_on = true;
            }
            wake(wakers);
            if self.passed_on {
                return;
            }
        }
        self.end(value);
    }

    /// Everyone is told this now, also whoever comes later, until the flight ends.
    pub(super) fn share(&self, value: V) {
        let mut wakers = Wakers::new();
        {
            let mut state = lock(&self.state);
            state.overtake_others(self.flight, &mut wakers);
            if let Some(flight) = state.flights.get_mut(&self.flight)
                && !matches!(flight.phase, Phase::Overtaken)
            {
                flight.phase = Phase::Shared(value);
                flight.wake_line(&mut wakers);
            }
        }
        wake(wakers);
    }

    /// From now on it is found under another key.
    pub(super) fn rename(&self, key: &K) {
        let mut state = lock(&self.state);
        let linked = state.unlink(self.flight);
        if let Some(flight) = state.flights.get_mut(&self.flight) {
            flight.key = key.clone();
            if linked {
                state.by_key.entry(key.clone()).or_default().push(self.flight);
            }
        }
    }

    /// It goes on even if nobody waits for it.
    pub(super) fn insist(&self) {
        if let Some(flight) = lock(&self.state).flights.get_mut(&self.flight) {
            flight.needed = true;
        }
    }

    /// Whether nothing has replaced this flight: what it obtains is not older than what others obtained.
    pub(super) fn is_current(&self) -> bool {
        lock(&self.state).flights.get(&self.flight).is_some_and(|flight| flight.current)
    }

    /// Ready when nobody waits any more. From then on nobody can join.
    pub(super) fn poll_deserted(&self, context: &mut Context<'_>) -> Poll<()> {
        let mut state = lock(&self.state);
        let Some(flight) = state.flights.get_mut(&self.flight) else { return Poll::Ready(()) };
        if !flight.line.is_empty() || (flight.needed && flight.current) {
            flight.deserted = Some(context.waker().clone());
            return Poll::Pending;
        }
        flight.current = false;
        state.unlink(self.flight);
        Poll::Ready(())
    }
}

impl<K: Key, V: Clone> Drop for Permit<K, V> {
    fn drop(&mut self) {
        if self.passed_on {
            return;
        }
        let mut wakers = Wakers::new();
        {
            let mut state = lock(&self.state);
            let Some(flight) = state.flights.get_mut(&self.flight) else { return };
            flight.led = false;
            if matches!(flight.phase, Phase::Open | Phase::Shared(_)) && !flight.take_over(Told::Gone, &mut wakers) {
                flight.phase = Phase::Gone;
                flight.wake_line(&mut wakers);
                state.unlink(self.flight);
            }
            state.forget_if_left(self.flight);
        }
        wake(wakers);
    }
}

impl<K: Key, V: Clone> Stake<K, V> {
    /// Ready when there is news. `Shared` is told only to those who do not wait for the end.
    pub(super) fn poll_heard(&self, context: &mut Context<'_>, for_the_end: bool) -> Poll<Heard<K, V>> {
        let mut state = lock(&self.state);
        let flight = state.flights.get_mut(&self.flight);
        let Some(flight) = flight else { return Poll::Ready(Heard::Gone) };
        let Some(place) = flight.line.get_mut(&self.place) else { return Poll::Ready(Heard::Gone) };
        match &place.told {
            Some(Told::Failed(value)) => return Poll::Ready(Heard::Ended(value.clone())),
            Some(Told::Gone) => return Poll::Ready(Heard::Gone),
            None => {}
        }
        match &flight.phase {
            Phase::Offered(next) if *next == self.place => {
                flight.phase = Phase::Open;
                flight.leader = Some(self.place);
                flight.led = true;
                let permit = Permit { state: Arc::clone(&self.state), flight: self.flight, passed_on: false };
                return Poll::Ready(Heard::Lead(permit));
            }
            Phase::Shared(value) if !for_the_end => return Poll::Ready(Heard::Shared(value.clone())),
            Phase::Ended(value) => return Poll::Ready(Heard::Ended(value.clone())),
            Phase::Overtaken => return Poll::Ready(Heard::Again),
            Phase::Gone => return Poll::Ready(Heard::Gone),
            Phase::Open | Phase::Offered(_) | Phase::Shared(_) => {}
        }
        place.waker = Some(context.waker().clone());
        Poll::Pending
    }

    /// It has been waited for long enough: leads a flight beside it, or waits for one that is newer; waits on where it
    /// is if there is news already, or if there are as many flights as there may be.
    pub(super) fn press_on(&mut self, asker: Asker) -> Option<Permit<K, V>> {
        let seat = {
            let mut state = lock(&self.state);
            let flight = state.flights.get(&self.flight).filter(|flight| matches!(flight.phase, Phase::Open))?;
            let key = flight.key.clone();
            state.join(&key, asker, Some(self.flight))
        };
        let (permit, stake) = match Joined::seated(&self.state, &seat) {
            Joined::Lead(permit, stake) => (Some(permit), stake),
            Joined::Wait(stake) => (None, stake),
        };
        // The place that was left is given up only now, when there is another.
        *self = stake;
        permit
    }

    /// What is obtained is wanted, even though this one leaves.
    pub(super) fn insist(&self) {
        if let Some(flight) = lock(&self.state).flights.get_mut(&self.flight) {
            flight.needed = true;
        }
    }
}

impl<K: Key, V: Clone> Drop for Stake<K, V> {
    fn drop(&mut self) {
        let mut wakers = Wakers::new();
        {
            let mut state = lock(&self.state);
            let Some(flight) = state.flights.get_mut(&self.flight) else { return };
            flight.line.remove(&self.place);
            if matches!(flight.phase, Phase::Offered(next) if next == self.place) && !flight.offer(&mut wakers) {
                flight.phase = Phase::Gone;
                state.unlink(self.flight);
            } else if flight.line.is_empty() {
                wakers.extend(flight.deserted.take());
            }
            state.forget_if_left(self.flight);
        }
        wake(wakers);
    }
}
