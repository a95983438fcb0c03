//! From a stored response, a stream or a failure to what a client receives: conditions, ranges, age, and the fields
//! that say how the answer came about.

mod body;
mod conditional;
mod failure;
mod filling;
mod range;
mod vary;

pub use body::Body;
pub use failure::Failure;
pub use filling::filling;
pub use vary::Vary;

use std::fmt::Write as _;
use std::io::Write as _;
use std::time::Duration;

use http::header::{ACCEPT_RANGES, AGE, ALLOW, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode};

use crate::cache::{CacheStatus, StoredResponse};
use crate::clock::Now;
use crate::request::RequestHead;
use crate::sandbox::Reply;

static CACHE_STATUS: HeaderName = HeaderName::from_static("cache-status");
static SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

/// How an answer came about.
#[derive(Debug, Clone)]
pub struct Account<'a> {
    /// What the cache did.
    pub status: CacheStatus,
    /// What the router read.
    pub vary: &'a Vary,
    /// Where the time went.
    pub timing: Timing,
}

/// Where the time went, for `Server-Timing`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Timing {
    /// At the upstream.
    pub fetch: Option<Duration>,
    /// Waiting for a place to make the picture.
    pub queue: Option<Duration>,
    /// From decoding to encoding.
    pub image: Option<Duration>,
}

/// Answers with a stored response: whole, or a part, or the news that the client's copy is still good.
#[must_use]
pub fn stored(head: &RequestHead, response: &StoredResponse, account: &Account<'_>, now: Now) -> Response<Body> {
    let verdict = conditional::evaluate(head, response);
    let (status, body) = match verdict {
        conditional::Verdict::Send => match range::requested(head, response) {
            range::Requested::Whole => (response.status, Body::from(response.body.clone())),
            range::Requested::Part(part) => return partial(head, response, part, account, now),
            range::Requested::Unsatisfiable => return unsatisfiable(response, account, now),
        },
        conditional::Verdict::NotModified => (StatusCode::NOT_MODIFIED, Body::empty()),
        conditional::Verdict::Failed => (StatusCode::PRECONDITION_FAILED, Body::empty()),
    };
    let mut answer = Response::new(body);
    *answer.status_mut() = status;
    *answer.headers_mut() = stored_fields(response, account, now);
    match status {
        // RFC 9110 §15.4.5: only what a cache needs, and nothing of content that is not there.
        StatusCode::NOT_MODIFIED => {
            answer.headers_mut().remove(CONTENT_TYPE);
            answer.headers_mut().remove(CONTENT_LENGTH);
        }
        _ => finish_content(&mut answer, head, response.body.len()),
    }
    answer
}

/// Answers with what the upstream sends, as it comes.
#[must_use]
pub fn streamed(
    head: &RequestHead,
    status: StatusCode,
    fields: HeaderMap,
    body: Body,
    account: &Account<'_>,
) -> Response<Body> {
    let bodiless = *head.method() == Method::HEAD || status == StatusCode::NOT_MODIFIED;
    let mut answer = Response::new(if bodiless { Body::empty() } else { body });
    *answer.status_mut() = status;
    *answer.headers_mut() = fields;
    account_for(answer.headers_mut(), account);
    answer
}

/// Answers with what a router wrote.
#[must_use]
pub fn reply(head: &RequestHead, reply: &Reply, account: &Account<'_>) -> Response<Body> {
    let mut answer = Response::new(Body::from(reply.body.clone()));
    *answer.status_mut() = reply.status;
    *answer.headers_mut() = reply.fields.clone();
    account_for(answer.headers_mut(), account);
    finish_content(&mut answer, head, reply.body.len());
    answer
}

