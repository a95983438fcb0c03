//! Writing an entry: from pieces that come when they come, to a file that counts as a whole or not at all.
//!
//! Whoever writes never waits. Pieces wait in a queue that is bounded in bytes, and an entry for which there is no place
//! is dropped. What the key had ends when the write begins, so that nothing older is read after something newer was
//! known, whatever becomes of the write.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::mem;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::breaker::Permit;
use super::files::{self, write_all};
use super::format::{self, Checksums, Shape};
use super::index::{Fenced, NoRoom};
use super::place::{Blocks, FileName, Generation, KeyHash};
use super::recover;
use super::remove;
use super::shared::Shared;

/// An entry that is being written. [`finish`](Self::finish) makes it count; dropped, it is deleted.
#[derive(Debug)]
#[must_use = "an entry that is not finished is deleted"]
pub struct Writer {
    sink: Arc<Sink>,
    /// Small pieces that are not in the inbox yet, with their place in the queue.
    gathered: Option<(BytesMut, OwnedSemaphorePermit)>,
    /// Bytes of the content so far.
    taken: u64,
    finished: bool,
}

/// What becomes of an entry that is complete.
#[derive(Debug)]
pub struct Written(oneshot::Receiver<Generation>);

/// Between the writer and the thread that writes.
#[derive(Debug)]
struct Sink {
    shared: Arc<Shared>,
    key: Box<[u8]>,
    head: Bytes,
    /// Bytes of the content, if that was known before it came.
    length: Option<u64>,
    hash: KeyHash,
    generation: Generation,
    inbox: Mutex<Inbox>,
    /// Used by one thread at a time: the one that runs for this entry.
    draft: Mutex<Draft>,
}

#[derive(Debug)]
struct Inbox {
    pieces: VecDeque<(Bytes, OwnedSemaphorePermit)>,
    end: End,
    /// Whether a thread has been asked to see to it.
    runs: bool,
    /// Whether what comes now is for nothing.
    failed: bool,
    /// Told when the entry counts; dropped when it never will.
    counts: Option<oneshot::Sender<Generation>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// More may come.
    Open,
    /// All has come.
    Finished,
    /// No more will come.
    Aborted,
    /// It was seen to.
    Done,
}

/// What is on the disk so far, under no name that counts.
#[derive(Debug)]
struct Draft {
    file: Option<File>,
    /// What the key had.
    old: Option<FileName>,
    written: u64,
    reserved: Blocks,
    checksums: Checksums,
    permit: Option<Permit>,
    /// For key, head and what is kept of the entry while it is written.
    _place: OwnedSemaphorePermit,
}

/// What is to be done next for an entry.
#[derive(Debug)]
enum Step {
    Append(Bytes, OwnedSemaphorePermit),
    Complete,
    Abort,
}

/// Why an entry is not written.
#[derive(Debug)]
enum Unwritten {
    /// Something newer happened to its key.
    Overtaken,
    /// It was given up, or has not the length that it was to have.
    Aborted,
    /// There is no room for it, though the disk has some.
    NoRoom,
    Fault(io::Error),
}

/// What an entry takes in the queue besides its bytes.
const OVERHEAD: usize = 1 << 10;
/// Bytes that are written without a look at whether they are still wanted.
const PIECE: usize = 1 << 20;
/// Smaller pieces are written together: each costs a call of the system, and a place in the inbox that nobody counts.
const GATHER: usize = 64 << 10;

/// Begins to write an entry, if there is a place for it.
pub(super) fn begin(shared: &Arc<Shared>, key: &[u8], head: Bytes, length: Option<u64>) -> Option<Writer> {
    let hash = shared.hash(key);
    let fits = key.len() <= format::KEY && head.len() <= format::HEAD && length.unwrap_or(0) <= shared.object;
    let place = fits.then(|| shared.place(key.len() + head.len() + OVERHEAD)).flatten();
    let Some(place) = place else {
        shared.counters.dropped.increment();
        drop(remove::remove(shared, hash));
        return None;
    };
    let Some(permit) = shared.writing.admit() else {
        shared.counters.rested.increment();
        drop(remove::remove(shared, hash));
        return None;
    };
    let Fenced { hash, generation, old } = shared.index.lock().fence(hash);
    let draft = Draft {
        file: None,
        old,
        written: 0,
        reserved: Blocks(0),
        checksums: Checksums::default(),
        permit: Some(permit),
        _place: place,
    };
    let inbox = Inbox { pieces: VecDeque::new(), end: End::Open, runs: false, failed: false, counts: None };
    let sink = Sink {
        shared: Arc::clone(shared),
        key: key.into(),
        head,
        length,
        hash,
        generation,
        inbox: Mutex::new(inbox),
        draft: Mutex::new(draft),
    };
    Some(Writer { sink: Arc::new(sink), gathered: None, taken: 0, finished: false })
}

