//! What progressive scans build up: a component's coefficients, as many as the scale wants.
//!
//! Which coefficients are not 0 is kept of all, in a bit each: later scans are coded relative to that, also where nobody
//! wants the values.

use lucarne_simd::I16x8;

use super::DecodeError;
use super::canvas::{Canvas, Layout};
use super::inverse::{EMPTY, Points, transform};
use super::memory::Memory;
use crate::plane::Plane;

/// The coefficients of one component. Bits for coefficients are in coded order.
#[derive(Debug)]
pub(super) struct Coefficients {
    layout: Layout,
    /// For each coefficient in coded order where in a block it is, if it is wanted.
    places: [Option<u8>; 64],
    /// The coefficients that are wanted.
    wanted: u64,
    /// How many of a block are kept: a place for each that is wanted.
    kept: usize,
    /// Blocks in rows, to the end of the last MCU.
    values: Vec<i16>,
    /// For each block which coefficients are not 0.
    history: Vec<u64>,
    /// For each coefficient in coded order how many lower bits are not known yet.
    missing: [u8; 64],
    /// In the order of rows; from the component's first scan on.
    pub(super) quantisation: Option<[u16; 64]>,
}

/// One block, to read and to change.
#[derive(Debug)]
pub(super) struct BlockMut<'a> {
    pub(super) values: &'a mut [i16],
    pub(super) history: &'a mut u64,
}

/// All bits of a coefficient are missing.
const UNKNOWN: u8 = 16;

impl Coefficients {
    /// All 0.
    pub(super) fn new(layout: Layout, memory: &mut Memory) -> Result<Coefficients, DecodeError> {
        let places = std::array::from_fn(|coded| layout.points.place(coded));
        let wanted = places.iter().enumerate().filter(|(_, place)| place.is_some()).fold(0, |all, (k, _)| all | 1 << k);
        let kept = match layout.points {
            Points { x, y } if x == y => x * y,
            _ => 64,
        };
        let blocks = layout.padded.0 * layout.padded.1;
        let (mut values, mut history) = (memory.vec(blocks * kept)?, memory.vec(blocks)?);
        values.resize(blocks * kept, 0);
        history.resize(blocks, 0);
        let missing = [UNKNOWN; 64];
        Ok(Coefficients { layout, places, wanted, kept, values, history, missing, quantisation: None })
    }

    /// Which are wanted, in coded order from the lowest bit.
    pub(super) fn wanted(&self) -> u64 {
        self.wanted
    }

    /// For each coefficient in coded order where in a block's values it is.
    pub(super) fn places(&self) -> [Option<u8>; 64] {
        self.places
    }

    /// A block.
    ///
    /// # Panics
    /// If it is not within what is padded.
    #[inline(always)]
    pub(super) fn block(&mut self, column: usize, row: usize) -> BlockMut<'_> {
        let index = row * self.layout.padded.0 + column;
        let values = &mut self.values[index * self.kept..(index + 1) * self.kept];
        BlockMut { values, history: &mut self.history[index] }
    }

    /// Blocks of a row.
    pub(super) fn blocks(
        &mut self,
        columns: std::ops::Range<usize>,
        row: usize,
    ) -> impl ExactSizeIterator<Item = BlockMut<'_>> {
        let first = row * self.layout.padded.0;
        let range = first + columns.start..first + columns.end;
        let values = self.values[range.start * self.kept..range.end * self.kept].chunks_exact_mut(self.kept);
        values.zip(&mut self.history[range]).map(|(values, history)| BlockMut { values, history })
    }

    /// Notes that coefficients are known but for lower bits.
    pub(super) fn know(&mut self, first: u8, last: u8, low: u8) {
        self.missing[usize::from(first)..=usize::from(last)].fill(low);
    }

    /// Whether there were scans of every bit, of what is not wanted too.
    pub(super) fn complete(&self) -> bool {
        self.missing.iter().all(|&missing| missing == 0)
    }

    /// A canvas for the plane that the coefficients make.
    pub(super) fn canvas(&self, memory: &mut Memory) -> Result<Canvas, DecodeError> {
        Canvas::new(self.layout, memory)
    }

    /// The plane that the coefficients make, in their place.
    pub(super) fn finish(self, mut canvas: Canvas, memory: &mut Memory) -> Plane {
        let points = self.layout.points;
        let mut factors = [0; 64];
        if let Some(quantisation) = &self.quantisation {
            for (coded, place) in self.places.iter().enumerate() {
                if let Some(place) = place {
                    let natural = usize::from(crate::zigzag::ZIGZAG[coded]);
                    factors[usize::from(*place)] = quantisation[natural] as i16;
                }
            }
        }
        let mut block = EMPTY;
        let blocks = self.values.chunks_exact(self.kept).zip(&self.history);
        for (index, (values, history)) in blocks.enumerate() {
            let (column, row) = (index % self.layout.padded.0, index / self.layout.padded.0);
            if column == 0 {
                canvas.reach(row);
            }
            let last = 63 - ((history & self.wanted) | 1).leading_zeros() as usize;
            block[0] = values[0].wrapping_mul(factors[0]);
            if last > 0 {
                dequantise(values, &factors, &mut block);
            }
            transform(points, &mut block, last, canvas.block(column, row));
        }
        memory.give(self.values.len() * size_of::<i16>() + self.history.len() * size_of::<u64>());
        canvas.finish()
    }
}

/// Products of coefficients and their factors.
#[inline(always)]
fn dequantise(values: &[i16], factors: &[i16; 64], block: &mut [i16; 128]) {
    let (values, rest) = values.as_chunks::<8>();
    let (blocks, factors) = (block.as_chunks_mut::<8>().0, factors.as_chunks::<8>().0);
    for ((block, values), factors) in blocks.iter_mut().zip(values).zip(factors) {
        *block = (I16x8::from_array(*values) * I16x8::from_array(*factors)).to_array();
    }
    // Fewer than eight are all there are.
    for ((block, value), factor) in blocks[0].iter_mut().zip(rest).zip(&factors[0]) {
        *block = value.wrapping_mul(*factor);
    }
}
