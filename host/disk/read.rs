//! From a key to an entry that is known to be what was written. The content of a large one is read later.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::sync::Arc;

use bytes::Bytes;

use super::content::{Content, OpenFile};
use super::files::read_exact;
use super::format::{self, Checksum, Shape, Unusable};
use super::index::Known;
use super::place::{Blocks, FileName, Generation, KeyHash};
use super::recover;
use super::shared::Shared;
use super::threads::Unanswered;

/// What was found under a key.
#[derive(Debug)]
pub struct Entry {
    /// The head, as it was written.
    pub head: Bytes,
    /// What follows it.
    pub content: Content,
    name: FileName,
    shared: Arc<Shared>,
}

/// What a file says of itself, verified.
#[derive(Debug)]
struct Opened {
    name: FileName,
    head: Bytes,
    content: Holding,
}

/// Where the content is.
#[derive(Debug)]
enum Holding {
    Read(Bytes),
    Unread { file: File, shape: Shape, table: Box<[Checksum]> },
}

/// Why a file gives no entry.
#[derive(Debug)]
enum Unopened {
    /// It is not there, or no longer.
    Gone,
    Unusable(Unusable),
    Fault(io::Error),
}

/// A file up to this size is read at once, and is then in memory: most pictures are.
const WHOLE: u64 = 256 << 10;
/// What is read of a larger one at first: key and head are seldom longer.
const FRONT: u64 = 8 << 10;

impl Entry {
    /// Which write it comes from.
    #[must_use]
    pub fn generation(&self) -> Generation {
        self.name.generation
    }

    /// Runs `insert` if this is still what the key has, and returns what it returns. No removal and no write of the key
    /// can begin while it runs, so what it puts into a memory tier is there before the removal looks for it. It is run
    /// under a lock that every operation needs: it must not wait, nor call the tier.
    pub fn promote<T>(&self, insert: impl FnOnce() -> T) -> Option<T> {
        let index = self.shared.index.lock();
        index.is_current(self.name.hash, self.name.generation).then(insert)
    }
}

/// The entry of a key, if there is one that the disk gives in time.
pub(super) async fn read(shared: &Arc<Shared>, key: &[u8]) -> Option<Entry> {
    let hash = shared.hash(key);
    if shared.index.lock().find(hash) == Known::Absent {
        shared.counters.misses.increment();
        return None;
    }
    let Some(permit) = shared.reading.admit() else {
        shared.counters.rested.increment();
        return None;
    };
    let (reader, wanted) = (Arc::clone(shared), Box::<[u8]>::from(key));
    match shared.readers.run(shared.limits.open, move || look_up(&reader, hash, &wanted)).await {
        Ok(Ok(found)) => {
            permit.succeeded();
            entry(shared, found)
        }
        Ok(Err(error)) => {
            permit.failed();
            shared.counters.faults.increment();
            tracing::debug!(%error, "disk cache cannot be read");
            None
        }
        Err(Unanswered::TimedOut) => {
            permit.failed();
            shared.counters.timeouts.increment();
            None
        }
        Err(Unanswered::Busy) => {
            shared.counters.rested.increment();
            None
        }
    }
}

fn entry(shared: &Arc<Shared>, found: Option<Opened>) -> Option<Entry> {
    let Some(Opened { name, head, content }) = found else {
        shared.counters.misses.increment();
        return None;
    };
    // Whatever ended it while it was read ended this read too.
    if !shared.index.lock().is_current(name.hash, name.generation) {
        shared.counters.overtaken.increment();
        return None;
    }
    shared.counters.hits.increment();
    let content = match content {
        Holding::Read(bytes) => Content::in_memory(name, bytes),
        Holding::Unread { file, shape, table } => {
            Content::in_file(OpenFile { shared: Arc::clone(shared), name, file, shape, table })
        }
    };
    Some(Entry { head, content, name, shared: Arc::clone(shared) })
}

