//! Which bytes a request asks for (RFC 9110 §14): one range or several, put in order so that they never cost more than
//! the whole.

use std::ops::Range;
use std::time::Duration;

use http::HeaderMap;
use http::header::{CONTENT_ENCODING, DATE, ETAG, IF_RANGE, LAST_MODIFIED, RANGE};

use crate::respond::conditional::{date, strongly};

/// Parts of some content, in the order in which they were asked for.
///
/// INVARIANT: at least one and at most [`Ranges::MOST`]; none is empty, none goes beyond the content, no two overlap. So
/// together they are never longer than the content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ranges {
    parts: Vec<Range<u64>>,
    length: u64,
}

/// What of a response is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Requested {
    /// All of it.
    Whole,
    /// Some of it.
    Parts(Ranges),
    /// Bytes that it does not have.
    Unsatisfiable,
}

impl Ranges {
    /// How many are served: more is no reader's wish (RFC 9110 §14.2, §17.15).
    pub const MOST: usize = 16;

    /// What lies between two parts and is cheaper to send than to leave out: about the size of what would introduce the
    /// second one (RFC 9110 §15.3.7.2).
    const GAP: u64 = 80;

    /// The parts.
    #[must_use]
    pub fn parts(&self) -> &[Range<u64>] {
        &self.parts
    }

    /// Bytes of the content that they are parts of.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }

    /// The bytes that a part is, for Content-Range.
    #[must_use]
    pub fn content_range(&self, part: &Range<u64>) -> String {
        format!("bytes {}-{}/{}", part.start, part.end - 1, self.length)
    }

    /// Adds a part; what it touches becomes one with it, where the first of them stood.
    fn add(&mut self, mut part: Range<u64>) {
        let mut place = self.parts.len();
        // One that grew may touch another: it is looked at again until it touches none.
        while let Some(near) = self.parts.iter().position(|other| {
            part.start <= other.end.saturating_add(Self::GAP) && other.start <= part.end.saturating_add(Self::GAP)
        }) {
            let other = self.parts.remove(near);
            part = part.start.min(other.start)..part.end.max(other.end);
            place = place.min(near);
        }
        self.parts.insert(place.min(self.parts.len()), part);
    }
}

/// What a GET with these fields asks of a 200 with those, whose content has `length` bytes. A Range that cannot be
/// understood is ignored, and so is one that asks for too much (§14.2).
pub(super) fn requested(request: &HeaderMap, response: &HeaderMap, length: u64) -> Requested {
    let mut lines = request.get_all(RANGE).iter();
    let (Some(line), None) = (lines.next(), lines.next()) else { return Requested::Whole };
    if !still_the_same(request, response) {
        return Requested::Whole;
    }
    match line.to_str().ok().and_then(|line| parse(line, length)).unwrap_or(Requested::Whole) {
        // A client would have to know whether each part is encoded or all of them together: that is nowhere said.
        Requested::Parts(ranges) if ranges.parts.len() > 1 && response.contains_key(CONTENT_ENCODING) => {
            Requested::Whole
        }
        requested => requested,
    }
}

/// If-Range (§13.1.5): a strong match, or the part belongs to something else.
fn still_the_same(request: &HeaderMap, response: &HeaderMap) -> bool {
    let mut lines = request.get_all(IF_RANGE).iter();
    let condition = match (lines.next(), lines.next()) {
        (None, _) => return true,
        (Some(condition), None) => condition.as_bytes(),
        (Some(_), Some(_)) => return false,
    };
    if condition.starts_with(b"\"") || condition.starts_with(b"W/") {
        return response.get(ETAG).is_some_and(|etag| strongly(etag.as_bytes(), condition));
    }
    let Some(modified) = date(response, &LAST_MODIFIED) else { return false };
    // §8.8.2.2: what was made within the second in which it was modified may have been modified again in it.
    let strong = date(response, &DATE)
        .is_some_and(|made| made.duration_since(modified).is_ok_and(|since| since >= Duration::from_secs(1)));
    strong && date(request, &IF_RANGE) == Some(modified)
}

