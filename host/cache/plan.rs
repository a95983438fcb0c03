//! What a cache policy decides, in the words of RFC 9111. The host obeys it, and may only shorten it.

use std::time::Duration;

use http::HeaderName;

use crate::cache::Selector;

/// What a request lets a stored response be (RFC 9111 §5.2.1).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Constraints {
    /// A stored response must be validated first.
    pub no_cache: bool,
    /// The response to this request must not be stored.
    pub no_store: bool,
    /// Answer from the store or with 504.
    pub only_if_cached: bool,
    /// The greatest age accepted.
    pub max_age: Option<Duration>,
    /// How much longer it must stay fresh.
    pub min_fresh: Option<Duration>,
    /// How stale it may be.
    pub max_stale: Option<Duration>,
    /// How stale it may be where the origin fails, instead of what the response says (RFC 5861 §4).
    pub stale_if_error: Option<Duration>,
}

/// Why a request is forwarded without looking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BypassReason {
    /// Responses to this method are not served from a cache.
    Method,
    /// The component's own rule, or a component that failed.
    Rule,
}

/// Whether and how to look for a stored response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LookupPlan {
    /// Look, under these constraints.
    Use(Constraints),
    /// Forward; nothing is stored.
    Bypass(BypassReason),
}

/// Where a freshness lifetime comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LifetimeSource {
    /// The response says it.
    Explicit,
    /// RFC 9111 §4.2.2.
    Heuristic,
    /// The node's configuration.
    Default,
}

/// When a stored response has to be validated before use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Validation {
    /// When it is stale, unless a stale window or max-stale allows its use.
    WhenStale,
    /// Whenever it is stale.
    WhenStaleAlways,
    /// At every use.
    EachTime,
}

/// How a response is to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoragePlan {
    /// From the moment of generation at the origin.
    pub freshness_lifetime: Duration,
    /// Where that comes from.
    pub lifetime_source: LifetimeSource,
    /// How old the response was when its head arrived.
    pub initial_age: Duration,
    /// RFC 5861 §3.
    pub stale_while_revalidate: Duration,
    /// RFC 5861 §4.
    pub stale_if_error: Duration,
    /// When to validate.
    pub validation: Validation,
    /// What of the request selects among the responses of the target.
    pub vary: Vec<Selector>,
    /// Fields that must not be stored.
    pub omit: Vec<HeaderName>,
    /// Names under which it can be purged.
    pub tags: Vec<String>,
}

/// Why a response is not stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PassReason {
    /// The method's responses are not cacheable.
    Method,
    /// The status may not be stored, or not without explicit freshness.
    Status,
    /// no-store.
    NoStore,
    /// private.
    Private,
    /// The request had Authorization, and the response does not allow sharing.
    Authorization,
    /// `Vary: *`.
    Vary,
    /// Neither a lifetime nor a validator.
    NoLifetime,
    /// Set-Cookie without explicit freshness.
    SetCookie,
    /// The component's own rule.
    Rule,
    /// The component failed.
    Failure,
}

/// Whether and how a response is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StorageDecision {
    /// Store it so.
    Store(StoragePlan),
    /// Pass it on.
    Pass(PassReason),
}

impl PassReason {
    /// Whether it is the response that may not be stored, whoever asks: then what is stored has been replaced.
    #[must_use]
    pub fn is_of_response(self) -> bool {
        match self {
            Self::Status | Self::NoStore | Self::Private | Self::Vary | Self::NoLifetime | Self::SetCookie => true,
            Self::Method | Self::Authorization | Self::Rule | Self::Failure => false,
        }
    }

    /// The reason as one word, for logs and `Cache-Status` detail.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Method => "method",
            Self::Status => "status",
            Self::NoStore => "no-store",
            Self::Private => "private",
            Self::Authorization => "authorization",
            Self::Vary => "vary",
            Self::NoLifetime => "no-lifetime",
            Self::SetCookie => "set-cookie",
            Self::Rule => "rule",
            Self::Failure => "component-failure",
        }
    }
}
