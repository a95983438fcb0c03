//! Two patiences with one timer: a connection may be idle for a while, but a head that has begun has to come quickly.
//!
//! hyper has one timeout for both, which begins when it starts to wait for a head. Here that one is the idle timeout,
//! and the timer that hyper sleeps by learns from the connection when the first byte has come.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use hyper::rt::{Read, ReadBufCursor, Sleep, Timer, Write};
use pin_project_lite::pin_project;

/// What a connection and its timer share.
pub(super) struct Patience {
    heard: Arc<AtomicBool>,
    head: Duration,
}

/// The timer that hyper uses for this connection.
pub(super) struct HeadTimer {
    heard: Arc<AtomicBool>,
    head: Duration,
}

/// The connection, listened to.
pub(super) struct Watched<I> {
    io: I,
    heard: Arc<AtomicBool>,
}

pin_project! {
    struct HeadSleep {
        #[pin]
        sleep: tokio::time::Sleep,
        heard: Arc<AtomicBool>,
        head: Duration,
        begun: bool,
    }
}

impl Patience {
    /// A head may take this long from its first byte on.
    pub(super) fn new(head: Duration) -> Self {
        Self { heard: Arc::new(AtomicBool::new(false)), head }
    }

    pub(super) fn timer(&self) -> HeadTimer {
        HeadTimer { heard: Arc::clone(&self.heard), head: self.head }
    }

    pub(super) fn watch<I>(&self, io: I) -> Watched<I> {
        Watched { io, heard: Arc::clone(&self.heard) }
    }
}

impl Timer for HeadTimer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
        self.sleep_for(tokio::time::sleep(duration))
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>> {
        self.sleep_for(tokio::time::sleep_until(deadline.into()))
    }

    fn now(&self) -> Instant {
        tokio::time::Instant::now().into()
    }
}

impl HeadTimer {
    fn sleep_for(&self, sleep: tokio::time::Sleep) -> Pin<Box<dyn Sleep>> {
        self.heard.store(false, Ordering::Relaxed);
        let heard = Arc::clone(&self.heard);
        Box::pin(HeadSleep { sleep, heard, head: self.head, begun: false })
    }
}

impl Future for HeadSleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut this = self.project();
        if !*this.begun && this.heard.load(Ordering::Relaxed) {
            *this.begun = true;
            this.sleep.as_mut().reset(tokio::time::Instant::now() + *this.head);
        }
        this.sleep.poll(context)
    }
}

impl Sleep for HeadSleep {}

impl<I: Read + Unpin> Read for Watched<I> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.io).poll_read(context, buffer);
        if read.is_ready() {
            self.heard.store(true, Ordering::Relaxed);
        }
        read
    }
}

impl<I: Write + Unpin> Write for Watched<I> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(context, buffers)
    }
}
