//! Source pictures: fetched once and kept under their own key, so that ten sizes cost one fetch.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, Method, StatusCode};

use crate::cache::{
    CacheKey, Constraints, Digest, FetchPermit, Freshness, Joined, Landed, Lookup, News, Outcome, PurgeStamp, Sequence,
    Shelf, Source, StoredResponse,
};
use crate::gateway::exchange::{Exchange, Known, Obtained, Purpose, SourceAnswer, Storage, source_fields};
use crate::gateway::subject::{Subject, in_words};
use crate::gateway::tiers::LookedUp;
use crate::gateway::{Gateway, Site, Visit};
use crate::request::{RequestHead, carry_names};
use crate::respond::Failure;
use crate::sandbox::{RequestView, Target};
use crate::upstream::RequestBody;

/// What is known of a source now.
pub(super) enum Found {
    /// Its bytes.
    Picture {
        /// INVARIANT: a 200 in memory whose `source` is its own digest and validators.
        response: Arc<StoredResponse>,
        /// Whether what is made of it may be stored.
        storable: bool,
        /// Where it is from.
        provenance: Provenance,
    },
    /// It is not here, but it has not changed: its new fields and lifetime.
    Unchanged {
        /// Of the 304.
        fields: HeaderMap,
        /// As the policy says.
        freshness: Freshness,
        /// Whether what is made of it may be stored.
        storable: bool,
        /// Of the exchange.
        stamp: PurgeStamp,
        /// How long it took.
        fetch: Duration,
    },
}

/// Where a source is from.
pub(super) enum Provenance {
    /// The store.
    Store,
    /// The upstream, which took so long.
    Upstream(Duration),
    /// The store, where it is stale: the upstream failed.
    StandIn(Failure),
}

/// A source that is wanted.
pub(super) struct Wanted<'a> {
    pub(super) visit: &'a Visit,
    pub(super) target: &'a Target,
    pub(super) constraints: &'a Constraints,
    /// What a stale variant remembers of it.
    pub(super) remembered: Option<&'a Source>,
}

/// The source is asked for by the node itself: the request that policy and upstream see has nothing of the client's.
struct SourceRequest {
    key: CacheKey,
    target: Target,
    view: RequestView,
    site: Arc<Site>,
    began: Sequence,
}

impl Gateway {
    /// Obtains a source: from the store, or from the upstream through whoever fetches it first.
    pub(super) async fn source(self: &Arc<Self>, wanted: Wanted<'_>) -> Result<Found, Failure> {
        let Wanted { visit, target, constraints, remembered } = wanted;
        let request = SourceRequest::new(visit, target);
        loop {
            let now = self.clock.now().instant;
            let fields = request.view.head.fields();
            let LookedUp { key, lookup, .. } = self.look_up(Shelf::Sources, &request.key, fields, constraints).await;
            let stale = match lookup {
                Lookup::Fresh(response) => return found(response, true, Provenance::Store),
                Lookup::Stale(response) => {
                    if self.backoff.may_try(&key, now)
                        && let Some(permit) = self.source_fills.lead(&key, visit.began, now)
                    {
                        self.revalidate_source(request, Arc::clone(&response), permit);
                    }
                    return found(response, true, Provenance::Store);
                }
                Lookup::Expired(response) => Some(response),
                Lookup::Miss(_) => None,
            };
            if let Some(failure) = self.failed_fetches.get(&request.key, now) {
                return stand_in(stale.as_ref(), failure, now);
            }
            let (waiter, news) = match self.source_fills.join(&key, visit.began, now) {
                Joined::Lead(permit, waiter) => (waiter, News::Lead(permit)),
                Joined::Wait(mut waiter) => {
                    let news = waiter.news().await;
                    (waiter, news)
                }
            };
            match news {
                News::Lead(permit) => {
                    let found = self.fetch_source(&request, stale.as_ref(), remembered, Some(permit)).await;
                    // Held until now: it is this that the fetch was for.
                    drop(waiter);
                    return found;
                }
                News::Ended(Outcome::Stored(landed) | Outcome::Freshened(landed)) => {
                    return found(landed.response, true, Provenance::Store);
                }
                News::Ended(Outcome::Declined) => {
                    return self.fetch_source(&request, stale.as_ref(), remembered, None).await;
                }
                News::Ended(Outcome::Failed(failure)) => return stand_in(stale.as_ref(), failure, now),
                News::Gone => return Err(Failure::BrokenOff),
                // A source is of no use before it is whole.
                News::Filling(_) | News::Again => {}
            }
        }
    }

    fn revalidate_source(
        self: &Arc<Self>,
        request: SourceRequest,
        stale: Arc<StoredResponse>,
        permit: FetchPermit<Failure>,
    ) {
        let gateway = Arc::clone(self);
        self.tasks.spawn(async move {
            if let Err(failure) = gateway.fetch_source(&request, Some(&stale), None, Some(permit)).await {
                let Subject { site, upstream, url } = request.subject();
                tracing::info!(
                    site,
                    upstream,
                    url,
                    failure = in_words(&failure),
                    "a stale source could not be validated"
                );
            }
        });
    }

