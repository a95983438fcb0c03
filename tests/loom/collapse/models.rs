//! One model a claim.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::SeqCst;

use loom::future::block_on;
use loom::thread;

use super::buffer::{Buffer, Piece, Room};
use super::flights::{Flights, Heard, Joined, Permit, Stake, Takeover};
use super::state::Asker;

type Table = Flights<&'static str, u8>;

const KEY: &str = "k";
const ASKER: Asker = Asker { sequence: 0, now: 10, too_old: None };

/// Every order with up to three preemptions: more multiply the orders and have not been seen to find more.
fn check(model: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(model);
}

fn lead(table: &Table) -> (Permit<&'static str, u8>, Stake<&'static str, u8>) {
    match table.join(&KEY, ASKER) {
        Joined::Lead(permit, stake) => (permit, stake),
        Joined::Wait(_) => panic!("somebody leads"),
    }
}

fn hear(stake: &Stake<&'static str, u8>) -> Heard<&'static str, u8> {
    block_on(poll_fn(|context| stake.poll_heard(context, false)))
}

/// A table that threads share. The models count with atomics of the standard library, which loom does not order: what
/// is counted is read when all threads have ended.
fn shared() -> (Arc<Table>, Arc<AtomicUsize>) {
    (Arc::default(), Arc::default())
}

#[test]
fn of_two_who_join_one_leads_and_both_hear_the_end() {
    check(|| {
        let (table, led) = shared();
        let join = || {
            let (table, led) = (Arc::clone(&table), Arc::clone(&led));
            move || {
                let stake = match table.join(&KEY, ASKER) {
                    Joined::Lead(permit, stake) => {
                        led.fetch_add(1, SeqCst);
                        permit.land(7);
                        stake
                    }
                    Joined::Wait(stake) => stake,
                };
                assert!(matches!(hear(&stake), Heard::Ended(7)));
            }
        };
        let other = thread::spawn(join());
        join()();
        other.join().unwrap();
        // One after the other, both may.
        assert!((1..=2).contains(&led.load(SeqCst)));
        assert!(matches!(table.join(&KEY, ASKER), Joined::Lead(..)), "nothing is left behind");
    });
}

#[test]
fn when_a_leader_is_gone_exactly_one_of_two_who_wait_leads() {
    check(|| {
        let (table, led) = shared();
        let (permit, stake) = lead(&table);
        let waiting = || {
            let Joined::Wait(stake) = table.join(&KEY, ASKER) else { panic!("somebody leads") };
            let led = Arc::clone(&led);
            move || match hear(&stake) {
                Heard::Lead(permit) => {
                    led.fetch_add(1, SeqCst);
                    permit.land(7);
                }
                Heard::Ended(7) => {}
                _ => panic!("it was taken over"),
            }
        };
        let (first, second) = (thread::spawn(waiting()), thread::spawn(waiting()));
        drop((permit, stake));
        first.join().unwrap();
        second.join().unwrap();
        assert_eq!(led.load(SeqCst), 1);
    });
}

#[test]
fn a_lead_that_is_offered_to_one_who_leaves_goes_to_the_next() {
    check(|| {
        let (table, _) = shared();
        let (permit, _leader) = lead(&table);
        let [first, second] = [(); 2].map(|()| match table.join(&KEY, ASKER) {
            Joined::Wait(stake) => stake,
            Joined::Lead(..) => panic!("somebody leads"),
        });
        let leaves = thread::spawn(move || drop(first));
        let fails = thread::spawn(move || permit.fail(9, Takeover::Next));
        match hear(&second) {
            Heard::Lead(permit) => permit.land(7),
            _ => panic!("nobody else is left"),
        }
        assert!(matches!(hear(&second), Heard::Ended(7)));
        leaves.join().unwrap();
        fails.join().unwrap();
    });
}

#[test]
fn who_has_waited_for_long_enough_hears_the_outcome_or_leads_beside_it() {
    check(|| {
        let (table, led) = shared();
        let (permit, _leader) = lead(&table);
        let Joined::Wait(mut stake) = table.join(&KEY, ASKER) else { panic!("somebody leads") };
        let counted = Arc::clone(&led);
        let presses = thread::spawn(move || {
            if let Some(permit) = stake.press_on(ASKER) {
                counted.fetch_add(1, SeqCst);
                assert!(matches!(hear_or_land(&stake, permit), Heard::Ended(7) | Heard::Again));
            } else {
                assert!(matches!(hear(&stake), Heard::Ended(7)));
            }
        });
        permit.land(7);
        presses.join().unwrap();
        assert!(led.load(SeqCst) <= 1);
        assert!(matches!(table.join(&KEY, ASKER), Joined::Lead(..)), "nothing is left behind");
    });
}

fn hear_or_land(stake: &Stake<&'static str, u8>, permit: Permit<&'static str, u8>) -> Heard<&'static str, u8> {
    permit.land(7);
    hear(stake)
}

