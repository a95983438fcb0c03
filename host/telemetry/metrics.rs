//! Metrics, in Prometheus' words. What is counted on every request is looked up once, at the start.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
pub use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// All metrics of a node.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    requests: [[Counter; StatusClass::ALL.len()]; CACHE_LABELS.len()],
    /// Calls of components that were not answered from memory.
    pub component_calls: Family<ComponentCall, Counter>,
    /// Calls that ended in a trap, at a limit, or with a value that makes no sense.
    pub component_failures: Family<ComponentFailed, Counter>,
    /// How flights ended.
    pub fills: Family<FillEnded, Counter>,
    /// Responses that were not stored because their target has too many selections.
    pub selections_refused: Counter,
    /// Requests to upstreams.
    pub upstream_fetches: Family<UpstreamFetch, Counter>,
    /// Time from a request to an upstream to the end of what was read of the answer.
    pub upstream_seconds: Histogram,
    /// Pictures made, or not.
    pub transforms: Family<Transform, Counter>,
    /// Time that making a picture takes, without waiting for a place.
    pub transform_seconds: Histogram,
    /// Pictures that wait for a place.
    pub image_queue_waiting: Gauge,
    /// Pictures that are being made.
    pub image_queue_running: Gauge,
    /// Open connections.
    pub connections: Gauge,
    /// Connections that the node closed on its own account.
    pub connections_closed: Family<ConnectionClosed, Counter>,
    /// Bytes in the store.
    pub cache_bytes: Family<ShelfLabel, Gauge<u64, AtomicU64>>,
    /// Entries in the store.
    pub cache_entries: Family<ShelfLabel, Gauge<u64, AtomicU64>>,
    /// Bytes of remembered decisions.
    pub decision_bytes: Gauge<u64, AtomicU64>,
    /// Purges that took effect.
    pub purges: Family<PurgeLabels, Counter>,
    /// Attempts to purge of those who may not.
    pub purges_denied: Family<PurgeDenied, Counter>,
    /// Names whose last purge is remembered.
    pub purge_names: Gauge<u64, AtomicU64>,
    /// Bytes of the disk tier.
    pub disk_bytes: Family<DiskBytes, Gauge<u64, AtomicU64>>,
    /// Entries of the disk tier that are known.
    pub disk_entries: Gauge<u64, AtomicU64>,
    /// Folders of the disk tier that were not listed yet since the start.
    pub disk_unlisted: Gauge<u64, AtomicU64>,
    disk_operations: Family<DiskOperation, Counter>,
}

/// The first digit of a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StatusClass {
    /// 2xx.
    Success,
    /// 3xx.
    Redirection,
    /// 4xx.
    ClientError,
    /// 5xx.
    ServerError,
}

/// Every word that `CacheStatus::label` can say.
const CACHE_LABELS: [&str; 8] = ["hit", "bypass", "method", "uri-miss", "vary-miss", "request", "stale", "none"];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    cache: &'static str,
    status: StatusClass,
}

/// Labels of a component's call.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct ComponentCall {
    /// Its name.
    pub component: String,
    /// The function that was called.
    pub function: &'static str,
}

/// Labels of a component's failure.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct ComponentFailed {
    /// Its name.
    pub component: String,
    /// What it did.
    pub reason: &'static str,
}

/// Labels of a flight that ended.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct FillEnded {
    /// `stored`, `freshened`, `declined`, `failed`, or `deserted` when nobody waited for it any more.
    pub outcome: &'static str,
}

/// Labels of a fetch.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct UpstreamFetch {
    /// Its name.
    pub upstream: String,
    /// How it went.
    pub outcome: &'static str,
}

/// Labels of a transform.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Transform {
    /// `made`, `truncated` where it was made of a source that ends early, `refused` or `failed`.
    pub outcome: &'static str,
}

/// Labels of a purge.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct PurgeLabels {
    /// `url`, `tag`, `site` or `everything`.
    pub scope: &'static str,
    /// `hard` or `soft`.
    pub purge: &'static str,
}

/// Labels of an attempt to purge.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct PurgeDenied {
    /// Why not.
    pub reason: &'static str,
}

/// Labels of a connection that was closed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct ConnectionClosed {
    /// `stalled`, `idle` or `displaced`.
    pub reason: &'static str,
}

