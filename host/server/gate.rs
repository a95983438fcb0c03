//! What stands between an HTTP/1 socket and the parser: bytes are handed on only when they can be read in one way.
//!
//! A head is held back until it is complete and in order. One that is not is replaced by a request of our own, to a
//! target that no client can send, so that it is answered in its turn, after those before it, and by the same function
//! as every other failure; then the connection ends. In the usual case a head comes in one piece and is looked at where it
//! was read. If the [`Lane`] has the answer at hand, that is sent from here; else the head is copied once, to the parser.

use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http::Uri;
use hyper::rt::{Read, ReadBuf, ReadBufCursor, Write};

use super::lane::{Answer, Lane};
use super::patience::Patience;
use crate::request::{Framing, FramingLimits, Malformed, Step};

/// An HTTP/1 connection that is looked at.
pub(super) struct Gate<I> {
    io: I,
    framing: Framing,
    /// Bytes that were read and not handed on. INVARIANT: `handed <= ready <= held.len()`.
    held: Vec<u8>,
    handed: usize,
    /// So many of them may be handed on.
    ready: usize,
    /// Whether they are one head that nothing follows, and the lane has not seen it.
    is_request: bool,
    end: End,
    patience: Arc<Patience>,
    lane: Lane,
    /// What the lane has answered and the socket has not taken yet. Nothing is read meanwhile.
    answer: Option<Answer>,
    /// Whether the parser's side has written and not flushed: an answer of the lane would come in between.
    is_writing: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// Not yet.
    Open,
    /// A head was refused: what follows is read by nobody.
    Refused,
    /// Content was refused.
    Broken(Malformed),
}

/// What was seen in some bytes.
struct Looked {
    /// So many may be handed on.
    good: usize,
    /// Whether all of them are one head that nothing follows.
    is_request: bool,
    /// Why it is not all of them, unless more has to come.
    refusal: Option<Refusal>,
}

/// What is not handed on.
struct Refusal {
    malformed: Malformed,
    /// Whether it is a head; else it is content of one that was handed on.
    at_head: bool,
}

/// Bytes read at once.
const AT_ONCE: usize = 16 << 10;

/// The scheme of the request that takes the place of one that is refused. Clients cannot send it: [`Framing`] takes
/// `http` only.
const REFUSED: &str = "refused";

/// What after a refusal is read before the connection is closed: closing while bytes are unread makes the kernel reset
/// the connection, and the answer may be lost with it.
const UNREAD: usize = 1 << 20;

/// Why a request is one that takes the place of another.
pub(super) fn refused(target: &Uri) -> Option<Malformed> {
    let scheme = target.scheme_str()?;
    if scheme != REFUSED {
        return None;
    }
    target.host().and_then(|number| number.parse().ok()).and_then(Malformed::of_number)
}

impl<I> Gate<I> {
    /// `first` is what was read of the connection already.
    pub(super) fn new(io: I, first: Vec<u8>, limits: FramingLimits, patience: Arc<Patience>, lane: Lane) -> Self {
        let mut gate = Self {
            io,
            framing: Framing::new(limits),
            held: first,
            handed: 0,
            ready: 0,
            is_request: false,
            end: End::Open,
            patience,
            lane,
            answer: None,
            is_writing: false,
        };
        gate.look_at_held();
        gate
    }

    fn look(&mut self, bytes: &[u8]) -> Looked {
        let (mut good, mut is_request) = (0, false);
        while good < bytes.len() {
            let at_head = self.framing.is_at_head();
            match self.framing.step(&bytes[good..]) {
                Step::Pass(length) => {
                    is_request = at_head && length == bytes.len() && self.framing.is_at_head();
                    good += length;
                }
                Step::Incomplete => break,
                Step::Refuse(malformed) => {
                    return Looked { good, is_request: false, refusal: Some(Refusal { malformed, at_head }) };
                }
            }
        }
        Looked { good, is_request, refusal: None }
    }

    fn look_at_held(&mut self) {
        let held = std::mem::take(&mut self.held);
        let Looked { good, is_request, refusal } = self.look(&held[self.ready..]);
        self.held = held;
        self.is_request = is_request && self.ready == 0;
        self.ready += good;
        if let Some(refusal) = refusal {
            self.refuse(refusal);
        }
    }

    fn refuse(&mut self, Refusal { malformed, at_head }: Refusal) {
        tracing::debug!(%malformed, "a request was refused by its framing");
        self.held.truncate(self.ready);
        if at_head {
            let instead = format!("GET {REFUSED}://{} HTTP/1.1\r\nconnection: close\r\n\r\n", malformed.number());
            self.held.extend_from_slice(instead.as_bytes());
            self.ready = self.held.len();
            self.end = End::Refused;
        } else {
            self.end = End::Broken(malformed);
        }
    }

