//! Huffman codes as tables (T.81 annex C and F.2.2.3).
//!
//! One look-up of the next bits gives, for most symbols, everything: how far the symbol goes in the block, its value and
//! how many bits that took. [`Shortcuts`] go further for sequential scans.

mod shortcuts;

use super::DecodeError;
use super::bits::Cursor;
pub(super) use shortcuts::Shortcuts;

/// Bits that are looked up at once.
const LOOK: u32 = 11;

/// What a table codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// Differences of means.
    Dc,
    /// Runs and values.
    Ac,
}

/// The codes of one DHT table.
#[derive(Debug, Clone)]
pub(super) struct Huffman {
    symbols: Box<[Symbol; 1 << LOOK]>,
    /// For each length the first 16 bits, as a number, that are not of a code so long or shorter.
    limits: [u32; 17],
    /// For each length what is added to its code to have the place of its symbol.
    offsets: [i32; 17],
    values: [u8; 256],
    class: Class,
}

/// A symbol with its value. From the lowest bit: 5 bits the length of code and value together, 1 bit whether the value is
/// not here but follows, 1 bit whether even the code is longer than what was looked up; 8 bits from bit 8 how far it goes in the
/// block; 16 bits the value, or its length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Symbol(u32);

/// How far the end of a block goes: beyond anything.
pub(super) const END: usize = 64;

impl Symbol {
    const FOLLOWS: u32 = 1 << 5;
    const LONGER: u32 = 1 << 6;

    fn new(class: Class, symbol: u8, length: u32) -> Symbol {
        let (run, size) = match class {
            Class::Dc => (0, u32::from(symbol & 15)),
            Class::Ac => (u32::from(symbol >> 4), u32::from(symbol & 15)),
        };
        match (class, run, size) {
            // The run says how many blocks end (T.81 G.1.2.2); in sequential scans it is 0.
            (Class::Ac, 0..15, 0) => Symbol(run << 16 | (END as u32) << 8 | length),
            (_, _, 0) => Symbol((run + 1) << 8 | length),
            _ => Symbol(size << 16 | (run + 1) << 8 | Symbol::FOLLOWS | length),
        }
    }

    /// How many bits of a value follow.
    #[inline(always)]
    fn following(self) -> u32 {
        if self.0 & Symbol::FOLLOWS == 0 { 0 } else { self.0 >> 16 }
    }

    /// With the value, where it is in the `LOOK` bits that were looked up.
    fn complete(self, looked_up: u32) -> Symbol {
        let (length, size) = (self.length(), self.0 >> 16);
        if self.0 & Symbol::FOLLOWS == 0 || length + size > LOOK {
            return self;
        }
        let bits = (looked_up >> (LOOK - length - size)) & ((1 << size) - 1);
        Symbol((extend(bits, size) as u32) << 16 | self.0 & 0xFF00 | (length + size))
    }

    /// Whether the value is here.
    #[inline(always)]
    fn is_complete(self) -> bool {
        self.0 & (Symbol::FOLLOWS | Symbol::LONGER) == 0
    }

    #[inline(always)]
    fn length(self) -> u32 {
        self.0 & 31
    }

    /// How far the symbol goes in the block; [`END`] for the end.
    #[inline(always)]
    pub(super) fn advance(self) -> usize {
        (self.0 >> 8 & 0xFF) as usize
    }

    /// The value; for the end its run.
    #[inline(always)]
    pub(super) fn value(self) -> i32 {
        self.0 as i32 >> 16
    }
}

/// A number of a length as T.81 F.1.2.1 codes it.
#[inline(always)]
pub(super) fn extend(bits: u32, size: u32) -> i32 {
    let bits = bits as i32;
    let half = (1_i32 << size) >> 1;
    if bits < half { bits + 1 - (1 << size) } else { bits }
}

