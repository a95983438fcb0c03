//! The states of flights, and how one leads to another. Every method runs under the one lock.

use std::collections::BTreeMap;
use std::hash::Hash;
use std::task::Waker;

use super::sync::{HashMap, Moment};

/// How many flights may be under way for one key: the first, and those that were begun because it stalls. This bounds
/// what an origin that hangs is asked in parallel; two more are enough to tell a lost request from a slow origin.
pub(super) const ABREAST: usize = 3;

/// How many times a flight that failed is begun again, each time by another who waits. A request that only its own
/// sender can have spoilt costs one client; an origin that is down costs three requests a herd.
pub(super) const TAKEOVERS: u8 = 2;

/// What a flight is known by.
pub(super) trait Key: Clone + Eq + Hash {}

impl<K: Clone + Eq + Hash> Key for K {}

/// Who asks: for nothing that began before this sequence, and not behind a flight that stalls.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asker {
    pub(super) sequence: u64,
    pub(super) now: Moment,
    /// A flight that began then or before, and has nothing to share yet, is not waited for.
    pub(super) too_old: Option<Moment>,
}

#[derive(Debug)]
pub(super) struct State<K, V> {
    /// The flights that newcomers can join, the newest last. INVARIANT: never an empty list; all of one sequence.
    pub(super) by_key: HashMap<K, Vec<u64>>,
    /// Every flight that has a permit or a stake.
    pub(super) flights: HashMap<u64, Flight<K, V>>,
    /// Counts flights and places: no number is given twice.
    pub(super) next: u64,
}

#[derive(Debug)]
pub(super) struct Flight<K, V> {
    pub(super) key: K,
    pub(super) sequence: u64,
    pub(super) began: Moment,
    pub(super) phase: Phase<V>,
    /// Whether there is a permit.
    pub(super) led: bool,
    /// Whose request is being tried.
    pub(super) leader: Option<u64>,
    pub(super) takeovers: u8,
    /// Whether it goes on when nobody waits for it.
    pub(super) needed: bool,
    /// Whether what it obtains is of use to others: nothing has replaced it.
    pub(super) current: bool,
    /// Who has an interest, in the order in which they came.
    pub(super) line: BTreeMap<u64, Place<V>>,
    /// Wakes the leader when nobody is left.
    pub(super) deserted: Option<Waker>,
}

#[derive(Debug)]
pub(super) enum Phase<V> {
    /// Being obtained.
    Open,
    /// Nobody leads: this place is the next to.
    Offered(u64),
    /// Being obtained; something can be had of it already.
    Shared(V),
    Ended(V),
    /// Another flight was first.
    Overtaken,
    /// Whoever led is gone, and nobody took over.
    Gone,
}

#[derive(Debug)]
pub(super) struct Place<V> {
    pub(super) waker: Option<Waker>,
    /// What this place alone is told.
    pub(super) told: Option<Told<V>>,
}

#[derive(Debug)]
pub(super) enum Told<V> {
    Failed(V),
    Gone,
}

/// A place in a flight.
pub(super) struct Seat {
    pub(super) flight: u64,
    pub(super) place: u64,
    pub(super) leads: bool,
}

/// Wakers to be called when the lock is released.
pub(super) type Wakers = Vec<Waker>;

impl<K, V> Default for State<K, V> {
    fn default() -> Self {
        Self { by_key: HashMap::default(), flights: HashMap::default(), next: 0 }
    }
}

impl<K: Key, V: Clone> State<K, V> {
    /// Leads, or gets a place in line behind the newest flight. A newer sequence replaces a flight, and so does one that
    /// finds it stalling, or has waited for it for long enough, while there are less than [`ABREAST`].
    pub(super) fn join(&mut self, key: &K, asker: Asker, waited_for: Option<u64>) -> Seat {
        if let Some(abreast) = self.by_key.get(key)
            && let Some(newest) = abreast.last().copied()
            && let Some(flight) = self.flights.get(&newest)
        {
            let slow = waited_for == Some(newest) || asker.too_old.is_some_and(|limit| flight.began <= limit);
            let replaced = slow && !matches!(flight.phase, Phase::Shared(_)) && abreast.len() < ABREAST;
            let older = flight.sequence < asker.sequence;
            if !older && !replaced {
                let place = self.number();
                if let Some(flight) = self.flights.get_mut(&newest) {
                    flight.line.insert(place, Place::default());
                }
                return Seat { flight: newest, place, leads: false };
            }
            if older {
                self.detach(key);
            }
        }
        let seat = self.begin(key, asker);
        self.by_key.entry(key.clone()).or_default().push(seat.flight);
        seat
    }

