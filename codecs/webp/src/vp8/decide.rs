//! How a macroblock is to be predicted, by what the ways of doing so would cost in bytes and in error.
//!
//! A way is first judged by the transform of what it leaves over, which is quick. The best are then coded in full: their
//! score is the squared error plus what the bits are worth at the segment's quantiser. RFC 6386 leaves all of this to
//! the encoder.

mod chroma;
mod parts;
mod whole;

use self::parts::Parts;
use self::whole::Whole;
use super::block::{Blocks, U, V, Wide};
use super::cost::Costs;
use super::macroblock::{Levels, Macroblock};
use super::method::{Effort, Trellis};
use super::modes::Luma;
use super::neighbours::{OF_SECOND, OF_U, OF_V, Surroundings};
use super::predict::Mode;
use super::quantise::{Coded, Steps};
use super::room::Freedom;
use super::segments::Segment;
use super::tokens::Kind;
use super::trellis;

/// Squared error in 1/256, and bits at what they are worth.
pub(crate) type Score = u64;

/// What decisions are made by.
#[derive(Clone, Copy)]
pub(crate) struct Judge<'a> {
    segment: &'a Segment,
    costs: &'a Costs,
    effort: &'a Effort,
    /// Which modes there is room for.
    freedom: Freedom,
    /// Whether levels are chosen by their cost now.
    trellis: bool,
}

/// Luma as it is to be coded.
enum Predicted {
    Parts(Parts),
    Whole(Whole),
}

impl<'a> Judge<'a> {
    pub(crate) fn new(segment: &'a Segment, costs: &'a Costs, effort: &'a Effort, freedom: Freedom) -> Judge<'a> {
        Judge { segment, costs, effort, freedom, trellis: effort.trellis == Trellis::All }
    }

    /// As this, if the levels of what was chosen are to be chosen too.
    fn at_last(&self) -> Option<Judge<'a>> {
        (self.effort.trellis == Trellis::Chosen).then_some(Judge { trellis: true, ..*self })
    }

    /// Codes a macroblock in the way that scores best.
    pub(crate) fn decide(&self, source: &Blocks, around: &Surroundings) -> Macroblock {
        let luma = if self.effort.rough { self.luma_roughly(source, around) } else { self.luma(source, around) };
        let chroma = self.chroma(source, around);
        let mut blocks = [source[0]; 24];
        let mut levels = [Levels::NONE; 24];
        let (luma, second) = match luma {
            Predicted::Parts(parts) => {
                blocks[..U].copy_from_slice(&parts.blocks);
                levels[..U].copy_from_slice(&parts.levels);
                (Luma::Blocks(parts.modes), Levels::NONE)
            }
            Predicted::Whole(whole) => {
                blocks[..U].copy_from_slice(&whole.blocks);
                levels[..U].copy_from_slice(&whole.levels);
                (Luma::Whole(whole.mode), whole.second)
            }
        };
        blocks[U..].copy_from_slice(&chroma.blocks);
        levels[U..].copy_from_slice(&chroma.levels);
        Macroblock::new(luma, chroma.mode, second, levels, blocks, around)
    }

    /// Luma in the way that scores best.
    fn luma(&self, source: &Blocks, around: &Surroundings) -> Predicted {
        let whole = self.whole(source, around);
        let parts = match self.freedom {
            // Where a whole prediction leaves nothing over, parts hardly leave less.
            Freedom::Parts if self.effort.trust_whole && whole.is_flat() => None,
            Freedom::Parts => self.parts(source, around, whole.score),
            Freedom::Whole | Freedom::Cheapest => None,
        };
        parts.map_or(Predicted::Whole(whole), Predicted::Parts)
    }

    /// Luma in the way whose rough score is best.
    fn luma_roughly(&self, source: &Blocks, around: &Surroundings) -> Predicted {
        let (mode, score) = self.rough_whole(source, around);
        let parts = match self.freedom {
            Freedom::Parts => self.parts(source, around, Score::from(score)),
            Freedom::Whole | Freedom::Cheapest => None,
        };
        match parts {
            Some(parts) => Predicted::Parts(parts),
            None => Predicted::Whole(self.code_whole(mode, &around.luma.predict(mode), source, around)),
        }
    }

