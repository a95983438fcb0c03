//! Whether a stored response may answer, and what it would have to be (RFC 9111 §4, §5.2.1).
//!
//! Reads the method; where it is cacheable, Cache-Control; where that is absent, Pragma. Nothing else.

use lucarne_guest::cache_policy::{BypassReason, Constraints, LookupPlan};

use crate::directives::{self, list_members};
use crate::request::{RequestHead, is_cacheable};

/// The plan of a lookup.
pub(crate) fn plan(request: &impl RequestHead) -> LookupPlan {
    if !is_cacheable(&request.method()) {
        return LookupPlan::Bypass(BypassReason::Method);
    }
    LookupPlan::Use(match request.header("cache-control") {
        Some(value) => directives::request::constraints(&value),
        // A request that has Cache-Control means that, and Pragma is for those who do not know it (§5.4).
        None => Constraints {
            no_cache: request.header("pragma").is_some_and(|value| says_no_cache(&value)),
            ..directives::request::NONE
        },
    })
}

fn says_no_cache(pragma: &[u8]) -> bool {
    list_members(pragma).any(|member| member.eq_ignore_ascii_case(b"no-cache"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directives::request::NONE;
    use crate::fixture::TestRequest;

    #[test]
    fn only_get_and_head_are_looked_up() {
        for (method, looked_up) in [
            ("GET", true),
            ("HEAD", true),
            ("get", false),
            ("POST", false),
            ("PUT", false),
            ("OPTIONS", false),
            ("PURGE", false),
            ("", false),
        ] {
            let plan = plan(&TestRequest::new(method, &[]));
            match looked_up {
                true => assert_eq!(plan, LookupPlan::Use(NONE), "{method:?}"),
                false => assert_eq!(plan, LookupPlan::Bypass(BypassReason::Method), "{method:?}"),
            }
        }
    }

    #[test]
    fn pragma_counts_only_where_there_is_no_cache_control() {
        for (fields, no_cache) in [
            (&[("pragma", "no-cache")] as &[_], true),
            (&[("pragma", "x, No-Cache")], true),
            (&[("pragma", "no-cachex")], false),
            (&[("pragma", "")], false),
            (&[("cache-control", "max-stale"), ("pragma", "no-cache")], false),
            (&[("cache-control", ""), ("pragma", "no-cache")], false),
            (&[("cache-control", "no-cache")], true),
        ] {
            let LookupPlan::Use(constraints) = plan(&TestRequest::new("GET", fields)) else {
                panic!("GET is looked up");
            };
            assert_eq!(constraints.no_cache, no_cache, "{fields:?}");
        }
    }

    #[test]
    fn a_lookup_reads_no_more_than_it_needs() {
        for (method, fields, reads) in [
            ("POST", &[("cache-control", "no-cache")] as &[_], &["method"] as &[_]),
            ("GET", &[("cache-control", "no-cache"), ("pragma", "x")], &["method", "header cache-control"]),
            ("GET", &[], &["method", "header cache-control", "header pragma"]),
        ] {
            let request = TestRequest::new(method, fields);
            plan(&request);
            assert_eq!(request.reads(), reads);
        }
    }
}
