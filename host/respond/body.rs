//! What is sent: bytes in memory, in one piece or several, or a stream with what was read of it already.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};

use crate::upstream::{self, FetchError};

/// The content of an answer.
#[derive(Debug)]
pub struct Body(Content);

#[derive(Debug)]
enum Content {
    /// Sent at once, with the head: `None` when it is.
    Whole(Option<Bytes>),
    /// Sent one after the other; none of them is empty.
    Pieces(VecDeque<Bytes>),
    /// Sent as it comes.
    Stream { prefix: Option<Bytes>, rest: upstream::Body },
}

impl Body {
    /// None.
    #[must_use]
    pub fn empty() -> Self {
        Self(Content::Whole(None))
    }

    /// A stream of which the beginning was read already.
    #[must_use]
    pub fn continued(prefix: Bytes, rest: upstream::Body) -> Self {
        let prefix = Some(prefix).filter(|prefix| !prefix.is_empty());
        Self(Content::Stream { prefix, rest })
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self(Content::Whole(Some(bytes).filter(|bytes| !bytes.is_empty())))
    }
}

impl FromIterator<Bytes> for Body {
    fn from_iter<I: IntoIterator<Item = Bytes>>(pieces: I) -> Self {
        Self(Content::Pieces(pieces.into_iter().filter(|piece| !piece.is_empty()).collect()))
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Self::from(Bytes::from(text))
    }
}

impl From<upstream::Body> for Body {
    fn from(body: upstream::Body) -> Self {
        Self::continued(Bytes::new(), body)
    }
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = FetchError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, FetchError>>> {
        match &mut self.0 {
            Content::Whole(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Content::Pieces(pieces) => Poll::Ready(pieces.pop_front().map(|bytes| Ok(Frame::data(bytes)))),
            Content::Stream { prefix, rest } => match prefix.take() {
                Some(bytes) => Poll::Ready(Some(Ok(Frame::data(bytes)))),
                None => Pin::new(rest).poll_frame(context),
            },
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Content::Whole(bytes) => bytes.is_none(),
            Content::Pieces(pieces) => pieces.is_empty(),
            Content::Stream { prefix, rest } => prefix.is_none() && rest.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Content::Whole(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64)),
            Content::Pieces(pieces) => SizeHint::with_exact(pieces.iter().map(|piece| piece.len() as u64).sum()),
            Content::Stream { prefix, rest } => {
                let before = prefix.as_ref().map_or(0, |prefix| prefix.len() as u64);
                let mut hint = rest.size_hint();
                if let Some(upper) = hint.upper() {
                    hint.set_upper(upper.saturating_add(before));
                }
                hint.set_lower(hint.lower().saturating_add(before));
                hint
            }
        }
    }
}
