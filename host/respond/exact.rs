//! Content that is read as it is sent, from wherever it is kept, and whose length was announced before.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_util::Stream;
use futures_util::stream::{self, BoxStream};
use http_body::Frame;
use thiserror::Error;

use crate::upstream::FetchError;

/// A stream that has exactly so many bytes, or ends in an error: never cleanly when it is short.
pub(super) struct Exact {
    content: BoxStream<'static, Result<Bytes, FetchError>>,
    remaining: u64,
}

/// Content that is not as long as was announced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
enum WrongLength {
    #[error("{0} bytes are missing")]
    Short(u64),
    #[error("there are more bytes than were announced")]
    Long,
}

impl Exact {
    pub(super) fn new(length: u64, content: impl Stream<Item = Result<Bytes, FetchError>> + Send + 'static) -> Self {
        Self { content: Box::pin(content), remaining: length }
    }

    /// Bytes that are still to come.
    pub(super) fn remaining(&self) -> u64 {
        self.remaining
    }

    pub(super) fn poll_data(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, FetchError>>> {
        if self.remaining == 0 {
            return Poll::Ready(None);
        }
        let error = match ready!(Pin::new(&mut self.content).poll_next(context)) {
            Some(Ok(bytes)) => match self.remaining.checked_sub(bytes.len() as u64) {
                Some(remaining) => {
                    self.remaining = remaining;
                    return Poll::Ready(Some(Ok(Frame::data(bytes))));
                }
                None => FetchError::ShortBody(Arc::new(WrongLength::Long)),
            },
            Some(Err(error)) => error,
            None => FetchError::ShortBody(Arc::new(WrongLength::Short(self.remaining))),
        };
        // Whatever comes after an error is of no use: this lets go of what it is read from.
        self.content = Box::pin(stream::empty());
        Poll::Ready(Some(Err(error)))
    }
}

impl fmt::Debug for Exact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exact").field("remaining", &self.remaining).finish_non_exhaustive()
    }
}
