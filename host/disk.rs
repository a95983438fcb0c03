//! The disk tier of the cache: entries that outlast a restart and are more than fit into memory.
//!
//! One file for each entry, under the digest of its key and the generation of its write. It knows keys and heads as
//! bytes, and nothing of HTTP, freshness or the memory tier. For whoever asks the disk is never in the way: a slow,
//! full, broken or vanished one gives misses, and writes that are dropped.
//!
//! What holds, and where:
//! - nothing older is read after something newer was known, and nothing that was removed (`index`, `write`, `remove`);
//! - no byte is handed out that does not have its checksum (`format`, `read`, `content`);
//! - no thread of the runtime waits for the disk (`threads`), and no request for long (`breaker`);
//! - what is on the disk stays within its size (`budget`), and what waits to be written within a bound (`write`);
//! - after a kill the next process finds whole entries or none, and none that was removed (`recover`).
//!
//! Files are not synchronised. After a power cut the file system may have lost or emptied any of them, which reads as a
//! miss, and may have kept one whose removal it had not written: a removal that must survive that is in the log of
//! purges, which is older than no entry.

mod admission;
mod breaker;
mod budget;
mod content;
mod counters;
mod files;
mod format;
mod index;
mod place;
mod read;
mod recover;
mod remove;
mod setup;
mod shared;
mod threads;
mod write;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::sync::{Notify, Semaphore, mpsc};

pub use admission::{Admission, AdmissionRule};
pub use content::{Content, Reader};
pub use counters::Usage;
pub use files::{FileSystem, SystemFiles};
pub use place::Generation;
pub use read::Entry;
pub use remove::Removal;
pub use setup::DiskSetupError;
pub use write::{Writer, Written};

use admission::Seen;
use breaker::Breaker;
use counters::Counters;
use index::Index;
use place::Folders;
use shared::Shared;
use threads::Threads;

/// Where the tier is, and how large.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiskConfig {
    /// A folder that nothing else uses. It is made if it is not there.
    pub path: PathBuf,
    /// Bytes that entries may take, in whole blocks of the disk.
    pub size: u64,
    /// Bytes of the largest content, at most [`LARGEST`].
    pub object: u64,
    /// What is worth a write.
    pub admission: AdmissionRule,
}

/// How long the disk is waited for, and how much may wait for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DiskLimits {
    /// To open an entry and read its head, and a small one wholly. Default 100 ms: fetching is hardly slower than that.
    pub open: Duration,
    /// To read one block of an entry whose head was read, or all of one that is read whole. Default 1 s: a response has
    /// begun by then, and there is no other way to go on with it.
    pub block: Duration,
    /// To unlink what is removed. Default 500 ms: whoever removes waits for that, and a file system that writes its
    /// journal takes some hundred milliseconds.
    pub remove: Duration,
    /// Bytes that may wait to be written. Default 64 MiB: the largest entry, or the largest that comes in one piece, twice.
    pub queue: u32,
    /// Faults in a row after which the disk is given a rest. Default 5: one bad sector is no dead disk.
    pub faults: u32,
    /// How long that rest is. Default 5 s: a dead disk then costs a request in five seconds 100 ms.
    pub rest: Duration,
}

/// The tier: open for as long as this, its entries and its writers are held.
#[derive(Debug)]
pub struct DiskTier {
    shared: Arc<Shared>,
    ended: mpsc::Receiver<()>,
}

/// Bytes of content that an entry can have: what the queue of writes holds, so that a fetch that is faster than the disk
/// is written all the same. A larger thing is a film, which wants a store of its own.
pub const LARGEST: u64 = format::CONTENT;

/// Threads that read: as many reads as a disk carries out at once with gain.
const READERS: usize = 8;
/// Threads that write: a second one, so that small entries do not wait for a large one.
const WRITERS: usize = 2;
/// Threads that remove and list: a second one, so that removals do not wait for listings.
const KEEPERS: usize = 2;
/// Reads that may wait for a thread. What is beyond that is waited for in vain.
const READS: usize = 1024;
/// Removals that may wait for a thread, which they do for long only if the disk hangs. What is beyond that is found and
/// deleted by the next listing.
const REMOVALS: usize = 1 << 16;

impl Default for DiskLimits {
    fn default() -> Self {
        Self {
            open: Duration::from_millis(100),
            block: Duration::from_secs(1),
            remove: Duration::from_millis(500),
            queue: 64 << 20,
            faults: 5,
            rest: Duration::from_secs(5),
        }
    }
}

impl DiskTier {
    /// Opens the folder. It can be used at once; what is in it is listed in the background. Call this in the runtime
    /// whose clock is to be used; it does a few operations on the disk itself.
    ///
    /// # Errors
    /// [`DiskSetupError`], if the folder cannot be used, or another process uses it.
    pub fn open(config: &DiskConfig) -> Result<Self, DiskSetupError> {
        Self::open_on(config, DiskLimits::default(), Arc::new(SystemFiles))
    }

