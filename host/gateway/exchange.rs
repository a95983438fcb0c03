//! One exchange with an upstream, and what the cache policy says of its outcome.

use std::time::Duration;

use bytes::Bytes;
use http::header::{AGE, DATE, SET_COOKIE};
use http::uri::Authority;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};

use crate::cache::{
    Freshness, PassReason, Prepared, PurgeStamp, Sequence, StorageDecision, StoragePlan, StoredResponse, Validators,
};
use crate::clock::Now;
use crate::gateway::{Gateway, Site};
use crate::respond::{Body, Failure};
use crate::sandbox::{RequestView, ResponseHead, Target};
use crate::upstream::{self, Collected, FetchError, Redirects, RequestBody};

/// A request to a site's upstream.
pub(super) struct Exchange<'a> {
    pub(super) site: &'a Site,
    /// The request as the cache policy sees it.
    pub(super) view: &'a RequestView,
    pub(super) target: &'a Target,
    /// How it is asked for. What others shall use is asked for with GET, whatever this client sent.
    pub(super) method: Method,
    /// What is sent.
    pub(super) fields: HeaderMap,
    pub(super) body: RequestBody,
    /// What the answer may confirm.
    pub(super) known: Known<'a>,
    pub(super) purpose: Purpose,
    /// The purge sequence from before anything stored was looked at.
    pub(super) began: Sequence,
}

/// What is known of the target already.
#[derive(Clone, Copy)]
pub(super) enum Known<'a> {
    /// Nothing, or nothing that is asked about.
    Nothing,
    /// A stored response that is to be validated.
    Stored(&'a StoredResponse),
    /// Only the validators of one that is gone.
    Validators(&'a Validators),
}

/// What an answer is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To be made into pictures: it has to be whole, and is read into memory whatever the policy says.
    Source,
    /// To be sent on.
    Pass,
}

/// A complete response: new, or what was stored with its new fields and lifetime.
pub(super) struct Obtained {
    pub(super) response: StoredResponse,
    pub(super) storage: Storage,
    /// Whether the upstream confirmed what was stored.
    pub(super) validated: bool,
}

/// What came of a request for a source.
#[expect(clippy::large_enum_variant, reason = "one exists a fetch, and is taken apart at once")]
pub(super) enum SourceAnswer {
    /// All of it.
    Complete(Obtained),
    /// What is gone from here has not changed: its new fields and lifetime.
    Unchanged(HeaderMap, Freshness, Storage),
}

/// What came of a request that was sent on.
#[expect(clippy::large_enum_variant, reason = "one exists a fetch, and is taken apart at once")]
pub(super) enum Passed {
    /// All of a response.
    Complete(Obtained),
    /// A response that is sent on as it comes.
    Stream(Streamed),
}

/// How long a source is absent, where the origin does not say: a herd is kept from it, and an upload shows soon.
const ABSENT: Duration = Duration::from_secs(10);

/// The same for a source that the origin says is gone, which means for good.
const GONE: Duration = Duration::from_hours(1);

/// The head of an answer.
#[expect(clippy::large_enum_variant, reason = "one exists a fetch, and is taken apart at once")]
enum Asked {
    Freshened(Obtained),
    Unchanged(HeaderMap, Freshness, Storage),
    Answered(upstream::Response, Storage, PurgeStamp),
}

/// A response that is not stored.
pub(super) struct Streamed {
    pub(super) status: StatusCode,
    pub(super) fields: HeaderMap,
    pub(super) body: Body,
    pub(super) why: NotStored,
}

/// Why a response is not stored.
#[derive(Clone, Copy)]
pub(super) enum NotStored {
    /// Nobody was asked: it answers this one request.
    Unasked,
    /// The policy says so.
    Policy(PassReason),
    /// It is larger than what is stored.
    TooLarge,
}

/// A storage decision that has been applied.
pub(super) enum Storage {
    /// To be stored so.
    Store(StoragePlan),
    /// Not to be stored.
    Pass(PassReason),
}

impl Gateway {
    /// Obtains a source picture, whole.
    pub(super) async fn obtain_source(&self, exchange: Exchange<'_>) -> Result<(SourceAnswer, Duration), Failure> {
        let requested = self.clock.now();
        let answer = match self.ask(exchange, requested).await? {
            Asked::Freshened(obtained) => SourceAnswer::Complete(obtained),
            Asked::Unchanged(fields, freshness, storage) => SourceAnswer::Unchanged(fields, freshness, storage),
            Asked::Answered(response, storage, stamp) => {
                let limit = self.bounds.source;
                let upstream::Response { status, fields, body } = response;
                match body.collect(limit).await? {
                    Collected::Whole(body) => {
                        SourceAnswer::Complete(whole(status, fields, body, storage, requested, stamp))
                    }
                    Collected::TooLong { .. } => return Err(Failure::SourceTooLarge { limit }),
                }
            }
        };
        Ok((answer, self.fetched_since(requested)))
    }

