//! The second tier of the store: what is stored in memory is offered to the disk, and what memory lacks is asked of it.
//!
//! The disk is asked after memory and before any fetch begins, once for all who ask at the same time. What it has is put
//! into memory and judged there as if it had never left: by its age, by what the request demands, and by the purges
//! since its fetch began. So a purge removes nothing from the disk, and what was invalidated is removed from both.
//!
//! What is too large for memory is on the disk alone, in two entries: its head, and its content, which is read as it is
//! sent (`large`). A head says which writing of its content it belongs to.
//!
//! Written is what is asked for a second time. Such a request may miss, or be a hit in memory; hits do not say so here.
//! Instead what was asked for once is looked at every few seconds, whether it was asked for again.

use std::collections::HashMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared, WeakShared};
use http::HeaderMap;
use parking_lot::{Mutex, RwLock};

use crate::cache::{
    CacheKey, Constraints, Content, Elsewhere, Lookup, Recalled, Record, ResponseRecord, Selection, Sequence, Shelf,
    StoredResponse, Tier,
};
use crate::clock::Clock;
use crate::disk::{Admission, DiskTier, Entry, Removal, Usage, Written};
use crate::gateway::Gateway;
use crate::pages::Pages;

/// The disk, as the store uses it.
///
/// INVARIANT: whatever changes both tiers is done under `order`, so what one of them has is never older than what the
/// other had before.
#[derive(Debug)]
pub struct SecondTier {
    /// None once it is closed.
    tier: RwLock<Option<Arc<DiskTier>>>,
    pub(super) order: Mutex<()>,
    readings: Mutex<HashMap<DiskKey, WeakShared<Reading>>>,
    /// Stored in memory and not on the disk, because it was asked for once so far. At most [`ONCE`].
    once: Mutex<HashMap<DiskKey, Once>>,
    /// What is written while it arrives, each with the sequence at which its fetch began.
    pub(super) writing: Mutex<HashMap<DiskKey, Sequence>>,
}

/// What was looked up in both tiers.
pub(super) struct LookedUp {
    /// The key of the request's selection, as far as it is known.
    pub(super) key: CacheKey,
    pub(super) lookup: Lookup,
    /// Where it was found, if it was.
    pub(super) tier: Tier,
}

/// A removal on its way: from the call on nothing reads what was removed, and when this is done it is gone from the disk
/// too. It happens whether or not anyone waits.
#[must_use = "what is not gone from the disk comes back if the process is killed now"]
pub(super) struct Forgotten(Option<BoxFuture<'static, Removal>>);

/// What becomes of a response that was to be stored. It need not be waited for.
pub(super) enum Storing {
    /// It is not.
    No,
    /// It is, in memory.
    Done,
    /// Its head is being written, and it is nowhere before that is done.
    Head(Written),
}

/// The bytes of a key, with its shelf before them.
pub(super) type DiskKey = Box<[u8]>;

/// A read that several may wait for.
type Reading = BoxFuture<'static, Option<Arc<Found>>>;

/// An entry of the disk, decoded.
#[derive(Debug)]
struct Found {
    entry: Entry,
    recalled: Recalled,
}

/// What came of asking the disk.
enum Asked {
    Nothing,
    Response(Lookup),
    /// It is in memory now, or something newer.
    LookAgain,
}

/// Something that was asked for once.
#[derive(Debug)]
struct Once {
    shelf: Shelf,
    target: CacheKey,
    selection: Selection,
    response: Weak<StoredResponse>,
}

/// Takes a reading that nobody waits for any more off the list.
struct Place<'a> {
    tier: &'a SecondTier,
    key: &'a DiskKey,
}

/// How many are watched for a second request: some 20 MiB. What is beyond that is written when it was missed twice.
const ONCE: usize = 1 << 16;

/// How often those are looked at. What a crash may cost in writes, against a look at all of them.
const AGAIN: Duration = Duration::from_secs(5);

/// How often one lookup asks: for how the selections of its target are told apart, for one of them, and once more for
/// what was replaced meanwhile.
const QUESTIONS: usize = 3;

