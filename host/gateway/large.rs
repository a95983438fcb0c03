//! What is larger than memory keeps of one response: written to the disk while it arrives, and read from there.
//!
//! The disk never holds up those who read. What arrives goes into its queue of writes, which is bounded; if there is no
//! place the write is given up, and the response goes on. Between the origin and the readers there is a window, and the
//! fastest of them sets the pace.
//!
//! What the key had ends when the write begins, in both tiers. The head is written when the content counts, so that a
//! head always stands for all of it.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt as _;

use crate::cache::{CacheKey, Content, FetchPermit, Landed, Selection, Sequence, Shelf, StoredResponse, Writer};
use crate::disk::{self, Admission, DiskTier, Written};
use crate::gateway::Gateway;
use crate::gateway::exchange::NotStored;
use crate::gateway::fill::{Fill, WORTH_COMPLETING};
use crate::gateway::tiers::{DiskKey, SecondTier, content_of, disk_key, write};
use crate::respond::Failure;
use crate::upstream;

/// Content on its way to the disk. Dropped, nothing of it is kept.
#[must_use = "what is not finished is deleted"]
pub(super) struct LargeWrite<'g> {
    writer: disk::Writer,
    tier: Arc<DiskTier>,
    /// Of the content.
    key: DiskKey,
    /// Bytes of it so far.
    taken: u64,
    _claim: Claim<'g>,
}

/// The right to write under a key: two who write the same would undo each other's work.
struct Claim<'g> {
    disk: &'g SecondTier,
    /// Of the head.
    key: DiskKey,
    began: Sequence,
}

/// How long a write is waited for when all of it has come, which holds up nobody: a full queue takes about two seconds on a
/// slow disk, and what takes longer than this is on one that hangs.
const COMMIT: Duration = Duration::from_secs(30);

impl Gateway {
    /// Bytes of the largest response that any tier takes.
    pub(super) fn largest(&self) -> u64 {
        self.tiers().map_or(self.bounds.object, |(_, tier)| tier.largest().max(self.bounds.object))
    }

