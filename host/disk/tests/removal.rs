//! Removals, and what was going on when they began.

use rustix::io::Errno;

use super::faulty::{Act, Operation};
use super::*;

/// Lets the first operation of a kind hang.
fn hang_at(stage: &Stage, hung: Operation) {
    let mut left = 1;
    stage.files.rule(move |operation, _| {
        if operation == hung && left > 0 {
            left -= 1;
            return Act::Hang;
        }
        Act::Pass
    });
}

async fn all_listed(tier: &DiskTier) {
    until(|| tier.usage().unlisted == 0).await;
}

#[tokio::test]
async fn when_a_removal_is_done_there_is_nothing_to_read_and_no_file() {
    let stage = Stage::new();
    let tier = stage.open();
    for _ in 0..20 {
        put(&tier, KEY, "content").await;
        assert_eq!(tier.remove(KEY).await, Removal::Gone);
        assert_eq!(stage.entries().len(), 0);
        assert!(get(&tier, KEY).await.is_none());
        assert_eq!(tier.usage().bytes, 0);
    }
    assert_eq!(tier.remove(b"never there").await, Removal::Gone);
}

#[tokio::test]
async fn a_removal_happens_though_nobody_waits_for_it() {
    let stage = Stage::new();
    let tier = stage.open();
    put(&tier, KEY, "content").await;
    drop(tier.remove(KEY));
    assert!(get(&tier, KEY).await.is_none());
    until(|| stage.entries().is_empty()).await;
}

#[tokio::test]
async fn a_read_in_flight_comes_to_nothing_when_its_entry_is_removed_or_replaced() {
    for replaced in [false, true] {
        let stage = Stage::new();
        let tier = Arc::new(stage.open());
        put(&tier, KEY, "old").await;
        all_listed(&tier).await;
        hang_at(&stage, Operation::Read);
        let reader = Arc::clone(&tier);
        let reads = tokio::spawn(async move { get(&reader, KEY).await });
        until(|| stage.files.hanging() == 1).await;
        if replaced {
            put(&tier, KEY, "new").await;
        } else {
            assert_eq!(tier.remove(KEY).await, Removal::Gone);
        }
        stage.files.release();
        assert_eq!(reads.await.unwrap(), None);
        assert_eq!(tier.usage().overtaken, 1);
    }
}

#[tokio::test]
async fn a_write_in_flight_comes_to_nothing_when_its_key_is_removed() {
    // The third write is that of the prelude, the last thing before the file gets its name.
    for (at, turn) in [(Operation::Create, 1), (Operation::Write, 1), (Operation::Write, 3)] {
        let stage = Stage::new();
        let tier = stage.open();
        all_listed(&tier).await;
        let mut turns = 0;
        stage.files.rule(move |operation, _| {
            assert_ne!(operation, Operation::Rename, "no file may appear after the removal, not for a moment");
            turns += u32::from(operation == at);
            if operation == at && turns == turn { Act::Hang } else { Act::Pass }
        });
        tier.write(KEY, Bytes::new(), Bytes::from_static(b"content"));
        until(|| stage.files.hanging() == 1).await;
        assert_eq!(tier.remove(KEY).await, Removal::Gone);
        stage.files.resume();
        until(|| tier.usage().overtaken == 1).await;
        assert!(get(&tier, KEY).await.is_none());
        assert_eq!((stage.entries().len(), stage.drafts().len(), tier.usage().bytes), (0, 0, 0));
    }
}

#[tokio::test]
async fn a_removal_waits_for_a_file_that_is_just_appearing_and_removes_it() {
    let stage = Stage::new();
    let tier = stage.open();
    all_listed(&tier).await;
    hang_at(&stage, Operation::Rename);
    tier.write(KEY, Bytes::new(), Bytes::from_static(b"content"));
    until(|| stage.files.hanging() == 1).await;
    let removal = tokio::spawn(tier.remove(KEY));
    for _ in 0..1000 {
        tokio::task::yield_now().await;
    }
    assert!(!removal.is_finished(), "the file may yet appear");
    stage.files.release();
    assert_eq!(removal.await.unwrap(), Removal::Gone);
    assert_eq!(stage.entries().len(), 0);
    assert!(get(&tier, KEY).await.is_none());
}

#[tokio::test]
async fn a_removal_unlinks_what_a_write_was_to_replace_and_has_not_yet() {
    let stage = Stage::new();
    let tier = stage.open();
    put(&tier, KEY, "old").await;
    all_listed(&tier).await;
    hang_at(&stage, Operation::Unlink);
    tier.write(KEY, Bytes::new(), Bytes::from_static(b"new"));
    until(|| stage.files.hanging() == 1).await;
    assert_eq!(stage.entries().len(), 1);
    assert_eq!(tier.remove(KEY).await, Removal::Gone);
    assert_eq!(stage.entries().len(), 0);
    stage.files.release();
    tier.flush().await;
    assert_eq!(stage.entries().len(), 0);
}