impl Gateway {
    /// What is stored for a request, in memory or on the disk.
    pub(super) async fn look_up(
        &self,
        shelf: Shelf,
        target: &CacheKey,
        fields: &HeaderMap,
        constraints: &Constraints,
    ) -> LookedUp {
        let in_memory = || {
            let now = self.clock.now().instant;
            let (key, lookup) = self.cache.lookup(shelf, target, fields, constraints, now);
            LookedUp { key: key.into_owned(), lookup, tier: Tier::Memory }
        };
        let mut found = in_memory();
        let Some(disk) = &self.disk else { return found };
        for _ in 0..QUESTIONS {
            if !matches!(found.lookup, Lookup::Miss(_)) {
                break;
            }
            match disk.ask(self, shelf, &found.key, constraints).await {
                Asked::Nothing => break,
                Asked::Response(lookup) => return LookedUp { lookup, tier: Tier::Disk, ..found },
                Asked::LookAgain => found = in_memory(),
            }
        }
        if shelf == Shelf::Sources && !matches!(found.lookup, Lookup::Miss(_)) {
            // A source is used by those who make pictures, which no hit tells.
            disk.used_again(self, &disk_key(shelf, &found.key));
        }
        found
    }

    /// Stores a response in memory, and on the disk if it is worth that; or the head of one whose content is on the disk.
    pub(super) fn store(
        &self,
        shelf: Shelf,
        target: &CacheKey,
        selection: &Selection,
        response: Arc<StoredResponse>,
    ) -> Storing {
        let Some((disk, tier)) = self.tiers() else {
            let stored = response.body.held().is_some() && self.cache.store(shelf, target, selection, response);
            return if stored { Storing::Done } else { Storing::No };
        };
        let _order = disk.order.lock();
        if let Content::Disk(content) = &response.body {
            let written = self.store_head(&tier, shelf, target, selection, &response, content);
            return written.map_or(Storing::No, Storing::Head);
        }
        if !self.cache.store(shelf, target, selection, Arc::clone(&response)) {
            return Storing::No;
        }
        let key = disk_key(shelf, selection.key());
        drop(tier.remove(&content_of(&key)));
        match tier.seen(&key) {
            Admission::Write => {
                disk.once.lock().remove(&key);
                write(&tier, &self.clock, shelf, target, selection, &response);
            }
            Admission::SeenFirst => {
                // Whatever the disk has is older.
                drop(tier.remove(&key));
                if !selection.is_recorded() {
                    drop(tier.remove(&disk_key(shelf, target)));
                }
                let (target, selection) = (target.clone(), selection.clone().at_rest());
                disk.watch(key, Once { shelf, target, selection, response: Arc::downgrade(&response) });
            }
        }
        Storing::Done
    }

    /// The disk tier, as long as it is open.
    pub(super) fn tiers(&self) -> Option<(&SecondTier, Arc<DiskTier>)> {
        let disk = self.disk.as_ref()?;
        Some((disk, disk.tier()?))
    }

    /// Forgets a target, with all its selections, in both tiers.
    pub(super) fn invalidate(&self, shelf: Shelf, target: &CacheKey) -> Forgotten {
        let Some((disk, tier)) = self.tiers() else {
            self.cache.invalidate(shelf, target);
            return Forgotten(None);
        };
        let _order = disk.order.lock();
        let key = disk_key(shelf, target);
        let removal = tier.remove(&key);
        // Without its head it is nothing, so nobody need wait for that.
        drop(tier.remove(&content_of(&key)));
        self.cache.invalidate(shelf, target);
        Forgotten(Some(removal.boxed()))
    }

    /// Writes what was asked for again since it was stored in memory.
    pub fn keep_what_was_used_again(&self) {
        let Some(disk) = &self.disk else { return };
        let used: Vec<Once> = {
            let mut once = disk.once.lock();
            once.retain(|_, once| once.response.strong_count() > 0);
            let was_used = |once: &Once| once.response.upgrade().is_some_and(|response| response.prepared.was_used());
            once.extract_if(|_, once| was_used(once)).map(|(_, once)| once).collect()
        };
        used.into_iter().for_each(|once| disk.keep(self, &once));
    }

    /// Does so every few seconds, as long as there is a disk.
    pub(crate) async fn watch_what_is_used(self: Arc<Self>) {
        while self.disk.as_ref().is_some_and(|disk| disk.tier().is_some()) {
            tokio::time::sleep(AGAIN).await;
            self.keep_what_was_used_again();
        }
    }
}

