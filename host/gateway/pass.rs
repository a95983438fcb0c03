//! Everything that is not a picture: looked up, or fetched and passed on, and stored if the policy says so.

use std::sync::Arc;
use std::time::Duration;

use http::header::{
    ACCEPT_ENCODING, ACCEPT_LANGUAGE, CONTENT_LOCATION, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE,
    IF_UNMODIFIED_SINCE, LOCATION, RANGE,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};

use crate::cache::{
    BypassReason, CacheKey, CacheStatus, Constraints, Forward, ForwardReason, Joined, Landed, Lookup, LookupPlan,
    Missing, News, Outcome, PassReason, Reader, Shelf, StoredResponse, invalidated_groups,
};
use crate::clock::Now;
use crate::gateway::exchange::{Asked, Exchange, Known, NotStored, Obtained, Purpose, Question, Storage, Streamed};
use crate::gateway::fill::{Fill, HEAD, Own};
use crate::gateway::posted::Posted;
use crate::gateway::tiers::{Forgotten, LookedUp};
use crate::gateway::{Answered, Gateway, Visit};
use crate::request::{Languages, RequestHead, accepted_encodings};
use crate::respond::{self, Failure, Timing};
use crate::sandbox::{RequestView, Route, Target};
use crate::upstream::{self, RequestBody};

/// What a client asks about its own copy, and parts: a response that others shall use is asked for whole.
const CONDITIONS: [HeaderName; 6] = [IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE, RANGE];

/// Who a request is made for, peer by peer. What an untrusted peer claims was removed when the request arrived.
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// A miss, or something that has to be validated.
struct Wanting<'a> {
    visit: &'a Visit,
    target: &'a Target,
    /// Of the target.
    key: &'a CacheKey,
    /// Of this request's selection, as far as it is known.
    selected: CacheKey,
    stale: Option<Arc<StoredResponse>>,
    reason: ForwardReason,
    constraints: &'a Constraints,
}

