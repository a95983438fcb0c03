//! One range of a stored response (RFC 9110 §14). Several ranges are answered with the whole, which the standard
//! allows.

use std::ops::Range;

use http::header::{ETAG, IF_RANGE, LAST_MODIFIED, RANGE};
use http::{Method, StatusCode};

use crate::cache::StoredResponse;
use crate::request::RequestHead;
use crate::respond::conditional::{date, strongly};

/// What of a response is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Requested {
    /// All of it.
    Whole,
    /// These bytes; at least one.
    Part(Range<usize>),
    /// Bytes that it does not have.
    Unsatisfiable,
}

/// What of a response a request asks for. A Range that cannot be understood is ignored (§14.2).
pub(super) fn requested(head: &RequestHead, response: &StoredResponse) -> Requested {
    let Some(range) = head.fields().get(RANGE) else { return Requested::Whole };
    if *head.method() != Method::GET || response.status != StatusCode::OK || !still_the_same(head, response) {
        return Requested::Whole;
    }
    range.to_str().ok().and_then(|range| parse(range, response.body.len())).unwrap_or(Requested::Whole)
}

/// If-Range (§13.1.5): a strong match, or the part belongs to something else.
fn still_the_same(head: &RequestHead, response: &StoredResponse) -> bool {
    let Some(condition) = head.fields().get(IF_RANGE) else { return true };
    if condition.as_bytes().starts_with(b"\"") || condition.as_bytes().starts_with(b"W/") {
        return response.fields.get(ETAG).is_some_and(|etag| strongly(etag.as_bytes(), condition.as_bytes()));
    }
    let modified = date(&response.fields, &LAST_MODIFIED);
    modified.is_some() && modified == date(head.fields(), &IF_RANGE)
}

fn parse(range: &str, length: usize) -> Option<Requested> {
    let (unit, set) = range.split_once('=')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return None;
    }
    let (first, last) = set.trim().split_once('-')?;
    let number = |digits: &str| {
        let all_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        // What is beyond usize is beyond every body.
        all_digits.then(|| digits.parse().unwrap_or(usize::MAX))
    };
    let range = if first.is_empty() {
        length.saturating_sub(number(last)?)..length
    } else {
        let first = number(first)?;
        let last = if last.is_empty() { usize::MAX } else { number(last)? };
        if last < first {
            return None;
        }
        first..last.saturating_add(1).min(length)
    };
    Some(if range.start < range.end { Requested::Part(range) } else { Requested::Unsatisfiable })
}

#[cfg(test)]
pub(super) mod tests {
    use std::time::Duration;

    use http::{HeaderMap, HeaderName, HeaderValue};

    use super::*;
    use crate::cache::{Freshness, Validation};
    use crate::clock::Clock;

    fn map(fields: &[(&'static str, &str)]) -> HeaderMap {
        let field = |(name, value): &(&'static str, &str)| {
            (HeaderName::from_static(name), HeaderValue::from_str(value).expect("a valid value"))
        };
        fields.iter().map(field).collect()
    }

    /// A GET with these fields.
    pub(in crate::respond) fn head(fields: &[(&'static str, &str)]) -> RequestHead {
        RequestHead::composed("a", "/", None, map(fields))
    }

    /// A stored 200 of ten bytes with these fields.
    pub(in crate::respond) fn response(fields: &[(&'static str, &str)]) -> StoredResponse {
        StoredResponse {
            status: StatusCode::OK,
            fields: map(fields),
            body: bytes::Bytes::from_static(b"0123456789"),
            freshness: Freshness {
                requested: Clock::default().now().instant,
                initial_age: Duration::ZERO,
                lifetime: Duration::from_secs(60),
                stale_while_revalidate: Duration::ZERO,
                stale_if_error: Duration::ZERO,
                validation: Validation::WhenStale,
            },
            source: None,
            stamp: crate::cache::PurgeStamp::new(crate::cache::Sequence::default(), Vec::new().into()),
            prepared: crate::cache::Prepared::default(),
        }
    }

    #[test]
    fn a_range_is_a_part_the_whole_or_an_error() {
        use Requested::{Part, Unsatisfiable, Whole};
        let response = response(&[("etag", "\"a\""), ("last-modified", "Sun, 06 Nov 1994 08:49:37 GMT")]);
        let table: [(&[(&'static str, &str)], Requested); 17] = [
            (&[], Whole),
            (&[("range", "bytes=0-3")], Part(0..4)),
            (&[("range", "bytes=5-")], Part(5..10)),
            (&[("range", "bytes=-3")], Part(7..10)),
            (&[("range", "bytes=-300")], Part(0..10)),
            (&[("range", "bytes=8-99999999999999999999999")], Part(8..10)),
            (&[("range", "bytes=10-")], Unsatisfiable),
            (&[("range", "bytes=-0")], Unsatisfiable),
            (&[("range", "bytes=9-1")], Whole),
            (&[("range", "bytes=cow")], Whole),
            (&[("range", "bytes=+1-2")], Whole),
            (&[("range", "bytes=0-1,3-4")], Whole),
            (&[("range", "lines=0-1")], Whole),
            (&[("range", "bytes=0-3"), ("if-range", "\"a\"")], Part(0..4)),
            (&[("range", "bytes=0-3"), ("if-range", "W/\"a\"")], Whole),
            (&[("range", "bytes=0-3"), ("if-range", "Sun, 06 Nov 1994 08:49:37 GMT")], Part(0..4)),
            (&[("range", "bytes=0-3"), ("if-range", "Sun, 06 Nov 1994 08:49:38 GMT")], Whole),
        ];
        for (fields, expected) in table {
            assert_eq!(requested(&head(fields), &response), expected, "{fields:?}");
        }
    }
}
