//! `[cache]`: what the node may keep.

use std::path::Path;
use std::time::Duration;

use crate::disk::{AdmissionRule, DiskConfig, LARGEST};

use super::reader::Section;
use super::units::{self, GIB, KIB, MIB, TIB};

/// Sizes of the stores, and the lifetime of what has none of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheConfig {
    /// Bytes of the memory tier: stored responses with their keys. Default 512 MiB: some ten thousand pictures.
    pub memory: u64,
    /// Bytes of the largest response that is kept in memory; a larger one goes to the disk, or is passed on and not kept. At
    /// most `memory`. Default
    /// 32 MiB, or `memory` where that is less: what the largest source may have. Sources have a quarter of `memory`: one that is larger is fetched for each picture.
    pub object: u64,
    /// Bytes of remembered decisions. Default 32 MiB, a sixteenth of `memory`: a decision is much smaller than what
    /// it decides about.
    pub decisions: u64,
    /// Freshness lifetime, in whole seconds, of a picture whose origin states none. Default 1 h: pictures change
    /// seldom, and an hour is what a forgotten header may cost.
    pub image_default_ttl: Duration,
    /// How long a fetch that brought no answer, or a 5xx for a source, stands for all who ask for the same. Default 1 s:
    /// long enough to break a herd, and too short to be noticed once the origin is back.
    pub error_ttl: Duration,
    /// How long a request waits for another's fetch that has brought nothing yet, before it begins one beside it. Default
    /// 5 s: as long as a person waits, and longer than a healthy origin takes.
    pub lock_wait: Duration,
    /// From which age on new requests do not wait for such a fetch at all. Default 10 s: an origin's first byte may take
    /// as long.
    pub lock_age: Duration,
    /// How long requests for what turned out not to be shared do not wait for each other. Default 10 s: one request in
    /// ten seconds is not too many that are waited for, and what becomes shareable is noticed with the next response
    /// in any case.
    pub hit_for_miss: Duration,
    /// The most, in hundredths, that is taken off a lifetime of 10 s or more that the origin did not state, so that
    /// what came together does not expire together. Default 10.
    pub jitter_percent: u8,
    /// The disk tier. Default none: which disk may be used, and how much of it, is not for a program to guess.
    pub disk: Option<DiskConfig>,
}

impl Default for CacheConfig {
    fn default() -> Self {
        Self {
            memory: 512 * MIB,
            object: 32 * MIB,
            decisions: 32 * MIB,
            image_default_ttl: Duration::from_hours(1),
            error_ttl: Duration::from_secs(1),
            lock_wait: Duration::from_secs(5),
            lock_age: Duration::from_secs(10),
            hit_for_miss: Duration::from_secs(10),
            jitter_percent: 10,
            disk: None,
        }
    }
}

impl CacheConfig {
    /// Reads the section; a relative path starts at `base`.
    pub(super) fn read(section: &mut Section<'_>, base: &Path) -> Self {
        let default = Self::default();
        let has_disk = section.has("disk");
        let disk = section.table("disk", |section| has_disk.then(|| disk(section, base)).flatten());
        let memory = section.value("memory", units::size(MIB..=16 * TIB)).unwrap_or(default.memory);
        let object = section.value("object", units::size(KIB..=4 * GIB));
        if object.is_some_and(|object| object > memory) {
            section.problem("object", "is more than cache.memory, so nothing that large could be stored");
        }
        Self {
            memory,
            object: object.unwrap_or(default.object.min(memory)),
            decisions: section.value("decisions", units::size(64 * KIB..=TIB)).unwrap_or(default.decisions),
            image_default_ttl: section.value("image-default-ttl", units::lifetime).unwrap_or(default.image_default_ttl),
            error_ttl: section
                .value("error-ttl", units::duration(Duration::ZERO..=Duration::from_mins(1)))
                .unwrap_or(default.error_ttl),
            lock_wait: section.value("lock-wait", units::duration(units::TIMEOUT)).unwrap_or(default.lock_wait),
            lock_age: section.value("lock-age", units::duration(units::TIMEOUT)).unwrap_or(default.lock_age),
            hit_for_miss: section
                .value("hit-for-miss", units::duration(units::LIFETIME))
                .unwrap_or(default.hit_for_miss),
            jitter_percent: section.value("jitter", units::percent(0..=50)).unwrap_or(default.jitter_percent),
            disk,
        }
    }
}

/// The size is at least 64 MiB: as much as the largest entry. An entry has by default as much as it may have at all,
/// [`LARGEST`]: whoever sends larger things through sends few, and those are worth their place. There is no default for the size, since no part of a disk is usual.
fn disk(section: &mut Section<'_>, base: &Path) -> Option<DiskConfig> {
    let rules = [("second-request", AdmissionRule::SecondRequest), ("always", AdmissionRule::Always)];
    let path = section.value("path", units::path(base));
    let size = section.value("size", units::size(64 * MIB..=64 * TIB));
    let object = section.value("object", units::size(KIB..=LARGEST)).unwrap_or(LARGEST);
    let admission = section.value("admission", units::word(&rules)).unwrap_or_default();
    for (key, example) in [("path", "path = \"/var/cache/lucarne\""), ("size", "size = \"10GiB\"")] {
        if !section.has(key) {
            section.problem(key, format!("is missing; write it like {example}"));
        }
    }
    Some(DiskConfig { path: path?, size: size?, object, admission })
}
