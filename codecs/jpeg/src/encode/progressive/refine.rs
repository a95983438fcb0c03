//! A later scan of a band: one more bit of each coefficient (T.81 G.1.2.3).

use super::first::{LONGEST_END, end_blocks};
use crate::encode::EncodeError;
use crate::encode::coefficients::Nonzero;
use crate::encode::markers::Band;
use crate::encode::words::{Room, TableIndex, Words};

/// Bits of blocks that have ended; with more, the blocks are ended by a symbol, so that a block's words stay few.
const MANY: usize = 256;

/// Bits that follow the next symbol: those of coefficients that were not 0 before.
struct Corrections {
    /// One bit each.
    bits: Vec<u8>,
    /// How many of them belong to blocks that have ended.
    of_ended: usize,
}

/// Collects a component's blocks.
pub(super) fn collect<'a>(
    blocks: impl Iterator<Item = Nonzero<'a>>,
    band: Band,
    kind: usize,
    words: &mut Words,
) -> Result<(), EncodeError> {
    let table = TableIndex::ac(kind);
    let mut ended = 0;
    let mut corrections = Corrections { bits: Vec::with_capacity(MANY + 64), of_ended: 0 };
    for block in blocks {
        let mut room = words.room()?;
        if ended == LONGEST_END || corrections.of_ended > MANY {
            end_blocks(&mut room, table, &mut ended);
            corrections.write_ended(&mut room);
        }
        let magnitudes = || {
            block.within(band.first, band.last).map(|(index, value)| (index, value, value.unsigned_abs() >> band.low))
        };
        // Runs of sixteen are only written where a new coefficient follows.
        let last_new = magnitudes().filter(|(.., magnitude)| *magnitude == 1).map(|(index, ..)| index).last();
        let mut next = u32::from(band.first);
        let mut run = 0;
        for (index, value, magnitude) in magnitudes().filter(|(.., magnitude)| *magnitude > 0) {
            run += index - next;
            next = index + 1;
            while run > 15 && last_new.is_some_and(|last| index <= last) {
                end_blocks(&mut room, table, &mut ended);
                corrections.write_ended(&mut room);
                room.symbol(table, 0xF0, 0);
                corrections.write(&mut room);
                run -= 16;
            }
            if magnitude > 1 {
                corrections.bits.push(magnitude as u8 & 1);
                continue;
            }
            end_blocks(&mut room, table, &mut ended);
            corrections.write_ended(&mut room);
            room.symbol(table, (run << 4 | 1) as u8, u32::from(value > 0));
            corrections.write(&mut room);
            run = 0;
        }
        if next <= u32::from(band.last) || run > 0 || corrections.bits.len() > corrections.of_ended {
            ended += 1;
            corrections.of_ended = corrections.bits.len();
        }
        let used = room.used();
        words.keep(used);
    }
    let mut room = words.room()?;
    end_blocks(&mut room, table, &mut ended);
    corrections.write_ended(&mut room);
    let used = room.used();
    words.keep(used);
    Ok(())
}

impl Corrections {
    /// Writes the bits of the blocks that have ended, and keeps those of the block that has not.
    #[inline(always)]
    fn write_ended(&mut self, room: &mut Room) {
        if self.of_ended > 0 {
            write_bits(&self.bits[..self.of_ended], room);
            self.bits.drain(..self.of_ended);
            self.of_ended = 0;
        }
    }

    /// Writes all bits.
    #[inline(always)]
    fn write(&mut self, room: &mut Room) {
        write_bits(&self.bits, room);
        self.bits.clear();
    }
}

fn write_bits(bits: &[u8], room: &mut Room) {
    for bits in bits.chunks(16) {
        room.bits(bits.iter().fold(0, |all, bit| all << 1 | u32::from(*bit)), bits.len() as u32);
    }
}