    /// Begins to write a response that is too large for memory, if it is worth that. What is stored under its key ends.
    ///
    /// # Errors
    /// Why it is not written.
    pub(super) fn begin_large(
        &self,
        fill: &Fill,
        selection: &Selection,
        length: Option<u64>,
        permit: &FetchPermit<Failure>,
    ) -> Result<LargeWrite<'_>, NotStored> {
        let (disk, tier) = self.tiers().ok_or(NotStored::TooLarge)?;
        if self.largest() <= self.bounds.object {
            return Err(NotStored::TooLarge);
        }
        let head = disk_key(Shelf::Responses, selection.key());
        let key = content_of(&head);
        let order = disk.order.lock();
        if !permit.is_current() {
            return Err(NotStored::NotWritten);
        }
        // It came while this was being obtained, from one who was there before.
        if fill.stale.is_none() && tier.contains(&head) && tier.contains(&key) {
            return Err(NotStored::NotWritten);
        }
        let claim = disk.claim(head.clone(), fill.visit.began).ok_or(NotStored::NotWritten)?;
        let admission = tier.seen(&head);
        // Whatever there is, is older.
        self.cache.invalidate(Shelf::Responses, selection.key());
        drop(tier.remove(&head));
        if admission == Admission::SeenFirst {
            drop(tier.remove(&key));
            return Err(NotStored::SeenOnce);
        }
        let writer = tier.begin_write(&key, Bytes::new(), length).ok_or(NotStored::NotWritten)?;
        drop(order);
        Ok(LargeWrite { writer, tier, key, taken: 0, _claim: claim })
    }

    /// Content arrives that is too large for memory: for those who read it, and for the disk.
    pub(super) async fn receive_large(
        &self,
        fill: &Fill,
        mut body: upstream::Body,
        writer: Writer<Failure>,
        permit: FetchPermit<Failure>,
        mut large: LargeWrite<'_>,
    ) {
        let length = writer.filling().length;
        let mut insisted = false;
        loop {
            if !large.is_wanted() {
                self.decline(fill, NotStored::NotWritten, permit);
                return self.overflow(body, writer).await;
            }
            if large.taken > self.bounds.object {
                writer.slide(self.bounds.object);
            }
            let next = async {
                // Where nobody reads the disk sets no pace either: what it cannot take is not kept.
                writer.room().await;
                body.frame().await
            };
            let frame = tokio::select! {
                biased;
                () = permit.deserted() => return self.metrics.count_fill("deserted"),
                frame = next => frame,
            };
            match frame.map(|frame| frame.map(|frame| frame.into_data().unwrap_or_default())) {
                Some(Ok(data)) => {
                    large.take(data.clone());
                    // Before it is passed on: who has read all of it by then may leave.
                    if !insisted && length.is_some_and(|length| large.taken * WORTH_COMPLETING >= length) {
                        permit.insist();
                        insisted = true;
                    }
                    writer.push(data);
                }
                Some(Err(error)) => {
                    let failure = Failure::from(error);
                    self.metrics.count_fill("failed");
                    // Out of the table first: who comes now begins anew.
                    permit.failed(failure.clone());
                    return writer.fail(failure);
                }
                None => break,
            }
        }
        let filling = Arc::clone(writer.filling());
        // Nobody waits for the disk to have it all, but who wants a part of it.
        writer.finish();
        match self.settle_large(fill, large, filling.head.clone(), &filling.selection, &permit).await {
            Some(response) => {
                self.metrics.count_fill("stored");
                permit.stored(Landed { response, selection: filling.selection.clone(), fetch: filling.fetch });
            }
            None => self.decline(fill, NotStored::NotWritten, permit),
        }
    }

    /// All has arrived: waits until the content counts, and writes the head. None if it is not stored.
    async fn settle_large(
        &self,
        fill: &Fill,
        large: LargeWrite<'_>,
        head: StoredResponse,
        selection: &Selection,
        permit: &FetchPermit<Failure>,
    ) -> Option<Arc<StoredResponse>> {
        if !permit.is_current() {
            return None;
        }
        // Held to the end, so that nobody writes the same meanwhile.
        let LargeWrite { writer, tier, key, _claim, .. } = large;
        let Ok(written) = tokio::time::timeout(COMMIT, writer.finish().counted()).await else {
            // If it is ever done it does not count.
            drop(tier.remove(&key));
            return None;
        };
        let written = written?;
        let content = tier.read(&key).await?.content;
        if content.generation() != written {
            return None;
        }
        if !permit.is_current() {
            self.discard(&tier, &key, &content);
            return None;
        }
        let response = Arc::new(StoredResponse { body: Content::Disk(content), ..head });
        let stored = self.store(Shelf::Responses, &fill.key, selection, Arc::clone(&response));
        stored.done(COMMIT).await.then_some(response)
    }

    /// Writes the head of a response whose content is on the disk: it has arrived there, or was validated. To be called
    /// under `order`.
    pub(super) fn store_head(
        &self,
        tier: &DiskTier,
        shelf: Shelf,
        target: &CacheKey,
        selection: &Selection,
        response: &StoredResponse,
        content: &disk::Content,
    ) -> Option<Written> {
        let key = disk_key(shelf, selection.key());
        let stands_alone = tier.holds(&content_of(&key), content);
        if stands_alone && self.cache.yield_to(shelf, target, selection, response) {
            return write(tier, &self.clock, shelf, target, selection, response);
        }
        // Purged or forgotten; or in one entry with its head, from when memory took what is so large. Whatever else has
        // ended the content has seen to the head.
        if stands_alone || tier.holds(&key, content) {
            drop((tier.remove(&key), tier.remove(&content_of(&key))));
        }
        None
    }

    /// Removes what was written, unless something newer is in its place.
    pub(super) fn discard(&self, tier: &DiskTier, key: &DiskKey, content: &disk::Content) {
        let Some(disk) = &self.disk else { return };
        let _order = disk.order.lock();
        if tier.holds(key, content) {
            drop(tier.remove(key));
        }
    }
}

impl LargeWrite<'_> {
    /// Takes the next bytes, or gives the write up.
    pub(super) fn take(&mut self, data: Bytes) {
        self.taken += data.len() as u64;
        self.writer.chunk(data);
    }

    fn is_wanted(&self) -> bool {
        self.writer.is_wanted()
    }
}

impl SecondTier {
    /// The right to write what was asked for at this sequence under a key. None if someone has it who asked then or later.
    fn claim(&self, key: DiskKey, began: Sequence) -> Option<Claim<'_>> {
        let mut writing = self.writing.lock();
        if writing.get(&key).is_some_and(|other| *other >= began) {
            return None;
        }
        writing.insert(key.clone(), began);
        Some(Claim { disk: self, key, began })
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        let mut writing = self.disk.writing.lock();
        // One that was asked for later has taken the place.
        if writing.get(&self.key) == Some(&self.began) {
            writing.remove(&self.key);
        }
    }
}
