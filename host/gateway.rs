//! The life of a request, from its canonical head to an answer. Reads top to bottom: site, route, lookup plan, then a
//! picture, a pass-through, or what the router itself says.

mod decide;
mod exchange;
mod fill;
mod large;
mod pass;
mod picture;
mod posted;
mod purge;
mod queue;
mod site;
mod source;
mod subject;
mod tiers;

pub use decide::{Decisions, Routed};
pub use purge::{Began, CHALLENGE, Denied, PURGE, PurgeAccess, PurgeError, PurgeTarget, Purged, Purging};
pub use queue::ImageQueue;
pub use site::{NamedUpstream, Site, site_key};
pub use tiers::SecondTier;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use tokio_util::task::TaskTracker;

use crate::cache::{
    Backoff, CacheKey, CacheStatus, Constraints, Digest, FillTable, Forward, HitForMiss, Lookup, LookupPlan,
    MemoryCache, RecentFailures, Sequence, Shelf, StoredResponse, Tier,
};
use crate::clock::{Clock, Now};
use crate::gateway::subject::log_failed;
use crate::hosts::Hosts;
use crate::pages::Pages;
use crate::request::{BadRequest, NodeName, RequestHead};
use crate::respond::{self, Account, Body, Failure, Timing, Vary};
use crate::sandbox::{ImageFailure, ImageLimits, RequestView, Route};
use crate::telemetry::{DiskBytes, Metrics, ShelfLabel, StatusClass};
use crate::upstream::RequestBody;

/// What answers requests: sites, the store, and those who fill it.
pub struct Gateway {
    /// Sites by host name.
    pub sites: Hosts<Arc<Site>>,
    /// Decisions that need no Wasm.
    pub decisions: Decisions,
    /// Stored responses.
    pub cache: MemoryCache,
    /// Where large content is kept.
    pub pages: Arc<Pages>,
    /// What of them outlives the process, and is more than fits into memory.
    pub disk: Option<SecondTier>,
    /// What was purged, and who may purge.
    pub purging: Purging,
    /// Who is obtaining what: pictures and pass-through responses.
    pub fills: FillTable<Failure>,
    /// Who is obtaining which source.
    pub source_fills: FillTable<Failure>,
    /// Keys whose responses were not shared a moment ago.
    pub passes: HitForMiss,
    /// Background validations that failed.
    pub backoff: Backoff,
    /// Transforms that failed a moment ago, by source, component and plan.
    pub failed_transforms: RecentFailures<Digest, ImageFailure>,
    /// Fetches that brought no answer a moment ago.
    pub failed_fetches: RecentFailures<CacheKey, Failure>,
    /// Places for making pictures.
    pub images: Arc<ImageQueue>,
    /// Bounds of this node.
    pub bounds: Bounds,
    /// How it signs requests to origins.
    pub name: NodeName,
    /// The node's clock.
    pub clock: Clock,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// Work that outlives its request.
    pub tasks: TaskTracker,
}

/// What a request may ask of this node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Bytes of a request target.
    pub target: usize,
    /// Bytes of a request's content.
    pub request_body: u64,
    /// Bytes of a response that is stored.
    pub object: u64,
    /// Bytes of a source picture.
    pub source: u64,
    /// Of pictures.
    pub image: ImageLimits,
    /// The lifetime of sources that have no explicit one.
    pub image_default_ttl: Duration,
    /// How much at most is taken off a lifetime that the node chose.
    pub jitter_percent: u8,
}

/// An answer, and what the cache had to do with it.
#[derive(Debug)]
pub struct Answered {
    /// To be sent.
    pub response: Response<Body>,
    /// For logs and metrics.
    pub cache: CacheStatus,
}

/// A hit that is sent as it is, on HTTP/1.1.
#[derive(Debug)]
pub struct PlainHit {
    /// The response's.
    pub status: StatusCode,
    /// The text of its head, to the empty line.
    pub head: Bytes,
    /// Its content.
    pub content: Bytes,
    /// For logs.
    pub cache: CacheStatus,
}

/// A request on its way: everything about it that is settled.
#[derive(Clone)]
struct Visit {
    site: Arc<Site>,
    view: RequestView,
    routed: Arc<Routed>,
    /// Who sent it to this node.
    peer: Option<IpAddr>,
    now: Now,
    /// The purge sequence on arrival, before anything stored was looked at.
    began: Sequence,
}