    /// Opens a folder of another file system than the system's own.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_on(
        config: &DiskConfig,
        limits: DiskLimits,
        files: Arc<dyn FileSystem>,
    ) -> Result<Self, DiskSetupError> {
        let folders = Folders::below(&config.path);
        let possession = setup::take(&*files, &folders)?;
        let threads = |name, count, longest| Threads::start(name, count, longest).map_err(DiskSetupError::Threads);
        let (alive, ended) = mpsc::channel(1);
        let shared = Arc::new(Shared {
            files,
            folders,
            secret: possession.secret,
            first: possession.first,
            limits,
            object: config.object.min(LARGEST),
            seen: Seen::new(config.admission),
            counters: Counters::default(),
            index: Mutex::new(Index::new(possession.first, config.size)),
            commits: Mutex::new(()),
            queue: Arc::new(Semaphore::new(limits.queue as usize)),
            readers: threads("disk-read", READERS, READS)?,
            writers: threads("disk-write", WRITERS, usize::MAX)?,
            keepers: threads("disk-keep", KEEPERS, REMOVALS)?,
            reading: Breaker::new("reads", limits.faults, limits.rest),
            writing: Breaker::new("writes", limits.faults, limits.rest),
            wake: Arc::new(Notify::new()),
            _lock: possession.lock,
            _alive: alive,
        });
        tokio::spawn(recover::keep_listed(Arc::downgrade(&shared), Arc::clone(&shared.wake)));
        Ok(Self { shared, ended })
    }

    /// The entry of a key. `None` if there is none, and whenever the disk does not give it in time.
    pub async fn read(&self, key: &[u8]) -> Option<Entry> {
        read::read(&self.shared, key).await
    }

    /// Notes that a key was asked for, and says whether its entry is worth a write. Who does not write an entry that is
    /// newer than what the key may have here [removes](Self::remove) that.
    #[must_use]
    pub fn seen(&self, key: &[u8]) -> Admission {
        let hash = self.shared.hash(key);
        let admission = self.shared.seen.note(hash);
        if self.contains(key) { Admission::Write } else { admission }
    }

    /// Writes an entry in the background. What the key had ends now, even if there is no place for this (`None`).
    pub fn write(&self, key: &[u8], head: Bytes, content: Bytes) -> Option<Written> {
        let mut writer = self.begin_write(key, head, Some(content.len() as u64))?;
        writer.chunk(content);
        Some(writer.finish())
    }

    /// Begins to write an entry whose content comes in pieces, of `length` bytes if that is known; at most
    /// [`largest`](Self::largest). What the key had ends now, even if there is no place for this (`None`).
    pub fn begin_write(&self, key: &[u8], head: Bytes, length: Option<u64>) -> Option<Writer> {
        write::begin(&self.shared, key, head, length)
    }

    /// Bytes of content that an entry may have.
    #[must_use]
    pub fn largest(&self) -> u64 {
        self.shared.object
    }

    /// Whether this content is what the key has.
    #[must_use]
    pub fn holds(&self, key: &[u8], content: &Content) -> bool {
        let hash = self.shared.hash(key);
        content.hash() == hash && self.shared.index.lock().is_current(hash, content.generation())
    }

    /// Ends what the key has: reads, writes and promotions that have begun come to nothing from this call on. When the
    /// future is done it is gone from the disk too. That happens whether or not the future is polled.
    pub fn remove(&self, key: &[u8]) -> impl Future<Output = Removal> + Send + use<> {
        remove::remove(&self.shared, self.shared.hash(key))
    }

    /// Ends all there is, in the same way. The files are deleted in the background.
    pub fn clear(&self) -> impl Future<Output = Removal> + Send + use<> {
        remove::clear(&self.shared)
    }

    /// What is here, and what was done.
    #[must_use]
    pub fn usage(&self) -> Usage {
        let counters = &self.shared.counters;
        let queued = (self.shared.limits.queue as usize).saturating_sub(self.shared.queue.available_permits());
        let index = self.shared.index.lock();
        Usage {
            bytes: index.budget().used(),
            allowed: index.budget().allowed(),
            entries: index.len(),
            unlisted: index.unlisted(),
            queued: queued as u64,
            held: counters.held.get(),
            hits: counters.hits.get(),
            misses: counters.misses.get(),
            overtaken: counters.overtaken.get(),
            unusable: counters.unusable.get(),
            rested: counters.rested.get(),
            timeouts: counters.timeouts.get(),
            faults: counters.faults.get(),
            written: counters.written.get(),
            dropped: counters.dropped.get(),
            full: counters.full.get(),
            evicted: counters.evicted.get(),
        }
    }

    /// Waits until all that was to be written by now is. New writes may be dropped meanwhile.
    pub async fn flush(&self) {
        // The semaphore is never closed.
        let _ = self.shared.queue.acquire_many(self.shared.limits.queue).await;
    }

    /// Writes what is to be written and waits until the folder is free for another process: until all entries, writers
    /// and operations have ended.
    pub async fn close(self) {
        self.flush().await;
        let Self { shared, mut ended } = self;
        drop(shared);
        // Nothing is ever sent: this is the end of the sender.
        let _ = ended.recv().await;
    }

    /// Whether the key is known to have an entry. Nothing is read for that.
    #[must_use]
    pub fn contains(&self, key: &[u8]) -> bool {
        self.shared.index.lock().contains(self.shared.hash(key))
    }
}

#[cfg(test)]
mod tests;
