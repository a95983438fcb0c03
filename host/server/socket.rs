//! A client's socket, whose progress is marked and which is left as it ended. What is kept in [`Pages`] is sent from
//! there, and everything else is copied by the kernel.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;
use rustix::fs::sendfile;
use rustix::io::retry_on_intr;
use rustix::net::{SendAncillaryBuffer, SendFlags, sendmsg};
use socket2::SockRef;
use tokio::io::Interest;
use tokio::net::TcpStream;

use super::connection::Connection;
use crate::pages::Pages;

/// The bottom of a connection.
pub(super) struct Socket {
    io: TokioIo<TcpStream>,
    shared: Arc<Connection>,
    pages: Arc<Pages>,
}

impl Socket {
    pub(super) fn new(stream: TcpStream, shared: Arc<Connection>, pages: Arc<Pages>) -> Self {
        Self { io: TokioIo::new(stream), shared, pages }
    }

    fn poll_send(&mut self, context: &mut Context<'_>, buffers: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let Some(before) = buffers.iter().position(|buffer| self.pages.place(buffer).is_some()) else {
            return Pin::new(&mut self.io).poll_write_vectored(context, buffers);
        };
        let stream = self.io.inner();
        loop {
            ready!(stream.poll_write_ready(context))?;
            match stream.try_io(Interest::WRITABLE, || self.send_from_pages(&buffers[..before], &buffers[before])) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                sent => return Poll::Ready(sent),
            }
        }
    }

    /// Sends what is before, and then what is in the pages.
    fn send_from_pages(&self, before: &[IoSlice<'_>], kept: &[u8]) -> io::Result<usize> {
        let stream = self.io.inner();
        let length: usize = before.iter().map(|buffer| buffer.len()).sum();
        if length > 0 {
            // Without MSG_MORE: where congestion control paces (BBR), answers were dearer with it, the head then being in
            // the first segment of the content. Elsewhere they were somewhat cheaper.
            let flags = SendFlags::NOSIGNAL;
            let sent = retry_on_intr(|| sendmsg(stream, before, &mut SendAncillaryBuffer::default(), flags))?;
            if sent < length {
                return Ok(sent);
            }
        }
        let Some((file, mut place)) = self.pages.place(kept) else { return Ok(length) };
        match retry_on_intr(|| sendfile(stream, file, Some(&mut place), kept.len())) {
            Ok(sent) => Ok(length + sent),
            // It is told again at the next write.
            Err(_) if length > 0 => Ok(length),
            Err(error) => Err(error.into()),
        }
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
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = self.poll_send(context, buffers);
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
