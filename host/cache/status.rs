//! How a request was answered, in the words of RFC 9211: one type feeds the field, the log and the metric.

use std::fmt;
use std::time::Instant;

use http::StatusCode;

use crate::cache::{Constraints, StoredResponse, Usability};

/// What the cache did with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CacheStatus {
    /// Served from the store. `ttl` in seconds, negative when stale.
    Hit {
        /// What is left of the freshness lifetime.
        ttl: i64,
    },
    /// Obtained by asking further.
    Forwarded(Forward),
    /// Answered by the router or refused: the cache was not asked.
    Unused,
}

/// A request that went further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Forward {
    /// Why.
    pub reason: ForwardReason,
    /// What the next hop answered, where that differs from what is sent.
    pub status: Option<StatusCode>,
    /// Whether the response is now stored.
    pub stored: bool,
    /// Whether another request's fetch served this one.
    pub collapsed: bool,
    /// A word more, where the standard has none.
    pub detail: Option<&'static str>,
}

/// Why a request went further (RFC 9211 §2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ForwardReason {
    /// The cache was told not to look.
    Bypass,
    /// The method's semantics demand it.
    Method,
    /// Nothing was stored for the target.
    UriMiss,
    /// Something was, but not for this selection.
    VaryMiss,
    /// The request demanded it.
    Request,
    /// What was stored is stale.
    Stale,
}

impl ForwardReason {
    /// Why a stored response was not enough: it is stale, or has to be validated, or the request demands more of it.
    #[must_use]
    pub fn instead_of(stored: &StoredResponse, now: Instant) -> Self {
        match stored.freshness.usability(&Constraints::default(), now) {
            Usability::Fresh => Self::Request,
            Usability::WhileRevalidating | Usability::Expired => Self::Stale,
        }
    }

    /// The token of RFC 9211.
    #[must_use]
    pub fn token(self) -> &'static str {
        match self {
            Self::Bypass => "bypass",
            Self::Method => "method",
            Self::UriMiss => "uri-miss",
            Self::VaryMiss => "vary-miss",
            Self::Request => "request",
            Self::Stale => "stale",
        }
    }
}

impl Forward {
    /// Forwarded for this reason, and nothing more to say yet.
    #[must_use]
    pub fn because(reason: ForwardReason) -> Self {
        Self { reason, status: None, stored: false, collapsed: false, detail: None }
    }

    /// The same, answered with what is stale, for the next hop failed with this status (RFC 5861 §4).
    #[must_use]
    pub fn stale_if_error(self, status: StatusCode) -> Self {
        Self { status: Some(status), detail: Some("stale-if-error"), ..self }
    }
}

impl CacheStatus {
    /// One word for logs and metrics.
    #[must_use]
    pub fn label(&self) -> &'static str {
        match self {
            Self::Hit { .. } => "hit",
            Self::Forwarded(forward) => forward.reason.token(),
            Self::Unused => "none",
        }
    }
}

impl fmt::Display for CacheStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("lucarne")?;
        match self {
            Self::Hit { ttl } => write!(f, "; hit; ttl={ttl}"),
            Self::Unused => f.write_str("; detail=unused"),
            Self::Forwarded(forward) => {
                write!(f, "; fwd={}", forward.reason.token())?;
                if let Some(status) = forward.status {
                    write!(f, "; fwd-status={}", status.as_u16())?;
                }
                if forward.stored {
                    f.write_str("; stored")?;
                }
                if forward.collapsed {
                    f.write_str("; collapsed")?;
                }
                forward.detail.map_or(Ok(()), |detail| write!(f, "; detail={detail}"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_field_is_written_as_rfc_9211_says() {
        let forward = Forward { stored: true, collapsed: true, ..Forward::because(ForwardReason::UriMiss) };
        let stale = Forward {
            status: Some(StatusCode::BAD_GATEWAY),
            detail: Some("stale-if-error"),
            ..Forward::because(ForwardReason::Stale)
        };
        let table = [
            (CacheStatus::Hit { ttl: 57 }, "lucarne; hit; ttl=57"),
            (CacheStatus::Hit { ttl: -3 }, "lucarne; hit; ttl=-3"),
            (CacheStatus::Forwarded(forward), "lucarne; fwd=uri-miss; stored; collapsed"),
            (CacheStatus::Forwarded(stale), "lucarne; fwd=stale; fwd-status=502; detail=stale-if-error"),
        ];
        for (status, field) in table {
            assert_eq!(status.to_string(), field);
        }
    }
}
