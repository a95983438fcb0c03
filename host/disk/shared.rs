//! What all operations share. Each has its own file; here is what more than one of them does.

use std::fs::File;
use std::io;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::{Notify, Semaphore, mpsc};

use super::DiskLimits;
use super::admission::Seen;
use super::breaker::Breaker;
use super::counters::Counters;
use super::files::{self, FileSystem};
use super::index::{Fenced, Index};
use super::place::{FileName, Folders, Generation, KeyHash};
use super::threads::Threads;

/// The parts of an open tier. It ends, and another process may open the folder, when the last operation has.
pub(super) struct Shared {
    pub(super) files: Arc<dyn FileSystem>,
    pub(super) folders: Folders,
    pub(super) secret: [u8; 32],
    /// The first generation of this process.
    pub(super) first: Generation,
    pub(super) limits: DiskLimits,
    /// Bytes of the largest content.
    pub(super) object: u64,
    pub(super) seen: Seen,
    pub(super) counters: Counters,
    /// INVARIANT: nothing that may block is done while it is held.
    pub(super) index: Mutex<Index>,
    /// Held from the last look at whether a write is wanted until its file counts, or is gone again. Who has raised a
    /// fence and then held this knows that no file below the fence will appear any more.
    pub(super) commits: Mutex<()>,
    /// A permit for each byte that may wait to be written.
    pub(super) queue: Arc<Semaphore>,
    /// For reads.
    pub(super) readers: Threads,
    /// For writes.
    pub(super) writers: Threads,
    /// For removals and listings, which wait for neither reads nor writes.
    pub(super) keepers: Threads,
    pub(super) reading: Arc<Breaker>,
    pub(super) writing: Arc<Breaker>,
    /// Told when a folder has to be listed, and at the end.
    pub(super) wake: Arc<Notify>,
    pub(super) _lock: File,
    /// Its end is what [`close`](super::DiskTier::close) waits for. INVARIANT: it is the last field, dropped after the
    /// lock.
    pub(super) _alive: mpsc::Sender<()>,
}

impl Shared {
    pub(super) fn hash(&self, key: &[u8]) -> KeyHash {
        KeyHash::of(key, &self.secret)
    }

    /// Unlinks a file that no longer counts. If that fails its folder is listed again, and the file deleted then.
    ///
    /// # Errors
    /// Those of the system.
    pub(super) fn unlink(&self, name: &FileName) -> io::Result<()> {
        let unlinked = files::unlink(&*self.files, &self.folders.file(name));
        if unlinked.is_err() {
            self.counters.faults.increment();
            self.index.lock().distrust(name.hash.leaf());
            self.wake.notify_one();
        }
        unlinked
    }

    /// Unlinks each, whatever becomes of the others.
    ///
    /// # Errors
    /// The first of them.
    pub(super) fn unlink_all(&self, names: &[FileName]) -> io::Result<()> {
        let mut all = Ok(());
        for name in names {
            all = all.and(self.unlink(name));
        }
        all
    }

    /// Unlinks what goes for another entry.
    ///
    /// # Errors
    /// The first of them. What could not be unlinked is tried again.
    pub(super) fn evict(&self, evicted: &[Fenced]) -> io::Result<()> {
        self.counters.evicted.add(evicted.len());
        let mut all = Ok(());
        for fenced in evicted {
            let unlinked = fenced.old.as_ref().map_or(Ok(()), |old| self.unlink(old));
            all = all.and(unlinked);
            self.index.lock().settle(fenced.hash);
        }
        all
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.wake.notify_one();
    }
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("folders", &self.folders).finish_non_exhaustive()
    }
}
