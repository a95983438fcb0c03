//! Pictures: a variant from the store, or made from its source by whoever misses it first.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, DATE, ETAG, EXPIRES, LAST_MODIFIED,
    X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use tokio::task::JoinHandle;

use crate::cache::{
    CacheKey, CacheStatus, Constraints, Digest, FetchPermit, Forward, ForwardReason, Freshness, Joined, Landed, Lookup,
    LookupPlan, Missing, News, Outcome, Prepared, PurgeStamp, Selection, Shelf, Source, StoredResponse, Validators,
};
use crate::gateway::source::{Found, Provenance, Wanted};
use crate::gateway::subject::{Subject, in_words};
use crate::gateway::tiers::LookedUp;
use crate::gateway::{Answered, Gateway, Visit};
use crate::respond::{Failure, Timing};
use crate::sandbox::{ImageFailure, ImageRoute, Picture};

/// A picture, and what making it took.
struct Made {
    response: Arc<StoredResponse>,
    stored: bool,
    timing: Timing,
    /// Why its source is a stale one, if it is.
    despite: Option<Failure>,
}

/// A picture that is wanted.
struct Wish<'a> {
    key: CacheKey,
    image: &'a ImageRoute,
    constraints: &'a Constraints,
    /// What is stored of it.
    previous: Option<Arc<StoredResponse>>,
}

/// What a picture has of its source's fields: its lifetime, and who may use it. Everything else described other bytes.
const FROM_SOURCE: [HeaderName; 7] = [
    CACHE_CONTROL,
    DATE,
    EXPIRES,
    LAST_MODIFIED,
    HeaderName::from_static("access-control-allow-origin"),
    HeaderName::from_static("cross-origin-resource-policy"),
    HeaderName::from_static("timing-allow-origin"),
];

/// Answers a request for a picture.
pub(super) async fn serve(gateway: &Arc<Gateway>, visit: Visit, plan: &LookupPlan, image: &ImageRoute) -> Answered {
    let head = &visit.view.head;
    if !matches!(*head.method(), Method::GET | Method::HEAD) {
        return visit.failed(&Failure::NotForPictures, CacheStatus::Unused);
    }
    let constraints = match plan {
        LookupPlan::Use(constraints) => constraints.clone(),
        // Made anew, for this request alone.
        LookupPlan::Bypass(_) => Constraints { no_cache: true, no_store: true, ..Constraints::default() },
    };
    let target = visit.site.with_authority(&visit.routed.key, head).into_owned();
    loop {
        let now = gateway.clock.now();
        let LookedUp { key, lookup, tier } =
            gateway.look_up(Shelf::Responses, &target, head.fields(), &constraints).await;
        let (previous, reason) = match lookup {
            Lookup::Fresh(response) => return visit.hit(gateway, &response, tier),
            Lookup::Stale(response) => {
                if gateway.backoff.may_try(&key, now.instant)
                    && let Some(permit) = gateway.fills.lead(&key, visit.began, now.instant)
                {
                    // A source that is stale too would not make the variant fresh: it is waited for, here where nobody waits.
                    let constraints = Constraints { min_fresh: Some(Duration::ZERO), ..Constraints::default() };
                    let wish = Wish { key, image, constraints: &constraints, previous: Some(response.clone()) };
                    drop(gateway.make(&visit, &wish, permit));
                }
                return visit.hit(gateway, &response, tier);
            }
            Lookup::Expired(response) => {
                let reason = ForwardReason::instead_of(&response, now.instant);
                (Some(response), reason)
            }
            Lookup::Miss(Missing::Target) => (None, ForwardReason::UriMiss),
            Lookup::Miss(Missing::Selection) => (None, ForwardReason::VaryMiss),
        };
        if constraints.only_if_cached {
            return visit.failed(&Failure::OnlyIfCached, CacheStatus::Forwarded(Forward::because(reason)));
        }
        // What may not be stored is of no use to others, so nobody shall wait for it.
        let shared = !constraints.no_store && !gateway.passes.is_marked(&key, now.instant);
        let wish = Wish { key, image, constraints: &constraints, previous };
        let (made, collapsed) = if shared {
            match gateway.shared_picture(&visit, &wish, now.instant).await {
                Some(made) => made,
                None => continue,
            }
        } else {
            (gateway.own_picture(&visit, &wish).await, false)
        };
        let previous = wish.previous;
        return match made {
            Ok(Made { response, stored, timing, despite }) => {
                let forward = Forward { stored, collapsed, ..Forward::because(reason) };
                let forward = match despite {
                    Some(failure) => forward.stale_if_error(failure.answered()),
                    None => forward,
                };
                visit.answer(gateway, &response, CacheStatus::Forwarded(forward), timing)
            }
            Err(failure) => {
                let forward = Forward { collapsed, ..Forward::because(reason) };
                visit.stale_or_failure(gateway, previous.as_ref(), &constraints, &failure, forward)
            }
        };
    }
}

