//! Restarts, writes that break off, and bytes that change.

use proptest::prelude::*;

use super::*;
use crate::cache::{KeyBuilder, PurgeStamp};
use crate::purge_log::format::{header, read, write};

const NOW: u64 = 1_800_000_000;

fn directory() -> tempfile::TempDir {
    tempfile::tempdir().expect("a directory")
}

fn open(directory: &Path) -> (PurgeLog, Arc<Purges>) {
    PurgeLog::open(directory, NOW).expect("the log can be opened")
}

/// What began to be fetched at this time and has this tag.
fn tagged(began: Sequence, tag: &str) -> PurgeStamp {
    PurgeStamp::of_target(began, "site", &KeyBuilder::new("t").build(), &[tag.to_owned()])
}

async fn purge(log: &PurgeLog, purges: &Purges, tag: &str) {
    let record = purges.purge(Purge::Hard, vec![PurgeMark::tag(Some("site"), tag)]);
    log.append(record).await.expect("the log can be written");
}

/// Fault 89.
#[tokio::test]
async fn what_was_purged_stays_purged_over_a_restart_and_nothing_else_does() {
    let directory = directory();
    let (log, purges) = open(directory.path());
    let began = purges.current();
    purge(&log, &purges, "old").await;
    drop(log);
    let (log, purges) = open(directory.path());
    assert_eq!(purges.verdict(&tagged(began, "old")), Some(Purge::Hard));
    assert_eq!(purges.verdict(&tagged(began, "other")), None);
    assert_eq!(purges.verdict(&tagged(purges.current(), "old")), None, "fetched since");
    purge(&log, &purges, "other").await;
    drop(log);
    let (_log, purges) = open(directory.path());
    assert_eq!(purges.verdict(&tagged(began, "old")), Some(Purge::Hard), "after the second restart too");
    assert_eq!(purges.verdict(&tagged(began, "other")), Some(Purge::Hard));
}

/// Fault 89, with the log gone: nothing that it might have said is taken for unsaid.
#[tokio::test]
async fn without_its_log_everything_counts_as_purged() {
    let directory = directory();
    let (log, purges) = open(directory.path());
    let began = purges.current();
    drop(log);
    std::fs::remove_file(directory.path().join(LOG)).expect("the log can be removed");
    let (_log, purges) = PurgeLog::open(directory.path(), NOW + 60).expect("the log can be opened");
    assert_eq!(purges.verdict(&tagged(began, "any")), Some(Purge::Hard));
    assert_eq!(purges.verdict(&tagged(purges.current(), "any")), None);
}

#[tokio::test]
async fn a_log_is_for_one_process() {
    let directory = directory();
    let (log, _) = open(directory.path());
    assert!(matches!(PurgeLog::open(directory.path(), NOW), Err(PurgeLogError::Taken(_))));
    drop(log);
    drop(open(directory.path()));
}

/// Two purges, the second acknowledged last, and the file that they left: with the place where the second begins.
async fn two_purges(directory: &Path) -> (Sequence, Vec<u8>, usize) {
    let (log, purges) = open(directory);
    let began = purges.current();
    purge(&log, &purges, "first").await;
    let first = std::fs::read(directory.join(LOG)).expect("the log can be read").len();
    purge(&log, &purges, "second").await;
    drop(log);
    (began, std::fs::read(directory.join(LOG)).expect("the log can be read"), first)
}

/// A process that is killed while it writes leaves the beginning of an entry.
#[tokio::test]
async fn a_write_that_breaks_off_at_any_byte_loses_only_what_was_not_acknowledged() {
    let directory = directory();
    let (began, whole, first) = two_purges(directory.path()).await;
    for length in first..whole.len() {
        std::fs::write(directory.path().join(LOG), &whole[..length]).expect("the log can be written");
        let (log, purges) = open(directory.path());
        assert_eq!(purges.verdict(&tagged(began, "first")), Some(Purge::Hard), "{length}");
        assert_eq!(purges.verdict(&tagged(began, "second")), None, "{length}");
        assert_eq!(purges.verdict(&tagged(began, "other")), None, "{length}");
        // It goes on as if nothing had been.
        purge(&log, &purges, "third").await;
        drop(log);
        let (_log, purges) = open(directory.path());
        assert_eq!(purges.verdict(&tagged(began, "third")), Some(Purge::Hard), "{length}");
    }
}

/// What the log cannot read counts as purged.
#[tokio::test]
async fn a_flipped_bit_at_any_byte_brings_nothing_back() {
    let directory = directory();
    let (began, whole, _) = two_purges(directory.path()).await;
    let damaged = (0..whole.len()).map(|at| {
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << (at % 8);
        bytes
    });
    for bytes in damaged {
        std::fs::write(directory.path().join(LOG), &bytes).expect("the log can be written");
        let (_log, purges) = PurgeLog::open(directory.path(), NOW + 60).expect("the log can be opened");
        for tag in ["first", "second"] {
            assert_eq!(purges.verdict(&tagged(began, tag)), Some(Purge::Hard));
        }
        assert_eq!(purges.verdict(&tagged(purges.current(), "first")), None, "and the node goes on");
    }
}