#[test]
fn a_flight_that_is_replaced_does_not_take_its_successor_with_it() {
    check(|| {
        let (table, _) = shared();
        let (old, _leader) = lead(&table);
        let newer = Asker { sequence: 1, ..ASKER };
        let ends = thread::spawn(move || old.land(1));
        let Joined::Lead(new, stake) = table.join(&KEY, newer) else { panic!("what is older is not waited for") };
        ends.join().unwrap();
        let Joined::Wait(late) = table.join(&KEY, newer) else { panic!("the newer one is under way") };
        assert!(new.is_current());
        new.land(2);
        assert!(matches!(hear(&stake), Heard::Ended(2)));
        assert!(matches!(hear(&late), Heard::Ended(2)));
    });
}

#[test]
fn what_nobody_waits_for_is_given_up_and_never_while_somebody_does() {
    check(|| {
        let (table, given_up) = shared();
        let (permit, stake) = lead(&table);
        let counted = Arc::clone(&given_up);
        let leader = thread::spawn(move || {
            block_on(poll_fn(|context| permit.poll_deserted(context)));
            counted.fetch_add(1, SeqCst);
            // The permit goes with it.
        });
        let leaves = thread::spawn(move || drop(stake));
        let late = match table.join(&KEY, ASKER) {
            // Before it was given up: then it is not, until this one leaves too.
            Joined::Wait(stake) => {
                assert_eq!(given_up.load(SeqCst), 0);
                drop(stake);
                None
            }
            Joined::Lead(permit, stake) => Some((permit, stake)),
        };
        leaves.join().unwrap();
        leader.join().unwrap();
        assert_eq!(given_up.load(SeqCst), 1);
        if let Some((permit, stake)) = late {
            assert!(permit.is_current(), "it is another flight");
            permit.land(7);
            assert!(matches!(hear(&stake), Heard::Ended(7)));
        }
    });
}

#[test]
fn who_reads_while_it_is_completed_has_all_of_it() {
    check(|| {
        let buffer = Arc::new(Buffer::<u8>::default());
        let number = buffer.reader().unwrap();
        let writer = {
            let buffer = Arc::clone(&buffer);
            thread::spawn(move || {
                buffer.push("one".into());
                buffer.complete(buffer.whole("two".into()));
            })
        };
        let mut read = Vec::new();
        loop {
            match block_on(poll_fn(|context| buffer.poll_piece(number, context))) {
                Piece::Data(data) => read.extend_from_slice(&data),
                Piece::End => break,
                Piece::Broken(_) | Piece::Behind => panic!("it does not break off"),
            }
        }
        assert_eq!(read, b"onetwo");
        writer.join().unwrap();
    });
}

#[test]
fn a_writer_that_waits_for_its_last_reader_learns_that_it_has_left() {
    check(|| {
        let buffer = Arc::new(Buffer::<u8>::default());
        let number = buffer.reader().unwrap();
        buffer.push(vec![0; 2 << 20].into());
        buffer.slide(4 << 20);
        let writer = {
            let buffer = Arc::clone(&buffer);
            thread::spawn(move || block_on(poll_fn(|context| buffer.poll_room(context))))
        };
        buffer.leave(number);
        assert_eq!(writer.join().unwrap(), Room::Deserted);
    });
}
