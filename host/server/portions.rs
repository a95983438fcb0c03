//! An answer's content on HTTP/2, in portions: what a client does not take is seen, and little of it lies around.
//!
//! The protocol takes whatever it is given and keeps it until the client opens its window. Given portions, it comes for
//! the next one only when the last was taken, and between the two it is the client who is waited for.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};

use super::connection::UnderWay;

/// A body in portions.
pub(super) struct Portions<B> {
    body: B,
    /// What of a part is still to be handed over.
    rest: Bytes,
    /// Whether a portion was handed over and nothing was asked for since.
    untaken: bool,
    request: UnderWay,
}

/// Four frames.
const PORTION: usize = 64 << 10;

impl<B> Portions<B> {
    /// `request` is under way until the body is dropped.
    pub(super) fn of(body: B, request: UnderWay) -> Self {
        Self { body, rest: Bytes::new(), untaken: false, request }
    }

    fn taken(&mut self) {
        if std::mem::take(&mut self.untaken) {
            self.request.taken();
        }
    }
}

impl<B: HttpBody<Data = Bytes> + Unpin> HttpBody for Portions<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let this = &mut *self;
        this.taken();
        if this.rest.is_empty() {
            match Pin::new(&mut this.body).poll_frame(context) {
                Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                    Ok(bytes) => this.rest = bytes,
                    Err(frame) => return Poll::Ready(Some(Ok(frame))),
                },
                other => return other,
            }
        }
        let portion = this.rest.split_to(this.rest.len().min(PORTION));
        this.request.hand_over();
        this.untaken = true;
        Poll::Ready(Some(Ok(Frame::data(portion))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let rest = self.rest.len() as u64;
        let mut hint = self.body.size_hint();
        if let Some(upper) = hint.upper() {
            hint.set_upper(upper.saturating_add(rest));
        }
        hint.set_lower(hint.lower().saturating_add(rest));
        hint
    }
}

impl<B> Drop for Portions<B> {
    fn drop(&mut self) {
        self.taken();
    }
}
