//! Collapsed forwarding: of many who miss the same thing at once, one obtains it and the others wait, or read it while
//! it arrives.
//!
//! The right to obtain it is a [`FetchPermit`]. It ends by being consumed; dropping it says that its holder is gone, and
//! the next in line takes over. The table itself is in `flights` and `state`; here it gets the words of the cache, and
//! the runtime's time.

mod buffer;
mod filling;
mod flights;
mod state;
mod sync;
#[cfg(test)]
mod tests;

pub use filling::{Broken, Filling, Reader, Writer};

use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;
use std::time::{Duration, Instant};

use self::flights::{Flights, Heard, Joined as Seated, Permit, Takeover};
use self::state::Asker;
use crate::cache::{CacheKey, Selection, Sequence, StoredResponse};

/// Who is obtaining what. `F` is a failure that is shared with all who waited.
#[derive(Debug)]
pub struct FillTable<F> {
    flights: Flights<CacheKey, Word<F>>,
    patience: Patience,
}

/// How long a flight that has nothing to share yet is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// By one who waits: then it begins another beside it.
    pub lock_wait: Duration,
    /// By those who come: they begin another beside one that is older.
    pub lock_age: Duration,
}

/// What becomes of someone who misses.
#[derive(Debug)]
pub enum Joined<F: Clone> {
    /// Obtain it, and wait for it as everyone does.
    Lead(FetchPermit<F>, Waiter<F>),
    /// Someone does.
    Wait(Waiter<F>),
}

/// How a flight ended.
#[derive(Debug, Clone)]
pub enum Outcome<F> {
    /// It is stored.
    Stored(Landed),
    /// What was stored is still good, and has its new fields and lifetime.
    Freshened(Landed),
    /// It may not be shared: each obtains its own.
    Declined,
    /// It could not be obtained.
    Failed(F),
}

/// What a flight brought.
#[derive(Debug, Clone)]
pub struct Landed {
    /// As it is stored.
    pub response: Arc<StoredResponse>,
    /// Which of the target's responses it is.
    pub selection: Selection,
    /// How long it took.
    pub fetch: Duration,
}

/// What someone who waits is told.
#[derive(Debug)]
pub enum News<F: Clone> {
    /// Obtain it: whoever led has failed or is gone, or this one has waited for long enough.
    Lead(FetchPermit<F>),
    /// It is arriving.
    Filling(Arc<Filling<F>>),
    /// This is how it ended.
    Ended(Outcome<F>),
    /// Look again: another flight was first.
    Again,
    /// Whoever led in this one's name is gone without a word.
    Gone,
}

/// The duty to obtain one thing.
#[must_use = "others wait for what this permit stands for"]
pub struct FetchPermit<F: Clone>(Permit<CacheKey, Word<F>>);

/// A place in the line, until it is dropped.
pub struct Waiter<F: Clone> {
    stake: Stake<F>,
    /// None for one who leads.
    lock_wait: Option<Duration>,
    asker: Asker,
}

type Stake<F> = flights::Stake<CacheKey, Word<F>>;

/// What is said in a flight.
#[derive(Debug, Clone)]
enum Word<F> {
    Filling(Arc<Filling<F>>),
    Ended(Outcome<F>),
}

impl<F: Clone> FillTable<F> {
    /// Nothing is under way.
    #[must_use]
    pub fn new(patience: Patience) -> Self {
        Self { flights: Flights::default(), patience }
    }

    /// Leads, or waits for the one who does. A flight of an older sequence is not waited for: what was purged since
    /// must not be had from it.
    pub fn join(&self, key: &CacheKey, sequence: Sequence, now: Instant) -> Joined<F> {
        let asker = self.asker(sequence, now);
        self.joined(self.flights.join(key, asker), asker)
    }

    /// Leads a flight that nobody can join, because it is known that there will be nothing to share.
    pub fn alone(&self, key: &CacheKey, sequence: Sequence, now: Instant) -> Joined<F> {
        let asker = self.asker(sequence, now);
        self.joined(self.flights.alone(key, asker), asker)
    }

    /// Leads, unless someone does, whether anyone waits for it or not.
    pub fn lead(&self, key: &CacheKey, sequence: Sequence, now: Instant) -> Option<FetchPermit<F>> {
        self.flights.lead(key, self.asker(sequence, now)).map(FetchPermit)
    }

