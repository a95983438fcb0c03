//! Chroma, both planes by one mode.

use lucarne_simd::U8x16;

use super::super::block::{Block, Blocks, U, Wide, difference, hadamard_error, squared_error};
use super::super::macroblock::Levels;
use super::super::modes::chroma_cost;
use super::super::neighbours::{OF_U, Surroundings};
use super::super::predict::Mode;
use super::super::tokens::Kind;
use super::super::transform::{forward, inverse};
use super::{Judge, Score};

/// Chroma as a mode leaves it.
pub(super) struct Chroma {
    pub(super) mode: Mode,
    pub(super) levels: [Levels; 8],
    pub(super) blocks: [Block; 8],
    score: Score,
}

impl Judge<'_> {
    /// The best of all modes.
    pub(super) fn chroma(&self, source: &Blocks, around: &Surroundings) -> Chroma {
        let predictions = |mode: Mode| -> [Block; 8] {
            let [u, v]: [[Block; 4]; 2] = [around.chroma[0].predict(mode), around.chroma[1].predict(mode)];
            [u[0], u[1], u[2], u[3], v[0], v[1], v[2], v[3]]
        };
        let source: &[Block; 8] = source[U..].first_chunk().expect("chroma has eight blocks");
        let rough_score = |mode: Mode| {
            let left_over = source.iter().zip(predictions(mode)).map(|(&source, block)| hadamard_error(source, block));
            self.rough_score(left_over.sum(), chroma_cost(mode))
        };
        let coded = self
            .promising(rough_score, self.effort.chroma)
            .map(|mode| self.code_chroma(mode, &predictions(mode), source, around));
        let chosen = coded.min_by_key(|chroma| chroma.score).expect("one mode at least");
        match self.at_last() {
            Some(judge) => judge.code_chroma(chosen.mode, &predictions(chosen.mode), source, around),
            None => chosen,
        }
    }

    fn code_chroma(&self, mode: Mode, predictions: &[Block; 8], source: &[Block; 8], around: &Surroundings) -> Chroma {
        let steps = &self.segment.quantiser.chroma;
        let mut cost = chroma_cost(mode);
        let mut error = 0;
        let mut above = around.coefficients_above;
        let mut left = around.coefficients_left;
        let mut levels = [Levels::NONE; 8];
        let mut blocks = [U8x16::splat(0); 8];
        for pair in 0..4 {
            let indices = [2 * pair, 2 * pair + 1];
            let left_over = indices.map(|index| difference(source[index], predictions[index]));
            let (a, b) = forward(left_over[0], left_over[1]);
            let mut code = |index: usize, coefficients: Wide| {
                let plane = OF_U + 2 * (index / 4);
                let (above, left) = (&mut above[plane + index % 2], &mut left[plane + index / 2 % 2]);
                let context = usize::from(*above + *left);
                let coded = self.quantise(steps, coefficients, Kind::Chroma, context);
                cost += self.cost(Kind::Chroma, context, &coded.levels, coded.length);
                (*above, *left) = (u8::from(coded.length > 0), u8::from(coded.length > 0));
                levels[index] = Levels { levels: coded.levels, length: coded.length };
                coded
            };
            let coded = [code(indices[0], a), code(indices[1], b)];
            let [p, q] = indices.map(|index| predictions[index]);
            let coded_blocks = if coded[0].length == 0 && coded[1].length == 0 {
                (p, q)
            } else {
                inverse((coded[0].coefficients, p), (coded[1].coefficients, q))
            };
            (blocks[indices[0]], blocks[indices[1]]) = coded_blocks;
            error += indices.iter().map(|&index| squared_error(source[index], blocks[index])).sum::<u32>();
        }
        Chroma { mode, levels, blocks, score: self.score(error, cost) }
    }
}
