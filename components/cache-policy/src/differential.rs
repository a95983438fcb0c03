//! This policy and another implementation, the crate `http-cache-semantics`, on the same exchanges.
//!
//! Where the two disagree on whether a response is stored, or for how much longer it is fresh, the reason is one of the
//! named [`Difference`]s, each of which has an exchange that shows it.

mod difference;

use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderName, HeaderValue};
use http_cache_semantics::CachePolicy;
use lucarne_guest::cache_policy::{StorageDecision, Validation};
use proptest::prelude::*;

use crate::fixture::{RECEIVED_AT, TestRequest, response};
use crate::settings::Settings;
use crate::storable;

use difference::Difference;

/// A request and its response, which arrives at [`RECEIVED_AT`].
#[derive(Clone, Debug)]
struct Exchange {
    method: &'static str,
    request: Vec<Line>,
    status: u16,
    response: Vec<Line>,
}

/// A field line.
type Line = (&'static str, &'static str);

/// What a cache makes of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Passed,
    /// Stored, and for so many seconds more used without being validated.
    Stored(u64),
}

impl Exchange {
    fn ours(&self) -> Verdict {
        let request = TestRequest::new(self.method, &self.request);
        match storable::decide(&request, &response(self.status, &self.response), &Settings::default()) {
            StorageDecision::Pass(_) => Verdict::Passed,
            StorageDecision::Store(plan) if plan.validation == Validation::EachTime => Verdict::Stored(0),
            StorageDecision::Store(plan) => Verdict::Stored(plan.freshness_lifetime.saturating_sub(plan.initial_age)),
        }
    }

    fn theirs(&self) -> Verdict {
        let (mut request, ()) = http::Request::new(()).into_parts();
        request.method = self.method.parse().expect("a token");
        request.headers = map(&self.request);
        let (mut response, ()) = http::Response::new(()).into_parts();
        response.status = self.status.try_into().expect("three digits");
        response.headers = map(&self.response);
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(RECEIVED_AT);
        let (request, response) = (http::Request::from_parts(request, ()), http::Response::from_parts(response, ()));
        let policy = CachePolicy::new_options(&request, &response, now, Default::default());
        match policy.is_storable() {
            true => Verdict::Stored(policy.time_to_live(now).as_secs()),
            false => Verdict::Passed,
        }
    }

    /// Whether a line of a response's field has this text, in any case.
    fn has(&self, field: &str, text: &str) -> bool {
        self.lines(field).any(|value| value.to_ascii_lowercase().contains(text))
    }

    fn lines(&self, field: &str) -> impl Iterator<Item = &'static str> {
        self.response.iter().filter(move |line| line.0 == field).map(|line| line.1)
    }
}

fn map(lines: &[Line]) -> HeaderMap {
    let line = |line: &Line| (HeaderName::from_static(line.0), HeaderValue::from_static(line.1));
    lines.iter().map(line).fold(HeaderMap::new(), |mut fields, (name, value)| {
        fields.append(name, value);
        fields
    })
}

const STATUSES: [u16; 24] = [
    200, 200, 200, 200, 201, 203, 204, 206, 299, 301, 302, 304, 307, 400, 404, 410, 414, 429, 431, 500, 501, 503, 511,
    599,
];

const DIRECTIVES: [&str; 24] = [
    "max-age=60",
    "max-age=60",
    "max-age=0",
    "max-age=3000000000",
    "max-age=x",
    "max-age",
    "max-age=\"5\"",
    "Max-Age=60",
    "s-maxage=30",
    "s-maxage",
    "public",
    "private",
    "private=\"x\"",
    "no-store",
    "No-Store",
    "no-cache",
    "no-cache=\"x\"",
    "must-revalidate",
    "proxy-revalidate",
    "must-understand",
    "immutable",
    "ext=\"a, no-store, b\"",
    "ext",
    "no-transform; max-age=9",
];

const DATES: [&str; 8] = [
    "Fri, 20 Nov 2026 10:00:00 GMT",
    "Fri, 20 Nov 2026 09:59:50 GMT",
    "Fri, 20 Nov 2026 09:00:00 GMT",
    "Fri, 20 Nov 2026 11:00:00 GMT",
    "Thu, 20 Nov 2025 10:00:00 GMT",
    "Friday, 20-Nov-26 11:00:00 GMT",
    "Fri, 20 Nov 2026 11:00:00 +0000",
    "0",
];

/// Nothing, or one line with one of these values.
fn line(name: &'static str, values: &'static [&'static str]) -> impl Strategy<Value = Vec<Line>> {
    prop_oneof![
        2 => Just(Vec::new()),
        1 => prop::sample::select(values).prop_map(move |value| vec![(name, value)]),
    ]
}

fn lines(name: &'static str, values: &'static [&'static str], most: usize) -> impl Strategy<Value = Vec<Line>> {
    let line = prop::sample::select(values).prop_map(move |value| (name, value));
    prop::collection::vec(line, 0..=most)
}

fn exchange() -> impl Strategy<Value = Exchange> {
    let request = (line("authorization", &["Bearer x"]), line("cache-control", &["no-store", "no-cache", "max-age=0"]));
    let request = request.prop_map(|(authorization, directives)| [authorization, directives].concat());
    let times = (lines("expires", &DATES, 2), line("date", &DATES), line("last-modified", &DATES));
    let age = line("age", &["0", "30", "70", "abc", "-5", "30, 9", "2147483649"]);
    let others = (
        line("etag", &["\"a\""]),
        line("set-cookie", &["a=b"]),
        line("vary", &["*", "*, foo", "foo", "Accept-Encoding, foo"]),
        line("pragma", &["no-cache"]),
        line("cdn-cache-control", &["max-age=90", "no-store", "max-age=90,"]),
    );
    let response = (lines("cache-control", &DIRECTIVES, 3), times, age, others).prop_map(
        |(directives, (expires, date, modified), age, (etag, cookie, vary, pragma, targeted))| {
            [directives, expires, date, modified, age, etag, cookie, vary, pragma, targeted].concat()
        },
    );
    let method = prop::sample::select(&["GET", "GET", "GET", "HEAD", "POST", "PUT"][..]);
    (method, request, prop::sample::select(&STATUSES[..]), response)
        .prop_map(|(method, request, status, response)| Exchange { method, request, status, response })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn the_two_disagree_only_where_a_difference_is_named(exchange in exchange()) {
        let (ours, theirs) = (exchange.ours(), exchange.theirs());
        if ours != theirs {
            let named = Difference::ALL.into_iter().any(|difference| difference.explains(&exchange, ours, theirs));
            prop_assert!(named, "ours: {ours:?}, theirs: {theirs:?}");
        }
    }
}

#[test]
fn each_named_difference_is_one_and_is_explained_by_nothing_else() {
    for difference in Difference::ALL {
        let exchange = difference.example();
        let (ours, theirs) = (exchange.ours(), exchange.theirs());
        assert_ne!(ours, theirs, "{difference:?}");
        let explained: Vec<_> =
            Difference::ALL.into_iter().filter(|named| named.explains(&exchange, ours, theirs)).collect();
        assert_eq!(explained, [difference], "{exchange:?}: ours {ours:?}, theirs {theirs:?}");
    }
}