impl SecondTier {
    /// With this disk.
    #[must_use]
    pub fn new(tier: DiskTier) -> Self {
        let tier = RwLock::new(Some(Arc::new(tier)));
        let (order, readings, once, writing) = Default::default();
        Self { tier, order, readings, once, writing }
    }

    /// What the disk has and has done; none once it is closed.
    #[must_use]
    pub fn usage(&self) -> Option<Usage> {
        self.tier().map(|tier| tier.usage())
    }

    /// Writes what is to be written, and waits until the folder is free, unless a request holds on to it. From then on
    /// there is no disk.
    pub async fn close(&self) {
        let Some(tier) = self.tier.write().take() else { return };
        tier.flush().await;
        if let Some(tier) = Arc::into_inner(tier) {
            tier.close().await;
        }
    }

    fn tier(&self) -> Option<Arc<DiskTier>> {
        self.tier.read().clone()
    }

    /// Asks the disk for a key, and puts what it has into memory.
    async fn ask(&self, gateway: &Gateway, shelf: Shelf, key: &CacheKey, constraints: &Constraints) -> Asked {
        let Some(tier) = self.tier() else { return Asked::Nothing };
        let disk_key = disk_key(shelf, key);
        let Some(found) = self.read(&tier, gateway, &disk_key).await else { return Asked::Nothing };
        let lookup = match &found.recalled {
            Recalled::Varies(_) => None,
            Recalled::Response(response) => {
                let now = gateway.clock.now().instant;
                let Some(lookup) = gateway.cache.judge(Arc::clone(response), constraints, now) else {
                    // Purged: it is of no use any more.
                    drop(tier.remove(&disk_key));
                    if let Content::Disk(content) = &response.body {
                        gateway.discard(&tier, &content_of(&disk_key), content);
                    }
                    return Asked::Nothing;
                };
                Some(lookup)
            }
        };
        let promoted = {
            let _order = self.order.lock();
            found.entry.promote(|| gateway.cache.promote(shelf, key, found.recalled.clone()))
        };
        match (promoted, lookup) {
            (Some(true), Some(lookup)) => Asked::Response(lookup),
            (Some(_) | None, _) => Asked::LookAgain,
        }
    }

    /// Reads once for all who want it now.
    async fn read(&self, tier: &Arc<DiskTier>, gateway: &Gateway, key: &DiskKey) -> Option<Arc<Found>> {
        let _place = Place { tier: self, key };
        let reading: Shared<Reading> = {
            let mut readings = self.readings.lock();
            match readings.get(key).and_then(WeakShared::upgrade) {
                Some(reading) => reading,
                None => {
                    let (clock, pages) = (gateway.clock.clone(), Arc::clone(&gateway.pages));
                    let reading =
                        recall(Arc::clone(tier), clock, pages, gateway.bounds.object, key.clone()).boxed().shared();
                    if let Some(weak) = reading.downgrade() {
                        readings.insert(key.clone(), weak);
                    }
                    reading
                }
            }
        };
        reading.await
    }

    fn watch(&self, key: DiskKey, asked_for: Once) {
        let mut once = self.once.lock();
        if once.len() >= ONCE {
            once.retain(|_, once| once.response.strong_count() > 0);
        }
        if once.len() < ONCE {
            once.insert(key, asked_for);
        }
    }

    fn used_again(&self, gateway: &Gateway, key: &DiskKey) {
        let once = self.once.lock().remove(key);
        once.iter().for_each(|once| self.keep(gateway, once));
    }

    /// Writes what is in memory, if it still is.
    fn keep(&self, gateway: &Gateway, once: &Once) {
        let (Some(tier), Some(response)) = (self.tier(), once.response.upgrade()) else { return };
        let _order = self.order.lock();
        if gateway.cache.holds(once.shelf, once.selection.key(), &response) {
            write(&tier, &gateway.clock, once.shelf, &once.target, &once.selection, &response);
        }
    }
}

