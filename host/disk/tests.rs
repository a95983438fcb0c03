//! What the tier promises, on real files and on a file system that fails on demand.

mod damage;
mod entries;
mod faults;
mod faulty;
mod removal;
mod restart;

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::*;
use faulty::FaultyFiles;

const KEY: &[u8] = b"key";
const HEAD: &[u8] = b"head";

/// A folder, what opens it, and how it fails.
struct Stage {
    folder: TempDir,
    files: Arc<FaultyFiles>,
    limits: DiskLimits,
    size: u64,
}

impl Stage {
    fn new() -> Self {
        // A loaded machine is no fault: whoever tests a timeout stops the clock.
        let patient = Duration::from_secs(60);
        let limits = DiskLimits { open: patient, block: patient, remove: patient, ..DiskLimits::default() };
        Self { folder: TempDir::new().unwrap(), files: Arc::default(), limits, size: 1 << 30 }
    }

    fn config(&self) -> DiskConfig {
        DiskConfig {
            path: self.folder.path().to_owned(),
            size: self.size,
            object: LARGEST,
            admission: AdmissionRule::SecondRequest,
        }
    }

    fn open(&self) -> DiskTier {
        DiskTier::open_on(&self.config(), self.limits, self.files.clone()).unwrap()
    }

    /// Every file that has the name of an entry.
    fn entries(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut folders = vec![self.folder.path().join("entries")];
        while let Some(folder) = folders.pop() {
            for path in paths(&folder) {
                if path.is_dir() { folders.push(path) } else { found.push(path) }
            }
        }
        found.sort();
        found
    }

    fn only_entry(&self) -> PathBuf {
        let entries = self.entries();
        assert_eq!(entries.len(), 1, "{entries:?}");
        entries.into_iter().next().unwrap()
    }

    fn drafts(&self) -> Vec<PathBuf> {
        paths(&self.folder.path().join("drafts"))
    }
}

fn paths(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path()).collect()
}

/// Bytes that differ in every place where blocks could be exchanged.
fn content(length: usize) -> Bytes {
    (0..length).map(|at| (at ^ (at >> 8) ^ (at >> 16)) as u8).collect()
}

async fn put(tier: &DiskTier, key: &[u8], content: impl Into<Bytes>) {
    tier.write(key, Bytes::from_static(HEAD), content.into());
    tier.flush().await;
}

/// All of an entry's content.
async fn get(tier: &DiskTier, key: &[u8]) -> Option<Bytes> {
    let entry = tier.read(key).await?;
    assert_eq!(entry.head, HEAD);
    entry.content.whole().await
}

/// Waits for what threads and tasks bring about.
async fn until(mut holds: impl FnMut() -> bool) {
    let wait = async {
        while !holds() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), wait).await.expect("it never came about");
}
