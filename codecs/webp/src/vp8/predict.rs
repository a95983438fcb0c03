//! Predictions of whole luma (16×16) and chroma (8×8) from the samples above and on the left. RFC 6386 §12.2 and §12.3.

use lucarne_simd::{I16x8, U8x16};

use super::block::Block;

/// How a whole macroblock's luma, or its chroma, is predicted. The order is the standard's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// The mean of the edges.
    Dc,
    /// The row above.
    Vertical,
    /// The column on the left.
    Horizontal,
    /// The row above plus how the column on the left differs from the corner.
    TrueMotion,
}

impl Mode {
    pub(crate) const ALL: [Mode; 4] = [Mode::Dc, Mode::Vertical, Mode::Horizontal, Mode::TrueMotion];
}

/// The samples around a square of `SIDE`, as a decoder sees them, that is with 127 above the picture and 129 on its left.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Edge<const SIDE: usize> {
    pub(crate) above: [u8; SIDE],
    pub(crate) left: [u8; SIDE],
    pub(crate) corner: u8,
    /// Whether the row above is of the picture.
    pub(crate) has_above: bool,
    /// Whether the column on the left is of the picture.
    pub(crate) has_left: bool,
}

/// Above the picture. RFC 6386 §12.2.
pub(crate) const ABOVE: u8 = 127;

/// On the left of the picture. RFC 6386 §12.2.
pub(crate) const LEFT: u8 = 129;

impl<const SIDE: usize> Edge<SIDE> {
    /// All `BLOCKS` blocks, by rows.
    #[inline(always)]
    pub(crate) fn predict<const BLOCKS: usize>(&self, mode: Mode) -> [Block; BLOCKS] {
        let columns = SIDE / 4;
        let above = |index: usize| quad(&self.above, index % columns);
        let left = |index: usize| quad(&self.left, index / columns);
        match mode {
            Mode::Dc => [U8x16::splat(self.mean()); BLOCKS],
            Mode::Vertical => std::array::from_fn(|index| U8x16::from_array(repeat_rows(above(index)))),
            Mode::Horizontal => std::array::from_fn(|index| U8x16::from_array(repeat_columns(left(index)))),
            Mode::TrueMotion => std::array::from_fn(|index| true_motion(above(index), left(index), self.corner)),
        }
    }

    /// The mean of those edges that are of the picture; 128 where none is.
    pub(crate) fn mean(&self) -> u8 {
        let sum = |samples: &[u8; SIDE]| samples.iter().map(|&sample| u32::from(sample)).sum::<u32>();
        let side = SIDE as u32;
        let mean = match (self.has_above, self.has_left) {
            (true, true) => (sum(&self.above) + sum(&self.left) + side) / (2 * side),
            (true, false) => (sum(&self.above) + side / 2) / side,
            (false, true) => (sum(&self.left) + side / 2) / side,
            (false, false) => 128,
        };
        mean as u8
    }
}

/// Above, plus left, less the corner.
#[inline(always)]
pub(crate) fn true_motion(above: [u8; 4], left: [u8; 4], corner: u8) -> Block {
    let above = U8x16::from_array(repeat_rows(above)).widen_low() - I16x8::splat(i16::from(corner));
    let left = U8x16::from_array(repeat_columns(left));
    (left.widen_low() + above).to_bytes(left.widen_high() + above)
}

#[inline(always)]
pub(crate) fn repeat_rows([a, b, c, d]: [u8; 4]) -> [u8; 16] {
    [a, b, c, d, a, b, c, d, a, b, c, d, a, b, c, d]
}

#[inline(always)]
pub(crate) fn repeat_columns([a, b, c, d]: [u8; 4]) -> [u8; 16] {
    [a, a, a, a, b, b, b, b, c, c, c, c, d, d, d, d]
}

#[inline(always)]
fn quad<const SIDE: usize>(edge: &[u8; SIDE], index: usize) -> [u8; 4] {
    edge.as_chunks::<4>().0[index]
}