    /// Obtains a response that is sent on: whole, if it may be stored and is not too large.
    pub(super) async fn obtain(&self, exchange: Exchange<'_>) -> Result<(Passed, Duration), Failure> {
        let requested = self.clock.now();
        let passed = match self.ask(exchange, requested).await? {
            Asked::Freshened(obtained) => Passed::Complete(obtained),
            // INVARIANT: only sources are asked for with the validators of what is gone.
            Asked::Unchanged(..) => return Err(Failure::SourceStatus(StatusCode::NOT_MODIFIED)),
            Asked::Answered(upstream::Response { status, fields, body }, Storage::Pass(reason), _) => {
                Passed::Stream(Streamed { status, fields, body: body.into(), why: NotStored::Policy(reason) })
            }
            Asked::Answered(upstream::Response { status, fields, body }, storage, stamp) => {
                match body.collect(self.bounds.object).await? {
                    Collected::Whole(body) => Passed::Complete(whole(status, fields, body, storage, requested, stamp)),
                    Collected::TooLong { prefix, rest } => {
                        let body = Body::continued(prefix, rest);
                        Passed::Stream(Streamed { status, fields, body, why: NotStored::TooLarge })
                    }
                }
            }
        };
        Ok((passed, self.fetched_since(requested)))
    }

    /// Sends a request on; its answer is for this client alone, and the policy is not asked.
    pub(super) async fn send_on(&self, exchange: Exchange<'_>) -> Result<(Streamed, Duration), Failure> {
        let requested = self.clock.now();
        let upstream::Response { status, fields, body } = self.fetch(exchange).await?;
        let streamed = Streamed { status, fields, body: body.into(), why: NotStored::Unasked };
        Ok((streamed, self.fetched_since(requested)))
    }

    /// Sends the request, and has the policy look at the head of the answer.
    async fn ask(&self, exchange: Exchange<'_>, requested: Now) -> Result<Asked, Failure> {
        let (site, view, known, purpose) = (exchange.site, exchange.view, exchange.known, exchange.purpose);
        let (target, began) = (exchange.target, exchange.began);
        let mut response = self.fetch(exchange).await?;
        if purpose == Purpose::Source {
            // A picture is for everyone: what an origin sets for one client ends here.
            response.fields.remove(SET_COOKIE);
        }
        if response.status == StatusCode::NOT_MODIFIED
            && let Some(mut confirmed) = self.confirmed(site, view, &response.fields, known, purpose, requested)
        {
            if let Asked::Freshened(obtained) = &mut confirmed {
                obtained.response.stamp = obtained.storage.stamp(began, site, target, view);
            }
            return Ok(confirmed);
        }
        let storage = self.storage(site, view, response.status, &response.fields, purpose);
        let stamp = storage.stamp(began, site, target, view);
        Ok(Asked::Answered(response, storage, stamp))
    }

    async fn fetch(&self, exchange: Exchange<'_>) -> Result<upstream::Response, FetchError> {
        let Exchange { site, view, target, method, mut fields, body, known, purpose, began: _ } = exchange;
        match known {
            Known::Nothing => {}
            Known::Stored(stored) => stored.validators().ask(&mut fields),
            Known::Validators(validators) => validators.ask(&mut fields),
        }
        self.name.sign(&mut fields);
        let request = upstream::Request {
            method,
            target: target.as_path_and_query().clone(),
            authority: authority(view),
            fields,
            body,
            redirects: if purpose == Purpose::Source { Redirects::Follow } else { Redirects::Never },
        };
        let mut fetched = site.upstream.upstream.fetch(request).await;
        if let Ok(response) = &mut fetched {
            // RFC 9110 §6.6.1: what has no date gets that of its arrival, here and now and once for all.
            response.fields.entry(DATE).or_insert_with(|| self.clock.now().http_date());
        }
        let outcome = fetched.as_ref().map_or_else(FetchError::reason, |response| outcome_word(response.status));
        self.metrics.count_fetch(&site.upstream.name, outcome);
        fetched
    }

    /// A 304: what is known is still good (RFC 9111 §4.3.4).
    fn confirmed(
        &self,
        site: &Site,
        view: &RequestView,
        update: &HeaderMap,
        known: Known<'_>,
        purpose: Purpose,
        requested: Now,
    ) -> Option<Asked> {
        match known {
            Known::Nothing => None,
            Known::Stored(stored) => {
                let mut fresh = stored.freshened(update, stored.freshness.clone());
                let decision = self.storage(site, view, fresh.status, &fresh.fields, purpose);
                fresh.freshness = applied(&decision, &mut fresh.fields, requested);
                Some(Asked::Freshened(Obtained { response: fresh, storage: decision, validated: true }))
            }
            Known::Validators(_) => {
                let decision = self.storage(site, view, StatusCode::OK, update, purpose);
                let mut fields = update.clone();
                let freshness = applied(&decision, &mut fields, requested);
                Some(Asked::Unchanged(fields, freshness, decision))
            }
        }
    }

