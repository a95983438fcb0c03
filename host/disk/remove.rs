//! Ending entries: one, or all. Nothing is read of them from the call on; on the disk they are gone when it returns.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

use super::index::Fenced;
use super::place::KeyHash;
use super::recover;
use super::setup;
use super::shared::Shared;

/// What a removal can say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "an entry whose file may be there still can come back with the next start"]
pub enum Removal {
    /// There is nothing of it on the disk.
    Gone,
    /// This process will not read it again. But the disk did not unlink it in time, and if it never does, the next
    /// process finds it. The tier goes on trying.
    Unconfirmed,
}

/// Ends what a key has: at once for readers and writers, and on the disk when the future is done. It need not be polled
/// for that.
pub(super) fn remove(shared: &Arc<Shared>, hash: KeyHash) -> impl Future<Output = Removal> + Send + use<> {
    let fenced = shared.index.lock().fence_if_known(hash);
    let outcome = fenced.map(|fenced| {
        let keeper = Arc::clone(shared);
        on_keeper(shared, move || carry_out(&keeper, &fenced)).unwrap_or_else(|| {
            let mut index = shared.index.lock();
            // The listing that is due now finds the file.
            index.distrust(hash.leaf());
            index.settle(hash);
            oneshot::channel().1
        })
    });
    confirmed(outcome, patience(shared))
}

/// Ends all there is, in the same way.
pub(super) fn clear(shared: &Arc<Shared>) -> impl Future<Output = Removal> + Send + use<> {
    shared.index.lock().discard();
    let keeper = Arc::clone(shared);
    let outcome = on_keeper(shared, move || {
        let emptied = {
            let _committing = keeper.commits.lock();
            // Where a write was here first, nothing is left to be listed.
            discard(&keeper).unwrap_or_else(|| keeper.index.lock().unlisted() == 0)
        };
        keeper.wake.notify_one();
        emptied
    });
    confirmed(Some(outcome.unwrap_or_else(|| oneshot::channel().1)), patience(shared))
}

/// Puts all folders out of the way if that is due, and says whether it succeeded; if not, listing them deletes what is in
/// them. To be called with `commits` held: whatever is committed afterwards stays. It may block.
pub(super) fn discard(shared: &Shared) -> Option<bool> {
    let generation = shared.index.lock().take_discarded()?;
    let discarded = setup::discard_entries(&*shared.files, &shared.folders, &generation.to_string());
    match discarded {
        Ok(()) => shared.index.lock().all_are_empty(),
        Err(_) => shared.counters.faults.increment(),
    }
    Some(discarded.is_ok())
}

/// Unlinks what no longer counts. It may block.
fn carry_out(shared: &Shared, fenced: &Fenced) -> bool {
    if let Some(old) = &fenced.old {
        // If it fails the folder is listed below, and the file found there.
        let _ = shared.unlink(old);
    }
    // A write that had looked at the fence before it was raised has its file in the folder now, or out of it again.
    drop(shared.commits.lock());
    let listed = recover::list(shared, fenced.hash.leaf());
    shared.index.lock().settle(fenced.hash);
    listed.is_ok()
}

/// Has it done even if nobody waits for it. `None` if too much is to be done already.
fn on_keeper(shared: &Shared, work: impl FnOnce() -> bool + Send + 'static) -> Option<oneshot::Receiver<bool>> {
    let (answer, outcome) = oneshot::channel();
    let submitted = shared.keepers.submit(move || {
        // Who asked may have gone.
        let _ = answer.send(work());
    });
    submitted.then_some(outcome)
}

async fn confirmed(outcome: Option<oneshot::Receiver<bool>>, patience: Duration) -> Removal {
    let Some(outcome) = outcome else { return Removal::Gone };
    match tokio::time::timeout(patience, outcome).await {
        Ok(Ok(true)) => Removal::Gone,
        _ => Removal::Unconfirmed,
    }
}

/// Nobody waits for a disk that is known to hang.
fn patience(shared: &Shared) -> Duration {
    let rests = shared.reading.is_open() || shared.writing.is_open();
    if rests { Duration::ZERO } else { shared.limits.remove }
}
