//! Ages and lifetimes (RFC 9111 §4.2), on the monotonic clock.

use std::time::{Duration, Instant};

use crate::cache::{Constraints, LifetimeSource, StoragePlan, Validation};

/// What decides for how long a stored response may be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Freshness {
    /// When the request that obtained or validated it was sent. Counting from there covers the time of transfer:
    /// RFC 9111 §4.2.3 calls it the response delay.
    pub requested: Instant,
    /// How old the response was on arrival.
    pub initial_age: Duration,
    /// For how long it is fresh, counted from age 0.
    pub lifetime: Duration,
    /// For how long after that it may be served while it is validated.
    pub stale_while_revalidate: Duration,
    /// For how long after that it may be served because the origin fails.
    pub stale_if_error: Duration,
    /// When it must be validated.
    pub validation: Validation,
}

/// How much sooner something expires than its plan says, so that what was fetched together is not fetched together again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Jitter {
    /// The most that is taken off a lifetime.
    pub percent: u8,
    /// Where in that range: any number, evenly spread, the same for the same key and fetch.
    pub chance: u64,
}

/// What may be done with a stored response now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Usability {
    /// Serve it.
    Fresh,
    /// Serve it, and have it validated.
    WhileRevalidating,
    /// Validate it first.
    Expired,
}

impl Freshness {
    /// As a plan says, for a response whose request was sent at `requested`. A lifetime that the node chose is jittered,
    /// one that the origin states is kept to.
    #[must_use]
    pub fn planned(plan: &StoragePlan, requested: Instant, jitter: Jitter) -> Self {
        Self {
            requested,
            initial_age: plan.initial_age,
            lifetime: match plan.lifetime_source {
                LifetimeSource::Explicit => plan.freshness_lifetime,
                LifetimeSource::Heuristic | LifetimeSource::Default => jitter.shortened(plan.freshness_lifetime),
            },
            stale_while_revalidate: plan.stale_while_revalidate,
            stale_if_error: plan.stale_if_error,
            validation: plan.validation,
        }
    }

    /// Of a response that may not be stored: it is never fresh.
    #[must_use]
    pub fn none(requested: Instant) -> Self {
        Self {
            requested,
            initial_age: Duration::ZERO,
            lifetime: Duration::ZERO,
            stale_while_revalidate: Duration::ZERO,
            stale_if_error: Duration::ZERO,
            validation: Validation::EachTime,
        }
    }

    /// The age at `now`, RFC 9111 §4.2.3.
    #[must_use]
    pub fn current_age(&self, now: Instant) -> Duration {
        self.initial_age.saturating_add(now.saturating_duration_since(self.requested))
    }

    /// What a request with these constraints may do with it.
    #[must_use]
    pub fn usability(&self, constraints: &Constraints, now: Instant) -> Usability {
        let age = self.current_age(now);
        if constraints.no_cache || self.validation == Validation::EachTime {
            return Usability::Expired;
        }
        if constraints.max_age.is_some_and(|accepted| age > accepted) {
            return Usability::Expired;
        }
        if age < self.lifetime {
            let short = constraints.min_fresh.is_some_and(|wanted| self.lifetime - age < wanted);
            return if short { Usability::Expired } else { Usability::Fresh };
        }
        let staleness = age - self.lifetime;
        if self.validation == Validation::WhenStaleAlways || constraints.min_fresh.is_some() {
            Usability::Expired
        } else if constraints.max_stale.is_some_and(|accepted| staleness <= accepted) {
            Usability::Fresh
        } else if constraints.max_age.is_none() && staleness < self.stale_while_revalidate {
            Usability::WhileRevalidating
        } else {
            Usability::Expired
        }
    }

    /// Whether it may stand in for an origin that fails, where the request has these constraints (RFC 5861 §4). What
    /// the request says of that goes before what the response says, but not before a demand for validation.
    #[must_use]
    pub fn usable_on_error(&self, constraints: &Constraints, now: Instant) -> bool {
        let until = self.lifetime.saturating_add(constraints.stale_if_error.unwrap_or(self.stale_if_error));
        self.validation == Validation::WhenStale && self.current_age(now) < until
    }
}

impl Jitter {
    /// What is shorter is left as it is: it does not outlive the herd that it is to break up.
    const SHORTEST: Duration = Duration::from_secs(10);

