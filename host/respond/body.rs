//! What is sent: bytes in memory, in one piece or several, a stream, or what arrives for many.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::Stream;
use http_body::{Body as HttpBody, Frame, SizeHint};
use thiserror::Error;

use crate::cache::{Broken, Reader};
use crate::respond::Failure;
use crate::respond::exact::Exact;
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
    /// Sent as it is read.
    Exact(Exact),
    /// Sent as it comes.
    Stream { rest: upstream::Body },
    /// Sent as it comes, also to others. `left` counts down where the length is known.
    Filling { reader: Reader<Failure>, left: Option<u64> },
}

/// Why content that is shared ends before its end, where the upstream is not to blame.
#[derive(Debug, Clone, Error)]
enum Unshared {
    /// Something else than the upstream failed.
    #[error(transparent)]
    Failed(Failure),
    /// Whoever fetched it was broken off.
    #[error("the fetch was broken off")]
    Gone,
    /// It is longer than what is stored, and others read faster.
    #[error("the client was too slow for what is kept of it")]
    Behind,
}

impl Body {
    /// None.
    #[must_use]
    pub fn empty() -> Self {
        Self(Content::Whole(None))
    }

    /// Content of this length, sent as it is read. It ends in an error, never cleanly, if what is read has another.
    #[must_use]
    pub fn exactly(length: u64, content: impl Stream<Item = Result<Bytes, FetchError>> + Send + 'static) -> Self {
        Self(Content::Exact(Exact::new(length, content)))
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
        Self(Content::Stream { rest: body })
    }
}

impl From<Reader<Failure>> for Body {
    fn from(reader: Reader<Failure>) -> Self {
        let left = reader.filling().length;
        Self(Content::Filling { reader, left })
    }
}

impl From<Broken<Failure>> for FetchError {
    fn from(broken: Broken<Failure>) -> Self {
        Self::Reset(Arc::new(match broken {
            Broken::Failed(Failure::Upstream(error)) => return error,
            Broken::Failed(failure) => Unshared::Failed(failure),
            Broken::Gone => Unshared::Gone,
            Broken::Behind => Unshared::Behind,
        }))
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
            Content::Exact(exact) => exact.poll_data(context),
            Content::Stream { rest } => Pin::new(rest).poll_frame(context),
            Content::Filling { reader, left } => reader.poll_data(context).map(|piece| {
                if let (Some(left), Some(Ok(data))) = (left, &piece) {
                    *left = left.saturating_sub(data.len() as u64);
                }
                piece.map(|piece| piece.map(Frame::data).map_err(FetchError::from))
            }),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Content::Whole(bytes) => bytes.is_none(),
            Content::Pieces(pieces) => pieces.is_empty(),
            Content::Exact(exact) => exact.remaining() == 0,
            Content::Stream { rest } => rest.is_end_stream(),
            Content::Filling { left, .. } => *left == Some(0),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Content::Whole(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64)),
            Content::Pieces(pieces) => SizeHint::with_exact(pieces.iter().map(|piece| piece.len() as u64).sum()),
            Content::Exact(exact) => SizeHint::with_exact(exact.remaining()),
            Content::Stream { rest } => rest.size_hint(),
            Content::Filling { left, .. } => left.map_or_else(SizeHint::default, SizeHint::with_exact),
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;
    use http_body_util::BodyExt as _;

    use super::*;

    #[tokio::test]
    async fn pieces_are_sent_in_their_order_and_counted() {
        let body: Body = ["ab", "", "c", "def"].into_iter().map(Bytes::from).collect();
        assert_eq!((body.size_hint().exact(), body.is_end_stream()), (Some(6), false));
        assert_eq!(body.collect().await.expect("it is in memory").to_bytes(), "abcdef");
        let none: Body = [Bytes::new()].into_iter().collect();
        assert!(none.is_end_stream());
    }

    /// Fault 16, for what is kept elsewhere.
    #[tokio::test]
    async fn content_that_is_not_as_long_as_announced_ends_in_an_error() {
        let table: [(u64, &[&'static str], Option<&str>); 6] = [
            (6, &["ab", "cdef"], Some("abcdef")),
            (6, &["ab", "", "cdef", ""], Some("abcdef")),
            (0, &[], Some("")),
            (6, &[], None),
            (6, &["ab", "cde"], None),
            (6, &["ab", "cdefg"], None),
        ];
        for (length, pieces, expected) in table {
            let read = stream::iter(pieces.iter().map(|piece| Ok(Bytes::from_static(piece.as_bytes()))));
            let body = Body::exactly(length, read);
            assert_eq!(body.size_hint().exact(), Some(length));
            let collected = body.collect().await.ok().map(|collected| collected.to_bytes());
            assert_eq!(collected.as_deref(), expected.map(str::as_bytes), "{length} {pieces:?}");
        }
    }

    #[tokio::test]
    async fn an_error_while_reading_is_passed_on_and_never_followed_by_a_clean_end() {
        let read = stream::iter([Ok(Bytes::from_static(b"ab")), Err(FetchError::BetweenBytesTimeout)]);
        let mut body = Body::exactly(6, read);
        assert!(matches!(body.frame().await, Some(Ok(_))));
        assert!(matches!(body.frame().await, Some(Err(FetchError::BetweenBytesTimeout))));
        assert!(matches!(body.frame().await, Some(Err(FetchError::ShortBody(_)))));
    }
}
