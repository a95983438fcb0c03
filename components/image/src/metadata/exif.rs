//! An EXIF block, written anew: the directories that are known, sorted, each value once.
//!
//! The thumbnail is not in them, since it is in a directory behind the first; and maker's notes are not, since only
//! their makers know what in them is a place in the old block.

use super::MOST_EXIF_BYTES;
use super::rights::{ARTIST, COPYRIGHT, Rights};
use crate::tiff::{ASCII, Entry, LONG, ORIENTATION, Order, SHORT, Tiff};

/// The bytes of one value. Longer ones are previews and other things in disguise.
pub(super) const MOST_VALUE_BYTES: usize = 8 << 10;

/// Entries whose value is the place of a directory.
const EXIF_DIRECTORY: u16 = 0x8769;
const GPS_DIRECTORY: u16 = 0x8825;
const INTEROPERABILITY_DIRECTORY: u16 = 0xa005;

/// What is no longer so in a result, or is not EXIF: size and layout of the pixels, where they are, what describes
/// their colours, metadata of other kinds, padding, makers' notes, and places of directories, which are written anew.
#[rustfmt::skip]
const LEFT_OUT: &[u16] = &[
    0x0100, 0x0101, 0x0102, 0x0103, 0x0106, 0x0111, 0x0115, 0x0116, 0x0117, 0x011c, 0x012d, 0x013e, 0x013f, 0x014a,
    0x0201, 0x0202, 0x0211, 0x0212, 0x0213, 0x0214, 0x02bc, 0x83bb, 0x8649, 0x8773,
    EXIF_DIRECTORY, GPS_DIRECTORY,
    0x9101, 0x9102, 0x927c, 0xa001, 0xa002, 0xa003, INTEROPERABILITY_DIRECTORY, 0xa500, 0xc4a5, 0xea1c,
];

/// A directory that is being written.
struct Directory<'a> {
    order: Order,
    /// Sorted by tag, as TIFF asks for.
    entries: Vec<Entry<'a>>,
}

/// What may still be written.
struct Budget(usize);

/// A block with the rights, and with what is kept of a block if there is one. None where nothing is to be said.
pub(super) fn block(source: Option<&Tiff<'_>>, rights: &Rights) -> Option<Vec<u8>> {
    let order = source.map_or(Order::Little, |tiff| tiff.order);
    let mut budget = Budget(MOST_EXIF_BYTES - HEADER);
    let one = order.of_u16(1);
    let upright = Entry { tag: ORIENTATION, kind: SHORT, count: 1, value: &one };
    let mut first = Directory::new(order, &mut budget);
    for (tag, text) in [(ARTIST, &rights.artist), (COPYRIGHT, &rights.copyright)] {
        if let Some(text) = text {
            first.add(Entry { tag, kind: ASCII, count: text.len() as u32, value: text }, &mut budget);
        }
    }
    let Some(tiff) = source else { return first.into_block(&[]) };

    for entry in tiff.first() {
        first.add(if entry.tag == ORIENTATION { upright } else { entry }, &mut budget);
    }
    let place = |tag| tiff.first().find(|entry| entry.tag == tag).map(|entry| entry.value);
    let below = [EXIF_DIRECTORY, GPS_DIRECTORY].map(|tag| {
        let mut directory = Directory::new(order, &mut budget);
        for entry in tiff.directory(place(tag)) {
            directory.add(entry, &mut budget);
        }
        (tag, directory)
    });
    first.into_block(&below)
}

/// Order of bytes, and the place of the first directory.
const HEADER: usize = 8;
const ENTRY: usize = 12;
/// The count of entries before them, and the place of the next directory behind.
const AROUND_ENTRIES: usize = 6;

impl<'a> Directory<'a> {
    fn new(order: Order, budget: &mut Budget) -> Directory<'a> {
        // With the entry that leads here.
        budget.take(AROUND_ENTRIES + ENTRY);
        Directory { order, entries: Vec::new() }
    }

    /// Adds what is kept, unless it is there already or there is no room.
    fn add(&mut self, entry: Entry<'a>, budget: &mut Budget) {
        let Err(place) = self.entries.binary_search_by_key(&entry.tag, |entry| entry.tag) else { return };
        let kept = !LEFT_OUT.contains(&entry.tag) && entry.value.len() <= MOST_VALUE_BYTES;
        if kept && budget.take(ENTRY + entry.value.len().next_multiple_of(2)) {
            self.entries.insert(place, entry);
        }
    }

    /// The block whose first directory this is, with those that it leads to; none if all are empty.
    fn into_block(self, below: &[(u16, Directory<'_>)]) -> Option<Vec<u8>> {
        let below: Vec<_> = below.iter().filter(|(_, directory)| !directory.entries.is_empty()).collect();
        if self.entries.is_empty() && below.is_empty() {
            return None;
        }
        // Directories follow each other, so each place is known before anything is written.
        let mut at = HEADER + length(&self.entries) + ENTRY * below.len();
        let mut places = Vec::new();
        for (tag, directory) in &below {
            places.push((*tag, self.order.of_u32(at as u32)));
            at += length(&directory.entries);
        }
        let mut first: Vec<Entry<'_>> = self.entries;
        first.extend(places.iter().map(|(tag, place)| Entry { tag: *tag, kind: LONG, count: 1, value: place }));
        first.sort_by_key(|entry| entry.tag);

        let mut block = Vec::with_capacity(at);
        block.extend(if self.order == Order::Little { b"II" } else { b"MM" });
        block.extend(self.order.of_u16(42));
        block.extend(self.order.of_u32(HEADER as u32));
        write(&first, self.order, &mut block);
        for (_, directory) in below {
            write(&directory.entries, self.order, &mut block);
        }
        Some(block)
    }
}

impl Budget {
    /// Takes some bytes, if there are so many.
    fn take(&mut self, bytes: usize) -> bool {
        let rest = self.0.checked_sub(bytes);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }
}

/// The bytes of a directory with its values.
fn length(entries: &[Entry<'_>]) -> usize {
    AROUND_ENTRIES + entries.iter().map(|entry| ENTRY + behind(entry.value).len().next_multiple_of(2)).sum::<usize>()
}

/// A value that does not fit into its entry stands behind the directory.
fn behind(value: &[u8]) -> &[u8] {
    if value.len() > 4 { value } else { &[] }
}

/// Appends a directory, which no other follows, and its values, each at an even place.
fn write(entries: &[Entry<'_>], order: Order, block: &mut Vec<u8>) {
    let mut at = block.len() + AROUND_ENTRIES + ENTRY * entries.len();
    block.extend(order.of_u16(entries.len() as u16));
    for entry in entries {
        block.extend(order.of_u16(entry.tag));
        block.extend(order.of_u16(entry.kind));
        block.extend(order.of_u32(entry.count));
        if entry.value.len() > 4 {
            block.extend(order.of_u32(at as u32));
            at += entry.value.len().next_multiple_of(2);
        } else {
            block.extend(entry.value);
            block.resize(block.len() + 4 - entry.value.len(), 0);
        }
    }
    block.extend([0; 4]);
    for value in entries.iter().map(|entry| behind(entry.value)) {
        block.extend(value);
        block.resize(block.len().next_multiple_of(2), 0);
    }
}