/// Finds and opens the file of a key. It may block.
fn look_up(shared: &Shared, hash: KeyHash, key: &[u8]) -> io::Result<Option<Opened>> {
    let mut known = shared.index.lock().find(hash);
    if known == Known::Unlisted {
        recover::list(shared, hash.leaf())?;
        known = shared.index.lock().find(hash);
    }
    let Known::File(name) = known else { return Ok(None) };
    match open(shared, &name, key) {
        Ok(opened) => Ok(Some(opened)),
        Err(Unopened::Gone) => {
            shared.index.lock().drop_file(&name);
            Ok(None)
        }
        Err(Unopened::Unusable(why)) => {
            discard(shared, &name, why);
            Ok(None)
        }
        Err(Unopened::Fault(error)) => Err(error),
    }
}

/// Deletes a file that is not what its name says, unless that was done.
pub(super) fn discard(shared: &Shared, name: &FileName, why: Unusable) {
    let is_first = shared.index.lock().drop_file(name);
    if is_first {
        tracing::warn!(file = %name, %why, "disk cache deletes a file");
        shared.counters.unusable.increment();
        // If it cannot be deleted it is found again at most, and not usable then either.
        let _ = shared.unlink(name);
    }
}

fn open(shared: &Shared, name: &FileName, key: &[u8]) -> Result<Opened, Unopened> {
    let files = &*shared.files;
    let file = files.open(&shared.folders.file(name)).map_err(|error| match error.kind() {
        ErrorKind::NotFound => Unopened::Gone,
        _ => Unopened::Fault(error),
    })?;
    let length = files.length(&file)?;
    if Blocks::of(length) != name.blocks {
        return Err(Unusable::Length.into());
    }
    let mut front = vec![0; usize_of(if length <= WHOLE { length } else { FRONT })];
    read_exact(files, &file, &mut front, 0)?;
    let shape = Shape::parse(&front, length, name.generation)?;
    let read = front.len();
    if read < usize_of(shape.content_at()) {
        front.resize(usize_of(shape.content_at()), 0);
        read_exact(files, &file, &mut front[read..], read as u64)?;
    }
    let mut table = vec![Checksum::default(); usize_of(shape.blocks())];
    if length <= WHOLE {
        table.as_flattened_mut().copy_from_slice(&front[usize_of(shape.table_at())..]);
    } else {
        read_exact(files, &file, table.as_flattened_mut(), shape.table_at())?;
    }
    let (prelude, rest) = front.split_at(usize_of(format::PRELUDE));
    let (written_key, rest) = rest.split_at(usize_of(shape.key));
    let head = &rest[..usize_of(shape.head)];
    format::verify(prelude, written_key, head, table.as_flattened())?;
    if written_key != key {
        return Err(Unusable::Key.into());
    }
    if length > WHOLE {
        let (head, table) = (Bytes::copy_from_slice(head), table.into());
        return Ok(Opened { name: *name, head, content: Holding::Unread { file, shape, table } });
    }
    let front = Bytes::from(front);
    let content = front.slice(usize_of(shape.content_at())..usize_of(shape.table_at()));
    for (block, checksum) in content.chunks(usize_of(format::BLOCK)).zip(&table) {
        format::verify_block(block, checksum)?;
    }
    let head = front.slice(usize_of(shape.content_at() - shape.head)..usize_of(shape.content_at()));
    Ok(Opened { name: *name, head, content: Holding::Read(content) })
}

/// A length that is within the limits of the format.
pub(super) fn usize_of(length: u64) -> usize {
    usize::try_from(length).expect("the format's limits are less than the address space")
}

impl From<io::Error> for Unopened {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::UnexpectedEof => Self::Unusable(Unusable::Length),
            _ => Self::Fault(error),
        }
    }
}

impl From<Unusable> for Unopened {
    fn from(why: Unusable) -> Self {
        Self::Unusable(why)
    }
}
