//! The connections that are open: which of them wait for a request and for how long, which get on, and how each is told
//! to end.
//!
//! A connection leaves its marks in a few numbers as it goes. Timing each read and write would cost more than a hit; so
//! one sweep a second looks at the marks of all.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::task::AtomicWaker;
use hyper_util::server::graceful::GracefulConnection;
use parking_lot::Mutex;
use tokio::time::Instant;

use crate::telemetry::Metrics;

/// All that are open.
pub(super) struct Connections {
    open: Mutex<Table>,
    /// Times are counted from here.
    start: Instant,
    rules: Rules,
    metrics: Arc<Metrics>,
}

/// What a client has to do to keep its connection.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    /// Bytes a second that it takes of an answer that waits for it.
    pub(super) rate: u64,
    /// The time over which that is measured.
    pub(super) stall: Duration,
    /// How long an HTTP/2 connection may have no request. HTTP/1 has a timer for that.
    pub(super) idle: Duration,
}

/// What one connection shares with those who watch it.
pub(super) struct Connection {
    start: Instant,
    idle: Duration,
    /// Microseconds since the start until which it may have nothing to do; `BUSY` while it has.
    idle_until: AtomicU64,
    /// Requests under way, where there can be several.
    under_way: AtomicU32,
    /// Whether the socket takes no more.
    blocked: AtomicBool,
    /// Bodies of which a part was handed over and not taken yet, where there can be several.
    untaken: AtomicU32,
    written: AtomicU64,
    order: AtomicU8,
    waker: AtomicWaker,
    multiplexed: AtomicBool,
}

/// A connection being served, until it ends or is told to.
pub(super) struct Served<C> {
    connection: Pin<Box<C>>,
    shared: Arc<Connection>,
    finishing: bool,
}

/// A connection's place in the table; it is left when this is dropped.
#[must_use]
pub(super) struct Registered {
    connections: Arc<Connections>,
    number: u64,
    pub(super) shared: Arc<Connection>,
}

/// A request under way on a connection that can have several.
pub(super) struct UnderWay(Arc<Connection>);

/// Why a connection is ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// It takes too little of what it asked for.
    Stalled,
    /// It has long had no request.
    Idle,
    /// Others need its place.
    Displaced,
}

#[derive(Default)]
struct Table {
    next: u64,
    entries: HashMap<u64, Entry, foldhash::fast::RandomState>,
}

struct Entry {
    shared: Arc<Connection>,
    waiting: Option<Waiting>,
    /// When the sweep told it to finish.
    told: Option<Instant>,
}

/// A connection whose client has been waited for.
#[derive(Clone, Copy)]
struct Waiting {
    since: Instant,
    written: u64,
}

const BUSY: u64 = u64::MAX;

/// The words of `Connection::order`.
const GO_ON: u8 = 0;
const FINISH: u8 = 1;
const CUT: u8 = 2;

/// Of those that are open, so many are closed together when one has to be: finding the longest idle looks at all.
const DISPLACED: usize = 64;

impl Ended {
    /// For metrics.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Stalled => "stalled",
            Self::Idle => "idle",
            Self::Displaced => "displaced",
        }
    }
}

impl Connections {
    pub(super) fn new(rules: Rules, metrics: Arc<Metrics>) -> Arc<Self> {
        Arc::new(Self { open: Mutex::default(), start: Instant::now(), rules, metrics })
    }

    /// Enters a new connection.
    pub(super) fn register(self: &Arc<Self>) -> Registered {
        let shared = Arc::new(Connection {
            start: self.start,
            idle: self.rules.idle,
            idle_until: AtomicU64::new(BUSY),
            under_way: AtomicU32::new(0),
            blocked: AtomicBool::new(false),
            untaken: AtomicU32::new(0),
            written: AtomicU64::new(0),
            order: AtomicU8::new(GO_ON),
            waker: AtomicWaker::new(),
            multiplexed: AtomicBool::new(false),
        });
        shared.rest(Instant::now() + self.rules.idle);
        let mut open = self.open.lock();
        let number = open.next;
        open.next += 1;
        open.entries.insert(number, Entry { shared: Arc::clone(&shared), waiting: None, told: None });
        self.metrics.connections.inc();
        Registered { connections: Arc::clone(self), number, shared }
    }

