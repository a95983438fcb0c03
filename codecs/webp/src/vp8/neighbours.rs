//! What a macroblock knows of those above and on its left: their samples, modes, and which blocks had coefficients.

use std::collections::TryReserveError;

use super::block::{Block, Blocks, U, V, bottom, right};
use super::filled;
use super::macroblock::Macroblock;
use super::modes::{Luma, as_block_mode};
use super::predict::{ABOVE, Edge, LEFT};
use super::predict4;

/// Which blocks had coefficients: four of luma, two of U, two of V, and the second order, each 0 or 1.
pub(crate) type Coefficients = [u8; 9];

/// Where U's, V's and the second order's are in [`Coefficients`].
pub(crate) const OF_U: usize = 4;
pub(crate) const OF_V: usize = 6;
pub(crate) const OF_SECOND: usize = 8;

/// The lowest rows of the macroblocks above and the rightmost columns of that on the left.
pub(crate) struct Neighbours {
    above: Vec<Above>,
    left: Left,
    row: usize,
}

#[derive(Clone, Copy)]
struct Above {
    luma: [u8; 16],
    chroma: [[u8; 8]; 2],
    modes: [u8; 4],
    coefficients: Coefficients,
}

struct Left {
    luma: [u8; 16],
    chroma: [[u8; 8]; 2],
    luma_corner: u8,
    chroma_corner: [u8; 2],
    modes: [u8; 4],
    coefficients: Coefficients,
}

/// What surrounds one macroblock.
pub(crate) struct Surroundings {
    pub(crate) luma: Edge<16>,
    /// Of the macroblock above on the right.
    pub(crate) above_right: [u8; 4],
    pub(crate) chroma: [Edge<8>; 2],
    pub(crate) modes_above: [u8; 4],
    pub(crate) modes_left: [u8; 4],
    pub(crate) coefficients_above: Coefficients,
    pub(crate) coefficients_left: Coefficients,
}

/// What neighbours need of a macroblock.
pub(crate) struct Kept<'a> {
    pub(crate) luma: &'a Luma,
    /// Before the loop filter.
    pub(crate) blocks: &'a Blocks,
    /// Which blocks at the lower edge have coefficients.
    pub(crate) below: Coefficients,
    /// Which blocks at the right edge have coefficients.
    pub(crate) right: Coefficients,
}

impl Neighbours {
    /// For a picture of so many columns of macroblocks.
    pub(crate) fn new(columns: usize) -> Result<Neighbours, TryReserveError> {
        let outside =
            Above { luma: [ABOVE; 16], chroma: [[ABOVE; 8]; 2], modes: [predict4::DC; 4], coefficients: [0; 9] };
        Ok(Neighbours { above: filled(columns, outside)?, left: Left::outside(ABOVE), row: 0 })
    }

    /// Goes to the beginning of a row.
    pub(crate) fn start_row(&mut self, row: usize) {
        self.row = row;
        self.left = Left::outside(if row == 0 { ABOVE } else { LEFT });
    }

    /// What surrounds the next macroblock, which is in this column.
    pub(crate) fn surroundings(&self, column: usize) -> Surroundings {
        let (above, left) = (&self.above[column], &self.left);
        let (has_above, has_left) = (self.row > 0, column > 0);
        let chroma = |plane: usize| Edge {
            above: above.chroma[plane],
            left: left.chroma[plane],
            corner: left.chroma_corner[plane],
            has_above,
            has_left,
        };
        let luma = Edge { above: above.luma, left: left.luma, corner: left.luma_corner, has_above, has_left };
        // Decoders repeat the last sample at the end of a row.
        let [.., last] = above.luma;
        let above_right = self.above.get(column + 1).map_or([last; 4], |next| first_four(&next.luma));
        Surroundings {
            luma,
            above_right,
            chroma: [chroma(0), chroma(1)],
            modes_above: above.modes,
            modes_left: left.modes,
            coefficients_above: above.coefficients,
            coefficients_left: left.coefficients,
        }
    }

    /// Takes what has become of the macroblock in this column.
    pub(crate) fn put(&mut self, column: usize, done: &Macroblock) {
        let Macroblock { luma, blocks, coefficients_below, coefficients_right, .. } = done;
        self.keep(column, &Kept { luma, blocks, below: *coefficients_below, right: *coefficients_right });
    }

    /// Takes what neighbours need of the macroblock in this column.
    #[inline(always)]
    pub(crate) fn keep(&mut self, column: usize, done: &Kept<'_>) {
        let (above, left) = (&mut self.above[column], &mut self.left);
        left.luma_corner = above.luma[15];
        left.chroma_corner = [above.chroma[0][7], above.chroma[1][7]];
        let quads = above.luma.as_chunks_mut::<4>().0.iter_mut().zip(left.luma.as_chunks_mut::<4>().0);
        for (index, (above, left)) in quads.enumerate() {
            *above = bottom(done.blocks[12 + index]);
            *left = right(done.blocks[4 * index + 3]);
        }
        for (plane, first) in [U, V].into_iter().enumerate() {
            let square: [Block; 4] = std::array::from_fn(|index| done.blocks[first + index]);
            above.chroma[plane] = join(bottom(square[2]), bottom(square[3]));
            left.chroma[plane] = join(right(square[1]), right(square[3]));
        }
        (above.modes, left.modes) = match *done.luma {
            Luma::Whole(mode) => ([as_block_mode(mode); 4], [as_block_mode(mode); 4]),
            Luma::Blocks(modes) => (std::array::from_fn(|x| modes[12 + x]), std::array::from_fn(|y| modes[4 * y + 3])),
        };
        (above.coefficients, left.coefficients) = (done.below, done.right);
    }
}

impl Left {
    fn outside(corner: u8) -> Left {
        Left {
            luma: [LEFT; 16],
            chroma: [[LEFT; 8]; 2],
            luma_corner: corner,
            chroma_corner: [corner; 2],
            modes: [predict4::DC; 4],
            coefficients: [0; 9],
        }
    }
}

fn first_four(samples: &[u8; 16]) -> [u8; 4] {
    let [a, b, c, d, ..] = *samples;
    [a, b, c, d]
}

fn join([a, b, c, d]: [u8; 4], [e, f, g, h]: [u8; 4]) -> [u8; 8] {
    [a, b, c, d, e, f, g, h]
}
