//! The head with which a stored response is sent: its fields as they are stored, and what only this answer says. One walk
//! makes a map of them, or the text of HTTP/1, so that both have the same fields.

use std::fmt::Display;
use std::io::Write as _;

use bytes::Bytes;
use http::header::{ACCEPT_RANGES, AGE, CONTENT_LENGTH, VARY};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use crate::cache::{Fields, StoredResponse};
use crate::respond::{Account, CACHE_STATUS, SERVER_TIMING};

/// What a value of ours takes at most.
const LONGEST: usize = 192;

/// The fields, with the length of the content as far as it is known, its age in seconds, and how the answer came about.
pub(super) fn map(response: &StoredResponse, length: Option<u64>, age: u64, account: &Account<'_>) -> HeaderMap {
    let mut fields = response.fields.constant_map();
    of_this_answer(response, length, age, account, |name, value| {
        if let Ok(value) = HeaderValue::from_bytes(value) {
            fields.append(name, value);
        }
    });
    fields
}

/// The same as the text of an HTTP/1.1 head, to the empty line.
pub(super) fn text(response: &StoredResponse, length: u64, age: u64, account: &Account<'_>) -> Bytes {
    const OURS: usize = 320;
    let (status, constant) = (response.status, response.fields.constant());
    let mut text = Vec::with_capacity(constant.len() + OURS);
    for part in ["HTTP/1.1 ", status.as_str(), " ", status.canonical_reason().unwrap_or("<none>"), "\r\n"] {
        text.extend_from_slice(part.as_bytes());
    }
    text.extend_from_slice(constant);
    of_this_answer(response, Some(length), age, account, |name, value| {
        Fields::write_line(&mut text, name.as_str(), value);
    });
    text.extend_from_slice(b"\r\n");
    text.into()
}

/// RFC 9110 §8.6: such a response has neither content nor a length.
pub(super) fn has_no_content(status: StatusCode) -> bool {
    matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
}

/// A value on the stack; not used if it is too long.
pub(super) fn shown(value: impl Display, use_of: impl FnOnce(&[u8])) {
    let mut text = [0; LONGEST];
    let mut rest = &mut text[..];
    if let Ok(unused) = write!(rest, "{value}").map(|()| rest.len()) {
        use_of(&text[..LONGEST - unused]);
    }
}

/// Gives the fields that are not sent as they are stored.
fn of_this_answer(
    response: &StoredResponse,
    length: Option<u64>,
    age: u64,
    account: &Account<'_>,
    mut add: impl FnMut(&HeaderName, &[u8]),
) {
    // RFC 9111 §5.1: an age says that the origin did not make it for this request.
    if age > 0 || !account.status.is_for_one() {
        shown(age, |age| add(&AGE, age));
    }
    let of = |wanted: HeaderName| {
        let lines = response.fields.changing().filter(move |(name, _)| *name == wanted.as_str().as_bytes());
        lines.map(|(_, value)| value)
    };
    of(ACCEPT_RANGES).for_each(|value| add(&ACCEPT_RANGES, value));
    if response.status == StatusCode::OK && of(ACCEPT_RANGES).next().is_none() {
        add(&ACCEPT_RANGES, b"bytes");
    }
    if let Some(length) = length
        && !has_no_content(response.status)
    {
        shown(length, |length| add(&CONTENT_LENGTH, length));
    }
    of(VARY).for_each(|value| add(&VARY, value));
    account.vary.lacking(of(VARY), |value| add(&VARY, value));
    shown(account.status, |status| add(&CACHE_STATUS, status));
    add(&SERVER_TIMING, account.timing.field(&account.status).as_bytes());
}