/// Answers with a failure: one line that says what to do.
#[must_use]
pub fn failed(failure: &Failure, account: &Account<'_>) -> Response<Body> {
    let told = failure.told();
    let mut answer = Response::new(Body::from(format!("{}\n", told.text)));
    *answer.status_mut() = told.status;
    let fields = answer.headers_mut();
    fields.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    fields.insert(http::header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    fields.insert(http::header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Some(after) = told.retry_after {
        fields.insert(RETRY_AFTER, HeaderValue::from(after.as_secs().max(1)));
    }
    if told.status == StatusCode::METHOD_NOT_ALLOWED {
        fields.insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
    }
    account_for(fields, account);
    answer
}

fn partial(
    head: &RequestHead,
    response: &StoredResponse,
    part: std::ops::Range<usize>,
    account: &Account<'_>,
    now: Now,
) -> Response<Body> {
    let length = response.body.len();
    let content_range = format!("bytes {}-{}/{length}", part.start, part.end - 1);
    let body = response.body.slice(part.clone());
    let mut answer = Response::new(Body::from(body));
    *answer.status_mut() = StatusCode::PARTIAL_CONTENT;
    *answer.headers_mut() = stored_fields(response, account, now);
    insert_text(answer.headers_mut(), CONTENT_RANGE, &content_range);
    finish_content(&mut answer, head, part.len());
    answer
}

/// RFC 9110 §15.5.17.
fn unsatisfiable(response: &StoredResponse, account: &Account<'_>, now: Now) -> Response<Body> {
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = StatusCode::RANGE_NOT_SATISFIABLE;
    *answer.headers_mut() = stored_fields(response, account, now);
    insert_text(answer.headers_mut(), CONTENT_RANGE, &format!("bytes */{}", response.body.len()));
    answer.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(0));
    answer
}

fn stored_fields(response: &StoredResponse, account: &Account<'_>, now: Now) -> HeaderMap {
    let age = response.age_seconds(now.instant);
    // A hit's account says no more than its age does.
    match account.status {
        CacheStatus::Hit { .. } => {
            response.prepared.fields(age, account.vary.value(), || composed(response, age, account))
        }
        CacheStatus::Forwarded(_) | CacheStatus::Unused => composed(response, age, account),
    }
}

/// A stored response's fields, its age, and how the answer came about.
fn composed(response: &StoredResponse, age: u64, account: &Account<'_>) -> HeaderMap {
    // A clone has room for what it has, and three to five fields are added: growing once is cheaper than twice.
    let mut fields = response.fields.clone();
    fields.reserve(4);
    fields.insert(AGE, HeaderValue::from(age));
    if response.status == StatusCode::OK && !fields.contains_key(ACCEPT_RANGES) {
        fields.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    }
    fields.entry(CONTENT_LENGTH).or_insert_with(|| HeaderValue::from(response.body.len()));
    account_for(&mut fields, account);
    fields
}

/// Says how long the content is, and sends none of it to a HEAD.
fn finish_content(answer: &mut Response<Body>, head: &RequestHead, length: usize) {
    answer.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
    if *head.method() == Method::HEAD {
        *answer.body_mut() = Body::empty();
    }
}

fn account_for(fields: &mut HeaderMap, account: &Account<'_>) {
    account.vary.add_to(fields);
    // Written on the stack: a field's value is then one allocation of its own size.
    let mut text = [0; 192];
    let mut rest = &mut text[..];
    let written = write!(rest, "{}", account.status).map(|()| rest.len());
    let value = written.ok().and_then(|unused| HeaderValue::from_bytes(&text[..text.len() - unused]).ok());
    // RFC 9211 §2: what caches before this one said comes first.
    if let Some(value) = value {
        fields.append(&CACHE_STATUS, value);
    }
    fields.append(&SERVER_TIMING, account.timing.field(&account.status));
}

impl Timing {
    fn field(&self, status: &CacheStatus) -> HeaderValue {
        if matches!(status, CacheStatus::Hit { .. }) && *self == Self::default() {
            return HeaderValue::from_static("cache;desc=hit");
        }
        let mut text = format!("cache;desc={}", status.label());
        for (name, time) in [("fetch", self.fetch), ("queue", self.queue), ("image", self.image)] {
            if let Some(time) = time {
                // INVARIANT: writing to a string cannot fail.
                write!(text, ", {name};dur={:.1}", time.as_secs_f64() * 1000.0).expect("a string takes everything");
            }
        }
        HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("cache"))
    }
}

fn insert_text(fields: &mut HeaderMap, name: HeaderName, text: &str) {
    if let Ok(value) = HeaderValue::from_str(text) {
        fields.insert(name, value);
    }
}
