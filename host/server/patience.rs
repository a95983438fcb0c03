//! Two patiences with one timer: a connection may be idle for a while, but a head that has begun has to come quickly.
//!
//! hyper has one timeout for both, which begins when it starts to wait for a head. Here that one is the idle timeout,
//! and the timer that hyper sleeps by learns from the connection when the first byte has come, and when a request was
//! answered that hyper has not seen.
//!
//! hyper asks for a new sleep at every request. Entering each into the runtime's timer and taking it out again would be
//! a good part of what a hit costs, so a connection has one that stays: when it fires before the sleep that is waited
//! for is over, it is set anew.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use hyper::rt::{Sleep, Timer};
use parking_lot::Mutex;

use super::connection::Connection;

/// What a connection, its timer and its sleeps share.
pub(super) struct Patience {
    heard: AtomicBool,
    head: Duration,
    idle: Duration,
    /// Told when the wait for a head begins and ends: meanwhile the connection has nothing to do.
    shared: Arc<Connection>,
    /// The one entry in the runtime's timer. INVARIANT: never later than the end of the sleep that is polled.
    alarm: Mutex<Option<Pin<Box<tokio::time::Sleep>>>>,
}

/// The timer that hyper uses for this connection.
pub(super) struct HeadTimer(Arc<Patience>);

struct HeadSleep {
    patience: Arc<Patience>,
    /// When the head that has begun has to be complete.
    complete: Option<tokio::time::Instant>,
}

impl Patience {
    /// A head may take this long from its first byte on, and that byte so long to come after an answer that is sent past
    /// hyper.
    pub(super) fn new(head: Duration, idle: Duration, shared: Arc<Connection>) -> Arc<Self> {
        Arc::new(Self { heard: AtomicBool::new(false), head, idle, shared, alarm: Mutex::new(None) })
    }

    pub(super) fn timer(self: &Arc<Self>) -> HeadTimer {
        HeadTimer(Arc::clone(self))
    }

    /// Something came from the client.
    pub(super) fn hear(&self) {
        self.heard.store(true, Ordering::Relaxed);
    }

    /// Whether hyper waits for a head, and the connection is to go on after it.
    pub(super) fn waits_for_more(&self) -> bool {
        self.shared.waits_for_more()
    }

    /// An answer is being sent that hyper knows nothing of: it waits without an end.
    pub(super) fn begin_answer(&self) {
        self.heard.store(false, Ordering::Relaxed);
        self.shared.work();
    }

    /// It was sent, and the wait for the next request begins.
    pub(super) fn end_answer(&self) {
        self.shared.rest(tokio::time::Instant::now() + self.idle);
    }

    /// Ready when `until` is past; else the task is woken then, or before.
    fn poll_until(&self, until: tokio::time::Instant, context: &mut Context<'_>) -> Poll<()> {
        let mut alarm = self.alarm.lock();
        let alarm = alarm.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(until)));
        if alarm.deadline() > until {
            alarm.as_mut().reset(until);
        }
        while alarm.as_mut().poll(context).is_ready() {
            if tokio::time::Instant::now() >= until {
                return Poll::Ready(());
            }
            alarm.as_mut().reset(until);
        }
        Poll::Pending
    }
}

impl Timer for HeadTimer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
        self.sleep_until(self.now() + duration)
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>> {
        self.0.heard.store(false, Ordering::Relaxed);
        self.0.shared.rest(deadline.into());
        Box::pin(HeadSleep { patience: Arc::clone(&self.0), complete: None })
    }

    fn now(&self) -> Instant {
        tokio::time::Instant::now().into()
    }
}

impl Future for HeadSleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        let until = if this.patience.heard.load(Ordering::Relaxed) {
            Some(*this.complete.get_or_insert_with(|| tokio::time::Instant::now() + this.patience.head))
        } else {
            this.complete = None;
            this.patience.shared.rests_until()
        };
        // Without an end, something else wakes the task: the socket, or whoever tells the connection to end.
        until.map_or(Poll::Pending, |until| this.patience.poll_until(until, context))
    }
}

impl Sleep for HeadSleep {}

impl Drop for HeadSleep {
    fn drop(&mut self) {
        self.patience.shared.work();
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;
    use crate::server::connection::{Connections, Rules};

    /// Sleeps on the runtime's clock, which stands still until everything waits and then jumps.
    #[tokio::test(start_paused = true)]
    async fn an_idle_connection_has_long_and_a_head_that_has_begun_has_not() {
        let idle = Duration::from_secs(60);
        let rules = Rules { rate: 1, stall: idle, idle };
        let shared = Arc::clone(&Connections::new(rules, Arc::default()).register().shared);
        let patience = Patience::new(Duration::from_secs(10), idle, shared);
        let timer = patience.timer();
        let start = tokio::time::Instant::now();
        let passed = || start.elapsed().as_secs();

        let mut nothing_comes = timer.sleep(idle);
        // Polled once, as hyper does, and given up when a head has come.
        poll_fn(|context| Poll::Ready(nothing_comes.as_mut().poll(context))).await.is_pending().then_some(()).unwrap();
        tokio::time::advance(Duration::from_secs(5)).await;
        drop(nothing_comes);

        timer.sleep(idle).await;
        assert_eq!(passed(), 65, "the next sleep is its own, although the alarm of the one before fired earlier");

        let mut head_begins = timer.sleep(idle);
        patience.heard.store(true, Ordering::Relaxed);
        head_begins.as_mut().await;
        assert_eq!(passed(), 75);
    }
}