    /// What the policy says of a response head. A policy that fails stores nothing.
    fn storage(
        &self,
        site: &Site,
        view: &RequestView,
        status: StatusCode,
        fields: &HeaderMap,
        purpose: Purpose,
    ) -> Storage {
        let default_lifetime = match (purpose, status) {
            (Purpose::Pass, _) => None,
            (Purpose::Source, StatusCode::OK) => Some(self.bounds.image_default_ttl),
            (Purpose::Source, StatusCode::GONE) => Some(GONE),
            (Purpose::Source, _) => Some(ABSENT),
        };
        let default_lifetime = default_lifetime.map(|lifetime| lifetime.as_secs());
        let received_at = self.clock.now().unix_seconds();
        self.metrics.count_call(&site.policy.identity().name, "store");
        match site.policy.store(view, ResponseHead { status, fields, received_at, default_lifetime }) {
            Ok(StorageDecision::Store(plan)) => Storage::Store(plan),
            Ok(StorageDecision::Pass(reason)) => Storage::Pass(reason),
            Err(failure) => {
                self.metrics.count_failure(&failure.component, failure.reason.word());
                tracing::warn!(%failure, "cache policy failed in store; the response is not stored");
                Storage::Pass(PassReason::Failure)
            }
        }
    }

    fn fetched_since(&self, start: Now) -> Duration {
        let took = self.clock.now().instant.saturating_duration_since(start.instant);
        self.metrics.upstream_seconds.observe(took.as_secs_f64());
        took
    }
}

impl Storage {
    /// When the fetch began, and the names under which its result can be purged.
    pub(super) fn stamp(&self, began: Sequence, site: &Site, target: &Target, view: &RequestView) -> PurgeStamp {
        let tags: &[String] = match self {
            Self::Store(plan) => &plan.tags,
            Self::Pass(_) => &[],
        };
        PurgeStamp::of_target(began, &site.name, &site.target_key(target, &view.head), tags)
    }
}

impl NotStored {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Unasked => "unasked",
            Self::Policy(reason) => reason.word(),
            Self::TooLarge => "too-large",
        }
    }

    /// Whether what is stored has been replaced by this.
    pub(super) fn replaces(self) -> bool {
        match self {
            Self::Unasked => false,
            Self::Policy(reason) => reason.is_of_response(),
            Self::TooLarge => true,
        }
    }
}

impl Passed {
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::Complete(obtained) => obtained.response.status,
            Self::Stream(streamed) => streamed.status,
        }
    }
}

fn whole(
    status: StatusCode,
    mut fields: HeaderMap,
    body: Bytes,
    storage: Storage,
    requested: Now,
    stamp: PurgeStamp,
) -> Obtained {
    let (freshness, prepared) = (applied(&storage, &mut fields, requested), Prepared::default());
    let response = StoredResponse { status, fields, body, freshness, source: None, stamp, prepared };
    Obtained { response, storage, validated: false }
}

/// The fields of the request for a source: the node's own, so that every client gets the same picture.
pub(super) fn source_fields() -> HeaderMap {
    const FIELDS: [(&str, &str); 3] = [
        ("accept", "image/jpeg, image/png, image/webp, image/gif, */*;q=0.1"),
        ("accept-encoding", "identity"),
        ("user-agent", concat!("lucarne/", env!("CARGO_PKG_VERSION"))),
    ];
    FIELDS.into_iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
}

/// Takes out what must not be stored, and says for how long the rest may be used.
fn applied(decision: &Storage, fields: &mut HeaderMap, requested: Now) -> Freshness {
    // Age is computed anew whenever the response is served.
    fields.remove(AGE);
    fields.reserve(StoredResponse::ROOM);
    match decision {
        Storage::Store(plan) => {
            for name in &plan.omit {
                fields.remove(name);
            }
            Freshness::planned(plan, requested.instant)
        }
        Storage::Pass(_) => Freshness::none(requested.instant),
    }
}

fn authority(view: &RequestView) -> Authority {
    // INVARIANT: a settled authority is one; a composed one falls back to a name that no upstream has.
    view.head.authority().parse().unwrap_or(Authority::from_static("invalid"))
}

fn outcome_word(status: StatusCode) -> &'static str {
    match status.as_u16() {
        304 => "not-modified",
        200..300 => "success",
        300..400 => "redirection",
        400..500 => "client-error",
        _ => "server-error",
    }
}
