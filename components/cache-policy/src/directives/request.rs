//! The directives of a request (RFC 9111 §5.2.1, RFC 5861 §4), as the constraints that they put on a stored response.
//!
//! Where a directive comes more than once the most restrictive holds. An invalid max-age accepts no age; an invalid
//! min-fresh, max-stale or stale-if-error names no duration and asks for nothing.

use lucarne_guest::cache_policy::Constraints;

use super::{Argument, directives};
use crate::directives::NameBuffer;

/// No constraint at all: what a request without directives says.
pub(crate) const NONE: Constraints = Constraints {
    no_cache: false,
    no_store: false,
    only_if_cached: false,
    max_age: None,
    min_fresh: None,
    max_stale: None,
    stale_if_error: None,
};

/// The constraints that a Cache-Control value states.
pub fn constraints(cache_control: &[u8]) -> Constraints {
    let mut said = NONE;
    for directive in directives(cache_control) {
        let argument = directive.argument;
        match directive.name(&mut NameBuffer::default()) {
            b"no-cache" => said.no_cache = true,
            b"no-store" => said.no_store = true,
            b"only-if-cached" => said.only_if_cached = true,
            b"max-age" => said.max_age = least(said.max_age, Some(argument.delta_seconds().unwrap_or(0))),
            b"min-fresh" => said.min_fresh = said.min_fresh.max(argument.delta_seconds()),
            b"max-stale" => said.max_stale = least(said.max_stale, accepted_staleness(argument)),
            b"stale-if-error" => said.stale_if_error = least(said.stale_if_error, argument.delta_seconds()),
            _ => {}
        }
    }
    said
}

/// Without an argument, any staleness is accepted (§5.2.1.2).
fn accepted_staleness(argument: Argument<'_>) -> Option<u64> {
    match argument {
        Argument::Absent => Some(u64::MAX),
        stated => stated.delta_seconds(),
    }
}

fn least(one: Option<u64>, other: Option<u64>) -> Option<u64> {
    one.into_iter().chain(other).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_directive_is_a_constraint() {
        for (line, expected) in [
            ("", NONE),
            ("x, no-transform, y=1", NONE),
            ("no-cache", Constraints { no_cache: true, ..NONE }),
            ("No-Cache=\"x\"", Constraints { no_cache: true, ..NONE }),
            ("NO-STORE", Constraints { no_store: true, ..NONE }),
            ("only-if-cached", Constraints { only_if_cached: true, ..NONE }),
            ("max-age=0", Constraints { max_age: Some(0), ..NONE }),
            ("max-age=9, max-age=\"5\"", Constraints { max_age: Some(5), ..NONE }),
            ("max-age=x", Constraints { max_age: Some(0), ..NONE }),
            ("max-age=-1", Constraints { max_age: Some(0), ..NONE }),
            ("min-fresh=5, min-fresh=9", Constraints { min_fresh: Some(9), ..NONE }),
            ("min-fresh, min-fresh=1e3", NONE),
            ("max-stale", Constraints { max_stale: Some(u64::MAX), ..NONE }),
            ("max-stale=7", Constraints { max_stale: Some(7), ..NONE }),
            ("max-stale, max-stale=7", Constraints { max_stale: Some(7), ..NONE }),
            ("max-stale=7, max-stale", Constraints { max_stale: Some(7), ..NONE }),
            ("max-stale=-7", NONE),
            ("max-stale=", NONE),
            ("stale-if-error=9, Stale-If-Error=5", Constraints { stale_if_error: Some(5), ..NONE }),
            ("stale-if-error=0", Constraints { stale_if_error: Some(0), ..NONE }),
            ("stale-if-error, stale-if-error=-1", NONE),
            ("max-stale=99999999999", Constraints { max_stale: Some(1 << 31), ..NONE }),
        ] {
            assert_eq!(constraints(line.as_bytes()), expected, "{line:?}");
        }
    }
}
