//! Listing folders: after a start, and after an unlink that failed. It goes on behind the reads and writes; whichever of
//! them needs a folder that was not listed yet lists it first.

use std::io::{self, ErrorKind};
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::sync::Notify;

use super::files;
use super::place::{FileName, Generation, Leaf};
use super::shared::Shared;

/// How long one folder may take to be listed before the disk is given a rest.
const LISTING: Duration = Duration::from_secs(10);

/// Deletes what is left over and lists every folder that has to be, again and again until the tier is dropped. `wake` is
/// told when there is something to do, and of the end.
pub(super) async fn keep_listed(shared: Weak<Shared>, wake: Arc<Notify>) {
    loop {
        let Some(rest) = shared.upgrade().map(|shared| shared.limits.rest) else { return };
        let mut done = on_keeper(&shared, sweep).await;
        for leaf in Leaf::all() {
            if done && shared.upgrade().is_some_and(|shared| !shared.index.lock().is_listed(leaf)) {
                done = on_keeper(&shared, move |shared| list(shared, leaf)).await;
            }
        }
        if done {
            wake.notified().await;
        } else {
            tokio::time::sleep(rest).await;
        }
    }
}

/// Lists a folder, if it has to be, and deletes in it what does not count. Returns without an error only when the folder
/// holds what the index says.
///
/// # Errors
/// Those of the system.
pub(super) fn list(shared: &Shared, leaf: Leaf) -> io::Result<()> {
    loop {
        let Some(listing) = shared.index.lock().list(leaf) else { return Ok(()) };
        let folder = shared.folders.leaf(leaf);
        let names = match shared.files.list(&folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
            names => names?,
        };
        let (mut found, mut strays) = (Vec::with_capacity(names.len()), Vec::new());
        for name in names {
            match name.to_str().and_then(FileName::parse).filter(|name| name.hash.leaf() == leaf) {
                Some(name) => found.push(name),
                None => strays.push(name),
            }
        }
        let Some((doomed, evicted)) = shared.index.lock().merge(listing, &found) else { continue };
        for stray in strays {
            // It is never read, so it may as well stay.
            let _ = shared.files.unlink(&folder.join(stray));
        }
        let unlinked = shared.unlink_all(&doomed);
        shared.evict(&evicted)?;
        unlinked?;
        shared.index.lock().finish(listing);
    }
}

/// Deletes what earlier processes left unfinished, and what was discarded as a whole.
fn sweep(shared: &Shared) -> io::Result<()> {
    let folders = &shared.folders;
    for name in shared.files.list(&folders.drafts())? {
        let generation = name.to_str().and_then(Generation::parse);
        if generation.is_none_or(|generation| generation < shared.first) {
            files::unlink(&*shared.files, &folders.drafts().join(name))?;
        }
    }
    for name in shared.files.list(&folders.discarded())? {
        shared.files.remove_tree(&folders.discarded().join(name))?;
    }
    Ok(())
}

/// Whether it was done, on a thread that may wait for it.
async fn on_keeper(shared: &Weak<Shared>, work: impl FnOnce(&Shared) -> io::Result<()> + Send + 'static) -> bool {
    let Some(shared) = shared.upgrade() else { return true };
    let worker = Arc::clone(&shared);
    let answer = shared.keepers.run(LISTING, move || work(&worker));
    drop(shared);
    match answer.await {
        Ok(Ok(())) => true,
        Ok(Err(error)) => {
            tracing::warn!(%error, "disk cache cannot be listed");
            false
        }
        Err(_) => false,
    }
}