impl Gateway {
    /// Answers a request that nobody sent over a socket.
    pub async fn handle<B>(self: &Arc<Self>, request: Request<B>) -> Answered
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        self.handle_from(None, request).await
    }

    /// Answers a request that this peer sent. Every failure becomes an answer too.
    pub async fn handle_from<B>(self: &Arc<Self>, peer: Option<IpAddr>, request: Request<B>) -> Answered
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let began = self.begin();
        let answered = if *request.method() == *PURGE {
            self.answer_purge(peer, &request.map(drop)).await
        } else {
            match RequestHead::settle(request, self.bounds.target) {
                Ok((head, body)) => match self.arrive(Arc::new(head), peer, began) {
                    Ok(visit) => self.answer(visit, body).await,
                    Err(failure) => Answered::failed(&failure, &Vary::default(), CacheStatus::Unused),
                },
                Err(bad) => Answered::failed(&bad.into(), &Vary::default(), CacheStatus::Unused),
            }
        };
        self.metrics.count_request(answered.cache.label(), StatusClass::of(answered.response.status()));
        answered
    }

    /// Answers a request without content, if it asks for all of something that memory has and everything about it is
    /// remembered: nothing is waited for, and no component runs. None is for [`Self::handle_from`], and leaves no trace.
    pub fn plain_hit(&self, peer: Option<IpAddr>, request: Request<()>) -> Option<PlainHit> {
        let began = self.begin();
        let (head, ()) = RequestHead::settle(request, self.bounds.target).ok()?;
        let site = self.site_for(&head).ok()?;
        let view = site.view(Arc::new(head), &began);
        let routed = self.decisions.known_route(site, &view)?;
        let (Route::Image(_) | Route::Pass(_)) = &routed.route else { return None };
        let plan = self.decisions.known_lookup(site, &view)?;
        let response = self.found_fresh(site, &view, &routed, &plan, began.now)?;
        let visit = Visit { site: Arc::clone(site), view, routed, peer, now: began.now, began: began.sequence };
        let cache = visit.hit_status(&response, Tier::Memory);
        let account = visit.account(cache, Timing::default());
        let (head, content) = respond::plain(&visit.view.head, &response, &account, visit.now)?;
        self.metrics.count_request(cache.label(), StatusClass::of(response.status));
        Some(PlainHit { status: response.status, head, content, cache })
    }

    /// Answers what came in a request's place.
    pub fn refuse(&self, bad: BadRequest) -> Answered {
        let answered = Answered::failed(&bad.into(), &Vary::default(), CacheStatus::Unused);
        self.metrics.count_request(answered.cache.label(), StatusClass::of(answered.response.status()));
        answered
    }

    /// Finds the site and the route.
    fn arrive(&self, head: Arc<RequestHead>, peer: Option<IpAddr>, began: Began) -> Result<Visit, Failure> {
        let site = self.site_for(&head).inspect_err(|failure| log_failed(failure, None, &head))?;
        let view = site.view(head, &began);
        let routed = self.decisions.route(site, &view, &self.metrics);
        let routed = routed.inspect_err(|failure| log_failed(failure, Some(site), &view.head))?;
        Ok(Visit { site: Arc::clone(site), view, routed, peer, now: began.now, began: began.sequence })
    }

    /// Finds the site.
    fn site_for(&self, head: &RequestHead) -> Result<&Arc<Site>, Failure> {
        if self.name.is_in(head.fields()) {
            return Err(Failure::Loop);
        }
        self.sites.find(head.authority()).ok_or(Failure::NoSite)
    }

    async fn answer<B>(self: &Arc<Self>, visit: Visit, body: B) -> Answered
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let routed = Arc::clone(&visit.routed);
        match &routed.route {
            Route::Reply(reply) => {
                let account = visit.account(CacheStatus::Unused, Timing::default());
                let response = respond::reply(&visit.view.head, reply, &account);
                return Answered { response, cache: CacheStatus::Unused };
            }
            Route::Refuse(refusal) => return visit.failed(&Failure::Refused(refusal.clone()), CacheStatus::Unused),
            Route::Image(_) | Route::Pass(_) => {}
        }
        let plan = self.decisions.lookup(&visit.site, &visit.view, &self.metrics);
        if let Some(response) = self.found_fresh(&visit.site, &visit.view, &visit.routed, &plan, visit.now) {
            return visit.hit(self, &response, Tier::Memory);
        }
        if body.size_hint().lower() > self.bounds.request_body {
            return visit.failed(&Failure::RequestTooLarge, CacheStatus::Unused);
        }
        // Boxed: what a miss holds is large, and every hit would carry it along.
        match &routed.route {
            Route::Image(image) => Box::pin(picture::serve(self, visit, &plan, image)).await,
            Route::Pass(target) => Box::pin(pass::serve(self, visit, &plan, target, self.request_body(body))).await,
            Route::Reply(_) | Route::Refuse(_) => visit.failed(&Failure::BrokenOff, CacheStatus::Unused),
        }
    }

    /// The usual case: what is stored is fresh, and nothing has to be waited for.
    fn found_fresh(
        &self,
        site: &Site,
        view: &RequestView,
        routed: &Routed,
        plan: &LookupPlan,
        now: Now,
    ) -> Option<Arc<StoredResponse>> {
        let head = &view.head;
        let LookupPlan::Use(constraints) = plan else { return None };
        if !matches!(*head.method(), Method::GET | Method::HEAD) {
            return None;
        }
        let key = site.with_authority(&routed.key, head);
        match self.cache.lookup(Shelf::Responses, &key, head.fields(), constraints, now.instant).1 {
            Lookup::Fresh(response) => Some(response),
            Lookup::Stale(_) | Lookup::Expired(_) | Lookup::Miss(_) => None,
        }
    }

    /// A request's content on its way to the upstream, cut off at the limit.
    fn request_body<B>(&self, body: B) -> RequestBody
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        use http_body_util::BodyExt as _;
        if body.is_end_stream() {
            return RequestBody::Empty;
        }
        let limit = usize::try_from(self.bounds.request_body).unwrap_or(usize::MAX);
        RequestBody::Stream(http_body_util::Limited::new(body, limit).boxed_unsync())
    }

    /// Reads the gauges that nobody updates on the way.
    pub fn refresh_gauges(&self) {
        for (shelf, name) in [(Shelf::Sources, "sources"), (Shelf::Responses, "responses")] {
            let (bytes, entries) = self.cache.usage(shelf);
            let label = ShelfLabel { shelf: name };
            self.metrics.cache_bytes.get_or_create(&label).set(bytes);
            self.metrics.cache_entries.get_or_create(&label).set(entries as u64);
        }
        self.metrics.decision_bytes.set(self.decisions.bytes() as u64);
        self.metrics.purge_names.set(self.purging.purges.names() as u64);
        if let Some(usage) = self.disk.as_ref().and_then(SecondTier::usage) {
            let of = |of, bytes| _ = self.metrics.disk_bytes.get_or_create(&DiskBytes { of }).set(bytes);
            of("entries", usage.bytes);
            of("allowed", usage.allowed);
            of("queue", usage.queued);
            of("held", usage.held);
            self.metrics.disk_entries.set(usage.entries as u64);
            self.metrics.disk_unlisted.set(usage.unlisted as u64);
            for (outcome, count) in usage.outcomes() {
                self.metrics.set_disk_outcome(outcome, count);
            }
        }
    }
}

