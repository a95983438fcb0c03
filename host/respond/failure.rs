//! Everything that can go wrong with a request, and the one function that says which status that is.

use std::time::Duration;

use http::StatusCode;
use thiserror::Error;

use crate::request::{BadRequest, Malformed};
use crate::sandbox::{ComponentFailure, ImageFailure, Refusal};
use crate::upstream::FetchError;

/// Why a request has no better answer. One failure may be shared by many who waited.
#[derive(Debug, Clone, Error)]
pub enum Failure {
    /// The request's head cannot be accepted.
    #[error(transparent)]
    BadRequest(#[from] BadRequest),
    /// No site is configured for the authority.
    #[error("no site has this host name")]
    NoSite,
    /// The request has been here already (RFC 8586).
    #[error("the request has been here already: its CDN-Loop names this node")]
    Loop,
    /// The router refuses the request.
    #[error("{}", .0.detail)]
    Refused(Refusal),
    /// The router failed.
    #[error(transparent)]
    Router(ComponentFailure),
    /// The upstream gave no usable answer.
    #[error(transparent)]
    Upstream(#[from] FetchError),
    /// There is no source picture.
    #[error("the upstream answered the request for the source with {0}")]
    SourceStatus(StatusCode),
    /// The source picture is larger than the limit.
    #[error("the source has more than {limit} bytes (images.source-bytes)")]
    SourceTooLarge {
        /// Bytes.
        limit: u64,
    },
    /// The picture cannot be made.
    #[error(transparent)]
    Image(#[from] ImageFailure),
    /// Too many pictures are waiting to be made, or one waited too long.
    #[error("too many pictures are waiting to be made")]
    Busy {
        /// When to come back.
        retry_after: Duration,
    },
    /// The route was good until an instant that is past.
    #[error("the route is not to be used any more")]
    Expired,
    /// The request has more content than the node passes on.
    #[error("the request has more content than is passed on")]
    RequestTooLarge,
    /// Work was broken off without an outcome.
    #[error("the work on this request was broken off")]
    BrokenOff,
    /// A picture is asked for with a method that pictures do not have.
    #[error("pictures are for GET and HEAD")]
    NotForPictures,
    /// The client wants a stored response, and there is none.
    #[error("nothing usable is stored")]
    OnlyIfCached,
}

/// When someone who found an upstream's line full may come back: it is served first come, first served.
const UPSTREAM_BUSY: Duration = Duration::from_secs(1);

/// What a client is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The status.
    pub status: StatusCode,
    /// One line: what is wrong, and where the client can do something, what.
    pub text: String,
    /// When to come back.
    pub retry_after: Option<Duration>,
}

impl Failure {
    /// What the client is told. The log gets the error itself, with its sources.
    #[must_use]
    pub fn told(&self) -> Told {
        let (status, text) = self.status_and_text();
        let retry_after = match self {
            Self::Busy { retry_after } => Some(*retry_after),
            Self::Upstream(FetchError::Busy) => Some(UPSTREAM_BUSY),
            _ => None,
        };
        Told { status, text, retry_after }
    }

    fn status_and_text(&self) -> (StatusCode, String) {
        match self {
            Self::BadRequest(reason) => (bad_request(*reason), reason.to_string()),
            Self::NoSite => (StatusCode::MISDIRECTED_REQUEST, "no site here has this host name".to_owned()),
            Self::Loop => (
                StatusCode::LOOP_DETECTED,
                "the request has been here already: its CDN-Loop names this node".to_owned(),
            ),
            Self::Refused(refusal) => (refusal.status, refusal.detail.clone()),
            Self::Router(_) => (StatusCode::BAD_GATEWAY, "the router of this site failed".to_owned()),
            Self::Upstream(error) => upstream(error),
            Self::Expired => (StatusCode::NOT_FOUND, "this link was good until an instant that is past".to_owned()),
            Self::RequestTooLarge => {
                (StatusCode::PAYLOAD_TOO_LARGE, "the request has more content than is passed on here".to_owned())
            }
            Self::BrokenOff => {
                (StatusCode::INTERNAL_SERVER_ERROR, "the work on this request was broken off".to_owned())
            }
            Self::SourceStatus(status) => {
                let text = format!("the origin answered the request for the source picture with {status}");
                (if status.is_client_error() { *status } else { StatusCode::BAD_GATEWAY }, text)
            }
            Self::SourceTooLarge { limit } => (
                StatusCode::UNPROCESSABLE_ENTITY,
                format!("the source picture has more than {limit} bytes (images.source-bytes)"),
            ),
            Self::Image(ImageFailure::Refused(reason)) => (StatusCode::UNPROCESSABLE_ENTITY, reason.clone()),
            Self::Image(ImageFailure::Contained(failure)) => {
                let text = format!("the picture could not be made: {}", failure.reason);
                (StatusCode::UNPROCESSABLE_ENTITY, text)
            }
            Self::Busy { .. } => {
                (StatusCode::SERVICE_UNAVAILABLE, "too many pictures are waiting to be made; try again".to_owned())
            }
            Self::NotForPictures => {
                (StatusCode::METHOD_NOT_ALLOWED, "a picture can be asked for with GET and HEAD only".to_owned())
            }
            // RFC 9111 §5.2.1.7.
            Self::OnlyIfCached => {
                (StatusCode::GATEWAY_TIMEOUT, "nothing usable is stored, and only that was asked for".to_owned())
            }
        }
    }

    /// Whether a stale response may stand in: the origin's side is at fault (RFC 5861 §4), or this node is too busy.
    #[must_use]
    pub fn allows_stale(&self) -> bool {
        match self {
            Self::Upstream(FetchError::RequestBody(_) | FetchError::RequestTooLong | FetchError::Target) => false,
            Self::Upstream(_) => true,
            Self::SourceStatus(status) => status.is_server_error(),
            Self::Busy { .. } => true,
            _ => false,
        }
    }

    /// What the next hop answered, where that is why there is no better answer.
    #[must_use]
    pub fn answered(&self) -> Option<StatusCode> {
        match self {
            Self::SourceStatus(status) => Some(*status),
            _ => None,
        }
    }

    /// One word for logs and for the detail of `Cache-Status`: a token.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::BadRequest(_) => "bad-request",
            Self::NoSite => "no-site",
            Self::Loop => "loop",
            Self::Refused(_) => "refused",
            Self::Router(_) => "router",
            Self::Upstream(error) => error.reason(),
            Self::SourceStatus(_) => "source-status",
            Self::SourceTooLarge { .. } => "source-too-large",
            Self::Image(_) => "image",
            Self::Busy { .. } => "busy",
            Self::Expired => "expired",
            Self::RequestTooLarge => "request-too-large",
            Self::BrokenOff => "broken-off",
            Self::NotForPictures => "not-for-pictures",
            Self::OnlyIfCached => "only-if-cached",
        }
    }
}

