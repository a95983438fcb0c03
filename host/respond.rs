//! From a stored response, a stream or a failure to what a client receives: conditions, ranges, age, and the fields
//! that say how the answer came about.

mod body;
mod conditional;
mod content;
mod evaluation;
mod exact;
mod failure;
mod filling;
mod head;
mod multipart;
mod range;
mod stored;
mod vary;

pub use body::Body;
pub use evaluation::Evaluation;
pub use failure::Failure;
pub use filling::filling;
pub use range::Ranges;
pub use stored::{plain, stored};
pub use vary::Vary;

use std::fmt::Write as _;
use std::time::Duration;

use http::header::{ALLOW, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode};

use crate::cache::{CacheStatus, OWN_CACHE_CONTROL};
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
    answer.headers_mut().remove(&OWN_CACHE_CONTROL);
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
    fields.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
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

/// Says how long the content is, and sends none of it to a HEAD.
fn finish_content(answer: &mut Response<Body>, head: &RequestHead, length: usize) {
    answer.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
    if *head.method() == Method::HEAD {
        *answer.body_mut() = Body::empty();
    }
}

fn account_for(fields: &mut HeaderMap, account: &Account<'_>) {
    account.vary.add_to(fields);
    head::shown(account.status, |status| {
        // RFC 9211 §2: what caches before this one said comes first.
        if let Ok(value) = HeaderValue::from_bytes(status) {
            fields.append(&CACHE_STATUS, value);
        }
    });
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