    /// Tells those that have been idle for longest to finish: one in so many, at least one. How many were told.
    pub(super) fn displace(&self) -> usize {
        let mut open = self.open.lock();
        let mut idle: Vec<(u64, u64)> = open
            .entries
            .iter()
            .filter(|(_, entry)| entry.told.is_none())
            .map(|(number, entry)| (entry.shared.idle_until.load(Ordering::Acquire), *number))
            .filter(|(until, _)| *until != BUSY)
            .collect();
        let enough = open.entries.len().div_ceil(DISPLACED).min(idle.len());
        if enough == 0 {
            return 0;
        }
        idle.select_nth_unstable(enough - 1);
        let now = Instant::now();
        for (_, number) in &idle[..enough] {
            if let Some(entry) = open.entries.get_mut(number) {
                entry.finish(now);
                self.metrics.count_closed(Ended::Displaced.word());
            }
        }
        enough
    }

    /// Looks at all: tells those to end that are idle for too long or do not get on.
    pub(super) fn sweep(&self) {
        let now = Instant::now();
        let rules = &self.rules;
        for entry in self.open.lock().entries.values_mut() {
            if entry.is_stalled(rules, now) {
                self.metrics.count_closed(Ended::Stalled.word());
                entry.told = Some(now);
                entry.shared.tell(CUT);
                continue;
            }
            // HTTP/1 that was told to finish does so when it has sent its answer, which the rule above is for.
            if !entry.shared.multiplexed.load(Ordering::Relaxed) {
                continue;
            }
            match entry.told {
                None if entry.shared.is_past_its_idleness(now) => {
                    self.metrics.count_closed(Ended::Idle.word());
                    entry.finish(now);
                }
                // What it was sent last may still lie here, for a window that does not open.
                Some(told) if entry.shared.is_idle() && now - told >= rules.stall => {
                    entry.shared.tell(CUT);
                }
                _ => {}
            }
        }
    }

    /// How often to sweep: often enough for what is measured, and not for less than it costs.
    pub(super) fn sweep_interval(&self) -> Duration {
        const OFTEN: Duration = Duration::from_millis(10);
        const SELDOM: Duration = Duration::from_secs(1);
        (self.rules.stall.min(self.rules.idle) / 8).clamp(OFTEN, SELDOM)
    }

    /// Tells all to finish.
    pub(super) fn finish(&self) {
        let now = Instant::now();
        self.open.lock().entries.values_mut().for_each(|entry| entry.finish(now));
    }
}

impl Entry {
    fn finish(&mut self, now: Instant) {
        self.told.get_or_insert(now);
        self.shared.tell(FINISH);
    }

    /// Whether a client has been waited for, for the whole time that is allowed, and has taken too little.
    fn is_stalled(&mut self, rules: &Rules, now: Instant) -> bool {
        if !self.shared.waits_for_its_client() {
            self.waiting = None;
            return false;
        }
        let written = self.shared.written.load(Ordering::Relaxed);
        let waiting = *self.waiting.get_or_insert(Waiting { since: now, written });
        if now - waiting.since < rules.stall {
            return false;
        }
        self.waiting = Some(Waiting { since: now, written });
        let enough = rules.rate.saturating_mul(rules.stall.as_millis().try_into().unwrap_or(u64::MAX)) / 1000;
        written - waiting.written < enough.max(1)
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        self.connections.open.lock().entries.remove(&self.number);
        self.connections.metrics.connections.dec();
    }
}

impl Connection {
    /// It has nothing to do from now on, and may for so long.
    pub(super) fn rest(&self, until: Instant) {
        let until = u64::try_from((until - self.start).as_micros()).unwrap_or(BUSY - 1);
        self.idle_until.store(until, Ordering::Release);
    }

