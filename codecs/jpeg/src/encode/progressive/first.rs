//! The first scan of a band: coefficients without their low bits (T.81 G.1.2.2).

use crate::encode::EncodeError;
use crate::encode::coefficients::Nonzero;
use crate::encode::markers::Band;
use crate::encode::words::{Room, TableIndex, Words, size_and_bits};

/// The most blocks that one symbol ends.
pub(super) const LONGEST_END: u32 = 0x7FFF;

/// Collects a component's blocks.
pub(super) fn collect<'a>(
    blocks: impl Iterator<Item = Nonzero<'a>>,
    band: Band,
    kind: usize,
    words: &mut Words,
) -> Result<(), EncodeError> {
    let table = TableIndex::ac(kind);
    // Blocks in a row that have nothing more in the band.
    let mut ended = 0;
    for block in blocks {
        let mut room = words.room()?;
        let mut last = u32::from(band.first) - 1;
        for (index, value) in block.within(band.first, band.last) {
            // Halves are cut off towards 0.
            let size = value.abs() >> band.low;
            if size == 0 {
                continue;
            }
            end_blocks(&mut room, table, &mut ended);
            let mut run = index - last - 1;
            last = index;
            while run > 15 {
                room.symbol(table, 0xF0, 0);
                run -= 16;
            }
            let (size, bits) = size_and_bits(if value < 0 { -size } else { size });
            room.symbol(table, (run << 4 | size) as u8, bits);
        }
        if last < u32::from(band.last) {
            ended += 1;
            if ended == LONGEST_END {
                end_blocks(&mut room, table, &mut ended);
            }
        }
        let used = room.used();
        words.keep(used);
    }
    let mut room = words.room()?;
    end_blocks(&mut room, table, &mut ended);
    let used = room.used();
    words.keep(used);
    Ok(())
}

/// The symbol that ends so many blocks, if there are any.
#[inline(always)]
pub(super) fn end_blocks(room: &mut Room, table: TableIndex, ended: &mut u32) {
    if let Some(bits) = ended.checked_ilog2() {
        room.symbol(table, (bits << 4) as u8, *ended - (1 << bits));
        *ended = 0;
    }
}