fn bad_request(reason: BadRequest) -> StatusCode {
    match reason {
        BadRequest::TooLong => StatusCode::URI_TOO_LONG,
        BadRequest::Method => StatusCode::NOT_IMPLEMENTED,
        BadRequest::Malformed(Malformed::TargetTooLong) => StatusCode::URI_TOO_LONG,
        BadRequest::Malformed(Malformed::HeadTooLarge | Malformed::TooManyFields) => {
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE
        }
        BadRequest::Host
        | BadRequest::Authority
        | BadRequest::TwoAuthorities
        | BadRequest::Target
        | BadRequest::Malformed(_) => StatusCode::BAD_REQUEST,
    }
}

/// 504 for what took too long, 502 for what went wrong (RFC 9110 §15.6.3, §15.6.5). The client learns the kind of error;
/// addresses and paths are for the log.
fn upstream(error: &FetchError) -> (StatusCode, String) {
    let reason = error.reason();
    match error {
        FetchError::RequestTooLong => Failure::RequestTooLarge.status_and_text(),
        FetchError::RequestBody(_) => (StatusCode::BAD_REQUEST, "the request's content broke off".to_owned()),
        FetchError::Busy => {
            (StatusCode::SERVICE_UNAVAILABLE, "too many requests wait for the origin; try again".to_owned())
        }
        FetchError::Target => (StatusCode::URI_TOO_LONG, "the request target is too long for the origin".to_owned()),
        error if error.is_timeout() => {
            (StatusCode::GATEWAY_TIMEOUT, format!("the origin did not answer in time ({reason})"))
        }
        _ => (StatusCode::BAD_GATEWAY, format!("the origin gave no usable answer ({reason})")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_has_its_status() {
        let table = [
            (Failure::NoSite, 421),
            (Failure::Loop, 508),
            (Failure::BadRequest(BadRequest::TooLong), 414),
            (Failure::BadRequest(BadRequest::Host), 400),
            (Failure::Upstream(FetchError::FirstByteTimeout), 504),
            (Failure::Upstream(FetchError::TooManyRedirects), 502),
            (Failure::SourceStatus(StatusCode::NOT_FOUND), 404),
            (Failure::SourceStatus(StatusCode::GONE), 410),
            (Failure::SourceStatus(StatusCode::SERVICE_UNAVAILABLE), 502),
            (Failure::SourceStatus(StatusCode::FOUND), 502),
            (Failure::SourceTooLarge { limit: 1 }, 422),
            (Failure::Image(ImageFailure::Refused("no".into())), 422),
            (Failure::Busy { retry_after: Duration::from_secs(2) }, 503),
            (Failure::OnlyIfCached, 504),
        ];
        for (failure, status) in table {
            assert_eq!(failure.told().status.as_u16(), status, "{failure}");
        }
    }

    /// RFC 9651 §3.3.4: what stands in `Cache-Status` without quotes.
    #[test]
    fn each_failure_is_one_token() {
        let fetch = [
            FetchError::ConnectTimeout,
            FetchError::FirstByteTimeout,
            FetchError::BetweenBytesTimeout,
            FetchError::TooManyRedirects,
            FetchError::RequestTooLong,
            FetchError::Target,
        ];
        let others = [Failure::NoSite, Failure::Expired, Failure::BrokenOff, Failure::NotForPictures];
        for failure in fetch.into_iter().map(Failure::Upstream).chain(others) {
            let word = failure.word();
            let (first, rest) = word.split_at(1);
            assert!(first.bytes().all(|byte| byte.is_ascii_alphabetic()), "{word}");
            assert!(rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)), "{word}");
        }
    }

    #[test]
    fn only_an_origin_that_answered_has_a_status() {
        let unavailable = StatusCode::SERVICE_UNAVAILABLE;
        assert_eq!(Failure::SourceStatus(unavailable).answered(), Some(unavailable));
        for failure in [Failure::Upstream(FetchError::ConnectTimeout), Failure::BrokenOff, Failure::OnlyIfCached] {
            assert_eq!(failure.answered(), None, "{failure}");
        }
    }
}
