//! What transparency hides: those samples may be anything, so they become what costs least.

use lucarne_simd::U8x16;

use super::block::{Block, Blocks, U, V};
use super::macroblock::take_plane;
use crate::plane::PlaneRef;

/// The opacity of a macroblock's luma.
pub(crate) fn opacity(alpha: PlaneRef<'_>, column: usize, row: usize) -> [Block; 16] {
    let mut opacity = [U8x16::splat(0); 16];
    take_plane(alpha, column, row, &mut opacity);
    opacity
}

/// Whether nothing is seen.
pub(crate) fn is_hidden(opacity: &[Block; 16]) -> bool {
    opacity.iter().fold(U8x16::splat(0), |all, &block| all | block).to_array() == [0; 16]
}

/// Gives transparent samples the mean of the others, so that no edge is coded where none is seen.
pub(crate) fn smooth(blocks: &mut Blocks, opacity: &[Block; 16]) {
    let seen = opacity.map(|block| block.to_array().map(|opacity| opacity > 0));
    if seen.as_flattened().iter().all(|&seen| seen) {
        return;
    }
    fill(&mut blocks[..U], &seen);
    // A sample of chroma is seen where one of its four pixels is.
    let mut chroma_seen = [[false; 16]; 4];
    for (index, place) in (0..256).map(|pixel| (pixel / 16, pixel % 16)) {
        let (x, y) = (4 * (index % 4) + place % 4, 4 * (index / 4) + place / 4);
        let (x, y) = (x / 2, y / 2);
        chroma_seen[y / 4 * 2 + x / 4][y % 4 * 4 + x % 4] |= seen[index][place];
    }
    fill(&mut blocks[U..V], &chroma_seen);
    fill(&mut blocks[V..], &chroma_seen);
}

fn fill(blocks: &mut [Block], seen: &[[bool; 16]]) {
    let (mut sum, mut count) = (0u32, 0u32);
    for (block, seen) in blocks.iter().zip(seen) {
        for (sample, _) in block.to_array().into_iter().zip(seen).filter(|(_, seen)| **seen) {
            sum += u32::from(sample);
            count += 1;
        }
    }
    let mean = ((sum + count / 2) / count.max(1)) as u8;
    for (block, seen) in blocks.iter_mut().zip(seen) {
        let samples = block.to_array();
        *block = U8x16::from_array(std::array::from_fn(|place| if seen[place] { samples[place] } else { mean }));
    }
}
