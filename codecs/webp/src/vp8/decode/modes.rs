//! Reading the modes of a macroblock. RFC 6386 §10, §11 and §19.3.

use crate::vp8::modes::{Luma, as_block_mode};
use crate::vp8::predict::Mode;
use crate::vp8::reader::BoolReader;
use crate::vp8::tables::{BLOCK_MODES, CHROMA_MODES, LUMA_MODES, Probability};

/// Among the nodes of a tree: what is left of it is a mode.
const LEAF: u8 = 16;

/// The tree of modes of blocks: from a node and a bit to the next node. RFC 6386 §11.2.
const BLOCK_TREE: [[u8; 2]; 9] = [
    [LEAF, 1],
    [LEAF + 1, 2],
    [LEAF + 2, 3],
    [4, 6],
    [LEAF + 3, 5],
    [LEAF + 5, LEAF + 6],
    [LEAF + 4, 7],
    [LEAF + 7, 8],
    [LEAF + 8, LEAF + 9],
];

/// To which segment a macroblock belongs. RFC 6386 §10.
pub(super) fn segment(reader: &mut BoolReader<'_>, tree: &[Probability; 3]) -> usize {
    if reader.bit(tree[0]) { 2 + usize::from(reader.bit(tree[2])) } else { usize::from(reader.bit(tree[1])) }
}

/// The mode or modes of luma. `above` and `left` are the neighbours' modes.
pub(super) fn luma(reader: &mut BoolReader<'_>, mut above: [u8; 4], mut left: [u8; 4]) -> Luma {
    if reader.bit(LUMA_MODES[0]) {
        return Luma::Whole(if !reader.bit(LUMA_MODES[1]) {
            if reader.bit(LUMA_MODES[2]) { Mode::Vertical } else { Mode::Dc }
        } else if reader.bit(LUMA_MODES[3]) {
            Mode::TrueMotion
        } else {
            Mode::Horizontal
        });
    }
    let mut modes = [as_block_mode(Mode::Dc); 16];
    for (row, left) in modes.as_chunks_mut::<4>().0.iter_mut().zip(&mut left) {
        for (mode, above) in row.iter_mut().zip(&mut above) {
            *mode = block(reader, &BLOCK_MODES[usize::from(*above)][usize::from(*left)]);
            (*above, *left) = (*mode, *mode);
        }
    }
    Luma::Blocks(modes)
}

/// The mode of chroma.
pub(super) fn chroma(reader: &mut BoolReader<'_>) -> Mode {
    if !reader.bit(CHROMA_MODES[0]) {
        Mode::Dc
    } else if !reader.bit(CHROMA_MODES[1]) {
        Mode::Vertical
    } else if !reader.bit(CHROMA_MODES[2]) {
        Mode::Horizontal
    } else {
        Mode::TrueMotion
    }
}

fn block(reader: &mut BoolReader<'_>, probabilities: &[Probability; 9]) -> u8 {
    let mut node = 0;
    while node < LEAF {
        let bit = reader.bit(probabilities[usize::from(node)]);
        node = BLOCK_TREE[usize::from(node)][usize::from(bit)];
    }
    node - LEAF
}