/// What came of waiting.
#[expect(clippy::large_enum_variant, reason = "one exists a request, and is taken apart at once")]
enum Waited {
    Answered(Answered),
    /// Somebody else's answer is for another selection, or another flight was first.
    LookAgain,
    /// It may not be shared.
    OnOnesOwn,
    /// The whole is not to be had soon, and a part is enough.
    PartOnly,
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
    let key = visit.site.with_authority(&visit.routed.key, &head).into_owned();
    let mut alone = false;
    loop {
        let now = gateway.clock.now().instant;
        let LookedUp { key: selected, lookup, tier } =
            gateway.look_up(Shelf::Responses, &key, head.fields(), &constraints).await;
        let (stale, reason) = match lookup {
            Lookup::Fresh(response) => return visit.hit(gateway, &response, tier),
            Lookup::Stale(response) => {
                gateway.revalidate(&visit, target, &key, selected, &response);
                return visit.hit(gateway, &response, tier);
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
        let wanting = Wanting { visit: &visit, target, key: &key, selected, stale, reason, constraints: &constraints };
        if *head.method() == Method::HEAD {
            return gateway.ask_head(wanting).await;
        }
        // Parts of what is not stored are asked for as they are: the whole may be very large.
        if wanting.stale.is_none() && head.fields().contains_key(RANGE) {
            return gateway.forward(&visit, target, body, Forward::because(reason)).await;
        }
        // What may not be stored is of no use to others, so nobody shall wait for it.
        if constraints.no_store {
            return gateway.fetch_own(wanting).await;
        }
        if let Some(failure) = gateway.failed_fetches.get(&wanting.selected, now) {
            return gateway.stale_or_failure(&wanting, &failure, Forward::because(reason));
        }
        alone |= gateway.passes.is_marked(&wanting.selected, now);
        let joined = if alone {
            gateway.fills.alone(&wanting.selected, visit.began, now)
        } else {
            gateway.fills.join(&wanting.selected, visit.began, now)
        };
        match gateway.wait(&wanting, joined).await {
            Waited::Answered(answered) => return answered,
            Waited::LookAgain => {}
            Waited::OnOnesOwn => alone = true,
            Waited::PartOnly => return gateway.forward(&visit, target, body, Forward::because(reason)).await,
        }
    }
}

impl Gateway {
    /// Sends a request on as it is. Nothing is stored; what an unsafe request may have changed is forgotten.
    async fn forward(
        self: &Arc<Self>,
        visit: &Visit,
        target: &Target,
        body: RequestBody,
        forward: Forward,
    ) -> Answered {
        let head = &visit.view.head;
        let (method, fields) = (head.method().clone(), sent_on(visit));
        let exchange = Exchange { method, fields, body, ..whole_of(visit, target, Known::Nothing) };
        let requested = self.clock.now();
        let response = match self.fetch(exchange).await {
            Ok(response) => response,
            Err(error) => return visit.failed(&error.into(), CacheStatus::Forwarded(forward)),
        };
        let took = self.fetched_since(requested);
        if !head.method().is_safe() && (response.status.is_success() || response.status.is_redirection()) {
            self.forget(visit, target, &response.fields).confirmed().await;
        }
        self.invalidate_groups(visit, &response.fields).await;
        match self.keep_posted(visit, target, response, requested).await {
            Ok(Posted::Kept(response)) => {
                let cache = CacheStatus::Forwarded(Forward { stored: true, ..forward });
                visit.answer(self, &response, cache, Timing { fetch: Some(took), ..Timing::default() })
            }
            Ok(Posted::Passed(response)) => visit.stream(Streamed::unasked(response), took, forward),
            Err(error) => visit.failed(&error.into(), CacheStatus::Forwarded(forward)),
        }
    }

    /// A HEAD for what is not fresh is sent on, and its answer says of what is stored whether it is still good
    /// (RFC 9111 §4.3.5).
    async fn ask_head(&self, wanting: Wanting<'_>) -> Answered {
        let Wanting { visit, target, key, ref stale, reason, .. } = wanting;
        let (requested, forward) = (self.clock.now(), Forward::because(reason));
        let (method, fields) = (Method::HEAD, sent_on(visit));
        let exchange = Exchange { method, fields, ..whole_of(visit, target, Known::Nothing) };
        let (streamed, took) = match self.send_on(exchange).await {
            Ok((streamed, _)) if streamed.status.is_server_error() && self.may_stand_in(&wanting) => {
                return self.stale_or_failure(&wanting, &Failure::SourceStatus(streamed.status), forward);
            }
            Ok(answered) => answered,
            Err(failure) => return self.stale_or_failure(&wanting, &failure, forward),
        };
        if let Some(stale) = stale
            && streamed.status == StatusCode::OK
            && !wanting.constraints.no_store
        {
            self.compare(visit, target, key, stale, &streamed.fields, requested).await;
        }
        visit.stream(streamed, took, forward)
    }

    /// Brings what is stored up to date with the head of what the origin has now, or forgets it.
    async fn compare(
        &self,
        visit: &Visit,
        target: &Target,
        key: &CacheKey,
        stale: &StoredResponse,
        head: &HeaderMap,
        requested: Now,
    ) {
        if !stale.is_described_by(head) {
            return self.invalidate(Shelf::Responses, key).unconfirmed();
        }
        let question = visit.question(target);
        let Obtained { response, storage, .. } = self.updated(question, head, stale, requested);
        let Storage::Store(plan) = storage else {
            return self.invalidate(Shelf::Responses, key).unconfirmed();
        };
        if let Some(selection) = {
            let fields = visit.view.head.fields();
            self.cache.select(Shelf::Responses, key, &plan.vary, fields, &response.fields.to_map())
        } {
            self.store(Shelf::Responses, key, &selection, Arc::new(response)).done(HEAD).await;
        }
    }

    /// RFC 9111 §4.4: what an unsafe request has changed is not served any more, nor what it says that it has changed.
    fn forget(&self, visit: &Visit, target: &Target, told: &HeaderMap) -> Forgotten {
        let key = visit.site.with_authority(&visit.routed.key, &visit.view.head);
        let forgotten = self.forget_key(&key).and(self.forget_source(visit, target));
        let named = [LOCATION, CONTENT_LOCATION].into_iter().filter_map(|name| told.get(name));
        named.fold(forgotten, |forgotten, reference| forgotten.and(self.forget_named(visit, reference.as_bytes())))
    }

    /// RFC 9875 §3: an unsafe request may have changed whole groups, and its response says which.
    async fn invalidate_groups(self: &Arc<Self>, visit: &Visit, told: &HeaderMap) {
        let groups = invalidated_groups(visit.view.head.method(), told);
        if groups.is_empty() {
            return;
        }
        if let Err(error) = self.purge_tags_of_site(&visit.site, &groups).await {
            tracing::error!(%error, ?groups, "groups are invalidated until the next start only");
        }
    }

    /// Forgets what a reference leads to, if that is of the same origin.
    fn forget_named(&self, visit: &Visit, reference: &[u8]) -> Forgotten {
        let Some(named) = named_here(visit, reference) else { return Forgotten::nothing() };
        let head = &visit.view.head;
        let composed = RequestHead::composed(head.authority(), named.path(), named.query(), head.fields().clone());
        let view = RequestView { head: Arc::new(composed), ..visit.view.clone() };
        let Ok(routed) = self.decisions.route(&visit.site, &view, &self.metrics) else {
            return Forgotten::nothing();
        };
        let visit = Visit { view, routed: Arc::clone(&routed), ..visit.clone() };
        let forgotten = self.forget_key(&visit.site.with_authority(&routed.key, &visit.view.head));
        forgotten.and(match &routed.route {
            Route::Pass(target) => self.forget_source(&visit, target),
            Route::Image(image) => self.forget_source(&visit, &image.source),
            Route::Reply(_) | Route::Refuse(_) => Forgotten::nothing(),
        })
    }

    fn forget_key(&self, key: &CacheKey) -> Forgotten {
        let forgotten = self.invalidate(Shelf::Responses, key);
        self.fills.detach(key);
        forgotten
    }

    fn forget_source(&self, visit: &Visit, target: &Target) -> Forgotten {
        let source = visit.site.source_key(target, &visit.view.head);
        let forgotten = self.invalidate(Shelf::Sources, &source);
        self.source_fills.detach(&source);
        forgotten
    }

    /// Waits for a flight, as the one who leads it or as another.
    async fn wait(self: &Arc<Self>, wanting: &Wanting<'_>, joined: Joined<Failure>) -> Waited {
        let visit = wanting.visit;
        let fields = visit.view.head.fields();
        let (mut waiter, mut own) = match joined {
            Joined::Lead(permit, waiter) => (waiter, Some(self.fill(wanting.fill(), permit))),
            Joined::Wait(waiter) => (waiter, None),
        };
        loop {
            let forward = Forward { collapsed: own.is_none(), ..Forward::because(wanting.reason) };
            let news = match waiter.news().await {
                News::Lead(permit) => {
                    own = Some(self.fill(wanting.fill(), permit));
                    continue;
                }
                News::Filling(filling) if fields.contains_key(RANGE) => {
                    // Who does not read what was begun for it must not set the pace for those who do.
                    own = None;
                    if filling.length.is_some_and(|length| length > self.bounds.object) {
                        return Waited::PartOnly;
                    }
                    // A part is cut from the whole, once that is here.
                    match waiter.end().await {
                        News::Ended(Outcome::Declined) => return Waited::PartOnly,
                        news => news,
                    }
                }
                news => news,
            };
            if matches!(news, News::Filling(_) | News::Ended(Outcome::Declined))
                && let Some(own) = own
            {
                // What was begun for this client is handed to it, and without a word if that was broken off.
                return match own.await {
                    Ok(Own::Arriving(reader)) => {
                        Waited::Answered(visit.fill(self, reader.for_one_who_waits(waiter), forward))
                    }
                    // What may not stand in for everyone may do so for this request.
                    Ok(Own::Stream(streamed, _)) if streamed.status.is_server_error() && self.may_stand_in(wanting) => {
                        let failure = Failure::SourceStatus(streamed.status);
                        Waited::Answered(self.stale_or_failure(wanting, &failure, forward))
                    }
                    Ok(own) => Waited::Answered(visit.own(self, own, forward)),
                    Err(_) => Waited::OnOnesOwn,
                };
            }
            return match news {
                News::Filling(filling) if !filling.selection.is_of(wanting.key, fields) => Waited::LookAgain,
                News::Filling(filling) => match filling.read(waiter) {
                    Some(reader) => Waited::Answered(visit.fill(self, reader, forward)),
                    None => Waited::OnOnesOwn,
                },
                News::Ended(Outcome::Stored(landed) | Outcome::Freshened(landed))
                    if !landed.selection.is_of(wanting.key, fields) =>
                {
                    Waited::LookAgain
                }
                News::Ended(Outcome::Stored(landed)) => Waited::Answered(visit.land(self, &landed, None, forward)),
                News::Ended(Outcome::Freshened(landed)) => {
                    Waited::Answered(visit.land(self, &landed, Some(StatusCode::NOT_MODIFIED), forward))
                }
                News::Ended(Outcome::Declined) => Waited::OnOnesOwn,
                News::Ended(Outcome::Failed(failure)) => {
                    Waited::Answered(self.stale_or_failure(wanting, &failure, forward))
                }
                News::Again | News::Lead(_) => Waited::LookAgain,
                News::Gone => Waited::Answered(self.stale_or_failure(wanting, &Failure::BrokenOff, forward)),
            };
        }
    }

    /// Obtains what may not be stored, because its client says so.
    async fn fetch_own(&self, wanting: Wanting<'_>) -> Answered {
        let Wanting { visit, target, ref stale, reason, .. } = wanting;
        let (begun, forward) = (self.clock.now(), Forward::because(reason));
        let known = stale.as_deref().map_or(Known::Nothing, Known::Stored);
        let asked = self.ask(whole_of(visit, target, known), begun).await;
        let took = self.fetched_since(begun);
        match asked {
            Ok(Asked::Freshened(obtained)) => visit.own(self, Own::Whole(Arc::new(obtained.response), took), forward),
            Ok(Asked::Answered(response, ..)) if response.status.is_server_error() && self.may_stand_in(&wanting) => {
                self.stale_or_failure(&wanting, &Failure::SourceStatus(response.status), forward)
            }
            Ok(Asked::Answered(response, storage, _)) => {
                let why = match storage {
                    Storage::Pass(reason) => NotStored::Policy(reason),
                    Storage::Store(_) => NotStored::Policy(PassReason::NoStore),
                };
                let upstream::Response { status, fields, body } = response;
                visit.own(self, Own::Stream(Streamed { status, fields, body: body.into(), why }, took), forward)
            }
            // INVARIANT: only sources are asked for with the validators of what is gone.
            Ok(Asked::Unchanged(..)) => visit.failed(&Failure::BrokenOff, CacheStatus::Forwarded(forward)),
            Err(failure) => self.stale_or_failure(&wanting, &failure, forward),
        }
    }

    /// Validates a stale response in the background, unless somebody does, or that has failed a moment ago.
    fn revalidate(
        self: &Arc<Self>,
        visit: &Visit,
        target: &Target,
        key: &CacheKey,
        selected: CacheKey,
        stale: &Arc<StoredResponse>,
    ) {
        let now = self.clock.now().instant;
        if !self.backoff.may_try(&selected, now) {
            return;
        }
        if let Some(permit) = self.fills.lead(&selected, visit.began, now) {
            let (visit, target, key, stale) = (visit.clone(), target.clone(), key.clone(), Some(Arc::clone(stale)));
            drop(self.fill(Fill { visit, target, key, selected, stale }, permit));
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

    fn stale_or_failure(&self, wanting: &Wanting<'_>, failure: &Failure, forward: Forward) -> Answered {
        wanting.visit.stale_or_failure(self, wanting.stale.as_ref(), wanting.constraints, failure, forward)
    }
}

impl Wanting<'_> {
    fn fill(&self) -> Fill {
        Fill {
            visit: self.visit.clone(),
            target: self.target.clone(),
            key: self.key.clone(),
            selected: self.selected.clone(),
            stale: self.stale.clone(),
        }
    }
}

impl Visit {
    pub(super) fn question<'a>(&'a self, target: &'a Target) -> Question<'a> {
        let (site, view, purpose) = (&*self.site, &self.view, Purpose::Pass);
        Question { site, view, target, purpose, began: self.began }
    }

    /// What is arriving, as it comes.
    fn fill(&self, gateway: &Gateway, reader: Reader<Failure>, forward: Forward) -> Answered {
        let fetch = (!forward.collapsed).then_some(reader.filling().fetch);
        let cache = CacheStatus::Forwarded(Forward { stored: true, ..forward });
        let account = self.account(cache, Timing { fetch, ..Timing::default() });
        let response = respond::filling(&self.view.head, reader, &account, gateway.clock.now());
        Answered { response, cache }
    }

    /// What a flight has brought. `status` is the next hop's, where that is not the response's.
    fn land(&self, gateway: &Gateway, landed: &Landed, status: Option<StatusCode>, forward: Forward) -> Answered {
        let fetch = (!forward.collapsed).then_some(landed.fetch);
        let status = status.filter(|_| !forward.collapsed);
        let cache = CacheStatus::Forwarded(Forward { stored: true, status, ..forward });
        self.answer(gateway, &landed.response, cache, Timing { fetch, ..Timing::default() })
    }

    /// What only this client gets.
    fn own(&self, gateway: &Gateway, own: Own, forward: Forward) -> Answered {
        match own {
            Own::Stream(streamed, took) => {
                let detail = Some(streamed.why.word());
                self.stream(streamed, took, Forward { detail, ..forward })
            }
            Own::Arriving(reader) => self.fill(gateway, reader, forward),
            Own::Whole(response, took) => {
                let cache = CacheStatus::Forwarded(Forward { status: Some(StatusCode::NOT_MODIFIED), ..forward });
                self.answer(gateway, &response, cache, Timing { fetch: Some(took), ..Timing::default() })
            }
        }
    }

    /// What is sent on as it comes.
    fn stream(&self, streamed: Streamed, took: Duration, forward: Forward) -> Answered {
        let Streamed { status, fields, body, .. } = streamed;
        let cache = CacheStatus::Forwarded(forward);
        let account = self.account(cache, Timing { fetch: Some(took), ..Timing::default() });
        let response = respond::streamed(&self.view.head, status, fields, body, &account);
        Answered { response, cache }
    }
}

/// What a reference in a response to this request names, if it is at the same host.
pub(super) fn named_here(visit: &Visit, reference: &[u8]) -> Option<Uri> {
    let head = &visit.view.head;
    // A node does not know by which scheme it is reached; its own name for that is as good as any.
    let base = format!("http://{}{}", head.authority(), head.path()).parse().ok()?;
    let named = upstream::resolve(&base, reference).ok()?;
    let secure = named.scheme_str() == Some("https") && named.authority() == base.authority();
    (secure || upstream::same_authority(&named, &base)).then_some(named)
}

/// The client's request, without what it asks about its own copy: the answer is for others too.
pub(super) fn whole_of<'a>(visit: &'a Visit, target: &'a Target, known: Known<'a>) -> Exchange<'a> {
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
