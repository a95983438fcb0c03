//! Conditional requests (RFC 9110 §13), against the validators of a 200.

use std::time::SystemTime;

use http::header::{DATE, ETAG, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_UNMODIFIED_SINCE, LAST_MODIFIED};
use http::{HeaderMap, HeaderName, HeaderValue};

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

/// Evaluates the conditions of a GET or HEAD, in the order of RFC 9110 §13.2.2.
///
/// If-Match and If-Unmodified-Since are for origin servers only. A gateway is one to its clients (§3.7), and a client
/// that asks for one version is better told that it is not here than sent another.
pub(super) fn evaluate(request: &HeaderMap, response: &HeaderMap) -> Verdict {
    let etag = response.get(ETAG).map(HeaderValue::as_bytes);
    let modified = date(response, &LAST_MODIFIED);

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
        // RFC 9111 §4.3.2: without Last-Modified, when it was made is what there is to compare with.
        && modified.or_else(|| date(response, &DATE)).is_some_and(|modified| modified <= since)
    {
        return Verdict::NotModified;
    }
    Verdict::Send
}

/// A field's HTTP-date, in any of its three forms. A field that is no date, or stands there twice, counts as absent
/// (RFC 9110 §13.1.3, §13.1.4).
pub(super) fn date(fields: &HeaderMap, name: &HeaderName) -> Option<SystemTime> {
    let mut lines = fields.get_all(name).iter();
    match (lines.next(), lines.next()) {
        (Some(line), None) => httpdate::parse_http_date(line.to_str().ok()?).ok(),
        _ => None,
    }
}

/// RFC 9110 §8.8.3.2: the same, and both strong.
pub(super) fn strongly(a: &[u8], b: &[u8]) -> bool {
    a == b && a.starts_with(b"\"")
}

fn weakly(a: &[u8], b: &[u8]) -> bool {
    fn opaque(tag: &[u8]) -> &[u8] {
        tag.strip_prefix(b"W/").unwrap_or(tag)
    }
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
    let mut quoted = false;
    let tags = line.split(move |&byte| {
        quoted ^= byte == b'"';
        byte == b',' && !quoted
    });
    // RFC 9110 §5.6.1.2: a list may have empty elements.
    tags.map(<[u8]>::trim_ascii).filter(|tag| !tag.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::respond::range::tests::{Lines, map};

    const MODIFIED: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
    const OLDER: &str = "Sun, 06 Nov 1994 08:49:36 GMT";
    const NEWER: &str = "Sun, 06 Nov 1994 08:49:38 GMT";

    #[test]
    fn conditions_are_weighed_in_order() {
        use Verdict::{Failed, NotModified, Send};
        let table: [(Lines<'_>, Verdict); 34] = [
            (&[], Send),
            (&[("if-none-match", "\"a\"")], NotModified),
            (&[("if-none-match", "W/\"a\"")], NotModified),
            (&[("if-none-match", "\"x,y\", \"a\"")], NotModified),
            (&[("if-none-match", "\"x\", \"a\",\"z\"")], NotModified),
            (&[("if-none-match", ", ,\"a\",")], NotModified),
            (&[("if-none-match", "\"x\""), ("if-none-match", "\"a\"")], NotModified),
            (&[("if-none-match", "*")], NotModified),
            (&[("if-none-match", "\"b\"")], Send),
            (&[("if-none-match", "\"x, \"a\"")], Send),
            (&[("if-none-match", "a")], Send),
            (&[("if-none-match", "")], Send),
            (&[("if-none-match", "\"b\""), ("if-modified-since", NEWER)], Send),
            (&[("if-none-match", "\"a\""), ("if-modified-since", OLDER)], NotModified),
            (&[("if-none-match", ""), ("if-modified-since", NEWER)], Send),
            (&[("if-modified-since", NEWER)], NotModified),
            (&[("if-modified-since", MODIFIED)], NotModified),
            (&[("if-modified-since", "Sunday, 06-Nov-94 08:49:37 GMT")], NotModified),
            (&[("if-modified-since", "Sun Nov  6 08:49:37 1994")], NotModified),
            (&[("if-modified-since", OLDER)], Send),
            (&[("if-modified-since", "yesterday")], Send),
            (&[("if-modified-since", NEWER), ("if-modified-since", NEWER)], Send),
            (&[("if-match", "\"a\"")], Send),
            (&[("if-match", "*")], Send),
            (&[("if-match", "\"b\", \"a\"")], Send),
            (&[("if-match", "W/\"a\"")], Failed),
            (&[("if-match", "\"b\"")], Failed),
            (&[("if-match", "\"b\""), ("if-none-match", "\"a\"")], Failed),
            (&[("if-match", "\"a\""), ("if-none-match", "\"a\"")], NotModified),
            (&[("if-match", "\"a\""), ("if-unmodified-since", OLDER)], Send),
            (&[("if-unmodified-since", OLDER)], Failed),
            (&[("if-unmodified-since", MODIFIED)], Send),
            (&[("if-unmodified-since", "tomorrow")], Send),
            (&[("if-unmodified-since", OLDER), ("if-modified-since", NEWER)], Failed),
        ];
        let response = map(&[("etag", "\"a\""), ("last-modified", MODIFIED)]);
        for (fields, expected) in table {
            assert_eq!(evaluate(&map(fields), &response), expected, "{fields:?}");
        }
    }

    #[test]
    fn a_condition_needs_the_validator_that_it_names() {
        use Verdict::{Failed, NotModified, Send};
        let table: [(Lines<'_>, (&str, &str), Verdict); 11] = [
            (&[], ("if-none-match", "\"a\""), Send),
            (&[], ("if-none-match", "*"), NotModified),
            (&[], ("if-match", "\"a\""), Failed),
            (&[], ("if-match", "*"), Send),
            (&[], ("if-modified-since", NEWER), Send),
            (&[], ("if-unmodified-since", OLDER), Send),
            (&[("date", MODIFIED)], ("if-modified-since", MODIFIED), NotModified),
            (&[("date", MODIFIED)], ("if-modified-since", OLDER), Send),
            (&[("date", MODIFIED)], ("if-unmodified-since", OLDER), Send),
            (&[("etag", "W/\"a\"")], ("if-match", "W/\"a\""), Failed),
            (&[("etag", "W/\"a\"")], ("if-none-match", "\"a\""), NotModified),
        ];
        for (response, condition, expected) in table {
            assert_eq!(evaluate(&map(&[condition]), &map(response)), expected, "{response:?} {condition:?}");
        }
    }

    #[test]
    fn an_entity_tag_may_have_bytes_beyond_ascii() {
        let tag = HeaderValue::from_bytes(b"\"caf\xc3\xa9\"").expect("a field may have such bytes");
        let (request, response) =
            (HeaderMap::from_iter([(IF_NONE_MATCH, tag.clone())]), HeaderMap::from_iter([(ETAG, tag)]));
        assert_eq!(evaluate(&request, &response), Verdict::NotModified);
    }
}
