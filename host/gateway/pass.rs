//! Everything that is not a picture: looked up, or fetched and passed on, and stored if the policy says so.

use std::sync::Arc;

use http::header::{
    ACCEPT_ENCODING, ACCEPT_LANGUAGE, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE, RANGE,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};

use crate::cache::{
    BypassReason, CacheKey, CacheStatus, Constraints, FetchPermit, Forward, ForwardReason, Joined, Lookup, LookupPlan,
    Missing, Outcome, Shelf, StoredResponse,
};
use crate::gateway::exchange::{Exchange, Known, Obtained, Passed, Purpose, Storage, Streamed};
use crate::gateway::{Answered, Gateway, Visit};
use crate::request::{Languages, accepted_encodings};
use crate::respond::{self, Failure, Timing};
use crate::sandbox::Target;
use crate::upstream::RequestBody;

/// What a client asks about its own copy, and parts: a response that others shall use is asked for whole.
const CONDITIONS: [HeaderName; 6] = [IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE, RANGE];

/// Who a request is made for, peer by peer. What an untrusted peer claims was removed when the request arrived.
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// A miss, or something that has to be validated.
struct Wanting<'a> {
    key: &'a CacheKey,
    target: &'a Target,
    stale: Option<Arc<StoredResponse>>,
    reason: ForwardReason,
    constraints: &'a Constraints,
}

/// Answers a request that the router passes on.
pub(super) async fn serve(
    gateway: &Arc<Gateway>,
    visit: Visit,
    plan: &LookupPlan,
    target: &Target,
    body: RequestBody,
) -> Answered {
    let constraints = match plan {
        LookupPlan::Use(constraints) => constraints.clone(),
        LookupPlan::Bypass(reason) => return gateway.forward(&visit, target, body, bypass(*reason)).await,
    };
    let head = Arc::clone(&visit.view.head);
    let key = visit.site.with_authority(visit.routed.key.clone(), &head);
    loop {
        let now = gateway.clock.now().instant;
        let (selected, lookup) = gateway.cache.lookup(Shelf::Responses, &key, head.fields(), &constraints, now);
        let (stale, reason) = match lookup {
            Lookup::Fresh(response) => return visit.hit(gateway, &response),
            Lookup::Stale(response) => {
                if let Some(permit) = gateway.fills.lead(&selected) {
                    gateway.revalidate(&visit, target, &key, Arc::clone(&response), permit);
                }
                return visit.hit(gateway, &response);
            }
            Lookup::Expired(response) => {
                let reason = ForwardReason::instead_of(&response, now);
                (Some(response), reason)
            }
            Lookup::Miss(Missing::Target) => (None, ForwardReason::UriMiss),
            Lookup::Miss(Missing::Selection) => (None, ForwardReason::VaryMiss),
        };
        if constraints.only_if_cached {
            return visit.failed(&Failure::OnlyIfCached, CacheStatus::Forwarded(Forward::because(reason)));
        }
        // Parts and heads of what is not stored are asked for as they are: the whole may be very large.
        let partial = *head.method() == Method::HEAD || head.fields().contains_key(RANGE);
        if stale.is_none() && partial {
            return gateway.forward(&visit, target, body, Forward::because(reason)).await;
        }
        let wanting = Wanting { key: &key, target, stale, reason, constraints: &constraints };
        // What may not be stored is of no use to others, so nobody shall wait for it.
        if constraints.no_store {
            return gateway.fill(&visit, wanting, None).await;
        }
        match gateway.fills.join(&selected) {
            Joined::Lead(permit) => return gateway.fill(&visit, wanting, Some(permit)).await,
            Joined::Wait(waiter) => match waiter.outcome().await {
                Outcome::Stored(response) => {
                    // It may have been stored for another selection than ours: look again.
                    if gateway.is_selected(&visit, &key, &response) {
                        let forward = Forward { collapsed: true, stored: true, ..Forward::because(reason) };
                        return visit.answer(gateway, &response, CacheStatus::Forwarded(forward), Timing::default());
                    }
                }
                Outcome::Declined => return gateway.fill(&visit, wanting, None).await,
                Outcome::Failed(failure) => return gateway.stale_or_failure(&visit, &wanting, &failure, true),
                Outcome::Abandoned => {}
            },
        }
    }
}