/// Labels of bytes of the disk tier.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct DiskBytes {
    /// `entries`, `allowed` or `queue`.
    pub of: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct DiskOperation {
    outcome: &'static str,
}

/// Labels of a shelf.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct ShelfLabel {
    /// `sources` or `responses`.
    pub shelf: &'static str,
}

impl StatusClass {
    const ALL: [Self; 4] = [Self::Success, Self::Redirection, Self::ClientError, Self::ServerError];

    /// The class of a status.
    #[must_use]
    pub fn of(status: http::StatusCode) -> Self {
        match status.as_u16() {
            0..300 => Self::Success,
            300..400 => Self::Redirection,
            400..500 => Self::ClientError,
            _ => Self::ServerError,
        }
    }
}

impl EncodeLabelValue for StatusClass {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> Result<(), fmt::Error> {
        let word = match self {
            Self::Success => "2xx",
            Self::Redirection => "3xx",
            Self::ClientError => "4xx",
            Self::ServerError => "5xx",
        };
        EncodeLabelValue::encode(&word, encoder)
    }
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("lucarne");
        let requests = Family::<RequestLabels, Counter>::default();
        registry.register("requests", "Requests answered", requests.clone());
        let requests = CACHE_LABELS.map(|cache| {
            StatusClass::ALL.map(|status| requests.get_or_create(&RequestLabels { cache, status }).clone())
        });
        // From a hit of an upstream on the same machine to its timeout.
        let seconds = || Histogram::new([0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0]);
        let metrics = Self {
            requests,
            component_calls: Family::default(),
            component_failures: Family::default(),
            fills: Family::default(),
            selections_refused: Counter::default(),
            upstream_fetches: Family::default(),
            upstream_seconds: seconds(),
            transforms: Family::default(),
            transform_seconds: seconds(),
            image_queue_waiting: Gauge::default(),
            image_queue_running: Gauge::default(),
            connections: Gauge::default(),
            connections_closed: Family::default(),
            cache_bytes: Family::default(),
            cache_entries: Family::default(),
            decision_bytes: Gauge::default(),
            purges: Family::default(),
            purges_denied: Family::default(),
            purge_names: Gauge::default(),
            disk_bytes: Family::default(),
            disk_entries: Gauge::default(),
            disk_unlisted: Gauge::default(),
            disk_operations: Family::default(),
            registry: Registry::default(),
        };
        let calls = metrics.component_calls.clone();
        registry.register("component_calls", "Calls of components; remembered decisions need none", calls);
        let failures = metrics.component_failures.clone();
        registry.register("component_failures", "Calls of components that were contained", failures);
        registry.register("fills", "How fetches that others could wait for ended", metrics.fills.clone());
        registry.register(
            "selections_refused",
            "Responses not stored because their target varies by too much",
            metrics.selections_refused.clone(),
        );
        registry.register("upstream_fetches", "Requests to upstreams", metrics.upstream_fetches.clone());
        let upstream = metrics.upstream_seconds.clone();
        registry.register_with_unit("upstream_fetch", "Time of requests to upstreams", Unit::Seconds, upstream);
        registry.register(
            "transforms",
            "Pictures made, made of what there was of a truncated source, refused by the component, or failed",
            metrics.transforms.clone(),
        );
        let transforms = metrics.transform_seconds.clone();
        registry.register_with_unit("transform", "Time of making a picture", Unit::Seconds, transforms);
        let waiting = metrics.image_queue_waiting.clone();
        registry.register("image_queue_waiting", "Pictures that wait for a place", waiting);
        let running = metrics.image_queue_running.clone();
        registry.register("image_queue_running", "Pictures that are being made", running);
        registry.register("connections", "Open client connections", metrics.connections.clone());
        let closed = metrics.connections_closed.clone();
        registry.register("connections_closed", "Client connections that were closed for a reason", closed);
        registry.register_with_unit("cache", "Memory in use by the store", Unit::Bytes, metrics.cache_bytes.clone());
        registry.register("cache_entries", "Entries in the store", metrics.cache_entries.clone());
        let decisions = metrics.decision_bytes.clone();
        registry.register_with_unit("decisions", "Memory in use by remembered decisions", Unit::Bytes, decisions);
        registry.register("purges", "Purges that took effect", metrics.purges.clone());
        let denied = metrics.purges_denied.clone();
        registry.register("purges_denied", "Attempts to purge of those who may not", denied);
        let names = metrics.purge_names.clone();
        registry.register("purge_names", "Names whose last purge is remembered", names);
        let disk = metrics.disk_bytes.clone();
        registry.register_with_unit("disk", "Bytes of the disk tier: taken, allowed, to be written", Unit::Bytes, disk);
        registry.register("disk_entries", "Entries of the disk tier", metrics.disk_entries.clone());
        let unlisted = metrics.disk_unlisted.clone();
        registry.register("disk_unlisted", "Folders of the disk tier whose files are not known yet", unlisted);
        let operations = metrics.disk_operations.clone();
        registry.register("disk_operations", "What reads and writes of the disk tier came to", operations);
        Self { registry, ..metrics }
    }
}

