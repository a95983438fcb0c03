//! The content of an entry: in memory, or in an open file of which blocks are read as they are wanted.
//!
//! Each block is verified before anyone sees it. One block is read ahead, so a slow client costs two blocks of memory; the
//! kernel is told of some more, which it keeps as it sees fit.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use futures_util::stream::{self, BoxStream};
use futures_util::{Stream, StreamExt};

use super::files::read_exact;
use super::format::{self, BLOCK, Checksum, Shape, Unusable};
use super::place::{FileName, Generation, KeyHash};
use super::read::{discard, usize_of};
use super::shared::Shared;
use super::threads::Unanswered;

/// The content of an entry. Clones share it.
#[derive(Debug, Clone)]
pub struct Content {
    name: FileName,
    source: Source,
}

/// A part of a content, block by block. After an error there is nothing more.
#[must_use = "a stream is read by polling it"]
pub struct Reader {
    blocks: BoxStream<'static, io::Result<Bytes>>,
    failed: bool,
}

/// A file whose head was verified. It stays readable when its name is gone.
#[derive(Debug)]
pub(super) struct OpenFile {
    pub(super) shared: Arc<Shared>,
    pub(super) name: FileName,
    pub(super) file: File,
    pub(super) shape: Shape,
    pub(super) table: Box<[Checksum]>,
}

#[derive(Debug, Clone)]
enum Source {
    Memory(Bytes),
    File(Arc<OpenFile>),
}

/// Blocks that are read at once for one reader: the one that is wanted and the next.
const AHEAD: usize = 2;
/// Blocks that the kernel is told of at once, 1 MiB at first and half of that from then on: enough to keep a disk that seeks
/// busy, and little to have read in vain.
const ANNOUNCED: u64 = 8;

impl Content {
    pub(super) fn in_memory(name: FileName, bytes: Bytes) -> Self {
        Self { name, source: Source::Memory(bytes) }
    }

    pub(super) fn in_file(file: OpenFile) -> Self {
        Self { name: file.name, source: Source::File(Arc::new(file)) }
    }

    /// Which write it comes from.
    #[must_use]
    pub fn generation(&self) -> Generation {
        self.name.generation
    }

    pub(super) fn hash(&self) -> KeyHash {
        self.name.hash
    }