    /// What is under way for a key is of no use any more: it may have been changed.
    pub fn detach(&self, key: &CacheKey) {
        self.flights.detach(key);
    }

    fn asker(&self, sequence: Sequence, now: Instant) -> Asker {
        Asker { sequence: sequence.0, now, too_old: now.checked_sub(self.patience.lock_age) }
    }

    fn joined(&self, seated: Seated<CacheKey, Word<F>>, asker: Asker) -> Joined<F> {
        match seated {
            Seated::Lead(permit, stake) => Joined::Lead(FetchPermit(permit), Waiter { stake, lock_wait: None, asker }),
            Seated::Wait(stake) => Joined::Wait(Waiter { stake, lock_wait: Some(self.patience.lock_wait), asker }),
        }
    }
}

impl<F: Clone> FetchPermit<F> {
    /// It is in the store.
    pub fn stored(self, landed: Landed) {
        self.0.land(Word::Ended(Outcome::Stored(landed)));
    }

    /// What is in the store is good again.
    pub fn freshened(self, landed: Landed) {
        self.0.land(Word::Ended(Outcome::Freshened(landed)));
    }

    /// It may not be shared.
    pub fn declined(self) {
        self.0.end(Word::Ended(Outcome::Declined));
    }

    /// It could not be obtained, and would not be by another either: everyone who waits is told.
    pub fn failed(self, failure: F) {
        self.0.fail(Word::Ended(Outcome::Failed(failure)), Takeover::Pointless);
    }

    /// It could not be obtained with this request: it is told so, and the next in line tries. After two more tries
    /// everyone is told.
    pub fn failed_for_one(self, failure: F) {
        self.0.fail(Word::Ended(Outcome::Failed(failure)), Takeover::Next);
    }

    /// It is arriving: everyone can read it from now on, under the key of its selection.
    pub fn filling(&self, filling: &Arc<Filling<F>>) {
        self.0.rename(filling.selection.key());
        self.0.share(Word::Filling(Arc::clone(filling)));
    }

    /// It goes on even if nobody waits for it.
    pub fn insist(&self) {
        self.0.insist();
    }

    /// Whether what it obtains may be stored: nothing newer has been, and it was not changed in the meantime.
    #[must_use]
    pub fn is_current(&self) -> bool {
        self.0.is_current()
    }

    /// Waits until nobody waits any more. From then on nobody can join: the work is to be given up.
    pub async fn deserted(&self) {
        poll_fn(|context| self.0.poll_deserted(context)).await;
    }
}

impl<F: Clone> Waiter<F> {
    /// Waits for what is to be done next. Whoever waits for too long is asked to lead a flight beside the one that
    /// stalls, or waits for one that another began.
    pub async fn news(&mut self) -> News<F> {
        loop {
            let heard = poll_fn(|context| self.stake.poll_heard(context, false));
            let Some(lock_wait) = self.lock_wait else { return self.told(heard.await) };
            if let Ok(heard) = tokio::time::timeout(lock_wait, heard).await {
                return self.told(heard);
            }
            self.asker.now += lock_wait;
            if let Some(permit) = self.stake.press_on(Asker { too_old: None, ..self.asker }) {
                return self.told(Heard::Lead(permit));
            }
        }
    }

    /// Waits for the end of what is arriving.
    pub async fn end(&mut self) -> News<F> {
        let heard = poll_fn(|context| self.stake.poll_heard(context, true)).await;
        self.told(heard)
    }

    fn told(&mut self, heard: Heard<CacheKey, Word<F>>) -> News<F> {
        match heard {
            Heard::Lead(permit) => {
                self.lock_wait = None;
                News::Lead(FetchPermit(permit))
            }
            Heard::Shared(Word::Filling(filling)) => News::Filling(filling),
            Heard::Shared(Word::Ended(outcome)) | Heard::Ended(Word::Ended(outcome)) => News::Ended(outcome),
            Heard::Ended(Word::Filling(filling)) => News::Filling(filling),
            Heard::Again => News::Again,
            Heard::Gone => News::Gone,
        }
    }

    fn into_stake(self) -> Stake<F> {
        self.stake
    }
}

impl<F: Clone> fmt::Debug for FetchPermit<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FetchPermit")
    }
}

impl<F: Clone> fmt::Debug for Waiter<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Waiter")
    }
}