#[tokio::test]
async fn a_writer_that_began_before_a_removal_writes_nothing() {
    let stage = Stage::new();
    let tier = stage.open();
    let mut writer = tier.begin_write(KEY, Bytes::new(), None).unwrap();
    writer.chunk(Bytes::from_static(b"con"));
    assert_eq!(tier.remove(KEY).await, Removal::Gone);
    writer.chunk(Bytes::from_static(b"tent"));
    writer.finish();
    tier.flush().await;
    assert!(tier.read(KEY).await.is_none());
    assert_eq!((stage.entries().len(), stage.drafts().len()), (0, 0));
}

#[tokio::test]
async fn a_removal_that_the_disk_refuses_is_not_confirmed_and_is_tried_until_it_is_done() {
    let mut stage = Stage::new();
    stage.limits.rest = Duration::from_millis(1);
    let tier = stage.open();
    put(&tier, KEY, "content").await;
    all_listed(&tier).await;
    stage.files.rule(|operation, _| if operation == Operation::Unlink { Act::Fail(Errno::IO) } else { Act::Pass });
    assert_eq!(tier.remove(KEY).await, Removal::Unconfirmed);
    for _ in 0..10 {
        assert!(get(&tier, KEY).await.is_none());
    }
    assert_eq!(stage.entries().len(), 1);
    stage.files.heal();
    until(|| stage.entries().is_empty() && tier.usage().unlisted == 0).await;
    assert_eq!(tier.remove(KEY).await, Removal::Gone);
}

/// Fault 92.
#[tokio::test]
async fn a_removal_does_not_wait_for_a_disk_that_hangs() {
    let mut stage = Stage::new();
    stage.limits.remove = DiskLimits::default().remove;
    let tier = stage.open();
    put(&tier, KEY, "content").await;
    all_listed(&tier).await;
    stage.files.rule(|operation, _| if operation == Operation::Unlink { Act::Hang } else { Act::Pass });
    tokio::time::pause();
    assert_eq!(tier.remove(KEY).await, Removal::Unconfirmed);
    tokio::time::resume();
    assert!(get(&tier, KEY).await.is_none());
    stage.files.release();
    until(|| stage.entries().is_empty()).await;
}

#[tokio::test]
async fn clearing_ends_all_that_is_there_or_being_read_or_written_and_nothing_later() {
    let stage = Stage::new();
    let tier = stage.open();
    for number in 0..50 {
        put(&tier, format!("key {number}").as_bytes(), "content").await;
    }
    let held = tier.read(b"key 7").await.unwrap();
    let writer = tier.begin_write(b"key 8", Bytes::new(), None).unwrap();
    let cleared = tier.clear();
    assert!(tier.read(b"key 9").await.is_none());
    tier.write(KEY, Bytes::from_static(HEAD), Bytes::from_static(b"later"));
    assert_eq!(cleared.await, Removal::Gone);
    writer.finish();
    tier.flush().await;
    assert_eq!(held.promote(|| ()), None);
    for number in 0..50 {
        assert!(tier.read(format!("key {number}").as_bytes()).await.is_none());
    }
    put(&tier, b"key 7", "new").await;
    assert_eq!(get(&tier, b"key 7").await.unwrap(), "new");
    until(|| paths(&stage.folder.path().join("discarded")).is_empty()).await;
    until(|| tier.usage().unlisted == 0).await;
    assert_eq!(stage.entries().len(), tier.usage().entries);
}

#[tokio::test]
async fn what_is_written_after_all_was_cleared_stays_though_the_clearing_is_slow() {
    let stage = Stage::new();
    let mut first = true;
    stage.files.rule(move |operation, path| {
        let sweeps = operation == Operation::List && path.ends_with("drafts");
        let unlinks_first = operation == Operation::Unlink && std::mem::take(&mut first);
        if sweeps || unlinks_first { Act::Hang } else { Act::Pass }
    });
    let tier = stage.open();
    put(&tier, KEY, "earlier").await;
    put(&tier, b"another key", "content").await;
    drop(tier.remove(b"another key"));
    // Nobody is left who could carry it out.
    until(|| stage.files.hanging() == 2).await;
    let cleared = tier.clear();
    put(&tier, KEY, "later").await;
    assert_eq!(get(&tier, KEY).await.unwrap(), "later");
    stage.files.release();
    assert_eq!(cleared.await, Removal::Gone);
    assert_eq!(get(&tier, KEY).await.unwrap(), "later");
    until(|| paths(&stage.folder.path().join("discarded")).is_empty()).await;
    assert_eq!((stage.entries().len(), tier.usage().entries), (1, 1));
}