impl Gateway {
    /// Sends a request on as it is. Nothing is stored; what an unsafe request may have changed is forgotten.
    async fn forward(&self, visit: &Visit, target: &Target, body: RequestBody, forward: Forward) -> Answered {
        let head = &visit.view.head;
        let (method, fields) = (head.method().clone(), sent_on(visit));
        let exchange = Exchange { method, fields, body, ..whole_of(visit, target, Known::Nothing) };
        let cache = CacheStatus::Forwarded(forward);
        match self.send_on(exchange).await {
            Ok((Streamed { status, fields, body, .. }, took)) => {
                if !head.method().is_safe() && (status.is_success() || status.is_redirection()) {
                    self.forget(visit, target);
                }
                let timing = Timing { fetch: Some(took), ..Timing::default() };
                let response = respond::streamed(head, status, fields, body, &visit.account(cache, timing));
                Answered { response, cache }
            }
            Err(failure) => visit.failed(&failure, cache),
        }
    }

    /// RFC 9111 §4.4: what an unsafe request has changed is not served any more.
    fn forget(&self, visit: &Visit, target: &Target) {
        let head = &visit.view.head;
        let key = visit.site.with_authority(visit.routed.key.clone(), head);
        self.cache.invalidate(Shelf::Responses, &key);
        self.cache.invalidate(Shelf::Sources, &visit.site.source_key(target, head));
    }

    /// Fetches for this request, and for those who wait for the permit.
    async fn fill(&self, visit: &Visit, wanting: Wanting<'_>, permit: Option<FetchPermit<Failure>>) -> Answered {
        let known = wanting.stale.as_deref().map_or(Known::Nothing, Known::Stored);
        let forward = Forward::because(wanting.reason);
        let obtained = match self.obtain(whole_of(visit, wanting.target, known)).await {
            Ok((passed, _)) if passed.status().is_server_error() && self.may_stand_in(&wanting) => {
                Err(Failure::SourceStatus(passed.status()))
            }
            obtained => obtained,
        };
        match obtained {
            Ok((Passed::Complete(obtained), took)) => {
                let timing = Timing { fetch: Some(took), ..Timing::default() };
                let status = obtained.validated.then_some(StatusCode::NOT_MODIFIED);
                let (response, stored) = self.keep(visit, wanting.key, obtained, !wanting.constraints.no_store, permit);
                let cache = CacheStatus::Forwarded(Forward { stored, status, ..forward });
                visit.answer(self, &response, cache, timing)
            }
            Ok((Passed::Stream(Streamed { status, fields, body, why }), took)) => {
                if why.replaces() && !wanting.constraints.no_store {
                    self.cache.invalidate(Shelf::Responses, wanting.key);
                }
                permit.into_iter().for_each(FetchPermit::declined);
                let timing = Timing { fetch: Some(took), ..Timing::default() };
                let cache = CacheStatus::Forwarded(Forward { detail: Some(why.word()), ..forward });
                let account = visit.account(cache, timing);
                let response = respond::streamed(&visit.view.head, status, fields, body, &account);
                Answered { response, cache }
            }
            Err(failure) => {
                permit.into_iter().for_each(|permit| permit.failed(failure.clone()));
                self.stale_or_failure(visit, &wanting, &failure, false)
            }
        }
    }

    /// Validates a stale response in the background.
    fn revalidate(
        self: &Arc<Self>,
        visit: &Visit,
        target: &Target,
        key: &CacheKey,
        stale: Arc<StoredResponse>,
        permit: FetchPermit<Failure>,
    ) {
        let (gateway, visit, target, key) = (Arc::clone(self), visit.clone(), target.clone(), key.clone());
        self.tasks.spawn(async move {
            match gateway.obtain(whole_of(&visit, &target, Known::Stored(&stale))).await {
                Ok((passed, _)) if passed.status().is_server_error() => {
                    permit.failed(Failure::SourceStatus(passed.status()));
                }
                Ok((Passed::Complete(obtained), _)) => {
                    gateway.keep(&visit, &key, obtained, true, Some(permit));
                }
                Ok((Passed::Stream(streamed), _)) => {
                    if streamed.why.replaces() {
                        gateway.cache.invalidate(Shelf::Responses, &key);
                    }
                    permit.declined();
                }
                Err(failure) => {
                    tracing::info!(?key, %failure, "a stale response could not be validated");
                    permit.failed(failure);
                }
            }
        });
    }