    /// Has the lane answer a request that is all there is, where no answer of the parser's side can come after it. Whether
    /// it does.
    fn takes_lane(&mut self, request: &[u8]) -> bool {
        // The parser waits for a head, and all that it has written was flushed.
        if !self.is_writing && self.patience.waits_for_more() {
            self.answer = self.lane.answer(request);
        }
        if self.answer.is_some() {
            self.patience.begin_answer();
        }
        self.answer.is_some()
    }

    /// The same for what is held.
    fn held_takes_lane(&mut self) -> bool {
        if !std::mem::take(&mut self.is_request) {
            return false;
        }
        let held = std::mem::take(&mut self.held);
        if self.takes_lane(&held) {
            self.ready = 0;
            return true;
        }
        self.held = held;
        false
    }

    /// Hands on what may be, if there is anything.
    fn hand_on(&mut self, buffer: &mut ReadBufCursor<'_>) -> bool {
        let bytes = &self.held[self.handed..self.ready];
        let length = bytes.len().min(buffer.remaining());
        if length == 0 {
            return false;
        }
        buffer.put_slice(&bytes[..length]);
        self.handed += length;
        if self.handed == self.held.len() {
            // Most connections never come here again, and hold nothing.
            self.held = Vec::new();
            (self.handed, self.ready) = (0, 0);
        }
        true
    }
}

impl<I: Write + Unpin> Gate<I> {
    /// Sends what the lane has answered. Ready when nothing is left of it.
    fn poll_answer(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(answer) = &mut self.answer {
            let buffers = [io::IoSlice::new(&answer.head), io::IoSlice::new(&answer.content)];
            let left = if answer.head.is_empty() { &buffers[1..] } else { &buffers };
            match ready!(Pin::new(&mut self.io).poll_write_vectored(context, left))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                sent => answer.advance(sent),
            }
            if answer.is_sent() {
                self.answer = None;
                self.patience.end_answer();
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl<I: Read + Unpin> Gate<I> {
    /// Reads what nobody wants. Ready at the end of the connection.
    fn poll_discard(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut scratch = [const { MaybeUninit::uninit() }; AT_ONCE];
        loop {
            let mut buffer = ReadBuf::uninit(&mut scratch);
            ready!(Pin::new(&mut self.io).poll_read(context, buffer.unfilled()))?;
            if buffer.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

impl<I: Read + Write + Unpin> Read for Gate<I> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        mut buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        ready!(this.poll_answer(context))?;
        if this.held_takes_lane() {
            ready!(this.poll_answer(context))?;
        }
        if this.hand_on(&mut buffer) {
            return Poll::Ready(Ok(()));
        }
        if !this.held.is_empty() {
            // The wait for the rest of a head may have begun after its beginning came.
            this.patience.hear();
        }
        loop {
            match this.end {
                End::Open => {}
                End::Refused => return this.poll_discard(context),
                End::Broken(malformed) => {
                    return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, malformed)));
                }
            }
            let mut scratch = [const { MaybeUninit::uninit() }; AT_ONCE];
            // No more than what can be handed on at once, so that usually nothing is left to be held.
            let mut read = ReadBuf::uninit(&mut scratch[..buffer.remaining().min(AT_ONCE)]);
            ready!(Pin::new(&mut this.io).poll_read(context, read.unfilled()))?;
            let bytes = read.filled();
            this.patience.hear();
            if bytes.is_empty() {
                return Poll::Ready(Ok(()));
            }
            if this.held.is_empty() {
                let Looked { good, is_request, refusal } = this.look(bytes);
                if is_request && this.takes_lane(bytes) {
                    ready!(this.poll_answer(context))?;
                    continue;
                }
                buffer.put_slice(&bytes[..good]);
                match refusal {
                    Some(refusal) => this.refuse(refusal),
                    None => this.held.extend_from_slice(&bytes[good..]),
                }
                if good > 0 {
                    return Poll::Ready(Ok(()));
                }
            } else {
                this.held.extend_from_slice(bytes);
                this.look_at_held();
                if this.held_takes_lane() {
                    ready!(this.poll_answer(context))?;
                    continue;
                }
            }
            if this.hand_on(&mut buffer) {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

impl<I: Read + Write + Unpin> Write for Gate<I> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.is_writing = true;
        Pin::new(&mut self.io).poll_write(context, bytes)
    }

    /// hyper calls it when nothing that it has to write is left.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.is_writing = false;
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_answer(context))?;
        ready!(Pin::new(&mut self.io).poll_shutdown(context))?;
        // What has come by now is taken out of the kernel's hands; nobody is waited for.
        let mut scratch = [const { MaybeUninit::uninit() }; AT_ONCE];
        for _ in 0..UNREAD / AT_ONCE {
            let mut buffer = ReadBuf::uninit(&mut scratch);
            match Pin::new(&mut self.io).poll_read(context, buffer.unfilled()) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {}
                _ => break,
            }
        }
        Poll::Ready(Ok(()))
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.is_writing = true;
        Pin::new(&mut self.io).poll_write_vectored(context, buffers)
    }
}