/// Purges that wait together share one write; none of them is lost.
#[tokio::test(flavor = "multi_thread")]
async fn purges_at_the_same_time_are_all_written() {
    let directory = directory();
    let (log, purges) = open(directory.path());
    let began = purges.current();
    let all = (0..100).map(|number| {
        let (log, purges) = (&log, &purges);
        async move { purge(log, purges, &number.to_string()).await }
    });
    futures_util::future::join_all(all).await;
    drop(log);
    let (_log, purges) = open(directory.path());
    for number in 0..100 {
        assert_eq!(purges.verdict(&tagged(began, &number.to_string())), Some(Purge::Hard), "{number}");
    }
}

#[test]
fn a_log_that_has_outgrown_what_it_says_is_written_anew() {
    let directory = directory();
    let mut writer = Writer::open(directory.path(), NOW).expect("the log can be opened");
    let began = writer.purges.current();
    // The same tag again and again: one name, and a log that grows.
    let mut largest = 0;
    for _ in 0..30 {
        let purges = Arc::clone(&writer.purges);
        let mark = PurgeMark::tag(Some("site"), "x");
        let records: Vec<_> = (0..4000).map(|_| purges.purge(Purge::Hard, vec![mark])).collect();
        writer.write(records.iter()).expect("the log can be written");
        largest = largest.max(writer.length);
    }
    assert!(largest > SURPLUS && writer.length < largest, "{largest} {}", writer.length);
    drop(writer);
    let (_log, purges) = open(directory.path());
    assert_eq!(purges.verdict(&tagged(began, "x")), Some(Purge::Hard));
}

#[test]
fn after_a_write_that_failed_the_next_one_writes_everything() {
    let directory = directory();
    let mut writer = Writer::open(directory.path(), NOW).expect("the log can be opened");
    let began = writer.purges.current();
    let lost = writer.purges.purge(Purge::Hard, vec![PurgeMark::tag(Some("site"), "lost")]);
    // A file that cannot be written.
    writer.file = File::open(directory.path().join(LOG)).expect("the log can be opened");
    writer.write([&lost].into_iter()).expect_err("a file that is open for reading cannot be written");
    writer.broken = true;
    let next = writer.purges.purge(Purge::Hard, vec![PurgeMark::tag(Some("site"), "next")]);
    writer.write([&next].into_iter()).expect("the log is written anew");
    drop(writer);
    let (_log, purges) = open(directory.path());
    for tag in ["lost", "next"] {
        assert_eq!(purges.verdict(&tagged(began, tag)), Some(Purge::Hard), "{tag}");
    }
}

proptest! {
    #[test]
    fn entries_are_read_as_they_were_written(sequences: Vec<(u64, bool, u8)>) {
        let record = |(sequence, hard, marks): (u64, bool, u8)| PurgeRecord {
            sequence: Sequence(sequence),
            purge: if hard { Purge::Hard } else { Purge::Soft },
            marks: (0..marks).map(|tag| PurgeMark::tag((tag % 2 == 0).then_some("a"), &tag.to_string())).collect(),
        };
        let records: Vec<_> = sequences.into_iter().map(record).collect();
        let mut bytes = header();
        write(&mut bytes, &Entry::Start(Sequence(0)));
        records.iter().for_each(|record| write(&mut bytes, &Entry::Purge(record)));
        let known = read(&bytes);
        prop_assert_eq!(known.end, End::Whole);
        prop_assert_eq!(known.last, records.iter().map(|record| record.sequence).max().unwrap_or_default());
        prop_assert_eq!(known.records, records);
    }

    #[test]
    fn whatever_follows_an_entry_it_is_read(rest: Vec<u8>) {
        let record = PurgeRecord { sequence: Sequence(7), purge: Purge::Soft, marks: vec![PurgeMark::site("a")] };
        let mut bytes = header();
        write(&mut bytes, &Entry::Start(Sequence(5)));
        write(&mut bytes, &Entry::Purge(&record));
        let at = bytes.len();
        bytes.extend_from_slice(&rest);
        let known = read(&bytes);
        prop_assert_eq!(known.records.first(), Some(&record));
        let ends_there = matches!(known.end, End::Torn { at: end } | End::Damaged { at: end } if end == at);
        prop_assert!(rest.is_empty() || ends_there || known.records.len() > 1);
        let without_header = read(&rest).end;
        prop_assert!(matches!(without_header, End::Unknown | End::Absent));
    }
}
