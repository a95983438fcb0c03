//! A disk that is full, broken, gone or slow.

use std::sync::atomic::{AtomicUsize, Ordering};

use rustix::io::Errno;

use super::faulty::{Act, Operation};
use super::*;

/// Lets operations that take room fail from the `turn`th on. Returns how many do.
fn fail_from(stage: &Stage, turn: usize, error: Errno) -> Arc<AtomicUsize> {
    let failed = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&failed);
    let mut left = turn;
    stage.files.rule(move |operation, _| {
        if !operation.takes_room() {
            return Act::Pass;
        }
        if left > 0 {
            left -= 1;
            return Act::Pass;
        }
        count.fetch_add(1, Ordering::Relaxed);
        Act::Fail(error)
    });
    failed
}

/// Faults 84 and 94: an inode that is not there is a file that cannot be created.
#[tokio::test]
async fn no_room_at_any_call_of_a_write_drops_that_entry_alone() {
    for turn in 0.. {
        let stage = Stage::new();
        let tier = stage.open();
        put(&tier, b"other", "other").await;
        let failed = fail_from(&stage, turn, Errno::NOSPC);
        put(&tier, KEY, content(3 << 20)).await;
        if failed.load(Ordering::Relaxed) == 0 {
            assert!(get(&tier, KEY).await.is_some());
            assert!(turn > 5, "{turn} calls");
            break;
        }
        stage.files.heal();
        assert!(get(&tier, KEY).await.is_none());
        assert_eq!((stage.drafts().len(), tier.usage().full, tier.usage().faults), (0, 1, 0));
        assert!(tier.usage().allowed < stage.size, "it makes itself smaller");
        put(&tier, KEY, "again").await;
        assert_eq!(get(&tier, KEY).await.unwrap(), "again");
    }
}

/// Fault 84.
#[tokio::test]
async fn a_full_disk_makes_the_tier_smaller_and_what_is_written_later_makes_it_larger_again() {
    let mut stage = Stage::new();
    stage.size = 4 << 20;
    let tier = stage.open();
    let content = content(200 << 10);
    for number in 0..10 {
        put(&tier, format!("key {number}").as_bytes(), content.clone()).await;
    }
    let before = tier.usage();
    fail_from(&stage, 0, Errno::DQUOT);
    put(&tier, KEY, content.clone()).await;
    let shrunk = tier.usage();
    assert!(shrunk.allowed < before.bytes && shrunk.bytes <= shrunk.allowed, "{shrunk:?}");
    assert!(shrunk.evicted > before.evicted && shrunk.entries > 5, "{shrunk:?}");
    stage.files.heal();
    for number in 0..200 {
        put(&tier, format!("new {number}").as_bytes(), content.clone()).await;
        let usage = tier.usage();
        assert!(usage.bytes <= usage.allowed && usage.allowed >= shrunk.allowed);
    }
    assert_eq!(tier.usage().allowed, stage.size);
}

/// Fault 85.
#[tokio::test]
async fn a_write_that_fails_anywhere_leaves_no_entry_and_no_file() {
    for error in [Errno::IO, Errno::ACCESS, Errno::ROFS, Errno::NOENT] {
        for turn in 0.. {
            let stage = Stage::new();
            let tier = stage.open();
            let failed = fail_from(&stage, turn, error);
            put(&tier, KEY, "content").await;
            stage.files.heal();
            if failed.load(Ordering::Relaxed) == 0 {
                assert_eq!(get(&tier, KEY).await.unwrap(), "content");
                break;
            }
            assert!(get(&tier, KEY).await.is_none(), "{error} {turn}");
            assert_eq!((stage.entries().len(), stage.drafts().len()), (0, 0), "{error} {turn}");
            assert_eq!((tier.usage().faults, tier.usage().bytes), (1, 0), "{error} {turn}");
        }
    }
}

#[tokio::test]
async fn short_and_interrupted_reads_and_writes_are_continued() {
    let stage = Stage::new();
    let tier = stage.open();
    let turns = AtomicUsize::new(0);
    stage.files.rule(move |operation, _| match operation {
        Operation::Read | Operation::Write => match turns.fetch_add(1, Ordering::Relaxed) % 3 {
            0 => Act::Short,
            1 => Act::Fail(Errno::INTR),
            _ => Act::Pass,
        },
        _ => Act::Pass,
    });
    for length in [100, 300 << 10] {
        put(&tier, KEY, content(length)).await;
        assert_eq!(get(&tier, KEY).await.unwrap(), content(length));
    }
}

