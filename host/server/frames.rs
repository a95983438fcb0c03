//! What stands between an HTTP/2 socket and the protocol: frames are counted as they come.
//!
//! A client can keep a node busy with frames that ask for nothing: pings, settings, priorities, empty data, header blocks
//! in a thousand pieces, frames of unknown types. Each is legal, and `h2` answers each. So there is an account: it
//! begins with what a strange but honest client may need, grows with requests and with what is sent and received, and
//! a client that overdraws it is cut off.

use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use hyper::rt::{Read, ReadBuf, ReadBufCursor, Write};
use thiserror::Error;

use super::connection::Connection;
use super::preface::PREFACE;

/// An HTTP/2 connection whose frames are counted.
pub(super) struct Frames<I> {
    io: I,
    /// What was read already, and from where it has to be handed on.
    first: Vec<u8>,
    handed: usize,
    account: Account,
    shared: Arc<Connection>,
}

/// The client sends frames that ask for nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("too many frames that ask for nothing")]
pub(super) struct Flood;

/// Frames, as far as they are told apart here.
#[derive(Debug)]
struct Account {
    /// Bytes until the next frame's header: of the preface, or of a payload.
    skip: usize,
    header: [u8; HEADER],
    /// Bytes of the header that are there.
    known: usize,
    idle_frames: u64,
    credit: u64,
}

/// A frame's header (RFC 9113 §4.1).
const HEADER: usize = 9;

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const WINDOW_UPDATE: u8 = 8;

/// What a connection begins with: Firefox sends half a dozen priorities, some measure the round trip with pings.
const CREDIT: u64 = 500;
/// For each request: its cancellation, and a few pings.
const CREDIT_OF_REQUEST: u64 = 10;
/// A ping for so many bytes sent is what clients send that adapt their windows.
const BYTES_A_FRAME: u64 = 16 << 10;

const AT_ONCE: usize = 16 << 10;

impl<I> Frames<I> {
    /// `first` begins with the preface.
    ///
    /// # Errors
    /// [`Flood`], if what was read is one already.
    pub(super) fn new(io: I, first: Vec<u8>, shared: Arc<Connection>) -> Result<Self, Flood> {
        let mut account = Account::default();
        account.count(&first, 0)?;
        Ok(Self { io, first, handed: 0, account, shared })
    }
}

impl Default for Account {
    fn default() -> Self {
        Self { skip: PREFACE.len(), header: [0; HEADER], known: 0, idle_frames: 0, credit: CREDIT }
    }
}

impl Account {
    /// Counts the frames in these bytes.
    fn count(&mut self, mut bytes: &[u8], written: u64) -> Result<(), Flood> {
        loop {
            let skipped = self.skip.min(bytes.len());
            self.skip -= skipped;
            bytes = &bytes[skipped..];
            if bytes.is_empty() {
                return Ok(());
            }
            let taken = (HEADER - self.known).min(bytes.len());
            self.header[self.known..self.known + taken].copy_from_slice(&bytes[..taken]);
            self.known += taken;
            bytes = &bytes[taken..];
            if self.known == HEADER {
                self.known = 0;
                self.enter(written)?;
            }
        }
    }

    fn enter(&mut self, written: u64) -> Result<(), Flood> {
        let [high, middle, low, kind, ..] = self.header;
        self.skip = usize::from(high) << 16 | usize::from(middle) << 8 | usize::from(low);
        match kind {
            HEADERS => self.credit += CREDIT_OF_REQUEST,
            DATA if self.skip > 0 => self.credit += 1,
            // Each only adds to a number.
            WINDOW_UPDATE => {}
            _ => self.idle_frames += 1,
        }
        if self.idle_frames > self.credit + written / BYTES_A_FRAME { Err(Flood) } else { Ok(()) }
    }
}

impl<I: Read + Unpin> Read for Frames<I> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        mut buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.handed < this.first.len() {
            let length = (this.first.len() - this.handed).min(buffer.remaining());
            buffer.put_slice(&this.first[this.handed..this.handed + length]);
            this.handed += length;
            if this.handed == this.first.len() {
                (this.first, this.handed) = (Vec::new(), 0);
            }
            return Poll::Ready(Ok(()));
        }
        let mut scratch = [const { MaybeUninit::uninit() }; AT_ONCE];
        let mut read = ReadBuf::uninit(&mut scratch[..buffer.remaining().min(AT_ONCE)]);
        ready!(Pin::new(&mut this.io).poll_read(context, read.unfilled()))?;
        if let Err(flood) = this.account.count(read.filled(), this.shared.written()) {
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, flood)));
        }
        buffer.put_slice(read.filled());
        Poll::Ready(Ok(()))
    }
}

impl<I: Write + Unpin> Write for Frames<I> {
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn frame(kind: u8, length: u8) -> Vec<u8> {
        let mut frame = vec![0, 0, length, kind, 0, 0, 0, 0, 1];
        frame.extend(std::iter::repeat_n(b'x', length.into()));
        frame
    }

    fn counted(bytes: &[u8], piece: usize) -> Result<(u64, u64), Flood> {
        let mut account = Account::default();
        for bytes in bytes.chunks(piece) {
            account.count(bytes, 0)?;
        }
        Ok((account.idle_frames, account.credit))
    }

    proptest! {
        #[test]
        fn frames_are_counted_however_they_arrive(
            frames in prop::collection::vec((0..12_u8, 0..40_u8), 0..40), piece in 1..64_usize,
        ) {
            let mut bytes = PREFACE.to_vec();
            frames.iter().for_each(|(kind, length)| bytes.extend(frame(*kind, *length)));
            let idle = frames.iter().filter(|(kind, length)| !matches!((*kind, *length), (HEADERS | WINDOW_UPDATE, _) | (DATA, 1..)));
            let heads = frames.iter().filter(|(kind, _)| *kind == HEADERS).count() as u64;
            let data = frames.iter().filter(|(kind, length)| *kind == DATA && *length > 0).count() as u64;
            let credit = CREDIT + heads * CREDIT_OF_REQUEST + data;
            prop_assert_eq!(counted(&bytes, piece), Ok((idle.count() as u64, credit)));
        }
    }

    #[test]
    fn a_flood_overdraws_the_account() {
        let pings = |count: usize| [PREFACE.to_vec(), frame(6, 8).repeat(count)].concat();
        assert_eq!(counted(&pings(500), 100), Ok((500, CREDIT)));
        assert_eq!(counted(&pings(501), 100), Err(Flood));
    }
}
