//! Luma predicted as a whole: sixteen blocks whose DCs are transformed once more. RFC 6386 §14.3.

use lucarne_simd::{I16x8, U8x16};

use super::super::block::{Block, Blocks, Wide, difference, hadamard_error, squared_error};
use super::super::macroblock::Levels;
use super::super::modes::whole_cost;
use super::super::neighbours::{OF_SECOND, Surroundings};
use super::super::predict::Mode;
use super::super::tokens::Kind;
use super::super::transform::{forward, forward_walsh, inverse, inverse_dc, inverse_walsh};
use super::{Freedom, Judge, Score};

/// Luma as a mode leaves it.
pub(super) struct Whole {
    pub(super) mode: Mode,
    pub(super) second: Levels,
    pub(super) levels: [Levels; 16],
    pub(super) blocks: [Block; 16],
    pub(super) score: Score,
}

impl Whole {
    /// Whether no block has coefficients but those of the second order.
    pub(super) fn is_flat(&self) -> bool {
        self.levels.iter().all(|block| block.length == 0)
    }
}

/// All but the first lane.
const AC: [i16; 8] = [0, -1, -1, -1, -1, -1, -1, -1];

impl Judge<'_> {
    /// The best of all modes.
    pub(super) fn whole(&self, source: &Blocks, around: &Surroundings) -> Whole {
        let predictions = |mode: Mode| -> [Block; 16] { around.luma.predict(mode) };
        let coded = self
            .promising(|mode| self.rough_score_of_whole(mode, source, around), self.effort.whole)
            .map(|mode| self.code_whole(mode, &predictions(mode), source, around));
        let chosen = coded.min_by_key(|whole| whole.score).expect("one mode at least");
        match self.at_last() {
            Some(judge) => judge.code_whole(chosen.mode, &predictions(chosen.mode), source, around),
            None => chosen,
        }
    }

    /// The mode whose rough score is best, and that score.
    pub(super) fn rough_whole(&self, source: &Blocks, around: &Surroundings) -> (Mode, u32) {
        let score = |mode: Mode| self.rough_score_of_whole(mode, source, around);
        let modes = if self.freedom == Freedom::Cheapest { &[Mode::Dc][..] } else { &Mode::ALL[..] };
        let scored = modes.iter().map(|&mode| (mode, score(mode)));
        scored.min_by_key(|&(_, score)| score).expect("one mode at least")
    }

    fn rough_score_of_whole(&self, mode: Mode, source: &Blocks, around: &Surroundings) -> u32 {
        let predictions: [Block; 16] = around.luma.predict(mode);
        let left_over = source.iter().zip(predictions).map(|(&source, block)| hadamard_error(source, block));
        self.rough_score(left_over.sum(), whole_cost(mode))
    }

    pub(super) fn code_whole(
        &self,
        mode: Mode,
        predictions: &[Block; 16],
        source: &Blocks,
        around: &Surroundings,
    ) -> Whole {
        let quantiser = &self.segment.quantiser;
        let mut coefficients: [Wide; 16] = [[I16x8::splat(0); 2]; 16];
        let mut dcs = [0; 16];
        for pair in 0..8 {
            let (a, b) = (2 * pair, 2 * pair + 1);
            let left_over = |index: usize| difference(source[index], predictions[index]);
            (coefficients[a], coefficients[b]) = forward(left_over(a), left_over(b));
            (dcs[a], dcs[b]) = (coefficients[a][0].to_array()[0], coefficients[b][0].to_array()[0]);
        }
        let walsh = forward_walsh(&dcs);
        let second = quantiser.second.quantise([I16x8::load(&walsh[..8]), I16x8::load(&walsh[8..])]);
        let mut walsh = [0; 16];
        second.coefficients[0].store(&mut walsh[..8]);
        second.coefficients[1].store(&mut walsh[8..]);
        let dcs = inverse_walsh(&walsh);

        let context = around.coefficients_above[OF_SECOND] + around.coefficients_left[OF_SECOND];
        let mut cost = whole_cost(mode);
        cost += self.cost(Kind::Second, usize::from(context), &second.levels, second.length);
        let mut above = around.coefficients_above;
        let mut left = around.coefficients_left;
        let mut levels = [Levels::NONE; 16];
        for index in 0..16 {
            let [low, high] = coefficients[index];
            let (above, left) = (&mut above[index % 4], &mut left[index / 4]);
            let context = usize::from(*above + *left);
            let ac = [low & I16x8::from_array(AC), high];
            let coded = self.quantise(&quantiser.luma, ac, Kind::LumaWithoutDc, context);
            cost += self.cost(Kind::LumaWithoutDc, context, &coded.levels, coded.length);
            (*above, *left) = (u8::from(coded.length > 0), u8::from(coded.length > 0));
            levels[index] = Levels { levels: coded.levels, length: coded.length };
            let [low, high] = coded.coefficients;
            coefficients[index] = [low + I16x8::from_array([dcs[index], 0, 0, 0, 0, 0, 0, 0]), high];
        }
        let mut blocks = [U8x16::splat(0); 16];
        let mut error = 0;
        for pair in 0..8 {
            let (a, b) = (2 * pair, 2 * pair + 1);
            (blocks[a], blocks[b]) = if levels[a].length == 0 && levels[b].length == 0 {
                (inverse_dc(dcs[a], predictions[a]), inverse_dc(dcs[b], predictions[b]))
            } else {
                inverse((coefficients[a], predictions[a]), (coefficients[b], predictions[b]))
            };
            error += squared_error(source[a], blocks[a]) + squared_error(source[b], blocks[b]);
        }
        let second = Levels { levels: second.levels, length: second.length };
        Whole { mode, second, levels, blocks, score: self.score(error, cost) }
    }
}