/// Fault 85.
#[tokio::test]
async fn a_disk_that_fails_is_given_a_rest_and_tried_again_after_it() {
    for broken in [Operation::Open, Operation::Length, Operation::Read] {
        for error in [Errno::IO, Errno::ACCESS] {
            let stage = Stage::new();
            let tier = stage.open();
            put(&tier, KEY, "content").await;
            let asked = Arc::new(AtomicUsize::new(0));
            let count = Arc::clone(&asked);
            stage.files.rule(move |operation, _| {
                if operation != broken {
                    return Act::Pass;
                }
                count.fetch_add(1, Ordering::Relaxed);
                Act::Fail(error)
            });
            for _ in 0..20 {
                assert!(get(&tier, KEY).await.is_none());
            }
            let faults = stage.limits.faults as usize;
            assert_eq!(asked.load(Ordering::Relaxed), faults, "{broken:?} {error}");
            assert_eq!(tier.usage().rested, 20 - faults as u64);
            stage.files.heal();
            tokio::time::pause();
            tokio::time::advance(stage.limits.rest).await;
            tokio::time::resume();
            assert_eq!(get(&tier, KEY).await.unwrap(), "content", "{broken:?} {error}");
        }
    }
}

/// Fault 85.
#[tokio::test]
async fn a_disk_that_cannot_be_written_is_not_asked_to_for_a_while_and_is_read_all_the_same() {
    let stage = Stage::new();
    let tier = stage.open();
    put(&tier, KEY, "content").await;
    let failed = fail_from(&stage, 0, Errno::ROFS);
    for number in 0..20 {
        put(&tier, format!("key {number}").as_bytes(), "content").await;
        assert_eq!(get(&tier, KEY).await.unwrap(), "content");
    }
    assert_eq!(failed.load(Ordering::Relaxed), stage.limits.faults as usize);
    stage.files.heal();
    tokio::time::pause();
    tokio::time::advance(stage.limits.rest).await;
    tokio::time::resume();
    put(&tier, b"later", "content").await;
    assert_eq!(get(&tier, b"later").await.unwrap(), "content");
}

/// Fault 85.
#[tokio::test]
async fn a_folder_that_vanishes_gives_misses_and_is_made_again() {
    for gone in ["entries", "drafts", "."] {
        let stage = Stage::new();
        let tier = stage.open();
        put(&tier, KEY, "content").await;
        fs::remove_dir_all(stage.folder.path().join(gone))
            .or_else(|_| fs::remove_dir_all(stage.folder.path()))
            .unwrap();
        assert_eq!(get(&tier, KEY).await.is_some(), gone == "drafts");
        put(&tier, KEY, "again").await;
        assert_eq!(get(&tier, KEY).await.unwrap(), "again", "{gone}");
        assert_eq!(tier.usage().entries, 1);
    }
}

/// Fault 92.
#[tokio::test]
async fn a_disk_that_hangs_costs_each_read_its_timeout_and_after_some_nothing() {
    for slow in [Operation::Open, Operation::Read] {
        let mut stage = Stage::new();
        stage.limits = DiskLimits::default();
        let tier = stage.open();
        put(&tier, KEY, "content").await;
        until(|| tier.usage().unlisted == 0).await;
        stage.files.rule(move |operation, _| if operation == slow { Act::Hang } else { Act::Pass });
        tokio::time::pause();
        let begun = tokio::time::Instant::now();
        for _ in 0..100 {
            assert!(get(&tier, KEY).await.is_none());
        }
        assert_eq!(begun.elapsed().as_millis() / 10, 5 * stage.limits.open.as_millis() / 10);
        assert_eq!((tier.usage().timeouts, tier.usage().rested), (5, 95));
        assert!(stage.files.hanging() <= 5);
        tokio::time::advance(stage.limits.rest).await;
        assert!(get(&tier, KEY).await.is_none(), "one looks whether it works again");
        assert!(get(&tier, KEY).await.is_none());
        assert_eq!((tier.usage().timeouts, tier.usage().rested), (6, 96));
        tokio::time::advance(stage.limits.rest).await;
        tokio::time::resume();
        stage.files.release();
        until(|| stage.files.hanging() == 0).await;
        assert_eq!(get(&tier, KEY).await.unwrap(), "content");
    }
}

/// Fault 92.
#[tokio::test]
async fn a_disk_that_hangs_while_it_is_written_holds_no_more_than_the_queue() {
    let mut stage = Stage::new();
    stage.limits.queue = 1 << 20;
    let tier = stage.open();
    stage.files.rule(|operation, _| if operation == Operation::Write { Act::Hang } else { Act::Pass });
    for number in 0..1000 {
        tier.write(format!("key {number}").as_bytes(), Bytes::new(), content(10 << 10));
    }
    assert!(tier.usage().queued <= 1 << 20);
    assert!(tier.usage().dropped > 900);
    stage.files.release();
    tier.flush().await;
    assert_eq!(tier.usage().written + tier.usage().dropped, 1000);
}