impl Gateway {
    /// Makes a variant for all who want it now, or waits for the one who does; with whether another made it. None: look
    /// again.
    async fn shared_picture(
        self: &Arc<Self>,
        visit: &Visit,
        wish: &Wish<'_>,
        now: Instant,
    ) -> Option<(Result<Made, Failure>, bool)> {
        let (waiter, news) = match self.fills.join(&wish.key, visit.began, now) {
            Joined::Lead(permit, waiter) => (waiter, News::Lead(permit)),
            Joined::Wait(mut waiter) => {
                let news = waiter.news().await;
                (waiter, news)
            }
        };
        Some(match news {
            News::Lead(permit) => {
                let made = self.make(visit, wish, permit).await.unwrap_or_else(|error| Err(visit.ended(&error)));
                // Held until now: it is this that the picture was made for.
                drop(waiter);
                (made, false)
            }
            News::Ended(Outcome::Stored(landed) | Outcome::Freshened(landed)) => (Ok(Made::of_another(landed)), true),
            News::Ended(Outcome::Failed(failure)) => (Err(failure), true),
            News::Ended(Outcome::Declined) => (self.own_picture(visit, wish).await, false),
            News::Gone => (Err(Failure::BrokenOff), true),
            // A picture is made whole.
            News::Filling(_) | News::Again => return None,
        })
    }

    /// Makes a variant for one client.
    async fn own_picture(self: &Arc<Self>, visit: &Visit, wish: &Wish<'_>) -> Result<Made, Failure> {
        let made = self.variant(visit, wish, None).await?;
        if made.stored {
            self.passes.clear(&wish.key);
            self.store_picture(&wish.key, &made);
        }
        Ok(made)
    }

    /// Makes a variant in a task of its own, so that a client that leaves takes nothing from those who wait. It is given
    /// up when nobody waits any more, unless its transform has begun.
    fn make(
        self: &Arc<Self>,
        visit: &Visit,
        wish: &Wish<'_>,
        permit: FetchPermit<Failure>,
    ) -> JoinHandle<Result<Made, Failure>> {
        let (gateway, visit) = (Arc::clone(self), visit.clone());
        let (key, image, constraints) = (wish.key.clone(), wish.image.clone(), wish.constraints.clone());
        let previous = wish.previous.clone();
        self.tasks.spawn(async move {
            let wish = Wish { key, image: &image, constraints: &constraints, previous };
            let made = tokio::select! {
                biased;
                () = permit.deserted() => {
                    gateway.metrics.count_fill("deserted");
                    return Err(Failure::BrokenOff);
                }
                made = gateway.variant(&visit, &wish, Some(&permit)) => made,
            };
            let now = gateway.clock.now().instant;
            match &made {
                Ok(made) if made.stored => {
                    gateway.backoff.succeeded(&wish.key);
                    if permit.is_current() {
                        permit.stored(gateway.store_picture(&wish.key, made));
                    } else {
                        permit.declined();
                    }
                }
                Ok(_) => {
                    gateway.backoff.succeeded(&wish.key);
                    gateway.passes.mark(&wish.key, now);
                    permit.declined();
                }
                Err(failure) => {
                    gateway.backoff.failed(&wish.key, now);
                    let previous = wish.previous.as_ref();
                    let stands_in = previous
                        .is_some_and(|previous| previous.freshness.usable_on_error(&Constraints::default(), now));
                    gateway.fail(failure.clone(), stands_in, permit, &visit.subject());
                }
            }
            made
        })
    }

    fn store_picture(&self, key: &CacheKey, made: &Made) -> Landed {
        // A picture's key says all that it depends on.
        let selection = Selection::only(key);
        let response = Arc::clone(&made.response);
        self.store(Shelf::Responses, key, &selection, Arc::clone(&response));
        Landed { response, selection, fetch: made.timing.fetch.unwrap_or_default() }
    }