impl Metrics {
    /// Counts a request.
    pub fn count_request(&self, cache: &'static str, status: StatusClass) {
        let known = CACHE_LABELS.iter().position(|label| *label == cache);
        if let Some(counters) = known.and_then(|position| self.requests.get(position)) {
            counters[status as usize].inc();
        }
    }

    /// Counts a call of a component.
    pub fn count_call(&self, component: &str, function: &'static str) {
        self.component_calls.get_or_create(&ComponentCall { component: component.to_owned(), function }).inc();
    }

    /// Counts a contained failure.
    pub fn count_failure(&self, component: &str, reason: &'static str) {
        self.component_failures.get_or_create(&ComponentFailed { component: component.to_owned(), reason }).inc();
    }

    /// Counts the end of a flight.
    pub fn count_fill(&self, outcome: &'static str) {
        self.fills.get_or_create(&FillEnded { outcome }).inc();
    }

    /// Counts a fetch.
    pub fn count_fetch(&self, upstream: &str, outcome: &'static str) {
        self.upstream_fetches.get_or_create(&UpstreamFetch { upstream: upstream.to_owned(), outcome }).inc();
    }

    /// Counts a connection that is closed.
    pub fn count_closed(&self, reason: &'static str) {
        self.connections_closed.get_or_create(&ConnectionClosed { reason }).inc();
    }

    /// Counts a transform.
    pub fn count_transform(&self, outcome: &'static str) {
        self.transforms.get_or_create(&Transform { outcome }).inc();
    }

    /// Counts a purge.
    pub fn count_purge(&self, scope: &'static str, purge: &'static str) {
        self.purges.get_or_create(&PurgeLabels { scope, purge }).inc();
    }

    /// Counts an attempt to purge.
    pub fn count_purge_denied(&self, reason: &'static str) {
        self.purges_denied.get_or_create(&PurgeDenied { reason }).inc();
    }

    /// Says how often an operation of the disk tier came to this: the tier counts itself.
    pub fn set_disk_outcome(&self, outcome: &'static str, count: u64) {
        let counter = self.disk_operations.get_or_create(&DiskOperation { outcome });
        counter.inner().store(count, Ordering::Relaxed);
    }

    /// Everything, as Prometheus reads it.
    #[must_use]
    pub fn encode(&self) -> String {
        let mut text = String::new();
        // INVARIANT: writing to a string cannot fail.
        text::encode(&mut text, &self.registry).expect("a string takes everything");
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::{CacheStatus, Forward, ForwardReason, Tier};

    #[test]
    fn every_cache_status_has_a_counter() {
        use ForwardReason::{Bypass, Method, Request, Stale, UriMiss, VaryMiss};
        let forwarded =
            [Bypass, Method, Request, Stale, UriMiss, VaryMiss].map(|r| CacheStatus::Forwarded(Forward::because(r)));
        let statuses = [Tier::Memory, Tier::Disk].map(|tier| CacheStatus::Hit { ttl: 1, tier });
        let statuses = statuses.into_iter().chain([CacheStatus::Unused]).chain(forwarded);
        for status in statuses {
            assert!(CACHE_LABELS.contains(&status.label()), "{status}");
        }
    }

    #[test]
    fn counters_appear_in_the_text() {
        let metrics = Metrics::default();
        metrics.count_request("hit", StatusClass::Success);
        metrics.count_failure("query", "deadline");
        let text = metrics.encode();
        assert!(text.contains("lucarne_requests_total{cache=\"hit\",status=\"2xx\"} 1"), "{text}");
        assert!(text.contains("lucarne_component_failures_total{component=\"query\",reason=\"deadline\"} 1"), "{text}");
    }
}