fn parse(line: &str, length: u64) -> Option<Requested> {
    let (unit, set) = line.split_once('=')?;
    if !unit.eq_ignore_ascii_case("bytes") {
        return None;
    }
    let mut ranges = Ranges { parts: Vec::new(), length };
    let mut asked = 0;
    // §5.6.1.2: a list may have empty elements.
    for spec in set.split(',').map(|spec| spec.trim_matches([' ', '\t'])).filter(|spec| !spec.is_empty()) {
        asked += 1;
        if asked > Ranges::MOST {
            return None;
        }
        let part = bytes(spec, length)?;
        if !part.is_empty() {
            ranges.add(part);
        }
    }
    match (asked, ranges.parts.is_empty()) {
        (0, _) => None,
        (_, true) => Some(Requested::Unsatisfiable),
        (_, false) => Some(Requested::Parts(ranges)),
    }
}

/// The bytes that one range names: empty where there are none of them. Nothing, where it is no range.
fn bytes(spec: &str, length: u64) -> Option<Range<u64>> {
    let (first, last) = spec.split_once('-')?;
    let number = |digits: &str| {
        let all_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        // What is beyond 2^64 is beyond all content.
        all_digits.then(|| digits.parse().unwrap_or(u64::MAX))
    };
    if first.is_empty() {
        return Some(length.saturating_sub(number(last)?)..length);
    }
    let first = number(first)?;
    let last = if last.is_empty() { u64::MAX } else { number(last)? };
    (first <= last).then(|| first.min(length)..last.saturating_add(1).min(length))
}

#[cfg(test)]
pub(super) mod tests {
    use http::{HeaderName, HeaderValue};
    use proptest::prelude::*;

    use super::*;

    /// Names and values.
    pub(in crate::respond) type Lines<'a> = &'a [(&'a str, &'a str)];

    pub(in crate::respond) fn map(lines: Lines<'_>) -> HeaderMap {
        let mut fields = HeaderMap::new();
        for (name, value) in lines {
            let name = HeaderName::from_bytes(name.as_bytes()).expect("a valid name");
            fields.append(name, HeaderValue::from_str(value).expect("a valid value"));
        }
        fields
    }

    /// The parts of 1,000 bytes that a Range asks for; nothing where it is ignored.
    fn parts_of(range: &str) -> Option<Vec<Range<u64>>> {
        match parse(range, 1000)? {
            Requested::Parts(ranges) => Some(ranges.parts),
            Requested::Unsatisfiable => Some(Vec::new()),
            Requested::Whole => None,
        }
    }

    /// Fault 55.
    #[test]
    fn a_range_is_parts_or_nothing() {
        #[expect(clippy::single_range_in_vec_init, reason = "a list of parts may have one")]
        let table: [(&str, Option<&[Range<u64>]>); 38] = [
            ("bytes=0-3", Some(&[0..4])),
            ("BYTES=0-3", Some(&[0..4])),
            ("bytes=0-0", Some(&[0..1])),
            ("bytes=500-", Some(&[500..1000])),
            ("bytes=-3", Some(&[997..1000])),
            ("bytes=-3000", Some(&[0..1000])),
            ("bytes=998-99999999999999999999999", Some(&[998..1000])),
            ("bytes=0-18446744073709551615", Some(&[0..1000])),
            ("bytes=1000-", Some(&[])),
            ("bytes=-0", Some(&[])),
            ("bytes=1000-1001,-0", Some(&[])),
            ("bytes=0-1,500-501", Some(&[0..2, 500..502])),
            ("bytes=500-501,0-1", Some(&[500..502, 0..2])),
            ("bytes=0-1, 2000-, 500-501", Some(&[0..2, 500..502])),
            ("bytes= 0-1 ,,\t500-501,", Some(&[0..2, 500..502])),
            ("bytes=0-1,2-3", Some(&[0..4])),
            ("bytes=0-9,50-59", Some(&[0..60])),
            ("bytes=0-9,90-99", Some(&[0..100])),
            ("bytes=0-9,91-99", Some(&[0..10, 91..100])),
            ("bytes=500-600,0-9,550-700", Some(&[500..701, 0..10])),
            ("bytes=0-9,900-909,0-899", Some(&[0..910])),
            ("bytes=900-909,0-9,100-890", Some(&[100..910, 0..10])),
            ("bytes=0-,0-,0-", Some(&[0..1000])),
            ("bytes=9-1", None),
            ("bytes=0-1,9-1", None),
            ("bytes=cow", None),
            ("bytes=", None),
            ("bytes=,", None),
            ("bytes=-", None),
            ("bytes=--1", None),
            ("bytes=+1-2", None),
            ("bytes=1-2-3", None),
            ("bytes=0 - 1", None),
            ("bytes=0x0-1", None),
            ("bytes =0-1", None),
            ("bytes", None),
            ("lines=0-1", None),
            ("", None),
        ];
        for (range, expected) in table {
            assert_eq!(parts_of(range).as_deref(), expected, "{range:?}");
        }
        let many = |count: u64| (0..count).map(|n| format!("{0}-{0}", n * 60 % 1000)).collect::<Vec<_>>().join(",");
        assert!(parts_of(&format!("bytes={}", many(16))).is_some());
        assert_eq!(parts_of(&format!("bytes={}", many(17))), None);
        assert_eq!(parts_of(&format!("bytes={}", ["0-"; 1000].join(","))), None);
    }

