//! What may be done with a response that is not fresh (RFC 9111 §4.2.4, RFC 5861).

use lucarne_guest::cache_policy::Validation;

use crate::directives::response::{Extent, ResponseDirectives};
use crate::settings::Settings;

/// When a response is validated, and for how many seconds past its freshness it may be used all the same.
///
/// Invariant: windows are zero unless validation is [`Validation::WhenStale`], for nothing else leaves room for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Staleness {
    pub(crate) validation: Validation,
    pub(crate) while_revalidate: u64,
    pub(crate) if_error: u64,
}

/// What a response allows. Where it is silent the node's owner decides: stale use is permitted by the origin's
/// directives or by such arrangement, and never where a directive forbids it (RFC 9111 §4.2.4).
pub(crate) fn staleness(directives: &ResponseDirectives, settings: &Settings) -> Staleness {
    let validation = validation(directives);
    if validation != Validation::WhenStale {
        return Staleness { validation, while_revalidate: 0, if_error: 0 };
    }
    Staleness {
        validation,
        while_revalidate: directives.stale_while_revalidate.unwrap_or(settings.stale_while_revalidate),
        if_error: directives.stale_if_error.unwrap_or(settings.stale_if_error),
    }
}

fn validation(directives: &ResponseDirectives) -> Validation {
    if directives.no_cache == Extent::Everything {
        // RFC 9111 §5.2.2.4. With a list of fields those are left out instead, and the rest is used as usual.
        Validation::EachTime
    } else if directives.must_revalidate || directives.proxy_revalidate || directives.s_maxage.is_some() {
        // §5.2.2.2, §5.2.2.8, and §5.2.2.10: s-maxage says what proxy-revalidate does.
        Validation::WhenStaleAlways
    } else {
        Validation::WhenStale
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::plan;

    #[test]
    fn validation_follows_the_strictest_directive() {
        for (directives, validation) in [
            ("max-age=5", Validation::WhenStale),
            ("max-age=5, no-cache=\"x\"", Validation::WhenStale),
            ("max-age=5, must-revalidate", Validation::WhenStaleAlways),
            ("max-age=5, proxy-revalidate", Validation::WhenStaleAlways),
            ("s-maxage=5", Validation::WhenStaleAlways),
            ("max-age=5, no-cache", Validation::EachTime),
            ("max-age=5, no-cache=\"\"", Validation::EachTime),
            ("max-age=5, no-cache, must-revalidate", Validation::EachTime),
        ] {
            assert_eq!(plan(&[("cache-control", directives)]).validation, validation, "{directives:?}");
        }
    }

    #[test]
    fn stale_windows_are_the_responses_or_the_owners_and_closed_where_stale_use_is_forbidden() {
        for (directives, while_revalidate, if_error) in [
            ("max-age=5", 0, 86_400),
            ("max-age=5, stale-while-revalidate=7, stale-if-error=9", 7, 9),
            ("max-age=5, stale-while-revalidate=7, stale-while-revalidate=3", 3, 86_400),
            ("max-age=5, stale-if-error=0", 0, 0),
            ("max-age=5, stale-if-error=x", 0, 0),
            ("max-age=5, stale-while-revalidate", 0, 86_400),
            ("max-age=5, stale-if-error=99999999999", 0, 1 << 31),
            ("max-age=5, must-revalidate, stale-while-revalidate=7, stale-if-error=9", 0, 0),
            ("s-maxage=5, stale-while-revalidate=7", 0, 0),
            ("max-age=5, no-cache, stale-if-error=9", 0, 0),
        ] {
            let plan = plan(&[("cache-control", directives)]);
            assert_eq!(
                (plan.stale_while_revalidate, plan.stale_if_error),
                (while_revalidate, if_error),
                "{directives:?}"
            );
        }
    }
}
