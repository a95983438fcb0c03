//! What is kept is the same, is found, and is never written over while it is on its way.

use std::io::{Read as _, Seek as _, SeekFrom};

use rustix::fs::sendfile;

use super::*;

const MANY: usize = 3 * UNIT + 1;

fn bytes(byte: u8, length: usize) -> Bytes {
    Bytes::from(vec![byte; length])
}

#[test]
fn what_is_kept_is_found_in_the_file_with_each_of_its_parts() {
    let pages = Pages::new(1 << 20);
    let kept = pages.keep(bytes(7, MANY));
    assert_eq!(kept, bytes(7, MANY));
    for (part, enough) in [(kept.clone(), true), (kept.slice(5..5 + LEAST), true), (kept.slice(..LEAST - 1), false)] {
        assert_eq!(pages.place(&part).is_some(), enough, "{} bytes", part.len());
    }
    let elsewhere = bytes(7, MANY);
    assert!(pages.place(&elsewhere).is_none());
}

#[test]
fn what_is_little_or_finds_no_room_stays_where_it_is() {
    let pages = Pages::new(UNIT as u64);
    for length in [LEAST - 1, 5 * UNIT] {
        let given = bytes(1, length);
        assert_eq!(pages.keep(given.clone()).as_ptr(), given.as_ptr(), "{length} bytes");
    }
}

#[test]
fn what_is_dropped_makes_room() {
    let pages = Pages::new(UNIT as u64);
    for round in 0..50 {
        let kept = pages.keep(bytes(round, MANY));
        assert!(pages.place(&kept).is_some(), "round {round}");
    }
}

/// Pages that were given to a pipe or a socket are the same after their content was dropped and others were stored.
#[test]
fn what_is_on_its_way_does_not_change() {
    let pages = Pages::new(UNIT as u64);
    let kept = pages.keep(bytes(1, LEAST));
    let (file, place) = pages.place(&kept).unwrap();
    let (mut taken, given) = std::io::pipe().unwrap();
    let sent = sendfile(&given, file, Some(&mut place.clone()), LEAST).unwrap();
    drop((kept, given));
    let others: Vec<Bytes> = (2..6).map(|byte| pages.keep(bytes(byte, UNIT))).collect();
    assert!(others.iter().all(|other| pages.place(other).is_some()), "they have the whole space");
    let mut arrived = Vec::new();
    taken.read_to_end(&mut arrived).unwrap();
    assert_eq!(arrived, vec![1; sent]);
}

#[test]
fn what_is_dropped_takes_no_memory() {
    let pages = Pages::new(1 << 20);
    let space = pages.space.as_ref().unwrap();
    let blocks = || {
        use std::os::unix::fs::MetadataExt as _;
        space.file.metadata().unwrap().blocks()
    };
    let kept = pages.keep(bytes(1, MANY));
    assert!(blocks() * 512 >= MANY as u64);
    drop(kept);
    assert_eq!(blocks(), 0);
    let mut file = &space.file;
    file.seek(SeekFrom::Start(0)).unwrap();
    let mut first = [9];
    file.read_exact(&mut first).unwrap();
    assert_eq!(first, [0]);
}
