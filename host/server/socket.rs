//! A client's socket, whose progress is marked and which is left as it ended.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;
use socket2::SockRef;
use tokio::net::TcpStream;

use super::connection::Connection;

/// The bottom of a connection.
pub(super) struct Socket {
    io: TokioIo<TcpStream>,
    shared: Arc<Connection>,
}

impl Socket {
    pub(super) fn new(stream: TcpStream, shared: Arc<Connection>) -> Self {
        Self { io: TokioIo::new(stream), shared }
    }
}

impl Read for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(context, buffer)
    }
}

impl Write for Socket {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write(context, bytes);
        self.shared.wrote(&written);
        written
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
        let written = Pin::new(&mut self.io).poll_write_vectored(context, buffers);
        self.shared.wrote(&written);
        written
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        // What a client did not take would stay in the kernel until the client is given up there too: minutes.
        if self.shared.is_cut()
            && let Err(error) = SockRef::from(self.io.inner()).set_linger(Some(Duration::ZERO))
        {
            tracing::debug!(%error, "SO_LINGER could not be set");
        }
    }
}
