//! A macroblock's samples, taken from the source's planes; and what has become of it.

use lucarne_simd::{I32x4, U8x16};

use super::block::{Block, Blocks, U, V};
use super::modes::Luma;
use super::neighbours::Coefficients;
use super::predict::Mode;
use crate::plane::PlaneRef;
use crate::source::Yuv420;

/// A block's levels in the order of coding, and how many there are until only zeros follow.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Levels {
    pub(crate) levels: [i16; 16],
    pub(crate) length: u8,
}

/// What has become of a macroblock.
pub(crate) struct Macroblock {
    pub(crate) luma: Luma,
    pub(crate) chroma: Mode,
    /// The second order; of a macroblock that is predicted by blocks there is none.
    pub(crate) second: Levels,
    /// Of luma's and chroma's blocks.
    pub(crate) levels: [Levels; 24],
    /// What a decoder makes of it, before the loop filter.
    pub(crate) blocks: Blocks,
    /// Which blocks at its lower edge have coefficients.
    pub(crate) coefficients_below: Coefficients,
    /// Which blocks at its right edge have coefficients.
    pub(crate) coefficients_right: Coefficients,
}

impl Levels {
    pub(crate) const NONE: Levels = Levels { levels: [0; 16], length: 0 };
}

impl Macroblock {
    /// Whether no block has coefficients, so that nothing but modes need be written.
    pub(crate) fn is_empty(&self) -> bool {
        self.second.length == 0 && self.levels.iter().all(|block| block.length == 0)
    }
}

/// The samples of the macroblock in a column and row; beyond the picture's edge its last samples are repeated.
pub(crate) fn take(planes: &Yuv420<'_>, column: usize, row: usize) -> Blocks {
    let mut blocks = [U8x16::splat(0); 24];
    let luma = blocks.first_chunk_mut().expect("luma has sixteen blocks");
    take_plane(planes.y, column, row, luma);
    for (first, plane) in [(U, planes.u), (V, planes.v)] {
        for group in 0..2 {
            let rows: [[u8; 8]; 4] = std::array::from_fn(|y| samples(plane, 8 * column, 8 * row + 4 * group + y));
            for x in 0..2 {
                blocks[first + 2 * group + x] = square(&rows, x);
            }
        }
    }
    blocks
}

/// As [`take`], one plane as large as luma alone.
pub(crate) fn take_plane(plane: PlaneRef<'_>, column: usize, row: usize, blocks: &mut [Block; 16]) {
    for (group, blocks) in blocks.as_chunks_mut::<4>().0.iter_mut().enumerate() {
        let row_of = |y: usize| samples(plane, 16 * column, 16 * row + 4 * group + y);
        let [a, b, c, d] = std::array::from_fn(|y| U8x16::from_array(row_of(y)).as_i16());
        // Quads of samples become columns: a transposition of 4 × 4 quads.
        let (ac_left, ac_right) = (a.interleave_pairs_low(c), a.interleave_pairs_high(c));
        let (bd_left, bd_right) = (b.interleave_pairs_low(d), b.interleave_pairs_high(d));
        *blocks = [
            ac_left.interleave_pairs_low(bd_left).as_bytes(),
            ac_left.interleave_pairs_high(bd_left).as_bytes(),
            ac_right.interleave_pairs_low(bd_right).as_bytes(),
            ac_right.interleave_pairs_high(bd_right).as_bytes(),
        ];
    }
}

/// The samples of a row from a place on.
fn samples<const N: usize>(plane: PlaneRef<'_>, x: usize, y: usize) -> [u8; N] {
    let row = plane.row(y.min(plane.height() - 1));
    match row.get(x..).and_then(|rest| rest.first_chunk()) {
        Some(samples) => *samples,
        None => std::array::from_fn(|index| row[(x + index).min(row.len() - 1)]),
    }
}

/// The block at a place among four rows.
fn square(rows: &[[u8; 8]; 4], x: usize) -> U8x16 {
    I32x4::from_array(rows.map(|row| i32::from_le_bytes(row.as_chunks::<4>().0[x]))).as_bytes()
}
