//! A later scan of a band: one more bit of each coefficient (T.81 G.1.2.3).

use super::first::{LONGEST_END, end_blocks};
use crate::encode::EncodeError;
use crate::encode::coefficients::Nonzero;
use crate::encode::markers::Band;
use crate::encode::words::{Room, TableIndex, Words};

/// Bits of coefficients that were not 0 before, the last one lowest. They follow the next symbol.
#[derive(Debug, Clone, Copy, Default)]
struct Corrections {
    bits: u128,
    count: u32,
}

/// Collects a component's blocks.
pub(super) fn collect<'a>(
    blocks: impl Iterator<Item = Nonzero<'a>>,
    band: Band,
    kind: usize,
    words: &mut Words,
) -> Result<(), EncodeError> {
    let table = TableIndex::ac(kind);
    // Blocks in a row that have nothing new any more, and their corrections.
    let mut ended = 0;
    let mut of_ended = Corrections::default();
    for block in blocks {
        let mut room = words.room()?;
        let magnitude = |value: i32| value.unsigned_abs() >> band.low;
        // Runs of sixteen are only written where a new coefficient follows; no index of the band is 0.
        let last_new = (block.within(band.first, band.last))
            .fold(0, |last, (index, value)| if magnitude(value) == 1 { index } else { last });
        let mut corrections = Corrections::default();
        let mut next = u32::from(band.first);
        let mut run = 0;
        for (index, value) in block.within(band.first, band.last) {
            let magnitude = magnitude(value);
            if magnitude == 0 {
                continue;
            }
            run += index - next;
            next = index + 1;
            while run > 15 && index <= last_new {
                end_blocks(&mut room, table, &mut ended);
                of_ended.write(&mut room);
                room.symbol(table, 0xF0, 0);
                corrections.write(&mut room);
                run -= 16;
            }
            if magnitude > 1 {
                corrections.push(magnitude & 1);
                continue;
            }
            end_blocks(&mut room, table, &mut ended);
            of_ended.write(&mut room);
            room.symbol(table, (run << 4 | 1) as u8, u32::from(value > 0));
            corrections.write(&mut room);
            run = 0;
        }
        if next <= u32::from(band.last) || corrections.count > 0 {
            if ended == LONGEST_END || of_ended.count + corrections.count > u128::BITS {
                end_blocks(&mut room, table, &mut ended);
                of_ended.write(&mut room);
            }
            ended += 1;
            of_ended.append(corrections);
        }
        let used = room.used();
        words.keep(used);
    }
    let mut room = words.room()?;
    end_blocks(&mut room, table, &mut ended);
    of_ended.write(&mut room);
    let used = room.used();
    words.keep(used);
    Ok(())
}

impl Corrections {
    /// Adds a bit; a block has at most 63.
    #[inline(always)]
    fn push(&mut self, bit: u32) {
        self.bits = self.bits << 1 | u128::from(bit);
        self.count += 1;
    }

    /// Adds those of a block, which must fit.
    #[inline(always)]
    fn append(&mut self, block: Corrections) {
        self.bits = self.bits << block.count | block.bits;
        self.count += block.count;
    }

    /// Writes all, and forgets them.
    #[inline(always)]
    fn write(&mut self, room: &mut Room) {
        while self.count > 0 {
            let count = self.count.min(16);
            self.count -= count;
            room.bits((self.bits >> self.count) as u32 & ((1 << count) - 1), count);
        }
        self.bits = 0;
    }
}
