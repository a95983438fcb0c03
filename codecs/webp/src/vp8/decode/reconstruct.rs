//! A macroblock's samples from its modes, its surroundings and its coefficients. RFC 6386 §12 and §14.

use lucarne_simd::{I16x8, U8x16};

use super::residual::{Extent, Residual};
use crate::vp8::block::{Block, Blocks, U, V, Wide, bottom, right};
use crate::vp8::modes::Luma;
use crate::vp8::neighbours::Surroundings;
use crate::vp8::predict::Mode;
use crate::vp8::predict4::Edge4;
use crate::vp8::transform::{add, inverse_differences};

/// What is added to predictions, and whether anything is.
type Differences = [Option<Wide>; 24];

/// The samples; what the residual holds is used up.
#[inline(always)]
pub(super) fn reconstruct(luma: &Luma, chroma: Mode, around: &Surroundings, residual: &mut Residual) -> Blocks {
    let differences = differences(residual);
    let mut blocks = [U8x16::splat(0); 24];
    let luma_blocks = blocks.first_chunk_mut::<16>().expect("luma has sixteen blocks");
    match luma {
        Luma::Whole(mode) => *luma_blocks = around.luma.predict(*mode),
        Luma::Blocks(modes) => predict_blocks(modes, around, &differences, luma_blocks),
    }
    let first = if matches!(luma, Luma::Whole(_)) { 0 } else { U };
    for (first, edge) in [(U, &around.chroma[0]), (V, &around.chroma[1])] {
        blocks[first..][..4].copy_from_slice(&edge.predict::<4>(chroma));
    }
    for (block, difference) in blocks.iter_mut().zip(&differences).skip(first) {
        if let Some(difference) = difference {
            *block = add(*difference, *block);
        }
    }
    blocks
}

/// Luma's blocks one after another, as each is predicted from those before it.
#[inline(always)]
fn predict_blocks(modes: &[u8; 16], around: &Surroundings, differences: &Differences, blocks: &mut [Block; 16]) {
    // The row of samples above the blocks, and those of the macroblock above on the right, which all rows use.
    let mut above = [[0; 4]; 5];
    above[..4].copy_from_slice(around.luma.above.as_chunks().0);
    above[4] = around.above_right;
    let mut corner_of_row = around.luma.corner;
    let columns = around.luma.left.as_chunks::<4>().0;
    for (y, &left_of_row) in columns.iter().enumerate() {
        let (mut left, mut corner) = (left_of_row, corner_of_row);
        corner_of_row = left_of_row[3];
        for x in 0..4 {
            let index = 4 * y + x;
            let edge = Edge4 { above: above[x], above_right: above[x + 1], left, corner };
            let mut block = edge.predict(modes[index]);
            if let Some(difference) = differences[index] {
                block = add(difference, block);
            }
            corner = above[x][3];
            above[x] = bottom(block);
            left = right(block);
            blocks[index] = block;
        }
    }
}

/// The inverse transform of all blocks that have coefficients, two at a time.
#[inline(always)]
fn differences(residual: &mut Residual) -> Differences {
    let mut differences = [None; 24];
    let pairs = residual.coefficients.as_chunks_mut::<2>().0.iter_mut().zip(residual.extents.as_chunks_mut::<2>().0);
    for ((coefficients, extents), differences) in pairs.zip(differences.as_chunks_mut::<2>().0) {
        let [a, b] = *coefficients;
        let pair = match extents[0].max(extents[1]) {
            Extent::None => continue,
            Extent::Dc => [flat(a[0]), flat(b[0])],
            Extent::Full => inverse_differences(wide(&a), wide(&b)).into(),
        };
        for ((difference, extent), pair) in differences.iter_mut().zip(extents.iter()).zip(pair) {
            *difference = (*extent != Extent::None).then_some(pair);
        }
        *coefficients = [[0; 16]; 2];
        *extents = [Extent::None; 2];
    }
    differences
}

/// What DC alone comes to.
#[inline(always)]
fn flat(dc: i16) -> Wide {
    [I16x8::splat(dc.wrapping_add(4) >> 3); 2]
}

#[inline(always)]
fn wide(coefficients: &[i16; 16]) -> Wide {
    [I16x8::load(&coefficients[..8]), I16x8::load(&coefficients[8..])]
}