    /// A lifetime, shortened by up to so many percent, in whole seconds as HTTP tells it.
    fn shortened(self, lifetime: Duration) -> Duration {
        if lifetime < Self::SHORTEST {
            return lifetime;
        }
        let most = u128::from(lifetime.as_secs()) * u128::from(self.percent.min(100)) / 100;
        // Of the numbers from 0 to `most`, each as likely as the others.
        let off = ((most + 1) * u128::from(self.chance)) >> 64;
        lifetime.saturating_sub(Duration::from_secs(u64::try_from(off).unwrap_or(0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;

    const S: fn(u64) -> Duration = Duration::from_secs;

    fn freshness(requested: Instant, validation: Validation) -> Freshness {
        Freshness {
            requested,
            initial_age: S(10),
            lifetime: S(60),
            stale_while_revalidate: S(30),
            stale_if_error: S(100),
            validation,
        }
    }

    #[test]
    fn a_stored_response_is_used_within_its_windows() {
        use Usability::{Expired, Fresh, WhileRevalidating};
        use Validation::{EachTime, WhenStale, WhenStaleAlways};
        let start = Clock::default().now().instant;
        let none = Constraints::default();
        let max_age = Constraints { max_age: Some(S(20)), ..Constraints::default() };
        let min_fresh = Constraints { min_fresh: Some(S(45)), ..Constraints::default() };
        let max_stale = Constraints { max_stale: Some(S(500)), ..Constraints::default() };
        let no_cache = Constraints { no_cache: true, ..Constraints::default() };
        let table = [
            (WhenStale, &none, 0, Fresh),
            (WhenStale, &none, 49, Fresh),
            (WhenStale, &none, 50, WhileRevalidating),
            (WhenStale, &none, 79, WhileRevalidating),
            (WhenStale, &none, 80, Expired),
            (WhenStaleAlways, &none, 49, Fresh),
            (WhenStaleAlways, &none, 50, Expired),
            (EachTime, &none, 0, Expired),
            (WhenStale, &max_age, 10, Fresh),
            (WhenStale, &max_age, 11, Expired),
            (WhenStale, &min_fresh, 5, Fresh),
            (WhenStale, &min_fresh, 6, Expired),
            (WhenStale, &max_stale, 400, Fresh),
            (WhenStaleAlways, &max_stale, 60, Expired),
            (WhenStale, &no_cache, 0, Expired),
        ];
        for (validation, constraints, after, expected) in table {
            let found = freshness(start, validation).usability(constraints, start + S(after));
            assert_eq!(found, expected, "{validation:?} {constraints:?} after {after} s");
        }
    }

    /// Fault 73, as far as lifetimes go.
    #[test]
    fn a_lifetime_is_only_ever_shortened_and_by_no_more_than_its_share() {
        let shortened = |seconds, percent, chance| Jitter { percent, chance }.shortened(S(seconds)).as_secs();
        let table = [
            (9, 10, u64::MAX, 9),
            (10, 10, 0, 10),
            (10, 10, u64::MAX, 9),
            (3600, 10, 0, 3600),
            (3600, 10, u64::MAX / 2, 3420),
            (3600, 10, u64::MAX, 3240),
            (3600, 0, u64::MAX, 3600),
        ];
        for (seconds, percent, chance, expected) in table {
            assert_eq!(shortened(seconds, percent, chance), expected, "{seconds} {percent} {chance}");
        }
    }

    #[test]
    fn an_error_window_follows_the_lifetime_unless_validation_is_demanded() {
        use Validation::{EachTime, WhenStale, WhenStaleAlways};
        let start = Clock::default().now().instant;
        for (validation, stale_if_error, after, usable) in [
            (WhenStale, None, 149, true),
            (WhenStale, None, 150, false),
            (WhenStale, Some(20), 69, true),
            (WhenStale, Some(20), 70, false),
            (WhenStale, Some(500), 549, true),
            (WhenStale, Some(500), 550, false),
            (WhenStaleAlways, None, 60, false),
            (WhenStaleAlways, Some(500), 60, false),
            (EachTime, Some(500), 60, false),
        ] {
            let constraints = Constraints { stale_if_error: stale_if_error.map(S), ..Constraints::default() };
            let found = freshness(start, validation).usable_on_error(&constraints, start + S(after));
            assert_eq!(found, usable, "{validation:?} {stale_if_error:?} after {after} s");
        }
    }
}
