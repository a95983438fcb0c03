//! Trees of prediction modes in key frames (RFC 6386 §11.2 to §11.5): what a mode costs, and how it is written.

use super::boolean::BoolWriter;
use super::cost;
use super::predict::Mode;
use super::predict4::MODES;
use super::tables::{BLOCK_MODES, CHROMA_MODES, LUMA_MODES, Probability};

/// How a macroblock's luma is predicted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Luma {
    /// As a whole.
    Whole(Mode),
    /// Each block by a mode of its own.
    Blocks([u8; 16]),
}

/// From the root of a tree to a leaf: which bit, and of which node's probability.
type Path = &'static [(bool, usize)];

const Y: bool = true;
const N: bool = false;

const LUMA_BLOCKS: Path = &[(N, 0)];
const LUMA: [Path; 4] =
    [&[(Y, 0), (N, 1), (N, 2)], &[(Y, 0), (N, 1), (Y, 2)], &[(Y, 0), (Y, 1), (N, 3)], &[(Y, 0), (Y, 1), (Y, 3)]];

const CHROMA: [Path; 4] = [&[(N, 0)], &[(Y, 0), (N, 1)], &[(Y, 0), (Y, 1), (N, 2)], &[(Y, 0), (Y, 1), (Y, 2)]];

const BLOCK: [Path; MODES] = [
    &[(N, 0)],
    &[(Y, 0), (N, 1)],
    &[(Y, 0), (Y, 1), (N, 2)],
    &[(Y, 0), (Y, 1), (Y, 2), (N, 3), (N, 4)],
    &[(Y, 0), (Y, 1), (Y, 2), (Y, 3), (N, 6)],
    &[(Y, 0), (Y, 1), (Y, 2), (N, 3), (Y, 4), (N, 5)],
    &[(Y, 0), (Y, 1), (Y, 2), (N, 3), (Y, 4), (Y, 5)],
    &[(Y, 0), (Y, 1), (Y, 2), (Y, 3), (Y, 6), (N, 7)],
    &[(Y, 0), (Y, 1), (Y, 2), (Y, 3), (Y, 6), (Y, 7), (N, 8)],
    &[(Y, 0), (Y, 1), (Y, 2), (Y, 3), (Y, 6), (Y, 7), (Y, 8)],
];

/// The cost of a mode of a block, by the mode above and that on the left.
pub(crate) static BLOCK_COSTS: [[[u16; MODES]; MODES]; MODES] = {
    let mut costs = [[[0; MODES]; MODES]; MODES];
    let mut index = 0;
    while index < MODES * MODES * MODES {
        let (above, left, mode) = (index / 100, index / 10 % 10, index % 10);
        costs[above][left][mode] = path_cost(BLOCK[mode], &BLOCK_MODES[above][left]) as u16;
        index += 1;
    }
    costs
};

/// The cost of luma's being predicted by blocks, but for their modes.
pub(crate) const BLOCKS_COST: u32 = path_cost(LUMA_BLOCKS, &LUMA_MODES);

/// The cost of predicting luma as a whole.
pub(crate) fn whole_cost(mode: Mode) -> u32 {
    path_cost(LUMA[mode as usize], &LUMA_MODES)
}

/// The cost of luma's mode or modes.
pub(crate) fn luma_cost(luma: &Luma, mut above: [u8; 4], mut left: [u8; 4]) -> u32 {
    match luma {
        Luma::Whole(mode) => whole_cost(*mode),
        Luma::Blocks(modes) => {
            let mut cost = BLOCKS_COST;
            for (row, left) in modes.as_chunks::<4>().0.iter().zip(&mut left) {
                for (&mode, above) in row.iter().zip(&mut above) {
                    cost += u32::from(BLOCK_COSTS[usize::from(*above)][usize::from(*left)][usize::from(mode)]);
                    (*above, *left) = (mode, mode);
                }
            }
            cost
        }
    }
}

/// The cost of a mode of chroma.
pub(crate) fn chroma_cost(mode: Mode) -> u32 {
    path_cost(CHROMA[mode as usize], &CHROMA_MODES)
}

/// The mode of blocks that stands for a whole macroblock's where its neighbours' modes are coded. RFC 6386 §11.3.
pub(crate) fn as_block_mode(mode: Mode) -> u8 {
    match mode {
        Mode::Dc => 0,
        Mode::TrueMotion => 1,
        Mode::Vertical => 2,
        Mode::Horizontal => 3,
    }
}

/// Writes luma's mode or modes; `above` and `left` are its neighbours' modes, and become its own.
pub(crate) fn write_luma(writer: &mut BoolWriter, luma: &Luma, above: &mut [u8; 4], left: &mut [u8; 4]) {
    match luma {
        Luma::Whole(mode) => {
            write(writer, LUMA[*mode as usize], &LUMA_MODES);
            (*above, *left) = ([as_block_mode(*mode); 4], [as_block_mode(*mode); 4]);
        }
        Luma::Blocks(modes) => {
            write(writer, LUMA_BLOCKS, &LUMA_MODES);
            for (row, left) in modes.as_chunks::<4>().0.iter().zip(left) {
                for (&mode, above) in row.iter().zip(above.iter_mut()) {
                    let probabilities = &BLOCK_MODES[usize::from(*above)][usize::from(*left)];
                    write(writer, BLOCK[usize::from(mode)], probabilities);
                    (*above, *left) = (mode, mode);
                }
            }
        }
    }
}

/// Writes chroma's mode.
pub(crate) fn write_chroma(writer: &mut BoolWriter, mode: Mode) {
    write(writer, CHROMA[mode as usize], &CHROMA_MODES);
}

fn write(writer: &mut BoolWriter, path: Path, probabilities: &[Probability]) {
    path.iter().for_each(|&(bit, node)| writer.bit(bit, probabilities[node]));
}

const fn path_cost(path: Path, probabilities: &[Probability]) -> u32 {
    let mut cost = 0;
    let mut step = 0;
    while step < path.len() {
        cost += cost::bit(path[step].0, probabilities[path[step].1]);
        step += 1;
    }
    cost
}