impl Writer {
    /// Takes the next bytes of the content. If there is no place for them the entry is given up, and whatever follows
    /// goes nowhere.
    pub fn chunk(&mut self, bytes: Bytes) {
        if bytes.is_empty() || !self.is_wanted() {
            return;
        }
        self.taken += bytes.len() as u64;
        let place = (self.taken <= self.sink.longest()).then(|| self.sink.shared.place(bytes.len())).flatten();
        let Some(place) = place else {
            self.gathered = None;
            return self.sink.tell(|inbox| inbox.failed = true);
        };
        let is_all = self.sink.length == Some(bytes.len() as u64);
        match &mut self.gathered {
            None if is_all || bytes.len() >= GATHER => self.sink.tell(|inbox| inbox.pieces.push_back((bytes, place))),
            None => {
                let mut gathered = BytesMut::with_capacity(GATHER);
                gathered.extend_from_slice(&bytes);
                self.gathered = Some((gathered, place));
            }
            Some((gathered, places)) => {
                gathered.extend_from_slice(&bytes);
                places.merge(place);
                if gathered.len() >= GATHER {
                    self.pass_on();
                }
            }
        }
    }

    fn pass_on(&mut self) {
        if let Some((bytes, place)) = self.gathered.take() {
            self.sink.tell(|inbox| inbox.pieces.push_back((bytes.freeze(), place)));
        }
    }

    /// Whether there is still a use for bytes.
    #[must_use]
    pub fn is_wanted(&self) -> bool {
        !self.sink.inbox.lock().failed
    }

    /// The content is complete. What becomes of it need not be waited for.
    pub fn finish(mut self) -> Written {
        self.pass_on();
        self.finished = true;
        let (counts, counted) = oneshot::channel();
        self.sink.tell(|inbox| {
            inbox.end = End::Finished;
            inbox.counts = Some(counts);
        });
        Written(counted)
    }
}

impl Written {
    /// Waits until the entry counts, and says as which generation; `None` when it never will.
    pub async fn counted(self) -> Option<Generation> {
        self.0.await.ok()
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if !self.finished {
            self.sink.tell(|inbox| inbox.end = End::Aborted);
        }
    }
}

impl Shared {
    /// A place in the queue, if there is one.
    fn place(&self, bytes: usize) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.queue).try_acquire_many_owned(u32::try_from(bytes).ok()?).ok()
    }
}

impl Sink {
    /// Changes the inbox and has a thread see to it.
    fn tell(self: &Arc<Self>, change: impl FnOnce(&mut Inbox)) {
        let mut inbox = self.inbox.lock();
        if inbox.end == End::Done {
            return;
        }
        change(&mut inbox);
        if !mem::replace(&mut inbox.runs, true) {
            let sink = Arc::clone(self);
            // The line has a place for every entry that has one in the queue.
            self.shared.writers.submit(move || sink.work());
        }
    }

    /// Sees to all that is in the inbox. It may block.
    fn work(&self) {
        let mut draft = self.draft.lock();
        while let Some(step) = self.next_step() {
            let outcome = match step {
                Step::Append(bytes, _place) => match self.append(&mut draft, &bytes) {
                    Ok(()) => continue,
                    Err(why) => Err(why),
                },
                Step::Complete => self.complete(&mut draft),
                Step::Abort => Err(Unwritten::Aborted),
            };
            self.end(&mut draft, outcome);
        }
    }

    fn next_step(&self) -> Option<Step> {
        let mut inbox = self.inbox.lock();
        let step = match inbox.end {
            End::Done => None,
            End::Aborted => Some(Step::Abort),
            _ if inbox.failed => Some(Step::Abort),
            end => match inbox.pieces.pop_front() {
                Some((bytes, place)) => Some(Step::Append(bytes, place)),
                None => (end == End::Finished).then_some(Step::Complete),
            },
        };
        inbox.runs = step.is_some();
        step
    }

    /// Bytes that the content may have.
    fn longest(&self) -> u64 {
        self.length.unwrap_or(self.shared.object)
    }

    fn append(&self, draft: &mut Draft, bytes: &[u8]) -> Result<(), Unwritten> {
        for piece in bytes.chunks(PIECE) {
            self.reserve(draft, draft.written + piece.len() as u64)?;
            let at = self.shape(draft.written).table_at();
            write_all(&*self.shared.files, self.open(draft)?, piece, at)?;
            draft.written += piece.len() as u64;
            draft.checksums.update(piece);
        }
        Ok(())
    }

    fn complete(&self, draft: &mut Draft) -> Result<(), Unwritten> {
        if self.length.is_some_and(|length| length != draft.written) {
            return Err(Unwritten::Aborted);
        }
        let shape = self.shape(draft.written);
        self.reserve(draft, draft.written)?;
        let table = mem::take(&mut draft.checksums).finish();
        let mut front = shape.prelude(self.generation, &self.key, &self.head, &table);
        front.extend_from_slice(&self.key);
        front.extend_from_slice(&self.head);
        let file = self.open(draft)?;
        write_all(&*self.shared.files, file, &table, shape.table_at())?;
        write_all(&*self.shared.files, file, &front, 0)?;
        self.commit(draft, &FileName { hash: self.hash, generation: self.generation, blocks: draft.reserved })
    }

