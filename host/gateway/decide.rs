//! Routes and lookup plans: remembered, or decided by a component and remembered from then on.

use std::sync::Arc;

use crate::cache::{BypassReason, CacheKey, LookupPlan};
use crate::gateway::Site;
use crate::gateway::subject::{Subject, in_words};
use crate::respond::{Failure, Vary};
use crate::sandbox::{Remembered, RequestView, Route};
use crate::telemetry::Metrics;

/// Remembered decisions of all sites.
#[derive(Debug)]
pub struct Decisions {
    routes: Remembered<Routed>,
    lookups: Remembered<LookupPlan>,
}

/// A route, with what follows from it and from what was read for it.
#[derive(Debug)]
pub struct Routed {
    /// What the router decided.
    pub route: Route,
    /// The fields that it read.
    pub vary: Vary,
    /// The key of what the route leads to.
    pub key: CacheKey,
}

impl Decisions {
    /// Within so many bytes.
    #[must_use]
    pub fn new(budget: u64) -> Self {
        let budget = usize::try_from(budget).unwrap_or(usize::MAX);
        // There is a route for every URL, and a lookup plan only for every spelling of a handful of fields.
        Self { routes: Remembered::new(budget / 8 * 7), lookups: Remembered::new(budget / 8) }
    }

    /// Where a request goes, if that is remembered.
    pub(super) fn known_route(&self, site: &Site, view: &RequestView) -> Option<Arc<Routed>> {
        self.routes.recall(site.route_generation, view).filter(|routed| !routed.route.is_past(view.now))
    }

    /// Where a request goes.
    pub(super) fn route(&self, site: &Site, view: &RequestView, metrics: &Metrics) -> Result<Arc<Routed>, Failure> {
        if let Some(routed) = self.known_route(site, view) {
            return Ok(routed);
        }
        let name = &site.router.identity().name;
        metrics.count_call(name, "route");
        let (route, reads) = site.router.route(view).map_err(|failure| {
            metrics.count_failure(&failure.component, failure.reason.word());
            Failure::Router(failure)
        })?;
        if route.is_past(view.now) {
            return Err(Failure::Expired);
        }
        let key = site.key(&route);
        let routed = Arc::new(Routed { vary: Vary::of(&reads), key, route });
        let weight = size_of::<Routed>() + routed.key.weight() + routed.route.weight();
        self.routes.remember(site.route_generation, &reads, Arc::clone(&routed), weight);
        Ok(routed)
    }

    /// Whether and how to look for a stored response, if that is remembered.
    pub(super) fn known_lookup(&self, site: &Site, view: &RequestView) -> Option<Arc<LookupPlan>> {
        self.lookups.recall(site.lookup_generation, view)
    }

    /// Whether and how to look for a stored response. A policy that fails leads past the store.
    pub(super) fn lookup(&self, site: &Site, view: &RequestView, metrics: &Metrics) -> Arc<LookupPlan> {
        if let Some(plan) = self.known_lookup(site, view) {
            return plan;
        }
        metrics.count_call(&site.policy.identity().name, "lookup");
        match site.policy.lookup(view) {
            Ok((plan, reads)) => {
                let plan = Arc::new(plan);
                self.lookups.remember(site.lookup_generation, &reads, Arc::clone(&plan), size_of::<LookupPlan>());
                plan
            }
            Err(failure) => {
                metrics.count_failure(&failure.component, failure.reason.word());
                let Subject { site, upstream, url } = Subject::of(Some(site), &view.head);
                let failure = in_words(&failure);
                tracing::warn!(site, upstream, url, failure, "cache policy failed in lookup; the request is forwarded");
                Arc::new(LookupPlan::Bypass(BypassReason::Rule))
            }
        }
    }

    /// Bytes in use.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.routes.usage().0 + self.lookups.usage().0
    }
}
