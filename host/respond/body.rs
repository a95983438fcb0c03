//! What is sent: bytes in memory, a stream, or what arrives for many.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use thiserror::Error;

use crate::cache::{Broken, Reader};
use crate::respond::Failure;
use crate::upstream::{self, FetchError};

/// The content of an answer.
#[derive(Debug)]
pub struct Body(Content);

#[derive(Debug)]
enum Content {
    /// Sent at once, with the head: `None` when it is.
    Whole(Option<Bytes>),
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
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self(Content::Whole(Some(bytes).filter(|bytes| !bytes.is_empty())))
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
            Content::Stream { rest } => rest.is_end_stream(),
            Content::Filling { left, .. } => *left == Some(0),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Content::Whole(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64)),
            Content::Stream { rest } => rest.size_hint(),
            Content::Filling { left, .. } => left.map_or_else(SizeHint::default, SizeHint::with_exact),
        }
    }
}
