//! The content of a message, as a stream that cannot end early without saying so.
//!
//! The between-bytes timeout lives here: it runs only while somebody waits for a byte, so a reader that takes its time
//! is not mistaken for an upstream that does.

use std::convert::Infallible;
use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body as _, Frame, SizeHint};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use tokio::time::Sleep;

use super::error::FetchError;
use super::folder::FileBody;
use super::http::Place;

/// The content of an upstream's answer. Trailers are dropped.
#[derive(Debug)]
pub struct Body {
    source: Source,
    /// At the upstream, until the content has been read or given up.
    _place: Option<Place>,
}

/// What [`Body::collect`] got.
#[derive(Debug)]
pub enum Collected {
    /// All of it, in memory of exactly its size.
    Whole(Bytes),
    /// More than the limit.
    TooLong {
        /// What was read already: nothing, if the announced length was enough to tell.
        prefix: Bytes,
        /// What comes after it.
        rest: Body,
    },
}

/// The content of a request.
#[derive(Default)]
pub enum RequestBody {
    /// None. Only such a request is sent again or follows a redirect.
    #[default]
    Empty,
    /// A stream.
    Stream(UnsyncBoxBody<Bytes, Box<dyn Error + Send + Sync>>),
}

#[derive(Debug)]
enum Source {
    Whole(Full<Bytes>),
    Http { incoming: Incoming, between_bytes: Duration, waiting: Option<Pin<Box<Sleep>>> },
    File(FileBody),
}

impl Body {
    /// No content.
    #[must_use]
    pub fn empty() -> Self {
        Self::from(Bytes::new())
    }

    pub(super) fn http(incoming: Incoming, between_bytes: Duration) -> Self {
        Self::from(Source::Http { incoming, between_bytes, waiting: None })
    }

    pub(super) fn file(file: FileBody) -> Self {
        Self::from(Source::File(file))
    }

    /// The same, which keeps this place for as long as it is read.
    pub(super) fn holding(self, place: Place) -> Self {
        Self { _place: Some(place), ..self }
    }

    /// Reads the body into memory, if it has at most `limit` bytes.
    ///
    /// # Errors
    /// When the body ends in an error within the limit.
    pub async fn collect(mut self, limit: u64) -> Result<Collected, FetchError> {
        let hint = self.size_hint();
        if hint.lower() > limit {
            return Ok(Collected::TooLong { prefix: Bytes::new(), rest: self });
        }
        let expected = hint.exact().and_then(|length| usize::try_from(length).ok());
        let mut whole = Vec::with_capacity(expected.unwrap_or(0));
        while let Some(frame) = self.frame().await {
            let Ok(data) = frame?.into_data() else { continue };
            whole.extend_from_slice(&data);
            if whole.len() as u64 > limit {
                return Ok(Collected::TooLong { prefix: whole.into(), rest: self });
            }
        }
        // What grew by doubling may hold twice what it needs, and a cache counts only what it needs.
        whole.shrink_to_fit();
        Ok(Collected::Whole(whole.into()))
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self::from(Source::Whole(Full::new(bytes)))
    }
}

impl From<Source> for Body {
    fn from(source: Source) -> Self {
        Self { source, _place: None }
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = FetchError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, FetchError>>> {
        let polled = match &mut self.source {
            Source::Whole(whole) => Pin::new(whole).poll_frame(context).map_err(|never: Infallible| match never {}),
            Source::Http { incoming, between_bytes, waiting } => {
                let polled = poll_data(incoming, context);
                if polled.is_pending() {
                    let sleep = waiting.get_or_insert_with(|| Box::pin(tokio::time::sleep(*between_bytes)));
                    ready!(sleep.as_mut().poll(context));
                    Poll::Ready(Some(Err(FetchError::BetweenBytesTimeout)))
                } else {
                    *waiting = None;
                    polled
                }
            }
            Source::File(file) => file.poll_data(context),
        };
        if let Poll::Ready(None | Some(Err(_))) = polled {
            // Nothing of use comes after: this lets go of the connection or the file, and of the place.
            *self = Self::empty();
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        match &self.source {
            Source::Whole(whole) => whole.is_end_stream(),
            Source::Http { incoming, .. } => incoming.is_end_stream(),
            Source::File(file) => file.remaining() == 0,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.source {
            Source::Whole(whole) => whole.size_hint(),
            Source::Http { incoming, .. } => incoming.size_hint(),
            Source::File(file) => SizeHint::with_exact(file.remaining()),
        }
    }
}

fn poll_data(incoming: &mut Incoming, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, FetchError>>> {
    loop {
        match ready!(Pin::new(&mut *incoming).poll_frame(context)) {
            Some(Ok(frame)) if frame.is_data() => return Poll::Ready(Some(Ok(frame))),
            Some(Ok(_trailers)) => {}
            Some(Err(error)) => return Poll::Ready(Some(Err(FetchError::within_body(error)))),
            None => return Poll::Ready(None),
        }
    }
}

impl http_body::Body for RequestBody {
    type Data = Bytes;
    type Error = Box<dyn Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        match &mut *self {
            Self::Empty => Poll::Ready(None),
            Self::Stream(stream) => Pin::new(stream).poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Stream(stream) => stream.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Empty => SizeHint::with_exact(0),
            Self::Stream(stream) => stream.size_hint(),
        }
    }
}

impl fmt::Debug for RequestBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "Empty",
            Self::Stream(_) => "Stream",
        })
    }
}
