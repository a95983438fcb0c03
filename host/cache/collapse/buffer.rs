//! Content that is read while it arrives: one writer, any number of readers, each at its own pace from the first byte.
//!
//! As long as it may become a stored response it is kept whole, and no reader slows the writer. When it has turned out
//! to be longer than that, only a window of it is kept: the writer waits for the fastest reader, what all have read is
//! let go, and whoever falls out of the window is told so. As in `state`, nothing here knows a runtime.

use std::collections::{BTreeMap, VecDeque};
use std::task::{Context, Poll, Waker};

use bytes::{Buf as _, Bytes};

use super::sync::{Mutex, lock};

/// How far the writer may be before the fastest reader when a window is kept, and at most half of that: enough for a connection to stay busy over
/// a long way (1 MiB is 80 Mbit/s at 100 ms), and little beside the window itself.
const AHEAD: u64 = 1 << 20;

/// Content on its way. `E` says why it broke off.
#[derive(Debug)]
pub(super) struct Buffer<E> {
    state: Mutex<State<E>>,
}

/// What a reader gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece<E> {
    Data(Bytes),
    End,
    Broken(E),
    /// The reader has fallen out of the window.
    Behind,
}

/// Whether the writer may go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Room {
    Enough,
    /// There is no reader.
    Deserted,
}

#[derive(Debug)]
struct State<E> {
    /// With the place of each one's first byte. INVARIANT: without gaps, up to `arrived`.
    chunks: VecDeque<(u64, Bytes)>,
    arrived: u64,
    end: Option<Result<(), E>>,
    /// How many bytes are kept, when not all are.
    window: Option<u64>,
    readers: BTreeMap<u64, Reader>,
    next: u64,
    writer: Option<Waker>,
}

#[derive(Debug)]
struct Reader {
    position: u64,
    waker: Option<Waker>,
}

impl<E> Default for Buffer<E> {
    fn default() -> Self {
        Self {
            state: Mutex::new(State {
                chunks: VecDeque::new(),
                arrived: 0,
                end: None,
                window: None,
                readers: BTreeMap::new(),
                next: 0,
                writer: None,
            }),
        }
    }
}

impl<E: Clone> Buffer<E> {
    /// Adds what has arrived.
    pub(super) fn push(&self, data: Bytes) {
        let mut state = lock(&self.state);
        let place = state.arrived;
        state.arrived += data.len() as u64;
        state.chunks.push_back((place, data));
        if state.window.is_some() {
            state.shrink();
        }
        let wakers = state.readers_wakers();
        drop(state);
        wakers.into_iter().for_each(Waker::wake);
    }

    /// It ends here. Nothing happens if it has ended before.
    pub(super) fn end(&self, end: Result<(), E>) {
        let mut state = lock(&self.state);
        if state.end.is_none() {
            state.end = Some(end);
        }
        let wakers = state.readers_wakers();
        drop(state);
        wakers.into_iter().for_each(Waker::wake);
    }

    /// All of it in one piece, with what has arrived last and no reader has seen; for content that was all kept.
    pub(super) fn whole(&self, last: Bytes) -> Bytes {
        let mut chunks = self.chunks();
        if !last.is_empty() {
            chunks.push(last);
        }
        // One piece is copied too: it may be a slice of what its connection read at once, up to 400 KiB however little of
        // it a body is, and nothing tells. The store would hold more than it counts. A copy costs less than the fetch.
        chunks.concat().into()
    }

    /// All that is kept.
    pub(super) fn chunks(&self) -> Vec<Bytes> {
        lock(&self.state).chunks.iter().map(|(_, data)| data.clone()).collect()
    }

    /// It ends here, and this is all of it, which readers share from now on.
    pub(super) fn complete(&self, whole: Bytes) {
        let mut state = lock(&self.state);
        state.arrived = whole.len() as u64;
        state.chunks = VecDeque::from([(0, whole)]);
        drop(state);
        self.end(Ok(()));
    }

    /// From now on only so many bytes are kept, and nobody can begin to read.
    pub(super) fn slide(&self, window: u64) {
        lock(&self.state).window = Some(window);
    }

    /// Ready when the writer may add something, with a window.
    pub(super) fn poll_room(&self, context: &mut Context<'_>) -> Poll<Room> {
        let mut state = lock(&self.state);
        let Some(fastest) = state.fastest() else { return Poll::Ready(Room::Deserted) };
        let ahead = state.window.map_or(AHEAD, |window| AHEAD.min(window / 2));
        if state.arrived - fastest <= ahead {
            return Poll::Ready(Room::Enough);
        }
        state.writer = Some(context.waker().clone());
        Poll::Pending
    }

    /// A reader at the first byte; none where that may be gone already.
    pub(super) fn reader(&self) -> Option<u64> {
        let mut state = lock(&self.state);
        if state.window.is_some() {
            return None;
        }
        state.next += 1;
        let number = state.next;
        state.readers.insert(number, Reader { position: 0, waker: None });
        Some(number)
    }

    /// What comes next for a reader.
    pub(super) fn poll_piece(&self, number: u64, context: &mut Context<'_>) -> Poll<Piece<E>> {
        let mut state = lock(&self.state);
        let State { chunks, readers, end, window, writer, .. } = &mut *state;
        let Some(reader) = readers.get_mut(&number) else { return Poll::Ready(Piece::Behind) };
        let after = chunks.partition_point(|(place, _)| *place <= reader.position);
        let found = after.checked_sub(1).and_then(|index| chunks.get(index));
        if let Some((place, data)) = found
            && let Ok(skip) = usize::try_from(reader.position - place)
            && skip < data.len()
        {
            let mut data = data.clone();
            data.advance(skip);
            reader.position += data.len() as u64;
            let writer = if window.is_some() { writer.take() } else { None };
            drop(state);
            writer.into_iter().for_each(Waker::wake);
            return Poll::Ready(Piece::Data(data));
        }
        match end {
            Some(Ok(())) => Poll::Ready(Piece::End),
            Some(Err(error)) => Poll::Ready(Piece::Broken(error.clone())),
            None => {
                reader.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }

    /// A reader is gone.
    pub(super) fn leave(&self, number: u64) {
        let mut state = lock(&self.state);
        state.readers.remove(&number);
        let writer = state.writer.take();
        drop(state);
        writer.into_iter().for_each(Waker::wake);
    }
}

impl<E> State<E> {
    fn readers_wakers(&mut self) -> Vec<Waker> {
        self.readers.values_mut().filter_map(|reader| reader.waker.take()).collect()
    }

    fn fastest(&self) -> Option<u64> {
        self.readers.values().map(|reader| reader.position).max()
    }

    /// Lets go of what all have read, and of what is more than the window; those who still needed that are out.
    fn shrink(&mut self) {
        let window = self.window.unwrap_or(u64::MAX);
        let slowest = self.readers.values().map(|reader| reader.position).min().unwrap_or(self.arrived);
        let fastest = self.fastest().unwrap_or(self.arrived);
        // The fastest is never left behind, however large the last piece was.
        let oldest = self.arrived.saturating_sub(window).max(slowest).min(fastest);
        while let Some((place, data)) = self.chunks.front()
            && place + data.len() as u64 <= oldest
        {
            self.chunks.pop_front();
        }
        let first = self.chunks.front().map_or(self.arrived, |(place, _)| *place);
        // Whoever waits for news has read everything, so none of those who go here waits.
        self.readers.retain(|_, reader| reader.position >= first);
    }
}
