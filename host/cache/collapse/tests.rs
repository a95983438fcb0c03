//! Each edge of the state table, and content that is read while it arrives. `tests/loom` runs the same under every order
//! of threads.

use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;

use super::buffer::{Buffer, Piece, Room};
use super::{FetchPermit, FillTable, Joined, News, Outcome, Patience, Waiter};
use crate::cache::{CacheKey, KeyBuilder, Sequence};
use crate::clock::Clock;

const PATIENCE: Patience = Patience { lock_wait: Duration::from_secs(5), lock_age: Duration::from_secs(10) };

struct Table {
    fills: FillTable<u8>,
    key: CacheKey,
    clock: Clock,
}

impl Table {
    fn new() -> Self {
        Self { fills: FillTable::new(PATIENCE), key: KeyBuilder::new("k").build(), clock: Clock::default() }
    }

    fn join(&self, sequence: u64) -> Joined<u8> {
        self.fills.join(&self.key, Sequence(sequence), self.clock.now().instant)
    }

    fn lead(&self) -> (FetchPermit<u8>, Waiter<u8>) {
        match self.join(0) {
            Joined::Lead(permit, waiter) => (permit, waiter),
            Joined::Wait(_) => panic!("someone leads already"),
        }
    }

    fn wait(&self) -> Waiter<u8> {
        match self.join(0) {
            Joined::Wait(waiter) => waiter,
            Joined::Lead(..) => panic!("nobody leads"),
        }
    }
}

async fn takes_over(waiter: &mut Waiter<u8>) -> FetchPermit<u8> {
    match waiter.news().await {
        News::Lead(permit) => permit,
        other => panic!("{other:?}"),
    }
}

