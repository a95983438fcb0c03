//! A response whose head has arrived and whose content is on its way: readers begin at the first byte, whenever they
//! come.

use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;

use super::buffer::{Buffer, Piece, Room};
use super::{Stake, Waiter};
use crate::cache::{Selection, StoredResponse};

/// A response on its way. Dropping the last hold of a [`Writer`] before its end breaks it off for all readers.
#[derive(Debug)]
pub struct Filling<F> {
    /// What it will be stored as, still without its content.
    pub head: StoredResponse,
    /// Which of the target's responses it is.
    pub selection: Selection,
    /// How long its content is, where that was announced.
    pub length: Option<u64>,
    /// How long its head took.
    pub fetch: Duration,
    content: Buffer<Broken<F>>,
}

/// Why content ends before its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Broken<F> {
    /// It could not be obtained.
    Failed(F),
    /// Whoever obtained it is gone.
    Gone,
    /// It is not stored, and this reader was too slow for what is kept of it.
    Behind,
}

/// The hand that fills. Dropping it before the end breaks the content off.
#[derive(Debug)]
#[must_use = "readers wait for what is written"]
pub struct Writer<F: Clone>(Arc<Filling<F>>);

/// Someone who reads. Dropping it says that nobody waits here any more.
pub struct Reader<F: Clone> {
    filling: Arc<Filling<F>>,
    number: u64,
    /// Content that is read is wanted.
    stake: Option<Stake<F>>,
}

impl<F: Clone> Filling<F> {
    /// Begins.
    pub fn begin(head: StoredResponse, selection: Selection, length: Option<u64>, fetch: Duration) -> Writer<F> {
        Writer(Arc::new(Self { head, selection, length, fetch, content: Buffer::default() }))
    }

    /// Reads from the first byte, for someone who has waited. None where that may be gone already, because the content
    /// has turned out to be too long to be kept.
    pub fn read(self: Arc<Self>, waiter: Waiter<F>) -> Option<Reader<F>> {
        Some(self.reader()?.for_one_who_waits(waiter))
    }

    fn reader(self: Arc<Self>) -> Option<Reader<F>> {
        let number = self.content.reader()?;
        Some(Reader { filling: self, number, stake: None })
    }
}

impl<F: Clone> Writer<F> {
    /// What is written.
    #[must_use]
    pub fn filling(&self) -> &Arc<Filling<F>> {
        &self.0
    }

    /// Adds what has arrived.
    pub fn push(&self, data: Bytes) {
        self.0.content.push(data);
    }

    /// A reader from the first byte, for whoever this is written for: nothing can be gone before it.
    pub fn first_reader(&self) -> Option<Reader<F>> {
        Arc::clone(&self.0).reader()
    }

    /// All has arrived, this last: the content to be stored. Readers do not have its last byte before
    /// [`Writer::complete`], so that whoever has read it to its end finds it stored.
    #[must_use]
    pub fn whole(&self, last: Bytes) -> Bytes {
        self.0.content.whole(last)
    }

    /// All has arrived and is stored, if it may be.
    pub fn complete(self, whole: Bytes) {
        self.0.content.complete(whole);
    }

    /// What has arrived so far, all of which is kept until [`Writer::slide`].
    #[must_use]
    pub fn so_far(&self) -> Vec<Bytes> {
        self.0.content.chunks()
    }

    /// All has arrived of what is not stored.
    pub fn finish(self) {
        self.0.content.end(Ok(()));
    }

    /// It breaks off.
    pub fn fail(self, failure: F) {
        self.0.content.end(Err(Broken::Failed(failure)));
    }

    /// It is not stored: so many bytes of it are kept for those who read already, and the fastest of them sets the pace.
    pub fn slide(&self, window: u64) {
        self.0.content.slide(window);
    }

    /// Waits until more may be written, after [`Writer::slide`]; false when nobody reads any more.
    pub async fn room(&self) -> bool {
        poll_fn(|context| self.0.content.poll_room(context)).await == Room::Enough
    }
}

impl<F: Clone> Drop for Writer<F> {
    fn drop(&mut self) {
        self.0.content.end(Err(Broken::Gone));
    }
}

impl<F: Clone> Reader<F> {
    /// The next piece of content; none at its end.
    pub fn poll_data(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Broken<F>>>> {
        Poll::Ready(match ready!(self.filling.content.poll_piece(self.number, context)) {
            Piece::Data(data) => Some(Ok(data)),
            Piece::End => None,
            Piece::Broken(broken) => Some(Err(broken)),
            Piece::Behind => Some(Err(Broken::Behind)),
        })
    }

    /// What is read.
    #[must_use]
    pub fn filling(&self) -> &Arc<Filling<F>> {
        &self.filling
    }

    /// Takes the place of one who waits.
    #[must_use]
    pub fn for_one_who_waits(mut self, waiter: Waiter<F>) -> Self {
        self.stake = Some(waiter.into_stake());
        self
    }

    /// Leaves, and lets it be completed: the client had no use for the content, and the next may.
    pub fn leave_to_complete(self) {
        self.stake.iter().for_each(Stake::insist);
    }
}

impl<F: Clone> Drop for Reader<F> {
    fn drop(&mut self) {
        self.filling.content.leave(self.number);
    }
}

impl<F: Clone> fmt::Debug for Reader<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reader({})", self.number)
    }
}