impl Storing {
    /// Waits until it is stored, for so long at most, and says whether it is.
    pub(super) async fn done(self, limit: Duration) -> bool {
        match self {
            Self::No => false,
            Self::Done => true,
            Self::Head(written) => {
                matches!(tokio::time::timeout(limit, written.counted()).await, Ok(Some(_)))
            }
        }
    }
}

impl Forgotten {
    /// There was nothing to forget.
    pub(super) fn nothing() -> Self {
        Self(None)
    }

    /// Both.
    pub(super) fn and(self, other: Self) -> Self {
        match (self.0, other.0) {
            (Some(one), Some(other)) => Self(Some(
                async move {
                    let (one, other) = futures_util::join!(one, other);
                    if one == Removal::Gone { other } else { one }
                }
                .boxed(),
            )),
            (one, other) => Self(one.or(other)),
        }
    }

    /// Waits until it is gone from the disk, for as long as the disk is waited for.
    pub(super) async fn confirmed(self) {
        if let Some(removal) = self.0
            && removal.await == Removal::Unconfirmed
        {
            tracing::warn!("the disk does not remove what was invalidated; a restart may bring it back");
        }
    }

    /// Lets it happen.
    pub(super) fn unconfirmed(self) {}
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut readings = self.tier.readings.lock();
        if readings.get(self.key).is_some_and(|reading| reading.upgrade().is_none()) {
            readings.remove(self.key);
        }
    }
}

/// Reads and decodes. What does not decode is not there.
async fn recall(tier: Arc<DiskTier>, clock: Clock, pages: Arc<Pages>, object: u64, key: DiskKey) -> Option<Arc<Found>> {
    let entry = tier.read(&key).await?;
    let (record, body) = match Record::read(&entry.head) {
        Some(Record::Varies(varies)) => return Some(Arc::new(Found { entry, recalled: Recalled::Varies(varies) })),
        // Sources are of use in memory alone.
        Some(Record::Response(record)) if entry.content.len() <= object || key.starts_with(SOURCES) => {
            (record, pages.keep(entry.content.whole().await?).into())
        }
        Some(Record::Response(record)) => (record, Content::Disk(entry.content.clone())),
        Some(Record::Large(record, Elsewhere(written))) => {
            let content = tier.read(&content_of(&key)).await.map(|entry| entry.content);
            (record, Content::Disk(content.filter(|content| content.generation() == written)?))
        }
        None => {
            drop(tier.remove(&key));
            return None;
        }
    };
    let since = clock.since(record.requested());
    let response = record.into_response(body, since, clock.now().instant);
    Some(Arc::new(Found { entry, recalled: Recalled::Response(Arc::new(response)) }))
}

/// Writes a response, and with it how it is found among those of its target.
pub(super) fn write(
    tier: &DiskTier,
    clock: &Clock,
    shelf: Shelf,
    target: &CacheKey,
    selection: &Selection,
    response: &StoredResponse,
) -> Option<Written> {
    let requested = clock.anchor(response.freshness.requested);
    let record = Box::new(ResponseRecord::of(response, requested));
    let (record, content) = match &response.body {
        Content::Memory(content) => (Record::Response(record), content.clone()),
        Content::Disk(content) => (Record::Large(record, Elsewhere(content.generation())), Bytes::new()),
    };
    let written = tier.write(&disk_key(shelf, selection.key()), record.to_bytes().into(), content);
    if let Some(varies) = selection.record() {
        let target = disk_key(shelf, target);
        // There is no one response of the target any more.
        drop(tier.remove(&content_of(&target)));
        tier.write(&target, Record::Varies(varies).to_bytes().into(), Bytes::new());
    }
    written
}

/// What stands before a key on the disk: its shelf, or that this is the content of a response whose head is elsewhere.
const SOURCES: &[u8] = b"s";
const RESPONSES: &[u8] = b"r";
const CONTENTS: &[u8] = b"c";

pub(super) fn disk_key(shelf: Shelf, key: &CacheKey) -> DiskKey {
    let shelf = match shelf {
        Shelf::Sources => SOURCES,
        Shelf::Responses => RESPONSES,
    };
    [shelf, key.as_bytes()].concat().into()
}

/// Where the content of the response with this key is, if it is elsewhere.
pub(super) fn content_of(key: &DiskKey) -> DiskKey {
    [CONTENTS, key].concat().into()
}
