//! Records of a block's bits: a node of a token tree, or a probability that is always the same, and the bit.
//!
//! The records of a level are those of another at the same magnitude and sign, but for the place of the tree among all
//! trees; so that of most levels is a vector from a table, plus that place.

use lucarne_simd::I16x8;

use super::super::tables::{CATEGORIES, EXTRA_BITS};
use super::Kind;

/// Nodes of a token tree.
const TREE: usize = 11;

/// Nodes of all token trees.
pub(super) const NODES: usize = 4 * 8 * 3 * TREE;

/// No fewer bits than a block can have, which are 16 tokens of up to 7 nodes, 11 extra bits and a sign, and an end; a
/// power of two, so that a mask keeps an index within.
pub(super) const BLOCK_BITS: usize = 512;

/// Set in a record: the bit.
pub(super) const ONE: u16 = 1 << 15;

/// The lower bits of a record name a node, or from here on a probability that is none of the tokens'.
pub(super) const FIXED: u16 = NODES as u16;

/// The greatest magnitude whose records are in the table: that of eight records.
const IN_TABLE: i16 = 10;

/// Records of a level: those of 8 are a vector, and no level has more than 19.
#[derive(Clone, Copy)]
struct Records {
    /// As if the tree were the first.
    records: [i16; 24],
    /// All bits set where a record is of the tree.
    of_tree: [i16; 24],
    len: usize,
}

/// By level, from −[`IN_TABLE`] on.
static TABLE: [Records; 2 * IN_TABLE as usize + 1] = {
    let mut table = [Records::of(0); 2 * IN_TABLE as usize + 1];
    let mut index = 0;
    while index < table.len() {
        table[index] = Records::of(index as i16 - IN_TABLE);
        index += 1;
    }
    table
};

/// A token tree: that of a kind of block, a band and a context.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place(u16);

impl Place {
    #[inline(always)]
    pub(super) fn new(kind: Kind, band: usize, context: usize) -> Place {
        Place(((kind as usize * 8 + band) * 3 + context) as u16)
    }

    /// Among all trees.
    #[inline(always)]
    pub(super) fn index(self) -> usize {
        usize::from(self.0)
    }

    /// The record of whether the block goes on.
    #[inline(always)]
    pub(super) fn end(self, goes_on: bool) -> u16 {
        (self.0 * TREE as u16) | (u16::from(goes_on) << 15)
    }

    /// Puts a level's records after so many others, and tells how many there are then.
    #[inline(always)]
    pub(super) fn level(self, to: &mut [u16; BLOCK_BITS], len: usize, level: i16) -> usize {
        if let Some(records) = TABLE.get(usize::from(level.wrapping_add(IN_TABLE) as u16)) {
            self.put(to, len, records, 0);
            return len + records.len;
        }
        self.large(to, len, level)
    }

    #[cold]
    #[inline(never)]
    fn large(self, to: &mut [u16; BLOCK_BITS], len: usize, level: i16) -> usize {
        let records = Records::of(level);
        (0..3).for_each(|group| self.put(to, len + 8 * group, &records, 8 * group));
        len + records.len
    }

    /// Puts eight records.
    #[inline(always)]
    fn put(self, to: &mut [u16; BLOCK_BITS], len: usize, records: &Records, first: usize) {
        let tree = I16x8::splat((self.0 * TREE as u16) as i16);
        let vector = I16x8::load(&records.records[first..]) + (tree & I16x8::load(&records.of_tree[first..]));
        if let Some(to) = to.get_mut(len..).and_then(|rest| rest.first_chunk_mut::<8>()) {
            *to = vector.to_array().map(|record| record as u16);
        }
    }
}

impl Records {
    /// RFC 6386 §13.2.
    const fn of(level: i16) -> Records {
        let mut records = Records { records: [0; 24], of_tree: [0; 24], len: 0 };
        let magnitude = level.unsigned_abs();
        records.node(1, magnitude != 0);
        if magnitude == 0 {
            return records;
        }
        records.node(2, magnitude > 1);
        if magnitude > 1 {
            records.magnitude(magnitude);
        }
        records.push(FIXED + 128, level < 0, false);
        records
    }

    /// A magnitude of 2 or more, from the fourth node of its tree.
    const fn magnitude(&mut self, magnitude: u16) {
        self.node(3, magnitude > 4);
        if magnitude <= 4 {
            self.node(4, magnitude > 2);
            if magnitude > 2 {
                self.node(5, magnitude > 3);
            }
            return;
        }
        self.node(6, magnitude > 10);
        let mut category = (magnitude > 6) as usize;
        if magnitude <= 10 {
            self.node(7, magnitude > 6);
        } else {
            category = 2;
            while category < 5 && magnitude >= CATEGORIES[category + 1] {
                category += 1;
            }
            self.node(8, category > 3);
            self.node(if category > 3 { 10 } else { 9 }, category % 2 == 1);
        }
        let (value, probabilities) = (magnitude - CATEGORIES[category], EXTRA_BITS[category]);
        let mut place = 0;
        while place < probabilities.len() {
            let bit = value >> (probabilities.len() - 1 - place) & 1 == 1;
            self.push(FIXED + probabilities[place] as u16, bit, false);
            place += 1;
        }
    }

    const fn node(&mut self, node: u16, bit: bool) {
        self.push(node, bit, true);
    }

    const fn push(&mut self, record: u16, bit: bool, of_tree: bool) {
        self.records[self.len] = (record | ((bit as u16) << 15)) as i16;
        self.of_tree[self.len] = -(of_tree as i16);
        self.len += 1;
    }
}
