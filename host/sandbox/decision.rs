//! What a router decides.

use bytes::Bytes;
use http::uri::PathAndQuery;
use http::{HeaderMap, StatusCode};

use crate::sandbox::plan::ImagePlan;

/// Where a request goes.
#[derive(Debug, Clone)]
pub enum Route {
    /// To this target of the upstream.
    Pass(Target),
    /// To a picture made from a source.
    Image(ImageRoute),
    /// Nowhere: this is the answer. Elsewhere, since it is large and rare, and a decision is kept for every URL.
    Reply(Box<Reply>),
    /// Nowhere: it cannot be routed.
    Refuse(Refusal),
}

/// What to ask of the upstream: a canonical path, and a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target(pub(super) PathAndQuery);

/// A picture to be made.
#[derive(Debug, Clone)]
pub struct ImageRoute {
    /// Where its source is.
    pub source: Target,
    /// How it is made.
    pub plan: ImagePlan,
    /// Until when the route holds, Unix seconds.
    pub not_after: Option<u64>,
}

/// An answer that the router gives.
#[derive(Debug, Clone)]
pub struct Reply {
    /// 200 to 599.
    pub status: StatusCode,
    /// Without framing fields.
    pub fields: HeaderMap,
    /// At most 64 KiB.
    pub body: Bytes,
}

/// Why a request cannot be routed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// 400 to 499.
    pub status: StatusCode,
    /// For the client.
    pub detail: String,
}

impl Target {
    /// Path and query.
    #[must_use]
    pub fn as_path_and_query(&self) -> &PathAndQuery {
        &self.0
    }
}

impl Route {
    /// Whether it is not to be used any more, now (Unix seconds).
    #[must_use]
    pub fn is_past(&self, now: u64) -> bool {
        match self {
            Self::Image(image) => image.not_after.is_some_and(|instant| now > instant),
            Self::Pass(_) | Self::Reply(_) | Self::Refuse(_) => false,
        }
    }

    /// About how many bytes it takes beyond its own size.
    #[must_use]
    pub fn weight(&self) -> usize {
        match self {
            Self::Pass(target) => target.0.as_str().len(),
            Self::Image(image) => image.source.0.as_str().len() + image.plan.weight(),
            Self::Reply(reply) => size_of::<Reply>() + reply.fields.len() * 96 + reply.body.len(),
            Self::Refuse(refusal) => refusal.detail.len(),
        }
    }
}
