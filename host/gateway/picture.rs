//! Pictures: a variant from the store, or made from its source by whoever misses it first.

use std::sync::Arc;
use std::time::Duration;

use http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, DATE, ETAG, EXPIRES, LAST_MODIFIED,
    X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};

use crate::cache::{
    CacheStatus, Constraints, Digest, FetchPermit, Forward, ForwardReason, Freshness, Joined, Lookup, LookupPlan,
    Missing, Outcome, Prepared, PurgeStamp, Shelf, Source, StoredResponse, Validators,
};
use crate::gateway::source::{Found, Provenance, Wanted};
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
    let target = visit.site.with_authority(visit.routed.key.clone(), head);
    loop {
        let now = gateway.clock.now();
        let (key, lookup) = gateway.cache.lookup(Shelf::Responses, &target, head.fields(), &constraints, now.instant);
        let (previous, reason) = match lookup {
            Lookup::Fresh(response) => return visit.hit(gateway, &response),
            Lookup::Stale(response) => {
                if let Some(permit) = gateway.fills.lead(&key) {
                    // A source that is stale too would not make the variant fresh: it is waited for, here where nobody waits.
                    let constraints = Constraints { min_fresh: Some(Duration::ZERO), ..Constraints::default() };
                    drop(gateway.make(&visit, image, &constraints, Some(Arc::clone(&response)), permit));
                }
                return visit.hit(gateway, &response);
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
        let joined = if constraints.no_store { None } else { Some(gateway.fills.join(&key)) };
        let (made, collapsed) = match joined {
            None => (gateway.variant(&visit, image, &constraints, previous.as_ref()).await, false),
            Some(Joined::Lead(permit)) => {
                let making = gateway.make(&visit, image, &constraints, previous.clone(), permit);
                match making.await {
                    Ok(made) => (made, false),
                    Err(error) => (Err(ended(&error)), false),
                }
            }
            Some(Joined::Wait(waiter)) => match waiter.outcome().await {
                Outcome::Stored(response) => (Ok(Made::of_another(response)), true),
                Outcome::Failed(failure) => (Err(failure), true),
                Outcome::Declined => {
                    let made = gateway.variant(&visit, image, &constraints, previous.as_ref()).await;
                    (made, false)
                }
                Outcome::Abandoned => continue,
            },
        };
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
    /// Makes a variant in a task of its own, so that a client that leaves takes nothing from those who wait.
    fn make(
        self: &Arc<Self>,
        visit: &Visit,
        image: &ImageRoute,
        constraints: &Constraints,
        previous: Option<Arc<StoredResponse>>,
        permit: FetchPermit<Failure>,
    ) -> tokio::task::JoinHandle<Result<Made, Failure>> {
        let (gateway, visit, image, constraints) =
            (Arc::clone(self), visit.clone(), image.clone(), constraints.clone());
        self.tasks.spawn(async move {
            let made = gateway.variant(&visit, &image, &constraints, previous.as_ref()).await;
            match &made {
                Ok(made) if made.stored => {
                    let fields = visit.view.head.fields();
                    gateway.cache.store(Shelf::Responses, permit.key(), &[], fields, Arc::clone(&made.response));
                    permit.stored(Arc::clone(&made.response));
                }
                Ok(_) => permit.declined(),
                Err(failure) => permit.failed(failure.clone()),
            }
            made
        })
    }

    /// Obtains the source and makes the variant, unless the previous one turns out to be still good.
    async fn variant(
        self: &Arc<Self>,
        visit: &Visit,
        image: &ImageRoute,
        constraints: &Constraints,
        previous: Option<&Arc<StoredResponse>>,
    ) -> Result<Made, Failure> {
        let may_store = !constraints.no_store;
        let remembered = previous.and_then(|previous| previous.source.as_ref());
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
        let digest = source.source.as_ref().map_or_else(|| Digest::of(&source.body), |source| source.digest);
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
            let response = Arc::new(variant_freshened(previous, &source.fields, freshness, stamp));
            return Ok(Made { response, stored, timing, despite });
        }
        let (picture, timing) = self.transform(visit, image, &source, &digest, timing).await?;
        let response = Arc::new(visit.variant_of(picture, image, &source, digest));
        Ok(Made { response, stored, timing, despite })
    }

    /// Runs the image component, in its turn.
    async fn transform(
        &self,
        visit: &Visit,
        image: &ImageRoute,
        source: &Arc<StoredResponse>,
        digest: &Digest,
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
        let place = self.images.place(source.body.len() as u64).await?;
        let started = self.clock.now().instant;
        self.metrics.count_call(&maker.identity().name, "transform");
        let (body, plan, limits) = (source.body.clone(), image.plan.clone(), self.bounds.image);
        let made = tokio::task::spawn_blocking(move || {
            let made = maker.make(&body, &plan, limits);
            drop(place);
            made
        });
        let made = made.await.map_err(|error| ended(&error))?;
        let took = self.clock.now().instant.saturating_duration_since(started);
        self.metrics.transform_seconds.observe(took.as_secs_f64());
        match made {
            Ok(picture) => {
                self.metrics.count_transform("made");
                let queue = Some(started.saturating_duration_since(queued));
                Ok((picture, Timing { queue, image: Some(took), ..timing }))
            }
            Err(failure) => {
                self.count_image_failure(&failure);
                self.failed_transforms.remember(name, failure.clone(), self.clock.now().instant);
                Err(failure.into())
            }
        }
    }

    fn count_image_failure(&self, failure: &ImageFailure) {
        match failure {
            ImageFailure::Refused(_) => self.metrics.count_transform("refused"),
            ImageFailure::Contained(contained) => {
                self.metrics.count_transform("failed");
                self.metrics.count_failure(&contained.component, contained.reason.word());
                tracing::warn!(failure = %contained, "image component failed; the picture is not made");
            }
        }
    }
}

impl Made {
    /// Made for another request, which we waited for.
    fn of_another(response: Arc<StoredResponse>) -> Self {
        Self { response, stored: true, timing: Timing::default(), despite: None }
    }
}

/// Work that ended without an outcome: with the node, or by a fault in it.
fn ended(error: &tokio::task::JoinError) -> Failure {
    tracing::error!(%error, "the making of a picture was broken off");
    Failure::BrokenOff
}

impl Visit {
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
        let mut fields = inherited(&source.fields, &source.freshness);
        fields.insert(CONTENT_TYPE, HeaderValue::from_static(picture.format.media_type()));
        fields.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        fields.insert(CONTENT_LENGTH, HeaderValue::from(picture.body.len()));
        fields.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        if let Ok(etag) = HeaderValue::try_from(format!("\"{}\"", version.short())) {
            fields.insert(ETAG, etag);
        }
        StoredResponse {
            status: StatusCode::OK,
            fields,
            body: picture.body,
            freshness: source.freshness.clone(),
            source: Some(Source { digest, validators: source.validators() }),
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
    let mut fields = previous.fields.clone();
    for name in FROM_SOURCE {
        fields.remove(name);
    }
    fields.extend(inherited(source_fields, &freshness));
    let source = previous.source.as_ref().map(|source| {
        let update = Validators::of(source_fields);
        let kept = if update.is_empty() { source.validators.clone() } else { update };
        Source { digest: source.digest, validators: kept }
    });
    StoredResponse { fields, freshness, source, stamp, ..previous.clone() }
}

/// What a picture has of its source's fields. A lifetime that the origin did not give is told too, so that browsers
/// keep the picture for as long as this node does.
fn inherited(source: &HeaderMap, freshness: &Freshness) -> HeaderMap {
    let mut fields = HeaderMap::with_capacity(FROM_SOURCE.len() + 4 + StoredResponse::ROOM);
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
