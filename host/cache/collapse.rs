//! Collapsed forwarding: of many who miss the same thing at once, one obtains it and the others wait.
//!
//! The right to obtain it is a [`FetchPermit`]. It ends by being consumed; dropping it is the failure path, and the
//! next in line takes over.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::watch;

use crate::cache::{CacheKey, StoredResponse};

/// Who is obtaining what. `F` is a failure that is shared with all who waited.
#[derive(Debug)]
pub struct FillTable<F> {
    flights: Arc<Flights<F>>,
}

/// What becomes of someone who misses.
#[derive(Debug)]
pub enum Joined<F> {
    /// Obtain it.
    Lead(FetchPermit<F>),
    /// Someone does.
    Wait(Waiter<F>),
}

/// How a flight ended.
#[derive(Debug, Clone)]
pub enum Outcome<F> {
    /// It is stored; this is it.
    Stored(Arc<StoredResponse>),
    /// It may not be shared: each obtains its own.
    Declined,
    /// It could not be obtained.
    Failed(F),
    /// Whoever led is gone: try again.
    Abandoned,
}

/// The duty to obtain one thing.
#[derive(Debug)]
#[must_use = "others wait for what this permit stands for"]
pub struct FetchPermit<F> {
    key: CacheKey,
    flights: Arc<Flights<F>>,
    sender: watch::Sender<Progress<F>>,
}

/// A place in the line.
#[derive(Debug)]
pub struct Waiter<F> {
    receiver: watch::Receiver<Progress<F>>,
}

/// How a flight ended, once it has.
type Progress<F> = Option<Outcome<F>>;

#[derive(Debug)]
struct Flights<F> {
    by_key: Mutex<HashMap<CacheKey, watch::Receiver<Progress<F>>, foldhash::fast::RandomState>>,
}

impl<F> Default for FillTable<F> {
    fn default() -> Self {
        Self { flights: Arc::new(Flights { by_key: Mutex::new(HashMap::default()) }) }
    }
}

impl<F: Clone> FillTable<F> {
    /// Leads, or waits for the one who does.
    pub fn join(&self, key: &CacheKey) -> Joined<F> {
        let mut flights = self.flights.by_key.lock();
        if let Some(receiver) = flights.get(key) {
            return Joined::Wait(Waiter { receiver: receiver.clone() });
        }
        let (sender, receiver) = watch::channel(None);
        flights.insert(key.clone(), receiver);
        Joined::Lead(FetchPermit { key: key.clone(), flights: Arc::clone(&self.flights), sender })
    }

    /// Leads, unless someone does.
    pub fn lead(&self, key: &CacheKey) -> Option<FetchPermit<F>> {
        match self.join(key) {
            Joined::Lead(permit) => Some(permit),
            Joined::Wait(_) => None,
        }
    }
}

impl<F> FetchPermit<F> {
    /// What is to be obtained.
    #[must_use]
    pub fn key(&self) -> &CacheKey {
        &self.key
    }

    /// It is in the store.
    pub fn stored(self, response: Arc<StoredResponse>) {
        self.end(Outcome::Stored(response));
    }

    /// It may not be stored.
    pub fn declined(self) {
        self.end(Outcome::Declined);
    }

    /// It could not be obtained, for a reason that holds for everyone who waits.
    pub fn failed(self, failure: F) {
        self.end(Outcome::Failed(failure));
    }

    fn end(self, outcome: Outcome<F>) {
        // INVARIANT: out of the table before the waiters wake, so that who comes later starts anew.
        self.flights.by_key.lock().remove(&self.key);
        self.sender.send_replace(Some(outcome));
    }
}

impl<F> Drop for FetchPermit<F> {
    fn drop(&mut self) {
        if self.sender.borrow().is_none() {
            self.flights.by_key.lock().remove(&self.key);
            self.sender.send_replace(Some(Outcome::Abandoned));
        }
    }
}

impl<F: Clone> Waiter<F> {
    /// Waits for the end of the flight.
    pub async fn outcome(mut self) -> Outcome<F> {
        match self.receiver.wait_for(Option::is_some).await {
            Ok(outcome) => outcome.clone().unwrap_or(Outcome::Abandoned),
            Err(_) => Outcome::Abandoned,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::KeyBuilder;

    fn waiter(table: &FillTable<u8>, key: &CacheKey) -> Waiter<u8> {
        match table.join(key) {
            Joined::Wait(waiter) => waiter,
            Joined::Lead(_) => panic!("someone leads already"),
        }
    }

    #[tokio::test]
    async fn everyone_who_waits_learns_how_it_ended() {
        let table = FillTable::<u8>::default();
        let key = KeyBuilder::new("k").build();
        let permit = table.lead(&key).expect("nobody leads yet");
        let (first, second) = (waiter(&table, &key), waiter(&table, &key));
        permit.failed(7);
        assert!(matches!(first.outcome().await, Outcome::Failed(7)));
        assert!(matches!(second.outcome().await, Outcome::Failed(7)));
        assert!(table.lead(&key).is_some(), "the next one leads again");
    }

    #[tokio::test]
    async fn a_permit_that_is_dropped_wakes_the_next_in_line() {
        let table = FillTable::<u8>::default();
        let key = KeyBuilder::new("k").build();
        let permit = table.lead(&key).expect("nobody leads yet");
        let waiting = waiter(&table, &key);
        drop(permit);
        assert!(matches!(waiting.outcome().await, Outcome::Abandoned));
        assert!(table.lead(&key).is_some());
    }

    #[tokio::test]
    async fn a_declined_fill_lets_everyone_obtain_their_own() {
        let table = FillTable::<u8>::default();
        let key = KeyBuilder::new("k").build();
        let permit = table.lead(&key).expect("nobody leads yet");
        let waiting = waiter(&table, &key);
        permit.declined();
        assert!(matches!(waiting.outcome().await, Outcome::Declined));
    }
}
