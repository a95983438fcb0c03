//! Conditional requests against a stored response (RFC 9110 §13), in the order that §13.2.2 gives.

use std::time::SystemTime;

use http::header::{ETAG, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_UNMODIFIED_SINCE, LAST_MODIFIED};
use http::{HeaderMap, HeaderName, Method, StatusCode};

use crate::cache::StoredResponse;
use crate::request::RequestHead;

/// What a request's conditions come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Send the response.
    Send,
    /// The client has it.
    NotModified,
    /// The client's precondition does not hold.
    Failed,
}

/// Evaluates a request's conditions. Only for 200: other responses are not what conditions are about (§13.2.1).
pub(super) fn evaluate(head: &RequestHead, response: &StoredResponse) -> Verdict {
    let request = head.fields();
    let unconditional =
        request.keys().all(|name| ![IF_MATCH, IF_UNMODIFIED_SINCE, IF_NONE_MATCH, IF_MODIFIED_SINCE].contains(name));
    if unconditional || response.status != StatusCode::OK || !matches!(*head.method(), Method::GET | Method::HEAD) {
        return Verdict::Send;
    }
    let etag = response.fields.get(ETAG).map(http::HeaderValue::as_bytes);
    let modified = date(&response.fields, &LAST_MODIFIED);

    if request.contains_key(IF_MATCH) {
        if !listed(request, &IF_MATCH, etag, strongly) {
            return Verdict::Failed;
        }
    } else if let Some(since) = date(request, &IF_UNMODIFIED_SINCE)
        && modified.is_some_and(|modified| modified > since)
    {
        return Verdict::Failed;
    }
    if request.contains_key(IF_NONE_MATCH) {
        if listed(request, &IF_NONE_MATCH, etag, weakly) {
            return Verdict::NotModified;
        }
    } else if let Some(since) = date(request, &IF_MODIFIED_SINCE)
        && modified.is_some_and(|modified| modified <= since)
    {
        return Verdict::NotModified;
    }
    Verdict::Send
}

/// A field's HTTP-date; none where it is absent or is no date, which counts as absent.
pub(super) fn date(fields: &HeaderMap, name: &HeaderName) -> Option<SystemTime> {
    httpdate::parse_http_date(fields.get(name)?.to_str().ok()?).ok()
}

/// RFC 9110 §8.8.3.2: the same, and both strong.
pub(super) fn strongly(a: &[u8], b: &[u8]) -> bool {
    a == b && !a.starts_with(b"W/")
}

fn weakly(a: &[u8], b: &[u8]) -> bool {
    let opaque = |tag: &'_ [u8]| tag.strip_prefix(b"W/").unwrap_or(tag).to_vec();
    opaque(a) == opaque(b)
}

/// Whether a list of entity tags has this one; `*` has any that exists.
fn listed(fields: &HeaderMap, name: &HeaderName, etag: Option<&[u8]>, same: fn(&[u8], &[u8]) -> bool) -> bool {
    fields.get_all(name).iter().any(|line| {
        let line = line.as_bytes().trim_ascii();
        line == b"*" || etag.is_some_and(|etag| tags(line).any(|tag| same(tag, etag)))
    })
}

/// The entity tags of a line. A comma may stand within quotes.
fn tags(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = line;
    std::iter::from_fn(move || {
        let mut quoted = false;
        if rest.is_empty() {
            return None;
        }
        let end = rest.iter().position(|&byte| {
            quoted ^= byte == b'"';
            byte == b',' && !quoted
        });
        let (tag, next) = match end {
            Some(comma) => (&rest[..comma], &rest[comma + 1..]),
            None => (rest, &rest[rest.len()..]),
        };
        rest = next;
        Some(tag.trim_ascii())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::respond::range::tests::{head, response};

    #[test]
    fn conditions_are_weighed_in_order() {
        use Verdict::{Failed, NotModified, Send};
        let (older, newer) = ("Sun, 06 Nov 1994 08:49:36 GMT", "Sun, 06 Nov 1994 08:49:38 GMT");
        let table: [(&[(&'static str, &str)], Verdict); 15] = [
            (&[], Send),
            (&[("if-none-match", "\"a\"")], NotModified),
            (&[("if-none-match", "W/\"a\"")], NotModified),
            (&[("if-none-match", "\"x,y\", \"a\"")], NotModified),
            (&[("if-none-match", "*")], NotModified),
            (&[("if-none-match", "\"b\"")], Send),
            (&[("if-none-match", "\"b\""), ("if-modified-since", newer)], Send),
            (&[("if-modified-since", newer)], NotModified),
            (&[("if-modified-since", older)], Send),
            (&[("if-modified-since", "yesterday")], Send),
            (&[("if-match", "\"a\"")], Send),
            (&[("if-match", "W/\"a\"")], Failed),
            (&[("if-match", "\"b\"")], Failed),
            (&[("if-unmodified-since", older)], Failed),
            (&[("if-match", "\"a\""), ("if-none-match", "\"a\"")], NotModified),
        ];
        let response = response(&[("etag", "\"a\""), ("last-modified", "Sun, 06 Nov 1994 08:49:37 GMT")]);
        for (fields, expected) in table {
            assert_eq!(evaluate(&head(fields), &response), expected, "{fields:?}");
        }
    }
}