    /// Obtains the source and makes the variant, unless the previous one turns out to be still good.
    async fn variant(
        self: &Arc<Self>,
        visit: &Visit,
        wish: &Wish<'_>,
        permit: Option<&FetchPermit<Failure>>,
    ) -> Result<Made, Failure> {
        let Wish { image, constraints, .. } = *wish;
        let previous = wish.previous.as_ref();
        let may_store = !constraints.no_store;
        let remembered = previous.and_then(|previous| previous.source.as_deref());
        let wanted = Wanted { visit, target: &image.source, constraints, remembered };
        let (source, storable, provenance) = match (self.source(wanted).await?, previous) {
            (Found::Picture { response, storable, provenance }, _) => (response, storable, provenance),
            (Found::Unchanged { fields, freshness, storable, stamp, fetch }, Some(previous)) => {
                let response = Arc::new(variant_freshened(previous, &fields, freshness, stamp));
                let timing = Timing { fetch: Some(fetch), ..Timing::default() };
                return Ok(Made { response, stored: storable && may_store, timing, despite: None });
            }
            // INVARIANT: only validators that a previous variant remembers are sent.
            (Found::Unchanged { .. }, None) => return Err(Failure::SourceStatus(StatusCode::NOT_MODIFIED)),
        };
        let (timing, despite) = match provenance {
            Provenance::Store => (Timing::default(), None),
            Provenance::Upstream(took) => (Timing { fetch: Some(took), ..Timing::default() }, None),
            Provenance::StandIn(failure) => (Timing::default(), Some(failure)),
        };
        // INVARIANT: sources are in memory.
        let body = source.body.held().ok_or(Failure::BrokenOff)?;
        let digest = source.source.as_ref().map_or_else(|| Digest::of(body), |source| source.digest);
        let stored = storable && may_store;
        if let Some(previous) = previous
            && previous.source.as_ref().is_some_and(|made_from| made_from.digest == digest)
        {
            if let Some(failure) = &despite
                && previous.freshness.usable_on_error(&Constraints::default(), self.clock.now().instant)
            {
                // The variant itself stands in, for everyone who waits.
                return Err(failure.clone());
            }
            let (freshness, stamp) = (source.freshness.clone(), source.stamp.clone());
            let response = Arc::new(variant_freshened(previous, &source.fields.to_map(), freshness, stamp));
            return Ok(Made { response, stored, timing, despite });
        }
        let (picture, timing) = self.transform(visit, image, (body, &digest), permit, timing).await?;
        let picture = Picture { body: self.pages.keep(picture.body), ..picture };
        let response = Arc::new(visit.variant_of(picture, image, &source, digest));
        Ok(Made { response, stored, timing, despite })
    }

    /// Runs the image component, in its turn.
    async fn transform(
        &self,
        visit: &Visit,
        image: &ImageRoute,
        (source, digest): (&Bytes, &Digest),
        permit: Option<&FetchPermit<Failure>>,
        timing: Timing,
    ) -> Result<(Picture, Timing), Failure> {
        let maker = Arc::clone(&visit.site.image);
        let name = Digest::of_parts(&[
            digest.as_bytes(),
            maker.identity().digest.as_bytes(),
            image.plan.canonical().as_bytes(),
        ]);
        if let Some(failure) = self.failed_transforms.get(&name, self.clock.now().instant) {
            return Err(failure.into());
        }
        let queued = self.clock.now().instant;
        let place = self.images.place(source.len() as u64).await?;
        // From here on it costs less to complete it than to begin anew.
        permit.into_iter().for_each(FetchPermit::insist);
        let started = self.clock.now().instant;
        self.metrics.count_call(&maker.identity().name, "transform");
        let (body, plan, limits) = (source.clone(), image.plan.clone(), self.bounds.image);
        let made = tokio::task::spawn_blocking(move || {
            let made = maker.make(&body, &plan, limits);
            drop(place);
            made
        });
        let made = made.await.map_err(|error| visit.ended(&error))?;
        let took = self.clock.now().instant.saturating_duration_since(started);
        self.metrics.transform_seconds.observe(took.as_secs_f64());
        match made {
            Ok(picture) => {
                self.metrics.count_transform(if picture.truncated { "truncated" } else { "made" });
                let queue = Some(started.saturating_duration_since(queued));
                Ok((picture, Timing { queue, image: Some(took), ..timing }))
            }
            Err(failure) => {
                self.count_image_failure(visit, &failure);
                self.failed_transforms.remember(name, failure.clone(), self.clock.now().instant);
                Err(failure.into())
            }
        }
    }