    /// Fetches a source, and ends the permit as the fetch ended.
    async fn fetch_source(
        &self,
        request: &SourceRequest,
        stale: Option<&Arc<StoredResponse>>,
        remembered: Option<&Source>,
        permit: Option<FetchPermit<Failure>>,
    ) -> Result<Found, Failure> {
        let known = match (stale, remembered) {
            (Some(stale), _) => Known::Stored(stale),
            (None, Some(source)) if !source.validators.is_empty() => Known::Validators(&source.validators),
            (None, _) => Known::Nothing,
        };
        let exchange = Exchange {
            site: &request.site,
            view: &request.view,
            target: &request.target,
            method: Method::GET,
            fields: request.view.head.fields().clone(),
            body: RequestBody::Empty,
            known,
            purpose: Purpose::Source,
            began: request.began,
        };
        let question = exchange.question();
        let (obtained, fetch) = match self.obtain_source(exchange).await {
            Ok((SourceAnswer::Complete(obtained), fetch)) => (obtained, fetch),
            Ok((SourceAnswer::Unchanged(fields, freshness, storage), fetch)) => {
                // Nothing that others could use: they ask for themselves.
                permit.into_iter().for_each(FetchPermit::declined);
                let storable = matches!(storage, Storage::Store(_));
                let stamp = storage.stamp(question);
                return Ok(Found::Unchanged { fields, freshness, storable, stamp, fetch });
            }
            Err(failure) => {
                let now = self.clock.now().instant;
                self.backoff.failed(&request.key, now);
                self.remember_failure(&request.key, &failure, now);
                let stands_in =
                    stale.is_some_and(|stale| stale.freshness.usable_on_error(&Constraints::default(), now));
                if let Some(permit) = permit {
                    self.fail(failure.clone(), stands_in, permit, &request.subject());
                }
                return stand_in(stale, failure, now);
            }
        };
        let Obtained { response, storage, validated } = obtained;
        let response = if validated { response } else { with_digest(response).await };
        if response.status.is_server_error()
            && let Some(stale) = stale
        {
            // It is not put in the place of what may be of use yet.
            let (failure, now) = (Failure::SourceStatus(response.status), self.clock.now().instant);
            self.backoff.failed(&request.key, now);
            permit.into_iter().for_each(|permit| permit.failed(failure.clone()));
            return stand_in(Some(stale), failure, now);
        }
        self.backoff.succeeded(&request.key);
        self.remember_failure(&request.key, &Failure::SourceStatus(response.status), self.clock.now().instant);
        let response = Arc::new(response);
        let storable = match storage {
            Storage::Store(plan) => {
                let fields = request.view.head.fields();
                let selection =
                    self.cache.select(Shelf::Sources, &request.key, &plan.vary, fields, &response.fields.to_map());
                if let Some(selection) = selection {
                    if permit.as_ref().is_none_or(FetchPermit::is_current) {
                        self.store(Shelf::Sources, &request.key, &selection, Arc::clone(&response));
                    }
                    let landed = Landed { response: Arc::clone(&response), selection, fetch };
                    permit.into_iter().for_each(|permit| permit.stored(landed.clone()));
                }
                true
            }
            Storage::Pass(_) => {
                self.invalidate(Shelf::Sources, &request.key).unconfirmed();
                permit.into_iter().for_each(FetchPermit::declined);
                false
            }
        };
        found(response, storable, Provenance::Upstream(fetch))
    }
}

impl SourceRequest {
    fn new(visit: &Visit, target: &Target) -> Self {
        let (site, head) = (&visit.site, &visit.view.head);
        let path_and_query = target.as_path_and_query();
        let mut fields = source_fields();
        carry_names(head.fields(), &mut fields);
        let composed = RequestHead::composed(head.authority(), path_and_query.path(), path_and_query.query(), fields);
        let view = RequestView { head: Arc::new(composed), ..visit.view.clone() };
        let (key, began) = (site.source_key(target, head), visit.began);
        Self { key, target: target.clone(), view, site: Arc::clone(site), began }
    }

    fn subject(&self) -> Subject<'_> {
        Subject::of(Some(&self.site), &self.view.head)
    }
}

fn found(response: Arc<StoredResponse>, storable: bool, provenance: Provenance) -> Result<Found, Failure> {
    if response.status == StatusCode::OK {
        Ok(Found::Picture { response, storable, provenance })
    } else {
        Err(Failure::SourceStatus(response.status))
    }
}

/// What is stale stands in for an origin that fails, if it may.
fn stand_in(stale: Option<&Arc<StoredResponse>>, failure: Failure, now: std::time::Instant) -> Result<Found, Failure> {
    match stale {
        Some(stale) if failure.allows_stale() && stale.freshness.usable_on_error(&Constraints::default(), now) => {
            found(Arc::clone(stale), true, Provenance::StandIn(failure))
        }
        _ => Err(failure),
    }
}

/// Hashes a source off the runtime's threads if that takes longer than handing it over.
async fn with_digest(response: StoredResponse) -> StoredResponse {
    const AT_ONCE: usize = 64 << 10;
    // INVARIANT: what was obtained as a source is in memory.
    let body = response.body.held().cloned().unwrap_or_default();
    let digest = if body.len() <= AT_ONCE {
        Digest::of(&body)
    } else {
        let hashed = tokio::task::spawn_blocking({
            let body = body.clone();
            move || Digest::of(&body)
        });
        hashed.await.unwrap_or_else(|_| Digest::of(&body))
    };
    let source = Source { digest, validators: response.validators() };
    StoredResponse { source: Some(Box::new(source)), ..response }
}