impl Answered {
    fn failed(failure: &Failure, vary: &Vary, cache: CacheStatus) -> Self {
        let account = Account { status: cache, vary, timing: Timing::default() };
        Self { response: respond::failed(failure, &account), cache }
    }
}

impl Visit {
    fn account(&self, status: CacheStatus, timing: Timing) -> Account<'_> {
        Account { status, vary: &self.routed.vary, timing }
    }

    fn failed(&self, failure: &Failure, cache: CacheStatus) -> Answered {
        let cache = match cache {
            CacheStatus::Forwarded(forward) => {
                CacheStatus::Forwarded(forward.failed(failure.answered(), failure.word()))
            }
            CacheStatus::Hit { .. } | CacheStatus::Unused => cache,
        };
        log_failed(failure, Some(&self.site), &self.view.head);
        Answered::failed(failure, &self.routed.vary, cache)
    }

    /// A stored response, as it is.
    fn hit(&self, gateway: &Gateway, response: &StoredResponse, tier: Tier) -> Answered {
        self.answer(gateway, response, self.hit_status(response, tier), Timing::default())
    }

    fn hit_status(&self, response: &StoredResponse, tier: Tier) -> CacheStatus {
        let freshness = &response.freshness;
        let (age, lifetime) = (freshness.current_age(self.now.instant).as_secs(), freshness.lifetime.as_secs());
        // RFC 9211 §2.4: negative when it is stale. Both are below 2^32.
        let ttl = i64::try_from(lifetime).unwrap_or(i64::MAX) - i64::try_from(age).unwrap_or(i64::MAX);
        CacheStatus::Hit { ttl, tier }
    }

    /// What is stale stands in for an origin that fails, if it may (RFC 5861 §4).
    fn stale_or_failure(
        &self,
        gateway: &Gateway,
        stale: Option<&Arc<StoredResponse>>,
        constraints: &Constraints,
        failure: &Failure,
        forward: Forward,
    ) -> Answered {
        if let Some(stale) = stale
            && failure.allows_stale()
            && stale.freshness.usable_on_error(constraints, gateway.clock.now().instant)
        {
            let cache = CacheStatus::Forwarded(forward.stale_if_error(failure.answered()));
            return self.answer(gateway, stale, cache, Timing::default());
        }
        self.failed(failure, CacheStatus::Forwarded(forward))
    }

    /// A whole response, whatever it took to get it.
    fn answer(&self, gateway: &Gateway, response: &StoredResponse, cache: CacheStatus, timing: Timing) -> Answered {
        let now = if matches!(cache, CacheStatus::Hit { .. }) { self.now } else { gateway.clock.now() };
        let response = respond::stored(&self.view.head, response, &self.account(cache, timing), now);
        Answered { response, cache }
    }
}
