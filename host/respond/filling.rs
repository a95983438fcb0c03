//! Answers with a response that is still arriving: its head is here, and its content follows as it comes.

use http::header::{ACCEPT_RANGES, AGE, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderValue, Method, Response, StatusCode};

use crate::cache::Reader;
use crate::clock::Now;
use crate::request::RequestHead;
use crate::respond::conditional::{self, Verdict};
use crate::respond::{Account, Body, Failure, account_for};

/// Answers with the whole of what is arriving, or with the news that the client needs none of it: then it goes on
/// arriving for others. Ranges are not cut from it.
#[must_use]
pub fn filling(head: &RequestHead, reader: Reader<Failure>, account: &Account<'_>, now: Now) -> Response<Body> {
    let response = &reader.filling().head;
    let (status, wanted) = match conditional::evaluate(head, response) {
        Verdict::Send => (response.status, *head.method() != Method::HEAD),
        Verdict::NotModified => (StatusCode::NOT_MODIFIED, false),
        Verdict::Failed => (StatusCode::PRECONDITION_FAILED, false),
    };
    let mut fields = response.fields.clone();
    fields.insert(AGE, HeaderValue::from(response.age_seconds(now.instant)));
    if response.status == StatusCode::OK && !fields.contains_key(ACCEPT_RANGES) {
        fields.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    }
    match status {
        // RFC 9110 §15.4.5: only what a cache needs, and nothing of content that is not there.
        StatusCode::NOT_MODIFIED => {
            fields.remove(CONTENT_TYPE);
            fields.remove(CONTENT_LENGTH);
        }
        StatusCode::PRECONDITION_FAILED => drop(fields.insert(CONTENT_LENGTH, HeaderValue::from(0))),
        _ => {}
    }
    account_for(&mut fields, account);
    let mut answer = Response::new(if wanted {
        Body::from(reader)
    } else {
        reader.leave_to_complete();
        Body::empty()
    });
    *answer.status_mut() = status;
    *answer.headers_mut() = fields;
    answer
}