async fn failed(waiter: &mut Waiter<u8>) -> u8 {
    match waiter.news().await {
        News::Ended(Outcome::Failed(failure)) => failure,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn everyone_who_waits_learns_how_it_ended() {
    let table = Table::new();
    let (permit, mut leader) = table.lead();
    let mut second = table.wait();
    permit.failed(7);
    assert_eq!((failed(&mut leader).await, failed(&mut second).await), (7, 7));
    drop(table.lead());
    let (permit, _leader) = table.lead();
    let mut waiting = table.wait();
    permit.declined();
    assert!(matches!(waiting.news().await, News::Ended(Outcome::Declined)));
    drop(table.lead());
}

#[tokio::test(start_paused = true)]
async fn a_permit_that_is_dropped_is_taken_over_by_the_first_in_line() {
    let table = Table::new();
    let (permit, leader) = table.lead();
    let (mut second, mut third) = (table.wait(), table.wait());
    drop((permit, leader));
    let permit = takes_over(&mut second).await;
    permit.failed(7);
    assert_eq!(failed(&mut third).await, 7);
}

/// Fault 66.
#[tokio::test(start_paused = true)]
async fn a_failure_is_tried_twice_more_and_each_who_tried_is_told() {
    let table = Table::new();
    let (permit, mut first) = table.lead();
    let [mut second, mut third, mut fourth] = [(); 3].map(|()| table.wait());
    permit.failed_for_one(1);
    assert_eq!(failed(&mut first).await, 1);
    takes_over(&mut second).await.failed_for_one(2);
    assert_eq!(failed(&mut second).await, 2);
    takes_over(&mut third).await.failed_for_one(3);
    assert_eq!((failed(&mut third).await, failed(&mut fourth).await), (3, 3));
    drop(table.lead());
}

#[tokio::test(start_paused = true)]
async fn a_lead_that_is_offered_to_one_who_leaves_goes_to_the_next() {
    let table = Table::new();
    let (permit, _first) = table.lead();
    let (second, mut third) = (table.wait(), table.wait());
    permit.failed_for_one(1);
    drop(second);
    takes_over(&mut third).await.failed(2);
    assert_eq!(failed(&mut third).await, 2);
}

#[tokio::test(start_paused = true)]
async fn who_has_waited_for_long_enough_leads_beside_it_and_no_more_than_three_do() {
    let table = Table::new();
    let (_first, leader) = table.lead();
    let [mut second, mut third, mut fourth] = [(); 3].map(|()| table.wait());
    let (_second, _third) = (takes_over(&mut second).await, {
        let joined = tokio::time::timeout(PATIENCE.lock_wait * 2, third.news()).await;
        match joined {
            Ok(News::Lead(permit)) => permit,
            other => panic!("{other:?}"),
        }
    });
    let waits = tokio::time::timeout(PATIENCE.lock_wait * 10, fourth.news()).await;
    assert!(waits.is_err(), "three are enough: {waits:?}");
    drop(leader);
}

#[tokio::test(start_paused = true)]
async fn one_who_leads_does_not_lose_patience_with_itself() {
    let table = Table::new();
    let (_permit, mut leader) = table.lead();
    assert!(tokio::time::timeout(PATIENCE.lock_wait * 10, leader.news()).await.is_err());
}

/// Fault 69.
#[tokio::test(start_paused = true)]
async fn a_newcomer_does_not_wait_for_what_is_too_old_and_what_is_old_takes_nothing_with_it() {
    let table = Table::new();
    let (old, _leader) = table.lead();
    table.clock.advance(Duration::from_secs(9));
    let mut early = table.wait();
    table.clock.advance(Duration::from_secs(2));
    let (new, mut newer) = table.lead();
    old.failed(1);
    assert_eq!(failed(&mut early).await, 1);
    let mut late = table.wait();
    assert!(new.is_current());
    new.failed(2);
    assert_eq!((failed(&mut newer).await, failed(&mut late).await), (2, 2));
}

#[tokio::test(start_paused = true)]
async fn a_newer_sequence_replaces_a_flight_and_an_older_one_joins_it() {
    let table = Table::new();
    let (old, mut leader) = table.lead();
    let Joined::Lead(new, _newer) = table.join(1) else { panic!("what was purged is not waited for") };
    assert!(!old.is_current() && new.is_current());
    let Joined::Wait(_late) = table.join(0) else { panic!("what is newer is good enough") };
    old.failed(1);
    assert_eq!(failed(&mut leader).await, 1);
    let Joined::Wait(mut late) = table.join(1) else { panic!("the newer one is under way") };
    new.failed(2);
    assert_eq!(failed(&mut late).await, 2);
}

/// Fault 68.
#[tokio::test(start_paused = true)]
async fn what_nobody_waits_for_is_given_up_unless_it_is_insisted_on() {
    let table = Table::new();
    let (permit, leader) = table.lead();
    let other = table.wait();
    drop(leader);
    assert!(tokio::time::timeout(PATIENCE.lock_age, permit.deserted()).await.is_err(), "someone waits");
    drop(other);
    permit.deserted().await;
    let (another, leader) = table.lead();
    another.insist();
    drop(leader);
    assert!(tokio::time::timeout(PATIENCE.lock_age, another.deserted()).await.is_err(), "it is needed");
}

#[tokio::test(start_paused = true)]
async fn what_may_have_been_changed_is_not_joined_and_not_stored() {
    let table = Table::new();
    let (permit, _leader) = table.lead();
    table.fills.detach(&table.key);
    assert!(!permit.is_current());
    drop(table.lead());
}

#[tokio::test(start_paused = true)]
async fn work_in_the_background_is_begun_once() {
    let table = Table::new();
    let now = table.clock.now().instant;
    let permit = table.fills.lead(&table.key, Sequence(0), now).expect("nobody leads yet");
    assert!(table.fills.lead(&table.key, Sequence(0), now).is_none());
    assert!(tokio::time::timeout(PATIENCE.lock_age, permit.deserted()).await.is_err(), "nobody has to wait for it");
}

fn read(buffer: &Buffer<&'static str>, reader: u64) -> Poll<Piece<&'static str>> {
    buffer.poll_piece(reader, &mut Context::from_waker(Waker::noop()))
}

fn room(buffer: &Buffer<&'static str>) -> Poll<Room> {
    buffer.poll_room(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn each_reader_has_all_of_it_at_its_own_pace() {
    let buffer = Buffer::default();
    let early = buffer.reader().expect("nothing is gone");
    assert!(read(&buffer, early).is_pending());
    buffer.push("one".into());
    buffer.push("two".into());
    assert_eq!(read(&buffer, early), Poll::Ready(Piece::Data("one".into())));
    let late = buffer.reader().expect("nothing is gone");
    assert_eq!(buffer.whole("three".into()), "onetwothree");
    buffer.complete("onetwothree".into());
    assert_eq!(read(&buffer, late), Poll::Ready(Piece::Data("onetwothree".into())));
    assert_eq!(read(&buffer, early), Poll::Ready(Piece::Data("twothree".into())), "what is joined has no seam");
    for reader in [early, late] {
        assert_eq!(read(&buffer, reader), Poll::Ready(Piece::End));
    }
}

#[test]
fn content_of_one_piece_does_not_hold_on_to_what_its_connection_read() {
    let read = Bytes::from(vec![b'x'; 64 << 10]);
    let buffer = Buffer::<&'static str>::default();
    let whole = buffer.whole(read.slice(..60 << 10));
    assert_eq!(whole.len(), 60 << 10);
    assert!(read.is_unique(), "what is stored is a copy");
}

/// Fault 16.
#[test]
fn content_that_breaks_off_does_so_for_everyone() {
    let buffer = Buffer::default();
    let reader = buffer.reader().expect("nothing is gone");
    buffer.push("one".into());
    buffer.end(Err("reset"));
    buffer.end(Ok(()));
    let late = buffer.reader().expect("nothing is gone");
    for reader in [reader, late] {
        assert_eq!(read(&buffer, reader), Poll::Ready(Piece::Data("one".into())));
        assert_eq!(read(&buffer, reader), Poll::Ready(Piece::Broken("reset")));
    }
}

/// Fault 25.
#[test]
fn with_a_window_the_writer_waits_for_the_fastest_and_the_slowest_fall_out() {
    const CHUNK: u64 = 1 << 20;
    let mut pushed: Vec<Bytes> = Vec::new();
    let buffer = Buffer::default();
    let mut push = |buffer: &Buffer<&'static str>| {
        let chunk = Bytes::from(vec![0; 1 << 20]);
        pushed.push(chunk.clone());
        buffer.push(chunk);
        // What is held here alone is not kept there any more.
        pushed.iter().filter(|chunk| !chunk.is_unique()).count()
    };
    let [fast, slow] = [(); 2].map(|()| buffer.reader().expect("nothing is gone"));
    push(&buffer);
    buffer.slide(3 * CHUNK);
    assert_eq!(buffer.reader(), None);
    assert_eq!(room(&buffer), Poll::Ready(Room::Enough));
    push(&buffer);
    assert!(room(&buffer).is_pending(), "the fastest has read nothing yet");
    for _ in 0..20 {
        assert!(matches!(read(&buffer, fast), Poll::Ready(Piece::Data(_))));
        assert_eq!(room(&buffer), Poll::Ready(Room::Enough));
        let kept = push(&buffer);
        assert!(kept <= 4, "{kept} chunks");
    }
    assert_eq!(read(&buffer, slow), Poll::Ready(Piece::Behind));
    assert!(matches!(read(&buffer, fast), Poll::Ready(Piece::Data(_))));
    buffer.leave(fast);
    assert_eq!(room(&buffer), Poll::Ready(Room::Deserted));
}
