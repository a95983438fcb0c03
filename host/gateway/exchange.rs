//! One exchange with an upstream, and what the cache policy says of its outcome.

use std::time::Duration;

use bytes::Bytes;
use http::header::{AGE, DATE, SET_COOKIE};
use http::uri::Authority;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};

use crate::cache::{
    Digest, Freshness, Jitter, PassReason, Prepared, PurgeStamp, Sequence, StorageDecision, StoragePlan,
    StoredResponse, Validators,
};
use crate::clock::Now;
use crate::gateway::subject::{Subject, in_words};
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

/// What an answer is judged by: who asked for what, and what for.
#[derive(Clone, Copy)]
pub(super) struct Question<'a> {
    pub(super) site: &'a Site,
    pub(super) view: &'a RequestView,
    pub(super) target: &'a Target,
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
pub(super) enum SourceAnswer {
    /// All of it.
    Complete(Obtained),
    /// What is gone from here has not changed: its new fields and lifetime.
    Unchanged(HeaderMap, Freshness, Storage),
}

/// How long a source is absent, where the origin does not say: a herd is kept from it, and an upload shows soon.
const ABSENT: Duration = Duration::from_secs(10);

/// The same for a source that the origin says is gone, which means for good.
const GONE: Duration = Duration::from_hours(1);

/// The head of an answer.
pub(super) enum Asked {
    /// What is stored is still good.
    Freshened(Obtained),
    /// What is gone from here has not changed.
    Unchanged(HeaderMap, Freshness, Storage),
    /// Something else, sent at that time.
    Answered(upstream::Response, Storage, Now),
}

/// A response that is not stored.
pub(super) struct Streamed {
    pub(super) status: StatusCode,
    pub(super) fields: HeaderMap,
    pub(super) body: Body,
    pub(super) why: NotStored,
}

/// Why a response is not stored.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum NotStored {
    /// Nobody was asked: it answers this one request.
    Unasked,
    /// The policy says so.
    Policy(PassReason),
    /// It is larger than what is stored.
    TooLarge,
    /// The target has too many selections already.
    TooMany,
    /// It is for the disk, and was asked for once so far.
    SeenOnce,
    /// It is for the disk, which does not take it: another is about to be written, or the disk is too slow, full, broken
    /// or closed.
    NotWritten,
    /// It is an error, and what is stored may be of use yet.
    Error,
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
        let begun = self.clock.now();
        let question = exchange.question();
        let answer = match self.ask(exchange, begun).await? {
            Asked::Freshened(obtained) => SourceAnswer::Complete(obtained),
            Asked::Unchanged(fields, freshness, storage) => SourceAnswer::Unchanged(fields, freshness, storage),
            Asked::Answered(response, storage, requested) => {
                let limit = self.bounds.source;
                let upstream::Response { status, fields, body } = response;
                match body.collect(limit).await? {
                    Collected::Whole(body) => {
                        let head = self.head(question, status, fields, &storage, requested);
                        let response = StoredResponse { body: body.into(), ..head };
                        SourceAnswer::Complete(Obtained { response, storage, validated: false })
                    }
                    Collected::TooLong { .. } => return Err(Failure::SourceTooLarge { limit }),
                }
            }
        };
        Ok((answer, self.fetched_since(begun)))
    }

    /// Sends a request on; its answer is for this client alone, and the policy is not asked.
    pub(super) async fn send_on(&self, exchange: Exchange<'_>) -> Result<(Streamed, Duration), Failure> {
        let requested = self.clock.now();
        let response = self.fetch(exchange).await?;
        Ok((Streamed::unasked(response), self.fetched_since(requested)))
    }

    /// Sends the request, and has the policy look at the head of the answer.
    pub(super) async fn ask(&self, exchange: Exchange<'_>, requested: Now) -> Result<Asked, Failure> {
        let (question, known) = (exchange.question(), exchange.known);
        let unconditional = exchange.unconditional();
        let (mut response, mut requested) = (self.fetch(exchange).await?, requested);
        if response.status == StatusCode::NOT_MODIFIED
            && let Some(unconditional) = unconditional
        {
            if known.is_confirmed_by(&response.fields) {
                return Ok(self.confirmed(question, response.fields, known, requested));
            }
            // It is about something else that this origin once sent: no use to anyone.
            requested = self.clock.now();
            response = self.fetch(unconditional).await?;
        }
        if question.purpose == Purpose::Source {
            // A picture is for everyone: what an origin sets for one client ends here.
            response.fields.remove(SET_COOKIE);
        }
        let storage = self.storage(question, response.status, &response.fields);
        Ok(Asked::Answered(response, storage, requested))
    }

    pub(super) async fn fetch(&self, exchange: Exchange<'_>) -> Result<upstream::Response, FetchError> {
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
    fn confirmed(&self, question: Question<'_>, mut update: HeaderMap, known: Known<'_>, requested: Now) -> Asked {
        if question.purpose == Purpose::Source {
            update.remove(SET_COOKIE);
        }
        if let Known::Stored(stored) = known {
            return Asked::Freshened(self.updated(question, &update, stored, requested));
        }
        let decision = self.storage(question, StatusCode::OK, &update);
        let freshness = self.applied(question, &decision, &mut update, requested);
        Asked::Unchanged(update, freshness, decision)
    }

    /// What is stored, with new fields and the lifetime that the policy gives it for them.
    pub(super) fn updated(
        &self,
        question: Question<'_>,
        update: &HeaderMap,
        stored: &StoredResponse,
        requested: Now,
    ) -> Obtained {
        let mut fields = stored.freshened(update);
        let storage = self.storage(question, stored.status, &fields);
        let stamp = storage.stamp(question);
        let freshness = self.applied(question, &storage, &mut fields, requested);
        let response = StoredResponse { fields: (&fields).into(), freshness, stamp, ..stored.clone() };
        Obtained { response, storage, validated: true }
    }

    /// A response as it is stored, still without its content.
    pub(super) fn head(
        &self,
        question: Question<'_>,
        status: StatusCode,
        mut fields: HeaderMap,
        storage: &Storage,
        requested: Now,
    ) -> StoredResponse {
        let freshness = self.applied(question, storage, &mut fields, requested);
        let (body, prepared) = (Bytes::new().into(), Prepared::default());
        let stamp = storage.stamp(question);
        StoredResponse { status, fields: (&fields).into(), body, freshness, source: None, stamp, prepared }
    }

    /// Takes out what must not be stored, and says for how long the rest may be used.
    fn applied(&self, question: Question<'_>, decision: &Storage, fields: &mut HeaderMap, requested: Now) -> Freshness {
        // Age is computed anew whenever the response is served.
        fields.remove(AGE);
        match decision {
            Storage::Store(plan) => {
                for name in &plan.omit {
                    fields.remove(name);
                }
                Freshness::planned(plan, requested.instant, self.jitter(question, requested))
            }
            Storage::Pass(_) => Freshness::none(requested.instant),
        }
    }

    /// By how much what was fetched then expires sooner.
    fn jitter(&self, question: Question<'_>, requested: Now) -> Jitter {
        let instant = requested.wall.duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_nanos();
        let (site, path) = (&question.site.name, question.target.as_path_and_query().as_str());
        let digest = Digest::of_parts(&[site.as_bytes(), path.as_bytes(), &instant.to_le_bytes()]);
        let chance = digest.as_bytes().first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
        Jitter { percent: self.bounds.jitter_percent, chance }
    }

    /// What the policy says of a response head. A policy that fails stores nothing.
    pub(super) fn storage(&self, question: Question<'_>, status: StatusCode, fields: &HeaderMap) -> Storage {
        let Question { site, view, purpose, .. } = question;
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
                let (Subject { site, upstream, url }, failure) = (question.subject(), in_words(&failure));
                tracing::warn!(
                    site,
                    upstream,
                    url,
                    failure,
                    "cache policy failed in store; the response is not stored"
                );
                Storage::Pass(PassReason::Failure)
            }
        }
    }

    pub(super) fn fetched_since(&self, start: Now) -> Duration {
        let took = self.clock.now().instant.saturating_duration_since(start.instant);
        self.metrics.upstream_seconds.observe(took.as_secs_f64());
        took
    }
}