    pub(super) fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// A flight of its own, and its leader's place.
    pub(super) fn begin(&mut self, key: &K, asker: Asker) -> Seat {
        let (number, place) = (self.number(), self.number());
        let flight = Flight {
            key: key.clone(),
            sequence: asker.sequence,
            began: asker.now,
            phase: Phase::Open,
            led: true,
            leader: Some(place),
            takeovers: 0,
            needed: false,
            current: true,
            line: BTreeMap::from([(place, Place::default())]),
            deserted: None,
        };
        self.flights.insert(number, flight);
        Seat { flight: number, place, leads: true }
    }

    /// Takes a flight out of those that can be joined. Says whether it was one.
    pub(super) fn unlink(&mut self, number: u64) -> bool {
        let Some(key) = self.flights.get(&number).map(|flight| flight.key.clone()) else { return false };
        let Some(abreast) = self.by_key.get_mut(&key) else { return false };
        let before = abreast.len();
        abreast.retain(|other| *other != number);
        let linked = abreast.len() < before;
        if abreast.is_empty() {
            self.by_key.remove(&key);
        }
        linked
    }

    pub(super) fn detach(&mut self, key: &K) {
        for number in self.by_key.remove(key).into_iter().flatten() {
            if let Some(flight) = self.flights.get_mut(&number) {
                flight.current = false;
            }
        }
    }

    /// This flight is first: those beside it are of no use any more.
    pub(super) fn overtake_others(&mut self, first: u64, wakers: &mut Wakers) {
        let Some(key) = self.flights.get(&first).map(|flight| flight.key.clone()) else { return };
        let Some(abreast) = self.by_key.get_mut(&key).filter(|abreast| abreast.contains(&first)) else { return };
        for number in std::mem::replace(abreast, vec![first]) {
            if number == first {
                continue;
            }
            if let Some(flight) = self.flights.get_mut(&number) {
                flight.current = false;
                if matches!(flight.phase, Phase::Open | Phase::Offered(_)) {
                    flight.phase = Phase::Overtaken;
                    flight.wake_line(wakers);
                }
            }
        }
    }

    pub(super) fn forget_if_left(&mut self, number: u64) {
        if self.flights.get(&number).is_some_and(|flight| !flight.led && flight.line.is_empty()) {
            self.unlink(number);
            self.flights.remove(&number);
        }
    }
}

impl<K, V> Flight<K, V> {
    /// Passes the lead on, and tells whoever had it why. Says whether there was someone to take it.
    pub(super) fn take_over(&mut self, told: Told<V>, wakers: &mut Wakers) -> bool {
        if !matches!(self.phase, Phase::Open) {
            return false;
        }
        let leader = self.leader.take();
        if !self.line.iter().any(|(place, waiting)| Some(*place) != leader && waiting.told.is_none()) {
            self.leader = leader;
            return false;
        }
        if let Some(place) = leader.and_then(|leader| self.line.get_mut(&leader)) {
            place.told = Some(told);
            wakers.extend(place.waker.take());
        }
        self.led = false;
        self.needed = false;
        self.offer(wakers)
    }

    /// Offers the lead to the first in line.
    pub(super) fn offer(&mut self, wakers: &mut Wakers) -> bool {
        let Some((number, place)) = self.line.iter_mut().find(|(_, place)| place.told.is_none()) else {
            return false;
        };
        self.phase = Phase::Offered(*number);
        wakers.extend(place.waker.take());
        true
    }

    pub(super) fn wake_line(&mut self, wakers: &mut Wakers) {
        wakers.extend(self.line.values_mut().filter_map(|place| place.waker.take()));
    }
}

impl<V> Default for Place<V> {
    fn default() -> Self {
        Self { waker: None, told: None }
    }
}

pub(super) fn wake(wakers: Wakers) {
    wakers.into_iter().for_each(Waker::wake);
}
