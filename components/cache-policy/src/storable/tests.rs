//! Claims about what is stored. Those about a plan's parts stand with the modules that make them.

use lucarne_guest::cache_policy::{PassReason, StorageDecision};

use super::*;
use crate::fixture::{TestRequest, reason, response};

const FRESH: (&str, &str) = ("cache-control", "max-age=60");
const MODIFIED: (&str, &str) = ("last-modified", "Fri, 20 Nov 2026 09:00:00 GMT");
const TAGGED: (&str, &str) = ("etag", "\"a\"");

fn reason_for(request: &TestRequest, fields: &[(&str, &str)]) -> Option<PassReason> {
    match decide(request, &response(200, fields), &Settings::default()) {
        StorageDecision::Store(_) => None,
        StorageDecision::Pass(reason) => Some(reason),
    }
}

/// Fault 52.
#[test]
fn no_store_and_private_keep_a_response_out() {
    for (directives, expected) in [
        ("no-store", Some(PassReason::NoStore)),
        ("No-StOrE", Some(PassReason::NoStore)),
        ("max-age=60, no-store", Some(PassReason::NoStore)),
        ("max-age=60, public, no-store=\"x\"", Some(PassReason::NoStore)),
        ("private, max-age=60", Some(PassReason::Private)),
        ("PRIVATE, public, max-age=60", Some(PassReason::Private)),
        ("private=\"\", max-age=60", Some(PassReason::Private)),
        ("private; max-age=60", Some(PassReason::Private)),
        ("private=\"set-cookie\", max-age=60", None),
        ("x=\"no-store, private\", max-age=60", None),
        ("no-cache, max-age=60", None),
        ("max-age=60", None),
    ] {
        assert_eq!(reason(&response(200, &[("cache-control", directives)])), expected, "{directives:?}");
    }
}

#[test]
fn a_status_is_stored_with_the_freshness_it_needs() {
    let public = ("cache-control", "public");
    for (status, fields, expected) in [
        (200, &[FRESH] as &[_], None),
        (200, &[MODIFIED], None),
        (404, &[MODIFIED], None),
        (201, &[MODIFIED], Some(PassReason::Status)),
        (403, &[MODIFIED], Some(PassReason::Status)),
        (503, &[MODIFIED], Some(PassReason::Status)),
        (599, &[MODIFIED], Some(PassReason::Status)),
        (599, &[MODIFIED, public], None),
        (599, &[FRESH], None),
        (302, &[FRESH], None),
        (503, &[FRESH], None),
        (503, &[("expires", "0")], None),
        (206, &[FRESH], Some(PassReason::Status)),
        (304, &[FRESH], Some(PassReason::Status)),
        (103, &[FRESH], Some(PassReason::Status)),
        (600, &[FRESH], Some(PassReason::Status)),
        (429, &[FRESH, public], Some(PassReason::Status)),
        (431, &[FRESH], Some(PassReason::Status)),
    ] {
        assert_eq!(reason(&response(status, fields)), expected, "{status} {fields:?}");
    }
}

/// Fault 54.
#[test]
fn an_answer_about_one_request_is_stored_only_where_the_origin_calls_it_fresh() {
    let public = ("cache-control", "public");
    for status in [400, 408, 412, 413, 414, 416, 421, 425, 501, 505] {
        let dated = (!matches!(status, 414 | 501)).then_some(PassReason::Status);
        for (fields, expected) in [
            (&[] as &[_], Some(PassReason::Status)),
            (&[TAGGED, public], Some(PassReason::Status)),
            (&[MODIFIED], dated),
            (&[MODIFIED, TAGGED, public], dated),
            (&[TAGGED, ("cache-control", "max-age=0")], Some(PassReason::Status)),
            (&[TAGGED, ("expires", "0")], Some(PassReason::Status)),
            (&[TAGGED, ("cache-control", "max-age=60"), ("cdn-cache-control", "none")], Some(PassReason::Status)),
            (&[FRESH], None),
            (&[("cdn-cache-control", "max-age=60")], None),
            (&[("expires", "Fri, 20 Nov 2026 11:00:00 GMT")], None),
        ] {
            let mut response = response(status, fields);
            response.default_lifetime = Some(60);
            assert_eq!(reason(&response), expected, "{status} {fields:?}");
        }
    }
}

