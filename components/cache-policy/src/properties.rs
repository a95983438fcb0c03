//! What holds of every response, whatever its bytes.

use lucarne_guest::cache_policy::{Field, LookupPlan, ResponseHead, StorageDecision};
use proptest::prelude::*;

use crate::delta_seconds::GREATEST;
use crate::directives::response::ResponseDirectives;
use crate::fixture::{RECEIVED_AT, TestRequest, decision};
use crate::settings::Settings;
use crate::{dates, directives, lookup, storable, structured, targeted};

const FIELDS: [&str; 15] = [
    "age",
    "cache-control",
    "cache-groups",
    "cache-tag",
    "cdn-cache-control",
    "date",
    "etag",
    "expires",
    "last-modified",
    "lucarne-cache-control",
    "pragma",
    "set-cookie",
    "surrogate-key",
    "vary",
    "x",
];

const KNOWN: [&str; 24] = [
    "no-store",
    "no-cache",
    "no-cache=\"a, set-cookie\"",
    "no-cache=\"b\"",
    "no-cache=\"\"",
    "private",
    "private=\"a\"",
    "private=c",
    "public",
    "must-understand",
    "must-revalidate",
    "proxy-revalidate",
    "max-age=60",
    "max-age=\"5\"",
    "max-age=-1",
    "max-age",
    "s-maxage=30",
    "s-maxage=2147483649",
    "s-maxage=x",
    "stale-while-revalidate=10",
    "stale-while-revalidate=1e3",
    "stale-if-error=20",
    "stale-if-error=\"0\"",
    "max-age=0",
];

const UNKNOWN: [&str; 7] = [
    "immutable",
    "x=1",
    "x=\"no-store, private\"",
    "x=\"\\\"no-store\"",
    "no-stores",
    "max-age-x=1",
    "stale-while-revalidate-or-not=5",
];

/// A directive that is known, in any place and number.
fn known() -> impl Strategy<Value = Vec<&'static str>> {
    prop::collection::vec(prop::sample::select(&KNOWN[..]), 0..8)
}

/// Bytes of any kind, and of the kind that the syntax is made of.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..64),
        prop::collection::vec(prop::sample::select(&b"\"\\=,; \t-*0195ax"[..]), 0..48),
        prop::sample::select(&KNOWN[..]).prop_map(|directive| directive.as_bytes().to_vec()),
        "[A-Z][a-z]{2,8}, [0-3][0-9][ -][JFM][a-z]{2}[ -][0-9]{2,4} [0-2][0-9]:[0-6][0-9]:[0-6][0-9] GMT"
            .prop_map(String::into_bytes),
    ]
}

fn any_response() -> impl Strategy<Value = ResponseHead> {
    let status = prop_oneof![Just(200), Just(404), 0_u16..1000];
    let received_at = prop_oneof![Just(RECEIVED_AT), any::<u64>()];
    let field =
        (prop::sample::select(&FIELDS[..]), bytes()).prop_map(|(name, value)| Field { name: name.to_owned(), value });
    (status, prop::collection::vec(field, 0..12), received_at, any::<Option<u64>>()).prop_map(
        |(status, fields, received_at, default_lifetime)| ResponseHead {
            status,
            fields,
            received_at,
            default_lifetime,
        },
    )
}

/// A response that is storable unless its directives forbid it.
fn with_directives(status: u16, lines: &[&str]) -> ResponseHead {
    let cache_control = lines.iter().map(|line| ("cache-control", *line));
    let others = [("last-modified", "Fri, 20 Nov 2026 09:00:00 GMT"), ("set-cookie", "a=b"), ("etag", "\"a\"")];
    crate::fixture::response(status, &cache_control.chain(others).collect::<Vec<_>>())
}

fn is_stored(response: &ResponseHead) -> bool {
    matches!(decision(response), StorageDecision::Store(_))
}

proptest! {
    #[test]
    fn every_plan_is_within_its_bounds(response in any_response()) {
        if let StorageDecision::Store(plan) = decision(&response) {
            let windows = [plan.stale_while_revalidate, plan.stale_if_error];
            for seconds in [plan.freshness_lifetime, plan.initial_age].into_iter().chain(windows) {
                prop_assert!(seconds <= GREATEST);
            }
            prop_assert!(plan.tags.len() <= 64 && plan.tags.iter().all(|tag| (1..=128).contains(&tag.len())));
            prop_assert!(plan.tags.is_sorted() && plan.omit.is_sorted());
        }
    }

    #[test]
    fn a_request_of_any_bytes_is_decided(cache_control in ".{0,40}", method in "GET|HEAD|[A-Z]{0,9}") {
        let request = TestRequest::new(&method, &[("cache-control", &cache_control), ("pragma", &cache_control)]);
        let looked_up = matches!(lookup::plan(&request), LookupPlan::Use(_));
        prop_assert_eq!(looked_up, method == "GET" || method == "HEAD");
        storable::decide(&request, &with_directives(200, &["max-age=60"]), &Settings::default());
    }

    #[test]
    fn no_bytes_are_too_strange_for_the_parsers(value in bytes(), received_at in any::<u64>()) {
        ResponseDirectives::of_lines([value.as_slice()]);
        targeted::directives([value.as_slice()]);
        structured::strings([value.as_slice()]);
        directives::request::constraints(&value);
        dates::parse(&value, received_at);
    }

    #[test]
    fn no_store_never_makes_a_response_storable(mut response in any_response()) {
        let stored = is_stored(&response);
        response.fields.push(Field { name: "cache-control".to_owned(), value: b"no-store".to_vec() });
        prop_assert!(stored || !is_stored(&response));
    }

    #[test]
    fn without_must_understand_no_store_is_never_stored(directives in known(), status in 200_u16..600) {
        let mut lines: Vec<_> = directives.into_iter().filter(|directive| *directive != "must-understand").collect();
        lines.push("no-store");
        prop_assert!(!is_stored(&with_directives(status, &lines)));
    }

    #[test]
    fn the_order_of_directives_is_irrelevant((directives, shuffled) in known().prop_flat_map(|directives| {
        (Just(directives.clone()), Just(directives).prop_shuffle())
    })) {
        let decided = decision(&with_directives(200, &[&directives.join(", ")]));
        prop_assert_eq!(decided, decision(&with_directives(200, &[&shuffled.join(", ")])));
    }

    #[test]
    fn the_case_of_directives_is_irrelevant(directives in known()) {
        let line = directives.join(", ");
        let decided = decision(&with_directives(200, &[&line]));
        prop_assert_eq!(decided, decision(&with_directives(200, &[&line.to_ascii_uppercase()])));
    }

    #[test]
    fn unknown_directives_change_nothing(
        directives in known(),
        unknown in prop::sample::select(&UNKNOWN[..]),
        at in any::<prop::sample::Index>(),
    ) {
        let mut more = directives.clone();
        more.insert(at.index(directives.len() + 1), unknown);
        let decided = decision(&with_directives(200, &[&directives.join(", ")]));
        prop_assert_eq!(decided, decision(&with_directives(200, &[&more.join(", ")])));
    }

    #[test]
    fn a_line_split_in_two_says_the_same(directives in known(), at in any::<prop::sample::Index>()) {
        let (first, second) = directives.split_at(at.index(directives.len() + 1));
        let decided = decision(&with_directives(200, &[&directives.join(", ")]));
        prop_assert_eq!(decided, decision(&with_directives(200, &[&first.join(", "), &second.join(",")])));
    }
}
