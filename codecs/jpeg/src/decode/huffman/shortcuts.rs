//! Look-ups that give more than one symbol of a block at once: two with their values, or all that are only gone over.

use super::{END, Huffman, LOOK, Symbol, allocate};
use crate::decode::DecodeError;
use crate::decode::bits::{Cursor, Window};

/// Bits that are looked up for symbols that are gone over.
const SKIP: u32 = 12;

/// The shortcuts of a table of class AC, for sequential scans.
#[derive(Debug)]
pub(in crate::decode) struct Shortcuts {
    pairs: Box<[Pair; 1 << LOOK]>,
    skips: Box<[Skip; 1 << SKIP]>,
}

/// Two symbols with their values. From the lowest bit, eight bits each: the length of both, that of the first, how far
/// the first goes and how far the second; then sixteen bits each the values. Where only one fits the second goes nowhere and has
/// the first one's value; where none does the length is 0.
#[derive(Debug, Clone, Copy)]
pub(in crate::decode) struct Pair(u64);

/// Symbols to go over. From the lowest bit: 6 bits their length, 7 bits how far they go in the block, an end counted as
/// one; 1 bit whether the block ends with them.
#[derive(Debug, Clone, Copy)]
struct Skip(u16);

impl Pair {
    fn new(first: Symbol, second: Option<Symbol>) -> Pair {
        let length = first.length() + second.map_or(0, Symbol::length);
        let goes = (first.advance(), second.map_or(0, Symbol::advance));
        let values = [first, second.unwrap_or(first)].map(|symbol| symbol.value() as u16);
        Pair(
            u64::from(length)
                | u64::from(first.length()) << 8
                | (goes.0 as u64) << 16
                | (goes.1 as u64) << 24
                | u64::from(values[0]) << 32
                | u64::from(values[1]) << 48,
        )
    }

    /// The length of both; 0 if there is none.
    #[inline(always)]
    pub(in crate::decode) fn length(self) -> u32 {
        self.0 as u32 & 0xFF
    }

    /// The length of the first alone.
    #[inline(always)]
    pub(in crate::decode) fn first_length(self) -> u32 {
        self.0 as u32 >> 8 & 0xFF
    }

    /// How far the first goes, and its value.
    #[inline(always)]
    pub(in crate::decode) fn first(self) -> (usize, i32) {
        ((self.0 as u32 >> 16 & 0xFF) as usize, i32::from((self.0 >> 32) as i16))
    }

    /// How far the second goes, and its value.
    #[inline(always)]
    pub(in crate::decode) fn second(self) -> (usize, i32) {
        ((self.0 as u32 >> 24) as usize, (self.0 as i64 >> 48) as i32)
    }
}

impl Skip {
    /// Too far for any block.
    const NONE: Skip = Skip(127 << 6);
}

impl Shortcuts {
    /// Bytes that shortcuts take.
    pub(in crate::decode) const SIZE: usize = (8 << LOOK) + (2 << SKIP);

    /// The shortcuts of a table.
    pub(in crate::decode) fn new(table: &Huffman) -> Result<Shortcuts, DecodeError> {
        let mut shortcuts = Shortcuts { pairs: allocate(Pair(0))?, skips: allocate(Skip::NONE)? };
        for (bits, pair) in shortcuts.pairs.iter_mut().enumerate() {
            let first = table.symbols[bits];
            if first.is_complete() {
                // What is left of the bits, with zeros behind: a symbol that is within them is right.
                let left = (bits << first.length()) & ((1 << LOOK) - 1);
                let second = table.symbols[left];
                let fits = second.is_complete() && first.length() + second.length() <= LOOK && first.advance() != END;
                *pair = Pair::new(first, fits.then_some(second));
            }
        }
        for (bits, skip) in shortcuts.skips.iter_mut().enumerate() {
            let (mut length, mut goes, mut end) = (0, 0, 0);
            while length < SKIP && end == 0 {
                let left = (bits << length) & ((1 << SKIP) - 1);
                let Some((code, symbol)) = table.search((left as u32) << (16 - SKIP)) else { break };
                // The code is within the bits; the value need not be.
                if length + code > SKIP {
                    break;
                }
                let symbol = Symbol::new(table.class, symbol, code);
                end = u32::from(symbol.advance() == END);
                goes += if end == 0 { symbol.advance() as u32 } else { 1 };
                length += code + symbol.following();
            }
            if length > 0 && goes < 64 {
                *skip = Skip((end << 13 | goes << 6 | length) as u16);
            }
        }
        Ok(shortcuts)
    }

    /// The symbols that come next.
    #[inline(always)]
    pub(in crate::decode) fn pair(&self, cursor: Cursor) -> Pair {
        self.pairs[cursor.peek(LOOK) as usize & ((1 << LOOK) - 1)]
    }

    /// Goes over symbols to the end of a block whose coefficient `place` was the last to be read.
    #[inline(always)]
    pub(in crate::decode) fn skip_block(
        &self,
        table: &Huffman,
        cursor: &mut Cursor,
        window: &Window,
        mut place: usize,
    ) {
        while place < 63 {
            cursor.refill(window);
            // Neither of the two can be longer than 27 bits.
            for _ in 0..2 {
                let skip = u32::from(self.skips[cursor.peek(SKIP) as usize & ((1 << SKIP) - 1)].0);
                let goes = (skip >> 6 & 127) as usize;
                // Several may be too many for this block; and none is there for long codes.
                if place + goes > 63 {
                    cursor.ensure(window);
                    place += table.read(cursor).advance();
                    break;
                }
                cursor.skip(skip & 63);
                place += goes;
                if skip >> 13 != 0 || place == 63 {
                    return;
                }
            }
        }
    }
}