#[test]
fn the_owner_can_decline_a_status_whatever_its_response_says() {
    let settings = Settings { declined_statuses: vec![404, 503], ..Settings::default() };
    for (status, expected) in [(200, None), (404, Some(PassReason::Status)), (503, Some(PassReason::Status))] {
        let decision = decide(&TestRequest::get(), &response(status, &[FRESH]), &settings);
        assert_eq!(matches!(decision, StorageDecision::Store(_)), expected.is_none(), "{status}");
    }
}

#[test]
fn the_owners_default_does_not_stand_in_for_what_a_status_needs() {
    for (status, expected) in
        [(200, None), (404, None), (302, Some(PassReason::Status)), (500, Some(PassReason::Status))]
    {
        let mut response = response(status, &[]);
        response.default_lifetime = Some(60);
        assert_eq!(reason(&response), expected, "{status}");
    }
}

#[test]
fn must_understand_replaces_no_store_where_the_status_is_understood() {
    for (status, directives, expected) in [
        (200, "max-age=60, must-understand", None),
        (200, "max-age=60, must-understand, no-store", None),
        (500, "max-age=60, no-store, must-understand", None),
        (400, "max-age=60, no-store, must-understand", None),
        (206, "max-age=60, no-store, must-understand", Some(PassReason::NoStore)),
        (599, "max-age=60, must-understand", Some(PassReason::Status)),
        (599, "max-age=60, must-understand, no-store", Some(PassReason::NoStore)),
        (200, "max-age=60, must-understand, private", Some(PassReason::Private)),
    ] {
        assert_eq!(reason(&response(status, &[("cache-control", directives)])), expected, "{status} {directives:?}");
    }
}

#[test]
fn a_response_without_lifetime_and_validator_is_not_stored() {
    for (fields, expected) in [
        (&[] as &[_], Some(PassReason::NoLifetime)),
        (&[("etag", " ")], Some(PassReason::NoLifetime)),
        (&[("last-modified", "lately")], Some(PassReason::NoLifetime)),
        (&[("cache-control", "public")], Some(PassReason::NoLifetime)),
        (&[("cache-control", "no-cache")], Some(PassReason::NoLifetime)),
        (&[("cache-control", "no-cache"), TAGGED], None),
        (&[TAGGED], None),
        (&[MODIFIED], None),
        (&[("cache-control", "max-age=0")], None),
        (&[("expires", "0")], None),
    ] {
        assert_eq!(reason(&response(200, fields)), expected, "{fields:?}");
    }
}

#[test]
fn a_cookie_is_stored_only_with_explicit_freshness() {
    let cookie = ("set-cookie", "a=b");
    for (fields, expected) in [
        (&[cookie, FRESH] as &[_], None),
        (&[cookie, ("cache-control", "s-maxage=60")], None),
        (&[cookie, ("expires", "Fri, 20 Nov 2026 11:00:00 GMT")], None),
        (&[cookie, MODIFIED], Some(PassReason::SetCookie)),
        (&[cookie, TAGGED], Some(PassReason::SetCookie)),
        (&[cookie, ("cache-control", "max-age=0")], Some(PassReason::SetCookie)),
        (&[cookie, ("expires", "0")], Some(PassReason::SetCookie)),
        (&[cookie, ("cache-control", "max-age=60, no-cache")], Some(PassReason::SetCookie)),
        (&[cookie, MODIFIED, ("cache-control", "no-cache=\"Set-Cookie\"")], None),
        (&[cookie, MODIFIED, ("cache-control", "private=\"set-cookie\"")], None),
    ] {
        assert_eq!(reason(&response(200, fields)), expected, "{fields:?}");
    }
}

#[test]
fn the_owner_can_decline_cookies_even_with_explicit_freshness() {
    let settings = Settings { set_cookie: SetCookie::Decline, ..Settings::default() };
    let cookie = ("set-cookie", "a=b");
    for (fields, expected) in [
        (&[cookie, FRESH] as &[_], Some(PassReason::SetCookie)),
        (&[cookie, ("cache-control", "max-age=60, no-cache=\"set-cookie\"")], None),
        (&[FRESH], None),
    ] {
        let passed = match decide(&TestRequest::get(), &response(200, fields), &settings) {
            StorageDecision::Store(_) => None,
            StorageDecision::Pass(reason) => Some(reason),
        };
        assert_eq!(passed, expected, "{fields:?}");
    }
}