    /// Stores what was obtained, if it may be, and tells those who wait.
    fn keep(
        &self,
        visit: &Visit,
        key: &CacheKey,
        obtained: Obtained,
        may_store: bool,
        permit: Option<FetchPermit<Failure>>,
    ) -> (Arc<StoredResponse>, bool) {
        let response = Arc::new(obtained.response);
        if let (Storage::Store(plan), true) = (&obtained.storage, may_store) {
            let fields = visit.view.head.fields();
            self.cache.store(Shelf::Responses, key, &plan.vary, fields, Arc::clone(&response));
            permit.into_iter().for_each(|permit| permit.stored(Arc::clone(&response)));
            return (response, true);
        }
        if let (Storage::Pass(reason), true) = (&obtained.storage, may_store)
            && reason.is_of_response()
        {
            // What is stored is not what the origin says any more.
            self.cache.invalidate(Shelf::Responses, key);
        }
        permit.into_iter().for_each(FetchPermit::declined);
        (response, false)
    }

    /// Whether this is what the store would give this request: a flight may have ended in another selection.
    fn is_selected(&self, visit: &Visit, key: &CacheKey, response: &Arc<StoredResponse>) -> bool {
        let (fields, now) = (visit.view.head.fields(), self.clock.now().instant);
        match self.cache.lookup(Shelf::Responses, key, fields, &Constraints::default(), now).1 {
            Lookup::Fresh(found) | Lookup::Stale(found) | Lookup::Expired(found) => Arc::ptr_eq(&found, response),
            Lookup::Miss(_) => false,
        }
    }

    /// Whether a stale response may stand in, for this request or for others: what one of them refuses is not to be
    /// replaced by an error for all.
    fn may_stand_in(&self, wanting: &Wanting<'_>) -> bool {
        let now = self.clock.now().instant;
        wanting.stale.as_ref().is_some_and(|stale| {
            let usable = |constraints| stale.freshness.usable_on_error(constraints, now);
            usable(wanting.constraints) || usable(&Constraints::default())
        })
    }

    fn stale_or_failure(&self, visit: &Visit, wanting: &Wanting<'_>, failure: &Failure, collapsed: bool) -> Answered {
        let (stale, constraints) = (wanting.stale.as_ref(), wanting.constraints);
        visit.stale_or_failure(
            self,
            stale,
            constraints,
            failure,
            Forward { collapsed, ..Forward::because(wanting.reason) },
        )
    }
}

/// The client's request, without what it asks about its own copy: the answer is for others too.
fn whole_of<'a>(visit: &'a Visit, target: &'a Target, known: Known<'a>) -> Exchange<'a> {
    let mut fields = sent_on(visit);
    for name in CONDITIONS {
        fields.remove(name);
    }
    // The origin is asked with what selects among its answers, so that an answer fits everyone who selects it.
    if fields.contains_key(ACCEPT_ENCODING) {
        fields.insert(ACCEPT_ENCODING, HeaderValue::from_static(accepted_encodings(visit.view.head.fields())));
    }
    if fields.contains_key(ACCEPT_LANGUAGE) {
        let languages = Languages::of(visit.view.head.fields()).canonical();
        match languages.and_then(|languages| HeaderValue::try_from(languages).ok()) {
            Some(languages) => fields.insert(ACCEPT_LANGUAGE, languages),
            None => fields.remove(ACCEPT_LANGUAGE),
        };
    }
    let (site, view) = (&*visit.site, &visit.view);
    let (method, body, purpose) = (Method::GET, RequestBody::Empty, Purpose::Pass);
    Exchange { site, view, target, method, fields, body, known, purpose, began: visit.began }
}

/// The client's fields, with the peer added to those on whose behalf the request is made.
fn sent_on(visit: &Visit) -> HeaderMap {
    let mut fields = visit.view.head.fields().clone();
    let peer = visit.peer.and_then(|peer| HeaderValue::try_from(peer.to_canonical().to_string()).ok());
    if let Some(peer) = peer {
        fields.append(FORWARDED_FOR, peer);
    }
    fields
}

fn bypass(reason: BypassReason) -> Forward {
    Forward::because(match reason {
        BypassReason::Method => ForwardReason::Method,
        BypassReason::Rule => ForwardReason::Bypass,
    })
}
