//! What is sent: bytes in memory, in one piece or several, or a stream with what was read of it already.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::Stream;
use http_body::{Body as HttpBody, Frame, SizeHint};

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
    Stream { prefix: Option<Bytes>, rest: upstream::Body },
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
            Content::Exact(exact) => exact.poll_data(context),
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
            Content::Exact(exact) => exact.remaining() == 0,
            Content::Stream { prefix, rest } => prefix.is_none() && rest.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Content::Whole(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64)),
            Content::Pieces(pieces) => SizeHint::with_exact(pieces.iter().map(|piece| piece.len() as u64).sum()),
            Content::Exact(exact) => SizeHint::with_exact(exact.remaining()),
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
