//! The purge log: purges on disk, so that what was purged stays purged over a restart.
//!
//! A purge takes effect in memory first, is then appended here, and is acknowledged once it is on the disk. Purges that
//! wait at the same time share one sync. A log that is damaged, lost or of another version counts as a purge of
//! everything: it may purge too much, and never too little. It knows nothing of HTTP, sites or what is stored.

pub mod format;

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use thiserror::Error;
use tokio::sync::{mpsc, oneshot};

use crate::cache::{Purge, PurgeMark, PurgeRecord, Purges, Sequence};
use crate::purge_log::format::{End, Entry};

/// The log of a running node. Dropping it writes what waits.
#[derive(Debug)]
pub struct PurgeLog {
    sender: Option<mpsc::Sender<Append>>,
    writer: Option<JoinHandle<()>>,
    is_complete: bool,
}

/// Why purges cannot be written down.
#[derive(Debug, Clone, Error)]
pub enum PurgeLogError {
    /// The directory or a file in it cannot be used.
    #[error("cannot use the purge log {}", path.display())]
    Open {
        /// Of the directory or file.
        path: PathBuf,
        /// Why.
        source: Arc<io::Error>,
    },
    /// Another process has it.
    #[error("another process uses the purge log in {}; each node needs a directory of its own", .0.display())]
    Taken(PathBuf),
    /// There were more starts than can be counted.
    #[error("the purge log in {} cannot count more starts; remove what is stored and the log", .0.display())]
    Exhausted(PathBuf),
    /// It cannot be written.
    #[error("the purge log cannot be written")]
    Write(#[source] Arc<io::Error>),
    /// The thread that writes it is gone.
    #[error("the purge log is closed")]
    Closed,
}

/// A purge that waits for the disk.
#[derive(Debug)]
struct Append {
    record: PurgeRecord,
    done: oneshot::Sender<Result<(), PurgeLogError>>,
}

/// What the writing thread has.
struct Writer {
    directory: PathBuf,
    /// Nobody else has the directory while this is open.
    _lock: File,
    purges: Arc<Purges>,
    start: Sequence,
    file: File,
    length: u64,
    /// Of the file when it was last written anew.
    least: u64,
    /// Whether the file said all that was purged before.
    was_complete: bool,
    /// After a write that failed nobody knows what is in the file: it is written anew.
    broken: bool,
}

const LOG: &str = "purges.log";
const NEXT: &str = "purges.log.next";
const LOCK: &str = "purges.lock";

/// A node that takes another's place begins while that one ends, so the lock is tried for half a second.
const LOCK_TRIES: u32 = 20;
const LOCK_PAUSE: Duration = Duration::from_millis(25);

/// Purges that may wait; more wait to wait.
const WAITING: usize = 1024;

/// By how much the log may outgrow what it has to say before it is written anew: some 70,000 purges.
const SURPLUS: u64 = 4 << 20;

impl PurgeLog {
    /// Opens the log in a directory, which is made if it is not there, and begins a new run in it. Returns the log and
    /// the purges that it knows; `now` is in Unix seconds. Blocks the thread.
    ///
    /// # Errors
    /// If the directory cannot be used, or another process uses it.
    pub fn open(directory: &Path, now: u64) -> Result<(Self, Arc<Purges>), PurgeLogError> {
        let writer = Writer::open(directory, now)?;
        let (purges, is_complete) = (Arc::clone(&writer.purges), writer.was_complete);
        let (sender, receiver) = mpsc::channel(WAITING);
        let thread = std::thread::Builder::new().name("purge-log".to_owned());
        let running = thread.spawn(move || writer.run(receiver)).map_err(|source| cannot_use(directory, source))?;
        Ok((Self { sender: Some(sender), writer: Some(running), is_complete }, purges))
    }

