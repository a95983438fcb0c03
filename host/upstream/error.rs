//! Why a fetch failed. One failure is shared by every request that waited for it, so all of it can be cloned.
//!
//! Which status a client gets for it is not decided here.

use std::error::Error;
use std::io;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use ::http::StatusCode;
use http_body_util::LengthLimitError;
use thiserror::Error;

/// An underlying error, shared.
pub type Cause = Arc<dyn Error + Send + Sync>;

/// Why an upstream gave no usable answer.
#[derive(Debug, Clone, Error)]
pub enum FetchError {
    /// The name did not resolve, or the connection was refused.
    #[error("cannot connect to the upstream")]
    Connect(#[source] Cause),
    /// Name, connection and handshake took longer than the connect timeout.
    #[error("connecting to the upstream took too long")]
    ConnectTimeout,
    /// The handshake failed: most often a certificate that the roots do not vouch for.
    #[error("the TLS handshake with the upstream failed")]
    Tls(#[source] Cause),
    /// The request was sent and no response head came in time.
    #[error("the upstream did not begin to answer in time")]
    FirstByteTimeout,
    /// The body stopped coming.
    #[error("the upstream's answer stalled")]
    BetweenBytesTimeout,
    /// The connection ended before a response head.
    #[error("the upstream closed the connection without an answer")]
    Reset(#[source] Cause),
    /// The connection ended before the body did.
    #[error("the upstream's answer was cut short")]
    ShortBody(#[source] Cause),
    /// An answer came and breaks the protocol.
    #[error("the upstream's answer cannot be used")]
    BadResponse(#[from] BadResponse),
    /// More redirects than are followed; every loop ends here.
    #[error("the upstream redirects too often")]
    TooManyRedirects,
    /// A redirect whose Location cannot be followed.
    #[error("the upstream's redirect cannot be followed")]
    BadRedirect(#[from] BadRedirect),
    /// A redirect left the upstream for an address that is not public.
    #[error("the upstream redirects to {0}, which is not a public address")]
    ForbiddenAddress(IpAddr),
    /// As many exchanges as are allowed are under way, and the line is full or did not move in time.
    #[error("too many requests wait for the upstream")]
    Busy,
    /// The content to send broke off; the fault is on the client's side.
    #[error("the request's content broke off")]
    RequestBody(#[source] Cause),
    /// The content to send is longer than this node takes.
    #[error("the request's content is longer than is taken here")]
    RequestTooLong,
    /// The target together with the upstream's own path is too long for a URL.
    #[error("the request target is too long for the upstream")]
    Target,
    /// A file of a folder cannot be read.
    #[error("cannot read {path}")]
    File {
        /// The file, relative to the folder.
        path: Arc<Path>,
        /// What the file system said.
        #[source]
        source: Arc<io::Error>,
    },
    /// A file of a folder was written while it was read.
    #[error("{path} changed while it was read")]
    FileChanged {
        /// The file, relative to the folder.
        path: Arc<Path>,
    },
}

/// What is wrong with an answer.
#[derive(Debug, Clone, Error)]
pub enum BadResponse {
    /// It is not HTTP/1.
    #[error("it is not well-formed HTTP/1")]
    Malformed(#[source] Cause),
    /// Its head has more bytes or fields than are accepted.
    #[error("its head has more than 64 KiB or 100 fields")]
    HeadTooLarge,
    /// A status that is not final or not one of HTTP's classes.
    #[error("its status is {0}")]
    Status(StatusCode),
    /// RFC 9110 §15.3.7: 206 answers a Range, and none was sent.
    #[error("it is partial and no range was asked for")]
    UnsolicitedPartial,
    /// RFC 9110 §15.4.5: 304 answers a condition, and none was sent.
    #[error("it is 304 and no condition was sent")]
    UnsolicitedNotModified,
}

/// What is wrong with a Location.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum BadRedirect {
    /// It does not parse.
    #[error("its location is not a URL reference")]
    Location,
    /// It is neither http nor https.
    #[error("its location is neither http nor https")]
    Scheme,
    /// It contains a user name or password.
    #[error("its location contains credentials")]
    Credentials,
}

impl FetchError {
    /// Whether the upstream was too slow, as opposed to wrong or absent: the difference between 504 and 502.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        matches!(self, Self::ConnectTimeout | Self::FirstByteTimeout | Self::BetweenBytesTimeout)
    }

    /// Whether the upstream gave no answer at all: then it gives none to the next request either.
    #[must_use]
    pub fn is_before_answer(&self) -> bool {
        use FetchError::{Connect, ConnectTimeout, FirstByteTimeout, Reset, Tls};
        matches!(self, Connect(_) | ConnectTimeout | Tls(_) | FirstByteTimeout | Reset(_))
    }

    /// The reason in the words of RFC 9209 §2.3 (proxy error types), for logs and metrics. Those that begin with
    /// `request_` and `file_` are ours.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Connect(_) => "destination_unavailable",
            Self::ConnectTimeout => "connection_timeout",
            Self::Tls(_) => "tls_protocol_error",
            Self::FirstByteTimeout => "http_response_timeout",
            Self::BetweenBytesTimeout => "connection_read_timeout",
            Self::Reset(_) => "connection_terminated",
            Self::ShortBody(_) => "http_response_incomplete",
            Self::BadResponse(BadResponse::HeadTooLarge) => "http_response_header_section_size",
            Self::BadResponse(_) | Self::BadRedirect(_) => "http_protocol_error",
            Self::TooManyRedirects => "proxy_loop_detected",
            Self::ForbiddenAddress(_) => "destination_ip_prohibited",
            Self::Busy => "connection_limit_reached",
            Self::RequestBody(_) => "request_broken_off",
            Self::RequestTooLong => "request_too_long",
            Self::Target => "request_target_too_long",
            Self::File { .. } => "file_unreadable",
            Self::FileChanged { .. } => "file_changed",
        }
    }

    pub(super) fn file(path: &Arc<Path>, source: io::Error) -> Self {
        Self::File { path: Arc::clone(path), source: Arc::new(source) }
    }

    /// Reads the reason from what the HTTP client says went wrong before a response head.
    pub(super) fn before_head(error: hyper_util::client::legacy::Error) -> Self {
        let cause: Cause = Arc::new(error);
        if find::<LengthLimitError>(&cause).is_some() {
            return Self::RequestTooLong;
        }
        match find::<hyper::Error>(&cause) {
            Some(error) if error.is_parse_too_large() => BadResponse::HeadTooLarge.into(),
            Some(error) if error.is_parse() => BadResponse::Malformed(cause).into(),
            Some(error) if error.is_user() => Self::RequestBody(cause),
            _ => Self::Reset(cause),
        }
    }

    /// Reads the reason from what the HTTP client says went wrong within a body.
    pub(super) fn within_body(error: hyper::Error) -> Self {
        let malformed = matches!(
            find::<io::Error>(&error).map(io::Error::kind),
            Some(io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData)
        );
        let cause: Cause = Arc::new(error);
        if malformed { BadResponse::Malformed(cause).into() } else { Self::ShortBody(cause) }
    }
}

/// The first `T` in a chain of errors, also within `io::Error`s, which do not show what they wrap as their source.
pub(super) fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = match wrapped {
            Some(wrapped) => Some(wrapped as &(dyn Error + 'static)),
            None => error.source(),
        };
    }
    None
}
