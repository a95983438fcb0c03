//! Answering with a stored response: as it is, in parts, not at all because the client has it, or with a refusal.

use bytes::Bytes;
use http::header::{
    ACCEPT_RANGES, ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS,
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG,
    LAST_MODIFIED, VARY,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode};

use crate::cache::{CacheStatus, StoredResponse, Tier};
use crate::clock::Now;
use crate::request::RequestHead;
use crate::respond::head::has_no_content;
use crate::respond::multipart::Multipart;
use crate::respond::{Account, Body, Evaluation, Ranges, content, head};

/// Fields that describe content, and so are not sent without it.
const OF_CONTENT: [HeaderName; 7] = [
    CONTENT_ENCODING,
    CONTENT_LANGUAGE,
    CONTENT_LENGTH,
    CONTENT_RANGE,
    CONTENT_TYPE,
    HeaderName::from_static("digest"),
    HeaderName::from_static("repr-digest"),
];

/// Digests of everything that a message contains, which is another thing for each part of it (RFC 9530 §2).
const OF_WHOLE_MESSAGE: [HeaderName; 2] =
    [HeaderName::from_static("content-digest"), HeaderName::from_static("content-md5")];

/// What is left of a stored response's fields where it is not sent: see [`refuse`].
const OF_REFUSAL: [HeaderName; 9] = [
    ACCEPT_RANGES,
    ACCESS_CONTROL_ALLOW_CREDENTIALS,
    ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS,
    ETAG,
    LAST_MODIFIED,
    VARY,
    HeaderName::from_static("cache-status"),
    HeaderName::from_static("server-timing"),
];

/// Answers with a stored response: whole, or parts, or the news that the client's copy is still good.
#[must_use]
pub fn stored(request: &RequestHead, response: &StoredResponse, account: &Account<'_>, now: Now) -> Response<Body> {
    let length = content::length(response);
    let evaluation = Evaluation::of(request, response.status, &response.fields, Some(length));
    let mut fields = stored_fields(response, account, now);
    let (status, body) = match evaluation {
        Evaluation::Whole => {
            let bodiless = *request.method() == Method::HEAD || has_no_content(response.status);
            (response.status, if bodiless { Body::empty() } else { content::whole(response) })
        }
        Evaluation::Parts(ranges) => (StatusCode::PARTIAL_CONTENT, partial(response, &ranges, &mut fields)),
        Evaluation::Unsatisfiable { length } => {
            refuse(&mut fields);
            insert_text(&mut fields, CONTENT_RANGE, &format!("bytes */{length}"));
            (StatusCode::RANGE_NOT_SATISFIABLE, Body::empty())
        }
        Evaluation::NotModified => {
            describe_nothing(&mut fields);
            (StatusCode::NOT_MODIFIED, Body::empty())
        }
        Evaluation::Failed => {
            refuse(&mut fields);
            (StatusCode::PRECONDITION_FAILED, Body::empty())
        }
    };
    let mut answer = Response::new(body);
    *answer.status_mut() = status;
    *answer.headers_mut() = fields;
    answer
}

/// The text of the HTTP/1.1 head with which a hit in memory is sent whole, and its content; none for a request that asks
/// for something else, or a response to which the protocol has to add something.
#[must_use]
pub fn plain(
    request: &RequestHead,
    response: &StoredResponse,
    account: &Account<'_>,
    now: Now,
) -> Option<(Bytes, Bytes)> {
    let length = content::length(response);
    let whole = *request.method() == Method::GET
        && Evaluation::of(request, response.status, &response.fields, Some(length)) == Evaluation::Whole;
    let complete = !has_no_content(response.status) && response.fields.is_dated();
    let content = response.body.held()?;
    if !whole || !complete {
        return None;
    }
    let age = response.age_seconds(now.instant);
    response.prepared.use_it();
    Some((head::text(response, length, age, account), content.clone()))
}

/// Makes the fields of a whole response those of some parts of it, and gives those (RFC 9110 §15.3.7).
fn partial(response: &StoredResponse, ranges: &Ranges, fields: &mut HeaderMap) -> Body {
    for name in OF_WHOLE_MESSAGE {
        fields.remove(name);
    }
    if let [part] = ranges.parts() {
        insert_text(fields, CONTENT_RANGE, &ranges.content_range(part));
        fields.insert(CONTENT_LENGTH, HeaderValue::from(part.end - part.start));
        return content::part(response, part);
    }
    let multipart = Multipart::of(ranges, fields.get(CONTENT_TYPE));
    // §15.3.7.2: each part has its own.
    fields.remove(CONTENT_RANGE);
    fields.insert(CONTENT_TYPE, multipart.content_type);
    fields.insert(CONTENT_LENGTH, HeaderValue::from(multipart.length));
    content::pieces(response, multipart.pieces)
}

/// Makes the fields of a response those of a 304: what a cache needs, and nothing of content that is not there (RFC 9110
/// §15.4.5).
pub(super) fn describe_nothing(fields: &mut HeaderMap) {
    for name in OF_CONTENT.iter().chain(&OF_WHOLE_MESSAGE) {
        fields.remove(name);
    }
}

/// Makes the fields of a response those of a refusal to send it. No cache shall keep a refusal, or it would serve it to
/// those who ask for the whole; so of the stored fields only those are left that say what was refused, and to whom
/// scripts may show it.
pub(super) fn refuse(fields: &mut HeaderMap) {
    let mut left = HeaderMap::with_capacity(fields.len());
    for name in OF_REFUSAL {
        for value in fields.get_all(&name) {
            left.append(name.clone(), value.clone());
        }
    }
    left.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    left.insert(CONTENT_LENGTH, HeaderValue::from(0));
    *fields = left;
}

fn stored_fields(response: &StoredResponse, account: &Account<'_>, now: Now) -> HeaderMap {
    let (age, length) = (response.age_seconds(now.instant), Some(content::length(response)));
    // The account of a hit in memory says no more than its age does.
    match account.status {
        CacheStatus::Hit { tier: Tier::Memory, .. } => {
            response.prepared.fields(age, account.vary.value(), || head::map(response, length, age, account))
        }
        _ => head::map(response, length, age, account),
    }
}

fn insert_text(fields: &mut HeaderMap, name: HeaderName, text: &str) {
    if let Ok(value) = HeaderValue::from_str(text) {
        fields.insert(name, value);
    }
}
