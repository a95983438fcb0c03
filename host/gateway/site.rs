//! A site as it runs: its components, its upstream, and the keys under which its responses are stored.

use std::borrow::Cow;
use std::sync::Arc;

use crate::cache::{CacheKey, Digest, KeyBuilder};
use crate::gateway::Began;
use crate::request::RequestHead;
use crate::sandbox::{CachePolicy, Generation, ImageMaker, RequestView, Route, Router, Target};
use crate::upstream::Upstream;

/// A site.
pub struct Site {
    /// The first of its host patterns: keys of two sites never meet.
    pub name: String,
    /// Decides where requests go.
    pub router: Arc<Router>,
    /// Decides what is stored.
    pub policy: Arc<CachePolicy>,
    /// Makes pictures.
    pub image: Arc<ImageMaker>,
    /// Has the content.
    pub upstream: Arc<NamedUpstream>,
    /// What viewport widths are snapped to.
    pub widths: Arc<[u32]>,
    /// Of routes.
    pub route_generation: Generation,
    /// Of lookup plans.
    pub lookup_generation: Generation,
}

/// An upstream with its name.
#[derive(Debug)]
pub struct NamedUpstream {
    /// In configuration, logs and metrics.
    pub name: String,
    /// Where the content is.
    pub upstream: Upstream,
    /// Whether the client's authority is sent on, and therefore keys.
    pub preserve_host: bool,
}

impl Site {
    /// Puts a site together.
    #[must_use]
    pub fn new(
        name: String,
        router: Arc<Router>,
        policy: Arc<CachePolicy>,
        image: Arc<ImageMaker>,
        upstream: Arc<NamedUpstream>,
        widths: Arc<[u32]>,
    ) -> Self {
        let (route, lookup) = (router.identity().fingerprint(), policy.identity().fingerprint());
        // A remembered route holds the key of what it leads to, so all that the key is made of belongs to it.
        let maker = image.identity().digest;
        let route_generation =
            Generation::of(&[b"route", name.as_bytes(), route.as_bytes(), maker.as_bytes(), upstream.name.as_bytes()]);
        let lookup_generation = Generation::of(&[b"lookup", lookup.as_bytes()]);
        Self { name, router, policy, image, upstream, widths, route_generation, lookup_generation }
    }

    /// A request to it, as its components see it.
    pub(super) fn view(&self, head: Arc<RequestHead>, began: &Began) -> RequestView {
        RequestView { head, widths: Arc::clone(&self.widths), now: began.now.unix_seconds() }
    }

    /// The key of what a route leads to.
    #[must_use]
    pub fn key(&self, route: &Route) -> CacheKey {
        site_key(&self.name, &self.upstream.name, &self.image.identity().digest, route)
    }

    /// The key of a source.
    #[must_use]
    pub fn source_key(&self, target: &Target, head: &RequestHead) -> CacheKey {
        self.with_authority(&of_target("source", &self.name, &self.upstream.name, target).build(), head).into_owned()
    }

    /// What a target of the upstream is purged by: whatever was fetched from it, and all that was made of that.
    #[must_use]
    pub fn target_key(&self, target: &Target, head: &RequestHead) -> CacheKey {
        self.with_authority(&of_target("target", &self.name, &self.upstream.name, target).build(), head).into_owned()
    }

    /// A key for this request: where the upstream sees the client's authority, that is part of it.
    #[must_use]
    pub fn with_authority<'a>(&self, key: &'a CacheKey, head: &RequestHead) -> Cow<'a, CacheKey> {
        if self.upstream.preserve_host {
            Cow::Owned(KeyBuilder::within(key).part(head.authority()).build())
        } else {
            Cow::Borrowed(key)
        }
    }
}

/// The key of what a route of a site leads to: a picture is its source, its plan and its maker; anything else is what
/// the upstream is asked for.
#[must_use]
pub fn site_key(site: &str, upstream: &str, maker: &Digest, route: &Route) -> CacheKey {
    match route {
        Route::Image(image) => {
            of_target("image", site, upstream, &image.source).part(image.plan.canonical()).part(maker.short()).build()
        }
        Route::Pass(target) => of_target("pass", site, upstream, target).build(),
        Route::Reply(_) | Route::Refuse(_) => KeyBuilder::new("none").build(),
    }
}

fn of_target(kind: &str, site: &str, upstream: &str, target: &Target) -> KeyBuilder {
    KeyBuilder::new(kind).part(site).part(upstream).part(target.as_path_and_query().as_str())
}