    /// The modes of whole luma and of chroma to code in full, best first.
    fn promising(&self, rough_score: impl Fn(Mode) -> u32, wanted: usize) -> impl Iterator<Item = Mode> {
        let (order, count) = match self.freedom {
            Freedom::Cheapest => ([Mode::Dc as usize; 4], 1),
            Freedom::Parts | Freedom::Whole => best(Mode::ALL.map(rough_score), wanted),
        };
        order.into_iter().take(count).map(|index| Mode::ALL[index])
    }

    /// Levels of a block's coefficients.
    #[inline(always)]
    fn quantise(&self, steps: &Steps, coefficients: Wide, kind: Kind, context: usize) -> Coded {
        if !self.trellis {
            return steps.quantise(coefficients);
        }
        let segment = self.segment;
        let worth = if kind == Kind::Chroma { segment.chroma_level_bit_worth } else { segment.level_bit_worth };
        trellis::quantise(steps, coefficients, kind, context, self.costs, worth)
    }

    /// The cost of a block's tokens; 0 where no scores are compared but rough ones.
    #[inline(always)]
    fn cost(&self, kind: Kind, context: usize, levels: &[i16; 16], length: u8) -> u32 {
        if self.effort.rough { 0 } else { self.costs.block(kind, context, levels, length) }
    }

    /// Squared error and the cost of bits, in 1/256 each.
    #[inline(always)]
    fn score(&self, error: u32, cost: u32) -> Score {
        u64::from(error) * 256 + u64::from(cost) * u64::from(self.segment.bit_worth)
    }

    /// What remains to be coded and the cost of saying how it was predicted, before anything is coded.
    #[inline(always)]
    fn rough_score(&self, hadamard: u32, cost: u32) -> u32 {
        hadamard * 256 + cost * self.segment.rough_bit_worth
    }
}

/// A macroblock of which nothing is seen: what is predicted of it is as good as anything.
pub(crate) fn unseen(around: &Surroundings) -> Macroblock {
    let [luma] = around.luma.predict(Mode::Dc);
    let [[u], [v]] = [0, 1].map(|plane| around.chroma[plane].predict(Mode::Dc));
    let mut blocks = [luma; 24];
    blocks[U..].fill(u);
    blocks[V..].fill(v);
    Macroblock::new(Luma::Whole(Mode::Dc), Mode::Dc, Levels::NONE, [Levels::NONE; 24], blocks, around)
}

impl Macroblock {
    fn new(
        luma: Luma,
        chroma: Mode,
        second: Levels,
        levels: [Levels; 24],
        blocks: Blocks,
        around: &Surroundings,
    ) -> Macroblock {
        let mut made = Macroblock {
            luma,
            chroma,
            second,
            levels,
            blocks,
            coefficients_below: around.coefficients_above,
            coefficients_right: around.coefficients_left,
        };
        made.note_coefficients();
        made
    }

    /// Notes for the neighbours below and on the right which blocks have coefficients; on entry there is what this
    /// macroblock's own neighbours have, as the second order's stays where there is none (RFC 6386 §13.3).
    fn note_coefficients(&mut self) {
        let has = |block: usize| u8::from(self.levels[block].length > 0);
        for place in 0..4 {
            self.coefficients_below[place] = has(12 + place);
            self.coefficients_right[place] = has(4 * place + 3);
        }
        for (place, first) in [(OF_U, U), (OF_V, V)] {
            for index in 0..2 {
                self.coefficients_below[place + index] = has(first + 2 + index);
                self.coefficients_right[place + index] = has(first + 2 * index + 1);
            }
        }
        if matches!(self.luma, Luma::Whole(_)) {
            let second = u8::from(self.second.length > 0);
            self.coefficients_below[OF_SECOND] = second;
            self.coefficients_right[OF_SECOND] = second;
        }
    }
}

/// The indices of the least of some scores, best first; at most as many as asked for.
fn best<const N: usize>(mut scores: [u32; N], wanted: usize) -> ([usize; N], usize) {
    let mut order = [0; N];
    let wanted = wanted.clamp(1, N);
    for place in order.iter_mut().take(wanted) {
        let (index, _) = scores.iter().enumerate().min_by_key(|&(_, score)| *score).expect("there is a score");
        scores[index] = u32::MAX;
        *place = index;
    }
    (order, wanted)
}
