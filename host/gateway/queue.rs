//! Places for making pictures: as many at once as there are cores, a bounded line before them, small jobs first.
//! Hits never come here.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::oneshot;

use crate::respond::Failure;
use crate::telemetry::{Gauge, Metrics};

/// The places and the line.
#[derive(Debug)]
pub struct ImageQueue {
    state: Mutex<State>,
    longest: usize,
    wait: Duration,
    metrics: Arc<Metrics>,
}

/// A place: given back when it is dropped.
#[derive(Debug)]
#[must_use = "a place is held as long as this value"]
pub struct Place {
    queue: Arc<ImageQueue>,
}

#[derive(Debug)]
struct State {
    free: usize,
    line: BinaryHeap<Reverse<InLine>>,
    arrivals: u64,
}

#[derive(Debug)]
struct InLine {
    rank: u64,
    arrival: u64,
    turn: oneshot::Sender<Place>,
}

/// One more, as long as it is held: a client that leaves drops what it waits for.
struct Counted<'a>(&'a Gauge);

/// How many bytes of source an earlier arrival is worth. A job is overtaken only by so many later ones as its size is
/// times this, so that large pictures come too.
const BYTES_PER_ARRIVAL: u64 = 64 << 10;

/// When someone who was turned away may come back: a line of the usual length is shorter by then.
const RETRY_AFTER: Duration = Duration::from_secs(2);

impl ImageQueue {
    /// `places` at once; at most `longest` wait, none for longer than `wait`.
    #[must_use]
    pub fn new(places: usize, longest: usize, wait: Duration, metrics: Arc<Metrics>) -> Arc<Self> {
        let state = State { free: places, line: BinaryHeap::new(), arrivals: 0 };
        Arc::new(Self { state: Mutex::new(state), longest, wait, metrics })
    }

    /// Waits for a place for a job of so many bytes.
    ///
    /// # Errors
    /// [`Failure::Busy`], if the line is full, or moves too slowly.
    pub async fn place(self: &Arc<Self>, bytes: u64) -> Result<Place, Failure> {
        let busy = Failure::Busy { retry_after: RETRY_AFTER };
        let turn = {
            let mut state = self.state.lock();
            if state.free > 0 {
                state.free -= 1;
                self.metrics.image_queue_running.inc();
                return Ok(Place { queue: Arc::clone(self) });
            }
            state.line.retain(|Reverse(waiting)| !waiting.turn.is_closed());
            if state.line.len() >= self.longest {
                return Err(busy);
            }
            let (sender, turn) = oneshot::channel();
            let arrival = state.arrivals;
            state.arrivals += 1;
            let rank = bytes.saturating_add(arrival.saturating_mul(BYTES_PER_ARRIVAL));
            state.line.push(Reverse(InLine { rank, arrival, turn: sender }));
            turn
        };
        let _counted = Counted::new(&self.metrics.image_queue_waiting);
        match tokio::time::timeout(self.wait, turn).await {
            Ok(Ok(place)) => Ok(place),
            Ok(Err(_)) | Err(_) => Err(busy),
        }
    }

    fn next_in_line(&self) -> Option<oneshot::Sender<Place>> {
        let mut state = self.state.lock();
        let next = state.line.pop();
        if next.is_none() {
            state.free += 1;
            self.metrics.image_queue_running.dec();
        }
        next.map(|Reverse(waiting)| waiting.turn)
    }
}

impl<'a> Counted<'a> {
    fn new(gauge: &'a Gauge) -> Self {
        gauge.inc();
        Self(gauge)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(turn) = self.queue.next_in_line() {
            // Whoever has stopped waiting hands the place back, and its own drop passes it on.
            drop(turn.send(Self { queue: Arc::clone(&self.queue) }));
        }
    }
}

impl PartialEq for InLine {
    fn eq(&self, other: &Self) -> bool {
        self.arrival == other.arrival
    }
}

impl Eq for InLine {}

impl PartialOrd for InLine {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for InLine {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.rank, self.arrival).cmp(&(other.rank, other.arrival))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(places: usize, longest: usize, wait: Duration) -> Arc<ImageQueue> {
        ImageQueue::new(places, longest, wait, Arc::default())
    }

    #[tokio::test]
    async fn small_jobs_go_first_and_large_ones_are_not_forgotten() {
        let queue = queue(1, 10, Duration::from_secs(60));
        let first = queue.place(1).await.expect("the place is free");
        let order = Arc::new(Mutex::new(Vec::new()));
        let mut jobs = Vec::new();
        // By rank: 1000 k, then 2 k + 64 k, then 900 k + 128 k.
        for (name, bytes) in [("large", 1_000_000), ("small", 2_000), ("later", 900_000)] {
            let (line, order) = (Arc::clone(&queue), Arc::clone(&order));
            jobs.push(tokio::spawn(async move {
                let place = line.place(bytes).await.expect("the line is not full");
                order.lock().push(name);
                drop(place);
            }));
            tokio::task::yield_now().await;
        }
        drop(first);
        for job in jobs {
            job.await.expect("no job panics");
        }
        assert_eq!(*order.lock(), ["small", "large", "later"]);
        drop(queue.place(1).await.expect("all places are free again"));
    }

    #[tokio::test]
    async fn a_full_line_turns_away_at_once() {
        let queue = queue(1, 0, Duration::from_secs(60));
        let _first = queue.place(1).await.expect("the place is free");
        assert!(matches!(queue.place(1).await, Err(Failure::Busy { .. })));
    }

    #[tokio::test]
    async fn whoever_waits_too_long_is_turned_away_and_loses_no_place() {
        let queue = queue(1, 5, Duration::from_millis(1));
        let first = queue.place(1).await.expect("the place is free");
        assert!(matches!(queue.place(1).await, Err(Failure::Busy { .. })));
        drop(first);
        drop(queue.place(1).await.expect("the place came back past the one who left"));
    }
}
