//! Removals, reads, reads with a write after a miss, and writes, all at once on the same keys; and what must hold
//! whatever their order: a read that begins after a write or a removal was called gives nothing older.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use lucarne::disk::{DiskTier, Removal};
use parking_lot::Mutex;
use tokio::time::Instant;

use crate::disk::values::{self, Numbers};

/// Keys that every second operation is about.
const HOT: u64 = 64;
/// The others.
const COLD: u64 = 5_000;
/// Tasks that go on at once.
const TASKS: u64 = 16;
/// What no operation may take.
const STALL: Duration = Duration::from_secs(1);

/// What was done, and all that was wrong.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// Reads that were answered by the disk.
    pub(crate) hits: u64,
    /// Removals after which the file was gone.
    pub(crate) removals: u64,
    /// Entries that were put into memory.
    pub(crate) promotions: u64,
    /// Reads, with the writes after their misses.
    pub(crate) reads: Times,
    /// Calls that write.
    pub(crate) writes: Times,
    /// Removals, until they were confirmed or given up.
    pub(crate) removes: Times,
    /// The same file created, renamed and unlinked again and again beside all that, without the tier: what the file
    /// system itself took.
    pub(crate) beside: Times,
    /// Wrong bytes, removed and older values, each as a line.
    pub(crate) wrong: Vec<String>,
}

/// How long operations took.
#[derive(Debug, Default)]
pub(crate) struct Times {
    /// How many there were.
    pub(crate) count: u64,
    /// How many took longer than a second.
    pub(crate) stalls: u64,
    /// The longest.
    pub(crate) longest: Duration,
}

/// A key as a node would hold it.
#[derive(Default)]
struct Key {
    /// Held while a write or a removal is called: their order is that of the versions.
    newest: Mutex<u64>,
    /// What a read that begins now may give at the least.
    least: AtomicU64,
    /// The memory tier: a version.
    memory: Mutex<Option<u64>>,
}

/// Goes on for `duration` on an open tier in `folder`, then looks at every key once more.
pub(crate) async fn race(tier: &Arc<DiskTier>, folder: &Path, duration: Duration, seed: u64) -> Report {
    let keys: Arc<Vec<Key>> = Arc::new((0..HOT + COLD).map(|_| Key::default()).collect());
    let end = Instant::now() + duration;
    let beside = std::thread::spawn({
        let folder = folder.to_owned();
        move || touch(&folder, end)
    });
    let tasks: Vec<_> = (0..TASKS)
        .map(|task| tokio::spawn(work(Arc::clone(tier), Arc::clone(&keys), end, Numbers(seed + task))))
        .collect();
    let mut report = Report::default();
    for task in tasks {
        report.add(task.await.expect("a task of the race ends"));
    }
    tier.flush().await;
    report.add(look(tier, &keys).await);
    report.beside = beside.join().expect("it ends when the race does");
    report
}

async fn work(tier: Arc<DiskTier>, keys: Arc<Vec<Key>>, end: Instant, mut numbers: Numbers) -> Report {
    let mut report = Report::default();
    while Instant::now() < end {
        let number = if numbers.below(2) == 0 { numbers.below(HOT) } else { HOT + numbers.below(COLD) };
        let key = &keys[number as usize];
        let begun = Instant::now();
        let times = match numbers.below(20) {
            0..=1 => {
                key.remove(&tier, number, &mut report).await;
                &mut report.removes
            }
            2..=4 => {
                key.write(&tier, number);
                &mut report.writes
            }
            fetches => {
                if !key.read(&tier, number, &mut report).await && fetches > 11 {
                    key.write(&tier, number);
                }
                &mut report.reads
            }
        };
        times.add(begun.elapsed());
        // Memory is small here, so that the disk is asked.
        *key.memory.lock() = None;
    }
    report
}

/// What is done beside the tier; a disk that is full is no matter here.
fn touch(folder: &Path, end: Instant) -> Times {
    let (one, two) = (folder.join("beside.one"), folder.join("beside.two"));
    let mut times = Times::default();
    while Instant::now() < end {
        let begun = Instant::now();
        let _ = fs::write(&one, b"x").and_then(|()| fs::rename(&one, &two)).and_then(|()| fs::remove_file(&two));
        times.add(begun.elapsed());
        std::thread::sleep(Duration::from_millis(20));
    }
    times
}

async fn look(tier: &DiskTier, keys: &[Key]) -> Report {
    let mut report = Report::default();
    for (number, key) in (0..).zip(keys) {
        key.read(tier, number, &mut report).await;
    }
    report
}

impl Key {
    fn write(&self, tier: &DiskTier, number: u64) {
        let mut newest = self.newest.lock();
        *newest += 1;
        values::write(tier, number, *newest);
        *self.memory.lock() = Some(*newest);
        self.least.store(*newest, Ordering::SeqCst);
    }

    async fn remove(&self, tier: &DiskTier, number: u64, report: &mut Report) {
        let removal = {
            let newest = self.newest.lock();
            let removal = tier.remove(&values::key(number));
            *self.memory.lock() = None;
            self.least.store(*newest + 1, Ordering::SeqCst);
            removal
        };
        report.removals += u64::from(removal.await == Removal::Gone);
    }

    /// Whether there was something.
    async fn read(&self, tier: &DiskTier, number: u64, report: &mut Report) -> bool {
        let least = self.least.load(Ordering::SeqCst);
        let held = *self.memory.lock();
        if let Some(version) = held {
            report.check(number, version, least, "memory");
            return true;
        }
        let Some(entry) = tier.read(&values::key(number)).await else { return false };
        match values::version(number, &entry).await {
            Ok(None) => false,
            Ok(Some(version)) => {
                report.check(number, version, least, "disk");
                report.hits += 1;
                let promoted = entry.promote(|| *self.memory.lock() = Some(version));
                report.promotions += u64::from(promoted.is_some());
                true
            }
            Err(wrong) => {
                report.wrong.push(wrong);
                true
            }
        }
    }
}

impl Report {
    fn check(&mut self, number: u64, version: u64, least: u64, place: &str) {
        if version < least {
            self.wrong.push(format!("{number}: {place} gave version {version} after {least} was called for"));
        }
    }

    fn add(&mut self, other: Self) {
        self.reads.merge(&other.reads);
        self.writes.merge(&other.writes);
        self.removes.merge(&other.removes);
        self.hits += other.hits;
        self.removals += other.removals;
        self.promotions += other.promotions;
        self.wrong.extend(other.wrong);
    }
}

impl Times {
    fn add(&mut self, took: Duration) {
        self.merge(&Self { count: 1, stalls: u64::from(took > STALL), longest: took });
    }

    fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.stalls += other.stalls;
        self.longest = self.longest.max(other.longest);
    }
}