    /// Whether it knows all that was purged before. If not, what is stored counts as purged, and had better be deleted:
    /// of a run that began within the same minute it cannot be told apart from what is stored now.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// Returns once a purge, which has taken effect in memory, is on the disk.
    ///
    /// # Errors
    /// If it cannot be written. The next one tries to write this one too.
    pub async fn append(&self, record: PurgeRecord) -> Result<(), PurgeLogError> {
        let (done, written) = oneshot::channel();
        let sender = self.sender.as_ref().ok_or(PurgeLogError::Closed)?;
        sender.send(Append { record, done }).await.map_err(|_| PurgeLogError::Closed)?;
        written.await.map_err(|_| PurgeLogError::Closed)?
    }
}

impl Drop for PurgeLog {
    fn drop(&mut self) {
        // The thread ends when nobody can send any more.
        drop(self.sender.take());
        if let Some(Err(_)) = self.writer.take().map(JoinHandle::join) {
            tracing::error!("the thread of the purge log panicked");
        }
    }
}

impl Writer {
    fn open(directory: &Path, now: u64) -> Result<Self, PurgeLogError> {
        std::fs::create_dir_all(directory).map_err(|source| cannot_use(directory, source))?;
        let lock = lock(directory)?;
        let path = directory.join(LOG);
        let known = match std::fs::read(&path) {
            Ok(bytes) => format::read(&bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => format::read(b""),
            Err(source) => return Err(cannot_use(&path, source)),
        };
        let start = Sequence::of_run(now, known.last).ok_or_else(|| PurgeLogError::Exhausted(directory.to_owned()))?;
        let mut records = known.records;
        let was_complete = !known.end.leaves_purges_unknown();
        if !was_complete {
            records.push(PurgeRecord { sequence: start, purge: Purge::Hard, marks: vec![PurgeMark::EVERYTHING] });
        }
        tell(&path, known.end);
        let purges = Arc::new(Purges::resumed(start, records));
        let (file, length) = write_anew(directory, start, &purges).map_err(|source| cannot_use(&path, source))?;
        let directory = directory.to_owned();
        Ok(Self { directory, _lock: lock, purges, start, file, length, least: length, was_complete, broken: false })
    }

    fn run(mut self, mut receiver: mpsc::Receiver<Append>) {
        while let Some(first) = receiver.blocking_recv() {
            let mut waiting = vec![first];
            while let Ok(next) = receiver.try_recv() {
                waiting.push(next);
            }
            let written = self.write(waiting.iter().map(|append| &append.record));
            let written = written.map_err(|error| {
                self.broken = true;
                tracing::error!(%error, "the purge log cannot be written");
                PurgeLogError::Write(Arc::new(error))
            });
            for Append { done, .. } in waiting {
                // Whoever asked may have gone.
                let _told = done.send(written.clone());
            }
        }
    }

    /// INVARIANT: what is to be written has taken effect already, so a log that is written anew has it.
    fn write<'a>(&mut self, records: impl Iterator<Item = &'a PurgeRecord>) -> io::Result<()> {
        if self.broken || self.length > 2 * self.least + SURPLUS {
            let (file, length) = write_anew(&self.directory, self.start, &self.purges)?;
            (self.file, self.length, self.least, self.broken) = (file, length, length, false);
            return Ok(());
        }
        let mut bytes = Vec::new();
        for record in records {
            format::write(&mut bytes, &Entry::Purge(record));
        }
        self.file.write_all(&bytes)?;
        self.file.sync_data()?;
        self.length += bytes.len() as u64;
        Ok(())
    }
}

fn tell(path: &Path, end: End) {
    let path = path.display();
    match end {
        End::Whole | End::Absent => {}
        End::Torn { at } => tracing::warn!(%path, at, "the purge log ends within a purge, which was not acknowledged"),
        End::Damaged { at } => tracing::error!(%path, at, "the purge log is damaged; all that was stored is purged"),
        End::Unknown => tracing::error!(%path, "the purge log is of another version; all that was stored is purged"),
    }
}

/// Writes all that is known to a new file, which takes the place of the old one once it is on the disk.
fn write_anew(directory: &Path, start: Sequence, purges: &Purges) -> io::Result<(File, u64)> {
    let mut bytes = format::header();
    format::write(&mut bytes, &Entry::Start(start));
    for record in purges.records() {
        format::write(&mut bytes, &Entry::Purge(&record));
    }
    let next = directory.join(NEXT);
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).open(&next)?;
    file.write_all(&bytes)?;
    file.sync_all()?;
    std::fs::rename(&next, directory.join(LOG))?;
    File::open(directory)?.sync_all()?;
    Ok((file, bytes.len() as u64))
}

fn lock(directory: &Path) -> Result<File, PurgeLogError> {
    let path = directory.join(LOCK);
    let options = OpenOptions::new().write(true).create(true).truncate(false).open(&path);
    let file = options.map_err(|source| cannot_use(&path, source))?;
    for _ in 0..LOCK_TRIES {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(std::fs::TryLockError::WouldBlock) => std::thread::sleep(LOCK_PAUSE),
            Err(std::fs::TryLockError::Error(source)) => return Err(cannot_use(&path, source)),
        }
    }
    Err(PurgeLogError::Taken(directory.to_owned()))
}

fn cannot_use(path: &Path, source: io::Error) -> PurgeLogError {
    PurgeLogError::Open { path: path.to_owned(), source: Arc::new(source) }
}

#[cfg(test)]
mod tests;
