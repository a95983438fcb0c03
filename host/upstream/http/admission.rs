//! How many exchanges with one upstream are under way at once, and who waits for the next place.
//!
//! A herd that no cache can hold back, after a purge or a cold start, meets a bound here: so many at once, a bounded
//! line, and everyone beyond it is turned away at once instead of late.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, TryAcquireError};

use crate::upstream::error::FetchError;

/// What is asked of one upstream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capacity {
    /// Exchanges at once. One lasts until its content has been read or given up.
    pub concurrency: usize,
    /// How many more may wait.
    pub queue: usize,
    /// For how long.
    pub wait: Duration,
}

/// Places and the line before them. First come, first served.
#[derive(Debug)]
pub(super) struct Admission {
    places: Arc<Semaphore>,
    /// Places and line together: whoever gets none is turned away.
    line: Arc<Semaphore>,
    wait: Duration,
}

/// A place, given back when it is dropped.
#[derive(Debug)]
#[must_use = "a place is held as long as this value"]
pub(in crate::upstream) struct Place {
    _place: OwnedSemaphorePermit,
    _line: OwnedSemaphorePermit,
}

impl Admission {
    pub(super) fn new(capacity: Capacity) -> Self {
        let line = capacity.concurrency.saturating_add(capacity.queue).min(Semaphore::MAX_PERMITS);
        Self {
            places: Arc::new(Semaphore::new(capacity.concurrency.min(Semaphore::MAX_PERMITS))),
            line: Arc::new(Semaphore::new(line)),
            wait: capacity.wait,
        }
    }

    /// Waits for a place.
    ///
    /// # Errors
    /// [`FetchError::Busy`], if the line is full, or moves too slowly.
    pub(super) async fn enter(&self) -> Result<Place, FetchError> {
        let line = match Arc::clone(&self.line).try_acquire_owned() {
            Ok(line) => line,
            Err(TryAcquireError::NoPermits | TryAcquireError::Closed) => return Err(FetchError::Busy),
        };
        match tokio::time::timeout(self.wait, Arc::clone(&self.places).acquire_owned()).await {
            Ok(Ok(place)) => Ok(Place { _place: place, _line: line }),
            Ok(Err(_)) | Err(_) => Err(FetchError::Busy),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admission(concurrency: usize, queue: usize) -> Admission {
        Admission::new(Capacity { concurrency, queue, wait: Duration::from_secs(5) })
    }

    /// Fault 75.
    #[tokio::test]
    async fn beyond_places_and_line_one_is_turned_away_at_once() {
        let admission = admission(1, 0);
        let first = admission.enter().await.expect("the place is free");
        assert!(matches!(admission.enter().await, Err(FetchError::Busy)));
        drop(first);
        drop(admission.enter().await.expect("the place is free again"));
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_waits_too_long_is_turned_away_and_loses_no_place() {
        let admission = admission(1, 1);
        let first = admission.enter().await.expect("the place is free");
        assert!(matches!(admission.enter().await, Err(FetchError::Busy)));
        drop(first);
        drop(admission.enter().await.expect("the place is free again"));
    }

    #[tokio::test]
    async fn the_line_moves_in_the_order_of_arrival() {
        let admission = Arc::new(admission(1, 2));
        let first = admission.enter().await.expect("the place is free");
        let order = Arc::new(parking_lot::Mutex::new(Vec::new()));
        let mut waiting = Vec::new();
        for name in 1..=2 {
            let (line, order) = (Arc::clone(&admission), Arc::clone(&order));
            waiting.push(tokio::spawn(async move {
                let place = line.enter().await.expect("the line has room");
                order.lock().push(name);
                drop(place);
            }));
            tokio::task::yield_now().await;
        }
        drop(first);
        for one in waiting {
            one.await.expect("nobody panics");
        }
        assert_eq!(*order.lock(), [1, 2]);
    }
}
