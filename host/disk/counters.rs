//! What the tier has done since it was opened, and what it holds.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;

/// A number that only grows.
#[derive(Debug, Default)]
pub(super) struct Counter(AtomicU64);

/// Bytes that were read of large entries and that somebody has still.
#[derive(Debug, Default)]
pub(super) struct Held(Arc<AtomicU64>);

/// Some of them.
struct Holding {
    bytes: Vec<u8>,
    held: Arc<AtomicU64>,
}

/// The counters behind [`Usage`].
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) held: Held,
    pub(super) hits: Counter,
    pub(super) misses: Counter,
    pub(super) overtaken: Counter,
    pub(super) unusable: Counter,
    pub(super) rested: Counter,
    pub(super) timeouts: Counter,
    pub(super) faults: Counter,
    pub(super) written: Counter,
    pub(super) dropped: Counter,
    pub(super) full: Counter,
    pub(super) evicted: Counter,
}

/// What the tier holds, and what it has done since it was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// Bytes that the entries take, in whole blocks of the disk, with what is being written.
    pub bytes: u64,
    /// Bytes that they may take now: less than what is configured for a while after the disk was full.
    pub allowed: u64,
    /// Entries that are known.
    pub entries: usize,
    /// Folders that have not been listed yet. 0: all that is on the disk is known.
    pub unlisted: usize,
    /// Bytes that wait to be written.
    pub queued: u64,
    /// Bytes that were read of large entries, and that are still on their way to somebody.
    pub held: u64,
    /// Reads that gave an entry.
    pub hits: u64,
    /// Reads of what is not there.
    pub misses: u64,
    /// Reads and writes of what was removed or replaced meanwhile.
    pub overtaken: u64,
    /// Files that were not what their names say: damaged, or of another version. They are deleted.
    pub unusable: u64,
    /// Reads and writes that were not tried, because the disk is given a rest.
    pub rested: u64,
    /// Reads that took too long.
    pub timeouts: u64,
    /// Operations that the disk failed.
    pub faults: u64,
    /// Entries that were written.
    pub written: u64,
    /// Entries that were not written: too large, too many at once, or broken off.
    pub dropped: u64,
    /// Writes for which the disk had no room. If this grows, the disk is smaller than the configured size.
    pub full: u64,
    /// Entries that went for others.
    pub evicted: u64,
}

impl Usage {
    /// What was done, each in one word: for metrics.
    #[must_use]
    pub fn outcomes(&self) -> [(&'static str, u64); 11] {
        [
            ("hit", self.hits),
            ("miss", self.misses),
            ("overtaken", self.overtaken),
            ("unusable", self.unusable),
            ("rested", self.rested),
            ("timeout", self.timeouts),
            ("fault", self.faults),
            ("written", self.written),
            ("dropped", self.dropped),
            ("full", self.full),
            ("evicted", self.evicted),
        ]
    }
}

impl Held {
    /// These bytes, which are counted until the last of them is let go.
    pub(super) fn hold(&self, bytes: Vec<u8>) -> Bytes {
        self.0.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        Bytes::from_owner(Holding { bytes, held: Arc::clone(&self.0) })
    }

    pub(super) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl AsRef<[u8]> for Holding {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Holding {
    fn drop(&mut self) {
        self.held.fetch_sub(self.bytes.len() as u64, Ordering::Relaxed);
    }
}

impl Counter {
    pub(super) fn add(&self, count: usize) {
        self.0.fetch_add(count as u64, Ordering::Relaxed);
    }

    pub(super) fn increment(&self) {
        self.add(1);
    }

    pub(super) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