impl Storage {
    /// When the fetch began, and the names under which its result can be purged.
    pub(super) fn stamp(&self, question: Question<'_>) -> PurgeStamp {
        let Question { site, view, target, began, .. } = question;
        let tags: &[String] = match self {
            Self::Store(plan) => &plan.tags,
            Self::Pass(_) => &[],
        };
        PurgeStamp::of_target(began, &site.name, &site.target_key(target, &view.head), tags)
    }
}

impl<'a> Exchange<'a> {
    pub(super) fn question(&self) -> Question<'a> {
        let Self { site, view, target, purpose, began, .. } = *self;
        Question { site, view, target, purpose, began }
    }

    /// The same without conditions, in case that their answer is of no use; none where there are none.
    fn unconditional(&self) -> Option<Self> {
        if matches!(self.known, Known::Nothing) {
            return None;
        }
        let (method, fields) = (self.method.clone(), self.fields.clone());
        // INVARIANT: only requests without content are asked with conditions.
        Some(Self { method, fields, body: RequestBody::Empty, known: Known::Nothing, ..*self })
    }
}

impl Known<'_> {
    fn is_confirmed_by(self, update: &HeaderMap) -> bool {
        match self {
            Self::Nothing => false,
            Self::Stored(stored) => stored.validators().are_confirmed_by(update),
            Self::Validators(validators) => validators.are_confirmed_by(update),
        }
    }
}

impl Streamed {
    pub(super) fn unasked(response: upstream::Response) -> Self {
        let upstream::Response { status, fields, body } = response;
        Self { status, fields, body: body.into(), why: NotStored::Unasked }
    }
}

impl NotStored {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Unasked => "unasked",
            Self::Policy(reason) => reason.word(),
            Self::TooLarge => "too-large",
            Self::TooMany => "too-many-selections",
            Self::SeenOnce => "seen-once",
            Self::NotWritten => "not-written",
            Self::Error => "error",
        }
    }

    /// Whether what is stored has been replaced by this, and is still to be forgotten.
    pub(super) fn replaces(self) -> bool {
        match self {
            Self::Unasked | Self::TooMany | Self::SeenOnce | Self::NotWritten | Self::Error => false,
            Self::Policy(reason) => reason.is_of_response(),
            Self::TooLarge => true,
        }
    }
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