    /// Until when it may have nothing to do; none while it has.
    pub(super) fn rests_until(&self) -> Option<Instant> {
        let until = self.idle_until.load(Ordering::Acquire);
        (until != BUSY).then(|| self.start + Duration::from_micros(until))
    }

    /// Whether it waits for a request, and is to go on after it.
    pub(super) fn waits_for_more(&self) -> bool {
        self.is_idle() && self.order.load(Ordering::Acquire) == GO_ON
    }

    /// It has a request.
    pub(super) fn work(&self) {
        self.idle_until.store(BUSY, Ordering::Release);
    }

    /// It is HTTP/2: several requests may be under way.
    pub(super) fn multiplex(&self) {
        self.multiplexed.store(true, Ordering::Relaxed);
    }

    /// Counts a request that is under way, on a connection that can have several.
    pub(super) fn begin(self: &Arc<Self>) -> UnderWay {
        if self.under_way.fetch_add(1, Ordering::AcqRel) == 0 {
            self.work();
        }
        UnderWay(Arc::clone(self))
    }

    /// The socket took so many bytes, or takes none for now.
    pub(super) fn wrote(&self, written: &Poll<std::io::Result<usize>>) {
        match written {
            Poll::Pending => self.blocked.store(true, Ordering::Relaxed),
            Poll::Ready(Ok(bytes)) => {
                self.blocked.store(false, Ordering::Relaxed);
                // One task writes, so this is an addition and nothing more.
                let before = self.written.load(Ordering::Relaxed);
                self.written.store(before + *bytes as u64, Ordering::Relaxed);
            }
            Poll::Ready(Err(_)) => {}
        }
    }

    /// Whether it was ended without regard to what is on its way.
    pub(super) fn is_cut(&self) -> bool {
        self.order.load(Ordering::Acquire) == CUT
    }

    /// Bytes that the socket took.
    pub(super) fn written(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }

    /// Ready when it is told to end, before anything is served on it.
    pub(super) fn poll_told(&self, context: &mut Context<'_>) -> Poll<()> {
        self.waker.register(context.waker());
        if self.order.load(Ordering::Acquire) == GO_ON { Poll::Pending } else { Poll::Ready(()) }
    }

    fn tell(&self, order: u8) {
        self.order.fetch_max(order, Ordering::AcqRel);
        self.waker.wake();
    }

    fn waits_for_its_client(&self) -> bool {
        self.blocked.load(Ordering::Relaxed) || self.untaken.load(Ordering::Relaxed) > 0
    }

    fn is_idle(&self) -> bool {
        self.idle_until.load(Ordering::Acquire) != BUSY
    }

    fn is_past_its_idleness(&self, now: Instant) -> bool {
        let until = self.idle_until.load(Ordering::Acquire);
        until != BUSY && now - self.start >= Duration::from_micros(until)
    }
}

impl UnderWay {
    /// A part of its answer was handed over.
    pub(super) fn hand_over(&self) {
        self.0.untaken.fetch_add(1, Ordering::Relaxed);
    }

    /// The part was taken.
    pub(super) fn taken(&self) {
        self.0.untaken.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        if self.0.under_way.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.0.rest(Instant::now() + self.0.idle);
        }
    }
}

impl<C> Served<C> {
    pub(super) fn new(connection: C, shared: Arc<Connection>) -> Self {
        Self { connection: Box::pin(connection), shared, finishing: false }
    }
}

impl<C: GracefulConnection> Future for Served<C> {
    type Output = Result<(), C::Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.shared.waker.register(context.waker());
        match self.shared.order.load(Ordering::Acquire) {
            CUT => return Poll::Ready(Ok(())),
            FINISH if !self.finishing => {
                self.finishing = true;
                self.connection.as_mut().graceful_shutdown();
            }
            _ => {}
        }
        self.connection.as_mut().poll(context)
    }
}