    /// Gives the file its name and makes it count, unless something newer happened to its key.
    fn commit(&self, draft: &mut Draft, name: &FileName) -> Result<(), Unwritten> {
        let shared = &self.shared;
        let committing = shared.commits.lock();
        // Afterwards this would go with what is discarded.
        let _ = remove::discard(shared);
        if !shared.index.lock().is_wanted(self.hash, self.generation) {
            return Err(Unwritten::Overtaken);
        }
        let (from, to) = (shared.folders.draft(self.generation), shared.folders.file(name));
        if let Err(error) = shared.files.rename(&from, &to) {
            if error.kind() != ErrorKind::NotFound {
                return Err(error.into());
            }
            shared.files.make_folder(&shared.folders.leaf(self.hash.leaf()))?;
            shared.files.rename(&from, &to)?;
        }
        draft.file = None;
        let published = shared.index.lock().publish(name);
        let Some(evicted) = published else {
            // Its own fence stays until the folder is in order, so failing changes nothing.
            let _ = shared.unlink(name);
            return Err(Unwritten::Overtaken);
        };
        draft.reserved = Blocks(0);
        drop(committing);
        self.make_room(&evicted);
        Ok(())
    }

    /// The draft's file. Before it is begun, what the key had goes: it does not count any more, and takes room.
    fn open<'d>(&self, draft: &'d mut Draft) -> Result<&'d File, Unwritten> {
        if draft.file.is_none() {
            let shared = &self.shared;
            recover::list(shared, self.hash.leaf())?;
            if let Some(old) = draft.old.take() {
                shared.unlink(&old)?;
            }
            let path = shared.folders.draft(self.generation);
            let created = shared.files.create(&path).or_else(|error| {
                if error.kind() != ErrorKind::NotFound {
                    return Err(error);
                }
                shared.files.make_folder(&shared.folders.drafts())?;
                shared.files.create(&path)
            });
            draft.file = Some(created?);
        }
        Ok(draft.file.as_ref().expect("it was opened above"))
    }

    /// Makes room for a file with so many bytes of content, if it is still wanted.
    fn reserve(&self, draft: &mut Draft, content: u64) -> Result<(), Unwritten> {
        let needed = Blocks::of(self.shape(self.length.unwrap_or(content)).file());
        let evicted = {
            let mut index = self.shared.index.lock();
            if !index.is_wanted(self.hash, self.generation) {
                return Err(Unwritten::Overtaken);
            }
            index.reserve(Blocks(needed.0 - draft.reserved.0)).map_err(|NoRoom| Unwritten::NoRoom)?
        };
        draft.reserved = needed;
        self.make_room(&evicted);
        Ok(())
    }

    /// Whether what goes is unlinked is not this entry's matter.
    fn make_room(&self, evicted: &[Fenced]) {
        let _ = self.shared.evict(evicted);
    }

    fn shape(&self, content: u64) -> Shape {
        Shape { key: self.key.len() as u64, head: self.head.len() as u64, content }
    }

    /// Clears away what is left, and counts.
    fn end(&self, draft: &mut Draft, outcome: Result<(), Unwritten>) {
        let shared = &self.shared;
        let permit = draft.permit.take();
        if draft.file.take().is_some() {
            // The next start deletes it otherwise.
            let _ = files::unlink(&*shared.files, &shared.folders.draft(self.generation));
        }
        if let Some(old) = draft.old.take() {
            let _ = shared.unlink(&old);
        }
        shared.index.lock().release(mem::replace(&mut draft.reserved, Blocks(0)));
        let counts = outcome.is_ok();
        match outcome {
            Ok(()) => {
                shared.counters.written.increment();
                if let Some(permit) = permit {
                    permit.succeeded();
                }
            }
            Err(Unwritten::Overtaken) => shared.counters.overtaken.increment(),
            Err(Unwritten::Aborted | Unwritten::NoRoom) => shared.counters.dropped.increment(),
            Err(Unwritten::Fault(error)) if files::is_full(&error) => {
                shared.counters.full.increment();
                self.shrink();
            }
            Err(Unwritten::Fault(error)) => {
                tracing::debug!(%error, "disk cache cannot be written");
                shared.counters.faults.increment();
                if let Some(permit) = permit {
                    permit.failed();
                }
            }
        }
        shared.index.lock().settle(self.hash);
        let mut inbox = self.inbox.lock();
        inbox.end = End::Done;
        inbox.failed = true;
        inbox.pieces.clear();
        if let Some(told) = inbox.counts.take().filter(|_| counts) {
            // Who wanted to know may have gone.
            let _ = told.send(self.generation);
        }
    }

    /// The disk is smaller than was thought.
    fn shrink(&self) {
        let (evicted, allowed) = {
            let mut index = self.shared.index.lock();
            (index.shrink(), index.budget().allowed())
        };
        tracing::warn!(allowed, entries = evicted.len(), "disk is full; the disk cache makes itself smaller");
        self.make_room(&evicted);
    }
}

impl From<io::Error> for Unwritten {
    fn from(error: io::Error) -> Self {
        Self::Fault(error)
    }
}