    #[test]
    fn a_part_is_of_the_same_thing_or_not_sent() {
        const MODIFIED: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
        const LATER: &str = "Sun, 06 Nov 1994 08:49:38 GMT";
        let dated = [("etag", "\"a\""), ("last-modified", MODIFIED), ("date", LATER)];
        let table: [(Lines<'_>, &str, bool); 11] = [
            (&dated, "\"a\"", true),
            (&dated, "\"b\"", false),
            (&dated, "W/\"a\"", false),
            (&dated, "a", false),
            (&dated, MODIFIED, true),
            (&dated, LATER, false),
            (&[("etag", "W/\"a\"")], "W/\"a\"", false),
            (&[("last-modified", MODIFIED), ("date", MODIFIED)], MODIFIED, false),
            (&[("last-modified", MODIFIED)], MODIFIED, false),
            (&[("date", LATER)], LATER, false),
            (&[], "\"a\"", false),
        ];
        for (response, condition, same) in table {
            let request = map(&[("range", "bytes=0-3"), ("if-range", condition)]);
            let requested = requested(&request, &map(response), 10);
            assert_eq!(requested != Requested::Whole, same, "{response:?} {condition:?}");
        }
    }

    #[test]
    fn encoded_content_is_not_sent_in_several_parts() {
        let response = map(&[("content-encoding", "gzip")]);
        for (range, whole) in [("bytes=0-3", false), ("bytes=0-3,500-", true), ("bytes=0-3,4-7", false)] {
            let requested = requested(&map(&[("range", range)]), &response, 1000);
            assert_eq!(requested == Requested::Whole, whole, "{range}");
        }
    }

    #[test]
    fn two_range_fields_are_none() {
        let request = map(&[("range", "bytes=0-3"), ("range", "bytes=5-6")]);
        assert_eq!(requested(&request, &HeaderMap::new(), 1000), Requested::Whole);
    }

    fn spec() -> impl Strategy<Value = String> {
        prop_oneof![
            (0..1200u64, 0..300u64).prop_map(|(first, more)| format!("{first}-{}", first + more)),
            (0..1200u64).prop_map(|first| format!("{first}-")),
            (0..1200u64).prop_map(|last| format!("-{last}")),
        ]
    }

    proptest! {
        #[test]
        fn any_text_is_a_range_or_is_ignored(text in "(bytes=)?[-0-9, \tbyes=+x]{0,40}", length in 0..3000u64) {
            if let Some(Requested::Parts(ranges)) = parse(&text, length) {
                prop_assert!(ranges.parts.iter().all(|part| part.start < part.end && part.end <= length));
            }
        }

        #[test]
        fn parts_have_what_was_asked_for_and_never_more_than_the_whole(specs in prop::collection::vec(spec(), 1..=16)) {
            let wanted: Vec<_> = specs.iter().filter_map(|spec| bytes(spec, 1000)).collect();
            let parts = parts_of(&format!("bytes={}", specs.join(","))).expect("each is a range");
            prop_assert!(parts.iter().map(|part| part.end - part.start).sum::<u64>() <= 1000);
            for (at, part) in parts.iter().enumerate() {
                prop_assert!(part.start < part.end && part.end <= 1000);
                let apart = |other: &Range<u64>| part.end + Ranges::GAP < other.start || other.end + Ranges::GAP < part.start;
                prop_assert!(parts[..at].iter().all(apart));
            }
            for wanted in wanted.iter().filter(|wanted| !wanted.is_empty()) {
                prop_assert!(parts.iter().any(|part| part.start <= wanted.start && wanted.end <= part.end));
            }
        }
    }
}
