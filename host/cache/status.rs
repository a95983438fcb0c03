//! How a request was answered, in the words of RFC 9211: one type feeds the field, the log and the metric.

use std::fmt;
use std::time::Instant;

use http::StatusCode;

use crate::cache::{Constraints, StoredResponse, Usability};

/// How this node is called in `Cache-Status`: a token of RFC 9651 §3.3.4.
pub const NODE_NAME: &str = "lucarne";

/// What the cache did with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CacheStatus {
    /// Served from the store. `ttl` in seconds, negative when stale.
    Hit {
        /// What is left of the freshness lifetime.
        ttl: i64,
        /// Where it was.
        tier: Tier,
    },
    /// Obtained by asking further.
    Forwarded(Forward),
    /// Answered by the router or refused: the cache was not asked.
    Unused,
}

/// A part of the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tier {
    /// What is gone with the process.
    Memory,
    /// What outlives it.
    Disk,
}

/// A request that went further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Forward {
    /// Why.
    pub reason: ForwardReason,
    /// What the next hop answered, where that differs from what is sent. Nothing where it did not answer.
    pub status: Option<StatusCode>,
    /// Whether the response is now stored.
    pub stored: bool,
    /// Whether another request's fetch served this one.
    pub collapsed: bool,
    /// Whether what is stale stands in for a next hop that failed (RFC 5861 §4).
    pub stands_in: bool,
    /// A word more, where the standard has none. A token.
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
        Self { reason, status: None, stored: false, collapsed: false, stands_in: false, detail: None }
    }

    /// The same, answered with what is stale, for the next hop failed: with this status, if it did answer.
    #[must_use]
    pub fn stale_if_error(self, answered: Option<StatusCode>) -> Self {
        Self { status: answered, stands_in: true, ..self }
    }

    /// The same, without an answer worth sending: the next hop answered with this status, or did not, for this reason.
    #[must_use]
    pub fn failed(self, answered: Option<StatusCode>, why: &'static str) -> Self {
        let detail = if answered.is_none() { Some(why) } else { self.detail };
        Self { status: answered, detail, ..self }
    }
}

impl Tier {
    /// One word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Disk => "disk",
        }
    }
}

impl CacheStatus {
    /// Whether the response that is sent was generated or validated for this request alone, so that it has no age
    /// unless it came with one (RFC 9111 §5.1).
    #[must_use]
    pub fn is_for_one(&self) -> bool {
        match self {
            Self::Hit { .. } => false,
            Self::Forwarded(forward) => !forward.stored && !forward.collapsed && !forward.stands_in,
            Self::Unused => true,
        }
    }

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
        f.write_str(NODE_NAME)?;
        match self {
            Self::Hit { ttl, tier } => write!(f, "; hit; ttl={ttl}; detail={}", tier.word()),
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
                let detail = if forward.stands_in { Some("stale-if-error") } else { forward.detail };
                detail.map_or(Ok(()), |detail| write!(f, "; detail={detail}"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_field_is_written_as_rfc_9211_says() {
        let missed = Forward::because(ForwardReason::UriMiss);
        let stale = Forward::because(ForwardReason::Stale);
        let table = [
            (CacheStatus::Hit { ttl: 57, tier: Tier::Memory }, "lucarne; hit; ttl=57; detail=memory"),
            (CacheStatus::Hit { ttl: -3, tier: Tier::Disk }, "lucarne; hit; ttl=-3; detail=disk"),
            (CacheStatus::Unused, "lucarne; detail=unused"),
            (CacheStatus::Forwarded(missed), "lucarne; fwd=uri-miss"),
            (
                CacheStatus::Forwarded(Forward { stored: true, collapsed: true, ..missed }),
                "lucarne; fwd=uri-miss; stored; collapsed",
            ),
            (
                CacheStatus::Forwarded(missed.failed(Some(StatusCode::IM_A_TEAPOT), "refused")),
                "lucarne; fwd=uri-miss; fwd-status=418",
            ),
            (
                CacheStatus::Forwarded(missed.failed(None, "connection_timeout")),
                "lucarne; fwd=uri-miss; detail=connection_timeout",
            ),
            (
                CacheStatus::Forwarded(stale.stale_if_error(Some(StatusCode::BAD_GATEWAY))),
                "lucarne; fwd=stale; fwd-status=502; detail=stale-if-error",
            ),
            (CacheStatus::Forwarded(stale.stale_if_error(None)), "lucarne; fwd=stale; detail=stale-if-error"),
        ];
        for (status, field) in table {
            assert_eq!(status.to_string(), field);
        }
    }

    #[test]
    fn only_what_was_made_for_one_request_has_no_age_of_its_own() {
        let missed = Forward::because(ForwardReason::UriMiss);
        let table = [
            (CacheStatus::Hit { ttl: 1, tier: Tier::Memory }, false),
            (CacheStatus::Forwarded(missed), true),
            (CacheStatus::Forwarded(Forward { stored: true, ..missed }), false),
            (CacheStatus::Forwarded(Forward { collapsed: true, ..missed }), false),
            (CacheStatus::Forwarded(missed.stale_if_error(None)), false),
            (CacheStatus::Unused, true),
        ];
        for (status, for_one) in table {
            assert_eq!(status.is_for_one(), for_one, "{status}");
        }
    }
}
