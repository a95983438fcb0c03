//! How long a response is fresh, and who says so (RFC 9111 §4.2.1, §4.2.2).

use lucarne_guest::cache_policy::LifetimeSource;

use crate::delta_seconds::GREATEST;
use crate::head::Head;
use crate::settings::Settings;

/// A freshness lifetime in seconds, at most 2³¹, and where it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lifetime {
    pub(crate) seconds: u64,
    pub(crate) source: LifetimeSource,
}

/// The lifetime that the response states: the first of s-maxage, max-age and Expires (§4.2.1).
pub(crate) fn explicit(head: &Head<'_>) -> Option<Lifetime> {
    let directives = &head.directives;
    let seconds = directives.s_maxage.or(directives.max_age).or_else(|| until_expiry(head))?;
    Some(Lifetime::new(seconds, LifetimeSource::Explicit))
}

/// The lifetime of a response that states none, where its status or `public` allows one: what the node's owner gives
/// to its kind, else what its age when it was made suggests.
pub(crate) fn implicit(head: &Head<'_>, settings: &Settings) -> Option<Lifetime> {
    match head.default_lifetime() {
        Some(seconds) => Some(Lifetime::new(seconds, LifetimeSource::Default)),
        None => heuristic(head, settings),
    }
}

/// Expires − Date.
fn until_expiry(head: &Head<'_>) -> Option<u64> {
    head.expires().map(|expires| expires.saturating_sub(head.date))
}

/// A share of the time that the response had not changed when it was made, up to a bound (§4.2.2).
pub(crate) fn heuristic(head: &Head<'_>, settings: &Settings) -> Option<Lifetime> {
    let unchanged = head.date.saturating_sub(head.last_modified()?);
    let share = unchanged.saturating_mul(settings.heuristic_percent) / 100;
    Some(Lifetime::new(share.min(settings.heuristic_max), LifetimeSource::Heuristic))
}

impl Lifetime {
    /// None at all: the response is stale from the first, and lives on its validator.
    pub(crate) const ZERO: Self = Self { seconds: 0, source: LifetimeSource::Heuristic };

    fn new(seconds: u64, source: LifetimeSource) -> Self {
        Self { seconds: seconds.min(GREATEST), source }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{RECEIVED_AT_DATE, decision, plan, response};
    use lucarne_guest::cache_policy::StorageDecision;

    const IN_AN_HOUR: &str = "Fri, 20 Nov 2026 11:00:00 GMT";
    const AN_HOUR_AGO: &str = "Fri, 20 Nov 2026 09:00:00 GMT";

    #[test]
    fn the_first_of_s_maxage_max_age_and_expires_is_the_lifetime() {
        for (fields, seconds) in [
            (&[("cache-control", "max-age=5, s-maxage=9"), ("expires", IN_AN_HOUR)] as &[_], 9),
            (&[("cache-control", "s-maxage=x, max-age=5")], 0),
            (&[("cache-control", "max-age=5"), ("expires", IN_AN_HOUR)], 5),
            (&[("cache-control", "max-age=5"), ("expires", "0")], 5),
            (&[("cache-control", "max-age=0"), ("expires", IN_AN_HOUR)], 0),
            (&[("expires", IN_AN_HOUR)], 3600),
            (&[("expires", IN_AN_HOUR), ("date", AN_HOUR_AGO)], 7200),
            (&[("expires", IN_AN_HOUR), ("date", "garbage")], 3600),
            (&[("expires", IN_AN_HOUR), ("date", IN_AN_HOUR)], 0),
            (&[("cache-control", "max-age=99999999999")], GREATEST),
            (&[("expires", "Fri, 31 Dec 9999 23:59:59 GMT")], GREATEST),
        ] {
            let plan = plan(fields);
            assert_eq!(
                (plan.freshness_lifetime, plan.lifetime_source),
                (seconds, LifetimeSource::Explicit),
                "{fields:?}"
            );
        }
    }

    #[test]
    fn an_expires_that_is_no_date_or_disagrees_with_itself_is_the_earliest() {
        for fields in [
            &[("expires", "0")] as &[_],
            &[("expires", "-1")],
            &[("expires", "")],
            &[("expires", AN_HOUR_AGO)],
            &[("expires", "Thu, 01 Jan 1969 00:00:00 GMT")],
            &[("expires", "Fri, 20 Nov 2026 11:00:00 UTC")],
            &[("expires", IN_AN_HOUR), ("expires", "0")],
            &[("expires", "0"), ("expires", IN_AN_HOUR)],
            &[("expires", AN_HOUR_AGO), ("expires", IN_AN_HOUR)],
        ] {
            let plan = plan(fields);
            assert_eq!((plan.freshness_lifetime, plan.lifetime_source), (0, LifetimeSource::Explicit), "{fields:?}");
        }
    }

    #[test]
    fn a_heuristic_lifetime_is_a_tenth_of_the_time_unchanged_and_a_day_at_most() {
        for (fields, seconds) in [
            (&[("last-modified", AN_HOUR_AGO)] as &[_], 360),
            (&[("last-modified", AN_HOUR_AGO), ("date", RECEIVED_AT_DATE)], 360),
            (&[("last-modified", AN_HOUR_AGO), ("date", IN_AN_HOUR)], 720),
            (&[("last-modified", "Thu, 20 Nov 2025 10:00:00 GMT")], 86_400),
            (&[("last-modified", "Thu, 01 Jan 1970 00:00:00 GMT")], 86_400),
            (&[("last-modified", RECEIVED_AT_DATE)], 0),
            (&[("last-modified", IN_AN_HOUR)], 0),
            (&[("etag", "\"a\"")], 0),
        ] {
            let plan = plan(fields);
            assert_eq!(
                (plan.freshness_lifetime, plan.lifetime_source),
                (seconds, LifetimeSource::Heuristic),
                "{fields:?}"
            );
        }
    }

    #[test]
    fn the_heuristic_follows_its_settings() {
        let stored = response(200, &[("last-modified", AN_HOUR_AGO)]);
        for (heuristic_percent, heuristic_max, seconds) in
            [(50, 86_400, 1800), (50, 60, 60), (0, 86_400, 0), (u64::MAX, u64::MAX, GREATEST)]
        {
            let settings = Settings { heuristic_percent, heuristic_max, ..Settings::default() };
            let lifetime = heuristic(&Head::new(&stored), &settings);
            assert_eq!(lifetime.map(|lifetime| lifetime.seconds), Some(seconds), "{heuristic_percent} {heuristic_max}");
        }
    }

    #[test]
    fn the_owners_default_stands_in_where_nothing_is_explicit() {
        for (fields, expected) in [
            (&[] as &[_], (300, LifetimeSource::Default)),
            (&[("last-modified", AN_HOUR_AGO)], (300, LifetimeSource::Default)),
            (&[("cache-control", "max-age=5")], (5, LifetimeSource::Explicit)),
            (&[("expires", "0")], (0, LifetimeSource::Explicit)),
        ] {
            let mut head = response(200, fields);
            head.default_lifetime = Some(300);
            let StorageDecision::Store(plan) = decision(&head) else { panic!("passed: {fields:?}") };
            assert_eq!((plan.freshness_lifetime, plan.lifetime_source), expected, "{fields:?}");
        }
    }
}
