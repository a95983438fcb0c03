//! Luma predicted block by block, each from those that were coded before it.

use lucarne_simd::U8x16;

use super::super::block::{Block, Blocks, bottom, difference, hadamard_error, right, squared_error};
use super::super::macroblock::Levels;
use super::super::modes::{BLOCK_COSTS, BLOCKS_COST};
use super::super::neighbours::Surroundings;
use super::super::predict4::{Edge4, MODES};
use super::super::quantise::Coded;
use super::super::tokens::Kind;
use super::super::transform::{forward, inverse};
use super::{Judge, Score, best};

/// Luma as modes of blocks leave it.
pub(super) struct Parts {
    pub(super) modes: [u8; 16],
    pub(super) levels: [Levels; 16],
    pub(super) blocks: [Block; 16],
}

/// A block as a mode leaves it.
#[derive(Clone, Copy)]
struct Part {
    mode: u8,
    levels: Levels,
    block: Block,
    score: Score,
}

impl Judge<'_> {
    /// The best mode of each block; `None` where all together score worse than a limit. Scores are rough ones if the
    /// effort is.
    pub(super) fn parts(&self, source: &Blocks, around: &Surroundings, limit: Score) -> Option<Parts> {
        let mut parts = Parts { modes: [0; 16], levels: [Levels::NONE; 16], blocks: [U8x16::splat(0); 16] };
        // The row of samples above the next row of blocks: the corner stands first, four samples from above on the
        // right last; those serve all rows (RFC 6386 §12.3).
        let mut above = [[0; 4]; 5];
        above[..4].copy_from_slice(around.luma.above.as_chunks().0);
        above[4] = around.above_right;
        let mut corner_left = around.luma.corner;
        let (mut modes_above, mut coefficients_above) = (around.modes_above, around.coefficients_above);
        let mut total =
            if self.effort.rough { Score::from(self.rough_score(0, BLOCKS_COST)) } else { self.score(0, BLOCKS_COST) };
        for row in 0..4 {
            let mut left = around.luma.left.as_chunks::<4>().0[row];
            let mut corner = corner_left;
            corner_left = left[3];
            let (mut mode_left, mut coefficient_left) = (around.modes_left[row], around.coefficients_left[row]);
            for column in 0..4 {
                let index = 4 * row + column;
                let edge = Edge4 { above: above[column], above_right: above[column + 1], left, corner };
                let costs = &BLOCK_COSTS[usize::from(modes_above[column])][usize::from(mode_left)];
                let context = usize::from(coefficients_above[column] + coefficient_left);
                let part = self.part(source[index], &edge, costs, context);
                total += part.score;
                if total >= limit {
                    return None;
                }
                parts.modes[index] = part.mode;
                parts.levels[index] = part.levels;
                parts.blocks[index] = part.block;
                corner = above[column][3];
                above[column] = bottom(part.block);
                left = right(part.block);
                (modes_above[column], mode_left) = (part.mode, part.mode);
                let coefficients = u8::from(part.levels.length > 0);
                (coefficients_above[column], coefficient_left) = (coefficients, coefficients);
            }
        }
        Some(parts)
    }

    /// The best mode of one block.
    fn part(&self, source: Block, edge: &Edge4, costs: &[u16; MODES], context: usize) -> Part {
        let predictions = edge.predictions();
        let rough: [u32; MODES] = std::array::from_fn(|mode| {
            self.rough_score(hadamard_error(source, predictions[mode]), u32::from(costs[mode]))
        });
        if self.effort.rough {
            let ([mode, ..], _) = best(rough, 1);
            return self.rough_part(source, (mode, predictions[mode]), rough[mode]);
        }
        let (order, count) = best(rough, self.effort.parts);
        let two = |first: usize, second: usize| {
            self.two_parts(source, [(first, predictions[first]), (second, predictions[second])], costs, context)
        };
        let better = |a: Part, b: Part| if b.score < a.score { b } else { a };
        let [a, b] = two(order[0], order[1.min(count - 1)]);
        let mut part = better(a, b);
        for pair in order[..count].chunks(2).skip(1) {
            let [a, b] = two(pair[0], pair[pair.len() - 1]);
            part = better(part, better(a, b));
        }
        if let Some(judge) = self.at_last() {
            let mode = usize::from(part.mode);
            part = judge.one_part(source, (mode, predictions[mode]), costs, context);
        }
        part
    }

    /// A block as two modes leave it.
    #[inline(always)]
    fn two_parts(&self, source: Block, modes: [(usize, Block); 2], costs: &[u16; MODES], context: usize) -> [Part; 2] {
        let [p, q] = modes.map(|(_, prediction)| prediction);
        let (a, b) = forward(difference(source, p), difference(source, q));
        let steps = &self.segment.quantiser.luma;
        let coded = [a, b].map(|coefficients| self.quantise(steps, coefficients, Kind::Luma, context));
        let blocks: [Block; 2] = if coded[0].length == 0 && coded[1].length == 0 {
            [p, q]
        } else {
            inverse((coded[0].coefficients, p), (coded[1].coefficients, q)).into()
        };
        std::array::from_fn(|index| self.made(source, modes[index].0, &coded[index], blocks[index], costs, context))
    }

    /// A block as a mode leaves it that has this rough score.
    #[inline(always)]
    fn rough_part(&self, source: Block, (mode, prediction): (usize, Block), score: u32) -> Part {
        let left_over = difference(source, prediction);
        let (coefficients, _) = forward(left_over, left_over);
        let coded = self.segment.quantiser.luma.quantise(coefficients);
        let block = match coded.length {
            0 => prediction,
            _ => inverse((coded.coefficients, prediction), (coded.coefficients, prediction)).0,
        };
        let levels = Levels { levels: coded.levels, length: coded.length };
        Part { mode: mode as u8, levels, block, score: Score::from(score) }
    }

    /// A block as a mode leaves it.
    fn one_part(&self, source: Block, mode: (usize, Block), costs: &[u16; MODES], context: usize) -> Part {
        let (mode, prediction) = mode;
        let left_over = difference(source, prediction);
        let (coefficients, _) = forward(left_over, left_over);
        let coded = self.quantise(&self.segment.quantiser.luma, coefficients, Kind::Luma, context);
        let (block, _) = inverse((coded.coefficients, prediction), (coded.coefficients, prediction));
        self.made(source, mode, &coded, block, costs, context)
    }

    #[inline(always)]
    fn made(
        &self,
        source: Block,
        mode: usize,
        coded: &Coded,
        block: Block,
        costs: &[u16; MODES],
        context: usize,
    ) -> Part {
        let cost = self.costs.block(Kind::Luma, context, &coded.levels, coded.length) + u32::from(costs[mode]);
        let score = self.score(squared_error(source, block), cost);
        Part { mode: mode as u8, levels: Levels { levels: coded.levels, length: coded.length }, block, score }
    }
}