    /// Its bytes.
    #[must_use]
    pub fn len(&self) -> u64 {
        match &self.source {
            Source::Memory(bytes) => bytes.len() as u64,
            Source::File(file) => file.shape.content,
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All of it, if it is in memory already: that of a small entry is.
    #[must_use]
    pub fn read(&self) -> Option<&Bytes> {
        match &self.source {
            Source::Memory(bytes) => Some(bytes),
            Source::File(_) => None,
        }
    }

    /// All of it, verified. `None` if it cannot be read in time, or was removed or replaced before it was.
    pub async fn whole(&self) -> Option<Bytes> {
        let file = match &self.source {
            Source::Memory(bytes) => return Some(bytes.clone()),
            Source::File(file) => file,
        };
        let mut whole = BytesMut::with_capacity(usize_of(self.len()));
        let mut blocks = self.stream(0..self.len());
        let read = async {
            while let Some(block) = blocks.next().await {
                whole.extend_from_slice(&block.ok()?);
            }
            Some(())
        };
        tokio::time::timeout(file.shared.limits.block, read).await.ok()??;
        file.shared.index.lock().is_current(file.name.hash, file.name.generation).then(|| whole.freeze())
    }

    /// The bytes of `range`, which is cut where it leads beyond the end. It can be read to its end though the entry be
    /// removed meanwhile: a response that has begun is not broken off.
    pub fn stream(&self, range: Range<u64>) -> Reader {
        let end = range.end.min(self.len());
        let range = range.start.min(end)..end;
        let blocks = match &self.source {
            Source::Memory(bytes) => {
                let bytes = bytes.slice(usize_of(range.start)..usize_of(range.end));
                stream::iter((!bytes.is_empty()).then_some(Ok(bytes))).boxed()
            }
            Source::File(file) => {
                let file = Arc::clone(file);
                let numbers = range.start / BLOCK..if range.is_empty() { 0 } else { range.end.div_ceil(BLOCK) };
                stream::iter(numbers).map(move |number| file.part(number, &range)).buffered(AHEAD).boxed()
            }
        };
        Reader { blocks, failed: false }
    }
}

impl Stream for Reader {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.failed {
            return Poll::Ready(None);
        }
        let block = ready!(self.blocks.poll_next_unpin(context));
        self.failed = matches!(block, Some(Err(_)));
        Poll::Ready(block)
    }
}

impl OpenFile {
    /// Begins to read one block, and returns what waits for the bytes of it that are in `range`.
    fn part(
        self: &Arc<Self>,
        number: u64,
        range: &Range<u64>,
    ) -> impl Future<Output = io::Result<Bytes>> + Send + use<> {
        let block = self.shape.block(number);
        let cut = range.start.max(block.start) - block.start..range.end.min(block.end) - block.start;
        let (file, reader) = (Arc::clone(self), Arc::clone(self));
        let announced = self.announced(number, range);
        // A rest of the disk is for what can do without it. This cannot, and tells how it went if it is asked.
        let permit = self.shared.reading.admit();
        let answer = self.shared.readers.run(self.shared.limits.block, move || {
            if let Some((offset, length)) = announced {
                reader.shared.files.announce(&reader.file, offset, length);
            }
            reader.read_block(number)
        });
        async move {
            let outcome = match answer.await {
                Ok(outcome) => outcome,
                Err(Unanswered::TimedOut) => {
                    file.shared.counters.timeouts.increment();
                    Err(ErrorKind::TimedOut.into())
                }
                Err(Unanswered::Busy) => return Err(ErrorKind::ResourceBusy.into()),
            };
            // A damaged block was read all the same.
            let works = outcome.as_ref().err().is_none_or(|error| error.kind() == ErrorKind::InvalidData);
            match permit {
                Some(permit) if works => permit.succeeded(),
                Some(permit) => permit.failed(),
                None => {}
            }
            Ok(outcome?.slice(usize_of(cut.start)..usize_of(cut.end)))
        }
    }

    /// What of the file the kernel is told of when this block is wanted: at the beginning of the range and every few
    /// blocks, and never what is beyond its end.
    fn announced(&self, number: u64, range: &Range<u64>) -> Option<(u64, u64)> {
        let is_first = number == range.start / BLOCK;
        if !is_first && !number.is_multiple_of(ANNOUNCED) {
            return None;
        }
        let start = self.shape.block(number).start;
        let next = (number / ANNOUNCED + 2) * ANNOUNCED * BLOCK;
        let end = next.min(range.end.next_multiple_of(BLOCK)).min(self.shape.content);
        Some((self.shape.content_at() + start, end - start))
    }

    /// Reads and verifies one block. It may block.
    fn read_block(&self, number: u64) -> io::Result<Bytes> {
        let range = self.shape.block(number);
        let mut block = vec![0; usize_of(range.end - range.start)];
        let read = read_exact(&*self.shared.files, &self.file, &mut block, self.shape.content_at() + range.start);
        let why = match read {
            Ok(()) => match format::verify_block(&block, &self.table[usize_of(number)]) {
                Ok(()) => return Ok(self.shared.counters.held.hold(block)),
                Err(why) => why,
            },
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => Unusable::Length,
            Err(error) => {
                self.shared.counters.faults.increment();
                return Err(error);
            }
        };
        discard(&self.shared, &self.name, why);
        Err(io::Error::new(ErrorKind::InvalidData, why))
    }
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").field("failed", &self.failed).finish_non_exhaustive()
    }
}
