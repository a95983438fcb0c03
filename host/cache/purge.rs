//! What a purge names, and what a stored response carries so that one comparison says whether a purge has hit it.
//!
//! A purge touches nothing that is stored: it writes down when its name was purged last ([`Purges`]). Everything stored
//! knows when its fetch began and under which names it can be purged, and finds out at its next use.

mod table;

pub use table::Purges;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::cache::{CacheKey, Digest, Sequence};

/// How thorough a purge is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purge {
    /// What it hits is gone: it is not served, and lends no validators.
    Hard,
    /// What it hits is stale: it is served at most while it is validated.
    Soft,
}

/// What can be purged: everything, a site, a tag or a target. Names are digests, so that they are all of one size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PurgeName {
    kind: Kind,
    digest: [u8; 16],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
enum Kind {
    Everything,
    Site,
    Tag,
    Target,
}

/// A name that is purged, and the larger one that stands for it where its record has to make room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PurgeMark {
    /// What is purged.
    pub name: PurgeName,
    /// Its site, or everything.
    pub within: PurgeName,
}

/// A purge that has taken effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PurgeRecord {
    /// Where it stands. What began to be fetched here, or later, is not hit.
    pub sequence: Sequence,
    /// How thorough it is.
    pub purge: Purge,
    /// What it names.
    pub marks: Vec<PurgeMark>,
}

/// What a stored response carries: when its fetch began, and the names under which it can be purged besides everything.
#[derive(Debug)]
pub struct PurgeStamp {
    began: Sequence,
    names: Arc<[PurgeName]>,
    /// Up to where no purge has hit it.
    valid_up_to: AtomicU64,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Everything, Self::Site, Self::Tag, Self::Target];
}

impl Purge {
    /// One word for logs, metrics and answers.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Hard => "hard",
            Self::Soft => "soft",
        }
    }
}

impl PurgeName {
    /// Everything that is stored.
    pub const EVERYTHING: Self = Self { kind: Kind::Everything, digest: [0; 16] };

    /// Bytes of [`Self::to_bytes`].
    pub const LENGTH: usize = 17;

    /// Everything of a site.
    #[must_use]
    pub fn site(site: &str) -> Self {
        Self::of(Kind::Site, &[site.as_bytes()])
    }

    /// What has this tag on a site, or on any site.
    #[must_use]
    pub fn tag(site: Option<&str>, tag: &str) -> Self {
        match site {
            Some(site) => Self::of(Kind::Tag, &[b"site", site.as_bytes(), tag.as_bytes()]),
            None => Self::of(Kind::Tag, &[b"any", tag.as_bytes()]),
        }
    }

    /// What was fetched from a target, or made of it.
    #[must_use]
    pub fn target(key: &CacheKey) -> Self {
        Self::of(Kind::Target, &[key.as_bytes()])
    }

    /// For a log.
    #[must_use]
    pub fn to_bytes(self) -> [u8; Self::LENGTH] {
        let mut bytes = [self.kind as u8; Self::LENGTH];
        bytes[1..].copy_from_slice(&self.digest);
        bytes
    }

    /// As [`Self::to_bytes`] wrote it; none if it did not.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; Self::LENGTH]) -> Option<Self> {
        let [kind, digest @ ..] = *bytes;
        let kind = *Kind::ALL.get(usize::from(kind))?;
        Some(Self { kind, digest })
    }

    fn of(kind: Kind, parts: &[&[u8]]) -> Self {
        let digest = Digest::of_parts(parts);
        let [digest, _] = *digest.as_bytes().as_chunks::<16>().0 else {
            // INVARIANT: 32 bytes are two times 16.
            return Self::EVERYTHING;
        };
        Self { kind, digest }
    }
}

impl PurgeMark {
    /// Everything that is stored.
    pub const EVERYTHING: Self = Self { name: PurgeName::EVERYTHING, within: PurgeName::EVERYTHING };

    /// Everything of a site.
    #[must_use]
    pub fn site(site: &str) -> Self {
        Self { name: PurgeName::site(site), within: PurgeName::EVERYTHING }
    }

    /// What has this tag, on a site or on all of them.
    #[must_use]
    pub fn tag(site: Option<&str>, tag: &str) -> Self {
        Self { name: PurgeName::tag(site, tag), within: site.map_or(PurgeName::EVERYTHING, PurgeName::site) }
    }

    /// What was fetched from a target of a site, or made of it.
    #[must_use]
    pub fn target(site: &str, key: &CacheKey) -> Self {
        Self { name: PurgeName::target(key), within: PurgeName::site(site) }
    }
}

impl PurgeStamp {
    /// For what began to be fetched here, and goes by these names.
    #[must_use]
    pub fn new(began: Sequence, names: Arc<[PurgeName]>) -> Self {
        Self { began, names, valid_up_to: AtomicU64::new(began.0) }
    }

    /// For what was fetched from this target of a site, and has these tags.
    #[must_use]
    pub fn of_target(began: Sequence, site: &str, target: &CacheKey, tags: &[String]) -> Self {
        let tags = tags.iter().flat_map(|tag| [PurgeName::tag(Some(site), tag), PurgeName::tag(None, tag)]);
        Self::new(began, [PurgeName::target(target), PurgeName::site(site)].into_iter().chain(tags).collect())
    }

    /// When the fetch began.
    #[must_use]
    pub fn began(&self) -> Sequence {
        self.began
    }

    /// The names.
    #[must_use]
    pub fn names(&self) -> &[PurgeName] {
        &self.names
    }

    /// Whether it was looked up at this place of the sequence, or later, and found not to be purged.
    fn is_valid_at(&self, current: Sequence) -> bool {
        self.valid_up_to.load(Ordering::Relaxed) >= current.0
    }

    fn found_valid_at(&self, current: Sequence) {
        self.valid_up_to.fetch_max(current.0, Ordering::Relaxed);
    }
}

impl Clone for PurgeStamp {
    fn clone(&self) -> Self {
        let valid_up_to = AtomicU64::new(self.valid_up_to.load(Ordering::Relaxed));
        Self { began: self.began, names: Arc::clone(&self.names), valid_up_to }
    }
}

#[cfg(test)]
mod tests;