    fn count_image_failure(&self, visit: &Visit, failure: &ImageFailure) {
        match failure {
            ImageFailure::Refused(_) => self.metrics.count_transform("refused"),
            ImageFailure::Contained(contained) => {
                self.metrics.count_transform("failed");
                self.metrics.count_failure(&contained.component, contained.reason.word());
                let Subject { site, upstream, url } = visit.subject();
                let failure = in_words(contained);
                tracing::warn!(site, upstream, url, failure, "image component failed; the picture is not made");
            }
        }
    }
}

impl Made {
    /// Made for another request, which we waited for.
    fn of_another(landed: Landed) -> Self {
        Self { response: landed.response, stored: true, timing: Timing::default(), despite: None }
    }
}

impl Visit {
    /// Work that ended without an outcome: with the node, or by a fault in it.
    fn ended(&self, error: &tokio::task::JoinError) -> Failure {
        let (Subject { site, upstream, url }, error) = (self.subject(), in_words(error));
        tracing::error!(site, upstream, url, error, "the making of a picture was broken off");
        Failure::BrokenOff
    }

    /// A picture as a response. It has its source's lifetime, and a strong validator: the same source, plan and
    /// component make the same bytes.
    fn variant_of(
        &self,
        picture: Picture,
        image: &ImageRoute,
        source: &StoredResponse,
        digest: Digest,
    ) -> StoredResponse {
        let maker = self.site.image.identity().digest;
        let version = Digest::of_parts(&[digest.as_bytes(), image.plan.canonical().as_bytes(), maker.as_bytes()]);
        let mut fields = inherited(&source.fields.to_map(), &source.freshness);
        fields.insert(CONTENT_TYPE, HeaderValue::from_static(picture.format.media_type()));
        fields.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        fields.insert(CONTENT_LENGTH, HeaderValue::from(picture.body.len()));
        fields.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        if let Ok(etag) = HeaderValue::try_from(format!("\"{}\"", version.short())) {
            fields.insert(ETAG, etag);
        }
        StoredResponse {
            status: StatusCode::OK,
            fields: (&fields).into(),
            body: picture.body.into(),
            freshness: source.freshness.clone(),
            source: Some(Box::new(Source { digest, validators: source.validators() })),
            stamp: source.stamp.clone(),
            prepared: Prepared::default(),
        }
    }
}

/// A variant whose source has not changed: the same picture, with the source's new lifetime and validators.
fn variant_freshened(
    previous: &StoredResponse,
    source_fields: &HeaderMap,
    freshness: Freshness,
    stamp: PurgeStamp,
) -> StoredResponse {
    let mut fields = previous.fields.to_map();
    for name in FROM_SOURCE {
        fields.remove(name);
    }
    fields.extend(inherited(source_fields, &freshness));
    let source = previous.source.as_ref().map(|source| {
        let update = Validators::of(source_fields);
        let validators = if update.is_empty() { source.validators.clone() } else { update.compacted() };
        Box::new(Source { digest: source.digest, validators })
    });
    StoredResponse { fields: (&fields).into(), freshness, source, stamp, ..previous.clone() }
}

/// What a picture has of its source's fields. A lifetime that the origin did not give is told too, so that browsers
/// keep the picture for as long as this node does.
fn inherited(source: &HeaderMap, freshness: &Freshness) -> HeaderMap {
    let mut fields = HeaderMap::with_capacity(FROM_SOURCE.len() + 4);
    for name in FROM_SOURCE {
        for value in source.get_all(&name) {
            fields.append(name.clone(), value.clone());
        }
    }
    let told = fields.contains_key(CACHE_CONTROL) || fields.contains_key(EXPIRES);
    if !told && !freshness.lifetime.is_zero() {
        let text = format!("max-age={}", freshness.lifetime.as_secs());
        if let Ok(value) = HeaderValue::try_from(text) {
            fields.insert(CACHE_CONTROL, value);
        }
    }
    fields
}
