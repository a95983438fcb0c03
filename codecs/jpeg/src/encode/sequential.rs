//! One scan with all there is (T.81 F.1).

use super::EncodeError;
use super::bits::BitWriter;
use super::blocks::{Band, Component};
use super::huffman::Table;
use super::markers;
use super::quantise::{Block, Quantiser};
use super::transform;
use super::words::{Codes, Counts, Room, TABLES, TableIndex, Words, size_and_bits};

/// Words that are collected before the tables are made: enough for a file of about a megabyte. What comes later is written by
/// the tables of what came before, so that memory stays small.
const ENOUGH: usize = 1 << 20;

/// Writes the only scan of a baseline file: its tables, header and blocks.
pub(super) fn write(
    components: &[Component],
    quantisers: &[Quantiser; 2],
    limit: usize,
    file: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    let mut words = Words::new();
    let mut predictions = [0; 3];
    let mut units = UnitRows::new(components);
    while words.len() < ENOUGH && units.collect(quantisers, &mut predictions, &mut words)? {}
    let tables = tables(words.counts(), units.is_done());
    let numbered: Vec<(u8, &Component)> = (1..).zip(components).collect();
    markers::scan(file, &numbered, &tables, markers::Band::WHOLE)?;
    let codes = Codes::new(&tables);
    let mut bits = BitWriter::new(file);
    words.write(&codes, &mut bits, limit)?;
    while units.collect(quantisers, &mut predictions, &mut words)? {
        words.write(&codes, &mut bits, limit)?;
    }
    bits.finish()
}

/// The picture's units of interleaved blocks (T.81 A.2.3), row by row.
struct UnitRows<'a> {
    components: &'a [Component<'a>],
    next: usize,
    rows: usize,
    columns: usize,
}

impl<'a> UnitRows<'a> {
    fn new(components: &'a [Component<'a>]) -> UnitRows<'a> {
        let [first, ..] = components else { return UnitRows { components, next: 0, rows: 0, columns: 0 } };
        let rows = first.bands().div_ceil(first.down);
        let columns = first.columns().div_ceil(first.across);
        UnitRows { components, next: 0, rows, columns }
    }

    fn is_done(&self) -> bool {
        self.next == self.rows
    }

    /// Collects the next row's words; `false` if there was none.
    fn collect(
        &mut self,
        quantisers: &[Quantiser; 2],
        predictions: &mut [i32; 3],
        words: &mut Words,
    ) -> Result<bool, EncodeError> {
        if self.is_done() {
            return Ok(false);
        }
        let bands: Vec<[Option<Band>; 2]> = (self.components.iter())
            .map(|component| std::array::from_fn(|y| component.band(self.next * component.down + y)))
            .collect();
        for column in 0..self.columns {
            for ((component, bands), prediction) in self.components.iter().zip(&bands).zip(predictions.iter_mut()) {
                let quantiser = &quantisers[component.kind & 1];
                for band in &bands[..component.down] {
                    for x in column * component.across..(column + 1) * component.across {
                        let mut room = words.room()?;
                        match band {
                            Some(band) if x < component.columns() => {
                                let block = quantiser.quantise(transform::forward(band.block(x)));
                                collect_block(&block, component.kind, prediction, &mut room);
                            }
                            // Nobody sees it, so it is what costs least: the block before, without detail.
                            _ => {
                                room.symbol(TableIndex::dc(component.kind), 0, 0);
                                room.symbol(TableIndex::ac(component.kind), 0, 0);
                            }
                        }
                        let used = room.used();
                        words.keep(used);
                    }
                }
            }
        }
        self.next += 1;
        Ok(true)
    }
}

/// A block's symbols and bits (T.81 F.1.2).
#[inline(always)]
fn collect_block(block: &Block, kind: usize, prediction: &mut i32, room: &mut Room) {
    let dc = block.value(0);
    let (size, bits) = size_and_bits(dc - *prediction);
    *prediction = dc;
    room.symbol(TableIndex::dc(kind), size as u8, bits);

    let table = TableIndex::ac(kind);
    let mut left = block.nonzero() & !1;
    let mut last = 0;
    while left != 0 {
        let index = left.trailing_zeros();
        left &= left - 1;
        let mut run = index - last - 1;
        last = index;
        while run > 15 {
            room.symbol(table, 0xF0, 0);
            run -= 16;
        }
        let (size, bits) = size_and_bits(block.value(index));
        room.symbol(table, (run << 4 | size) as u8, bits);
    }
    if last < 63 {
        room.symbol(table, 0, 0);
    }
}

/// Tables for what was counted; for all that may come too, if that was not all.
fn tables(counts: &Counts, all: bool) -> [Table; TABLES] {
    let more = |table: usize, symbol: usize| match (all, table, symbol) {
        (true, ..) => 0,
        (_, 0 | 1, 0..=11) | (_, 2 | 3, 0x00 | 0xF0) => 1,
        (_, 2 | 3, _) if (1..=10).contains(&(symbol % 16)) => 1,
        _ => 0,
    };
    std::array::from_fn(|table| Table::new(&std::array::from_fn(|symbol| counts[table][symbol] + more(table, symbol))))
}