#[test]
fn a_targeted_field_is_obeyed_and_the_general_ones_are_not() {
    let own = |directives| ("lucarne-cache-control", directives);
    let cdn = |directives| ("cdn-cache-control", directives);
    for (fields, expected) in [
        (&[("cache-control", "no-store"), cdn("max-age=60")] as &[_], None),
        (&[("cache-control", "private"), own("max-age=60")], None),
        (&[FRESH, cdn("no-store")], Some(PassReason::NoStore)),
        (&[FRESH, cdn("private")], Some(PassReason::Private)),
        (&[FRESH, cdn("no-cache")], Some(PassReason::NoLifetime)),
        (&[FRESH, cdn("no-cache"), TAGGED], None),
        (&[FRESH, cdn("max-age=\"60\"")], Some(PassReason::NoLifetime)),
        (&[cdn("no-store"), own("max-age=60")], None),
        (&[("cache-control", "no-store"), cdn("max-age=60, &&&&&")], Some(PassReason::NoStore)),
        (&[("cache-control", "no-store"), cdn("")], Some(PassReason::NoStore)),
        (&[FRESH, ("surrogate-control", "no-store")], None),
    ] {
        assert_eq!(reason(&response(200, fields)), expected, "{fields:?}");
    }
}

#[test]
fn pragma_in_a_response_means_nothing() {
    assert_eq!(reason(&response(200, &[("pragma", "no-cache"), FRESH])), None);
    assert_eq!(reason(&response(200, &[("pragma", "no-cache"), MODIFIED])), None);
}

/// Fault 51.
#[test]
fn a_response_to_authorization_is_shared_only_where_it_says_so() {
    let request = TestRequest::new("GET", &[("authorization", "Bearer x")]);
    for (directives, expected) in [
        ("max-age=60", Some(PassReason::Authorization)),
        ("max-age=60, no-cache", Some(PassReason::Authorization)),
        ("max-age=60, proxy-revalidate", Some(PassReason::Authorization)),
        ("max-age=60, public", None),
        ("max-age=60, must-revalidate", None),
        ("s-maxage=60", None),
    ] {
        assert_eq!(reason_for(&request, &[("cache-control", directives)]), expected, "{directives:?}");
    }
}

#[test]
fn the_request_can_forbid_storing() {
    for (method, fields, expected) in [
        ("GET", &[] as &[_], None),
        ("HEAD", &[], None),
        ("POST", &[], Some(PassReason::Method)),
        ("get", &[], Some(PassReason::Method)),
        ("GET", &[("cache-control", "max-age=0, No-Store")], Some(PassReason::NoStore)),
        ("GET", &[("cache-control", "no-cache")], None),
        ("GET", &[("pragma", "no-store")], None),
    ] {
        assert_eq!(reason_for(&TestRequest::new(method, fields), &[FRESH]), expected, "{method} {fields:?}");
    }
}

#[test]
fn must_understand_does_not_replace_the_requests_no_store() {
    let request = TestRequest::new("GET", &[("cache-control", "no-store")]);
    let directives = [("cache-control", "max-age=60, must-understand, no-store")];
    assert_eq!(reason_for(&request, &directives), Some(PassReason::NoStore));
}

#[test]
fn a_decision_reads_no_more_of_the_request_than_it_needs() {
    let reads = |request: TestRequest, fields: &[(&str, &str)]| {
        reason_for(&request, fields);
        request.reads()
    };
    let post = || TestRequest::new("POST", &[]);
    assert!(reads(TestRequest::get(), &[("cache-control", "no-store")]).is_empty());
    assert!(reads(TestRequest::get(), &[]).is_empty());
    assert_eq!(reads(post(), &[FRESH]), ["method"]);
    assert_eq!(reads(TestRequest::get(), &[("cache-control", "s-maxage=60")]), ["method", "header cache-control"]);
    assert_eq!(reads(TestRequest::get(), &[FRESH]), ["method", "header cache-control", "has-header authorization"],);
}