impl Huffman {
    /// A table from how many codes there are of each length, and their symbols.
    pub(super) fn new(class: Class, counts: &[u8; 16], symbols: &[u8]) -> Result<Huffman, DecodeError> {
        const IMPOSSIBLE: DecodeError = DecodeError::Malformed("a Huffman table has impossible codes");
        let mut values = [0; 256];
        values.get_mut(..symbols.len()).ok_or(IMPOSSIBLE)?.copy_from_slice(symbols);
        let mut table =
            Huffman { symbols: allocate(Symbol(Symbol::LONGER))?, limits: [0; 17], offsets: [0; 17], values, class };
        let (mut code, mut place) = (0_u32, 0_usize);
        for length in 1..=16_u32 {
            let count = usize::from(counts[length as usize - 1]);
            table.offsets[length as usize] = place as i32 - code as i32;
            for &symbol in symbols.get(place..place + count).ok_or(IMPOSSIBLE)? {
                if length <= LOOK {
                    let first = (code << (LOOK - length)) as usize;
                    let entries = table.symbols.get_mut(first..first + (1 << (LOOK - length))).ok_or(IMPOSSIBLE)?;
                    let symbol = Symbol::new(class, symbol, length);
                    for (index, entry) in entries.iter_mut().enumerate() {
                        *entry = symbol.complete((first + index) as u32);
                    }
                }
                code += 1;
            }
            place += count;
            if code > 1 << length {
                return Err(IMPOSSIBLE);
            }
            table.limits[length as usize] = code << (16 - length);
            code <<= 1;
        }
        Ok(table)
    }

    /// Bytes that a table takes.
    pub(super) const SIZE: usize = (4 << LOOK) + size_of::<Huffman>();

    /// The length and symbol of the code that 16 bits begin with.
    fn search(&self, bits: u32) -> Option<(u32, u8)> {
        let length = (1..=16).find(|&length| bits < self.limits[length])?;
        let place = (bits >> (16 - length)) as i32 + self.offsets[length];
        Some((length as u32, self.values[place as usize & 255]))
    }

    /// Reads a symbol with its value. At least 32 bits count in the cursor before.
    #[inline(always)]
    pub(super) fn read(&self, cursor: &mut Cursor) -> Symbol {
        let symbol = self.symbols[cursor.peek(LOOK) as usize & ((1 << LOOK) - 1)];
        if symbol.is_complete() {
            cursor.skip(symbol.length());
            return symbol;
        }
        self.read_long(symbol, cursor)
    }

    #[inline(always)]
    fn read_long(&self, symbol: Symbol, cursor: &mut Cursor) -> Symbol {
        let symbol = if symbol.0 & Symbol::LONGER == 0 { symbol } else { self.read_longer(cursor.peek(16)) };
        cursor.lost |= symbol.0 & Symbol::LONGER != 0;
        cursor.skip(symbol.length());
        if symbol.0 & Symbol::FOLLOWS == 0 {
            return symbol;
        }
        let size = symbol.0 >> 16;
        let value = extend(cursor.take(size), size);
        Symbol((value as u32) << 16 | symbol.0 & 0xFFFF)
    }

    /// A symbol whose code is longer than what was looked up; still said to be longer if there is no such code.
    //
    // The cursor is not passed on, here and below, so that it stays in registers where it matters.
    #[cold]
    #[inline(never)]
    fn read_longer(&self, bits: u32) -> Symbol {
        match self.search(bits) {
            Some((length, symbol)) => Symbol::new(self.class, symbol, length),
            None => Symbol(Symbol::LONGER | (END as u32) << 8 | 16),
        }
    }
}

fn allocate<T: Copy, const N: usize>(value: T) -> Result<Box<[T; N]>, DecodeError> {
    let mut entries = Vec::new();
    entries.try_reserve_exact(N).map_err(|_| DecodeError::Allocation(N * size_of::<T>()))?;
    entries.resize(N, value);
    let Ok(entries) = entries.try_into() else { unreachable!("the vector has as many entries as the array") };
    Ok(entries)
}
