//! Levels chosen by what they cost: of each coefficient's nearest level and the next smaller one, those whose tokens and
//! errors together score best, and the place from which on all are dropped.
//!
//! What a level costs depends on its neighbour's magnitude alone, so that the best way to each of two levels is enough to
//! know at each place.

use lucarne_simd::I16x8;

use super::block::Wide;
use super::cost::{Costs, level_cost};
use super::quantise::{Coded, Steps, in_order};
use super::tables::{BANDS, ZIGZAG};
use super::tokens::Kind;

/// Squared error of coefficients is four times that of samples, and scores are in 1/256 of the latter.
const ERROR: i64 = 64;

/// More than any score, and twice it still a number.
const NEVER: i64 = i64::MAX / 4;

/// No place.
const NOWHERE: usize = usize::MAX;

/// Levels of a block's coefficients.
pub(crate) fn quantise(
    steps: &Steps,
    coefficients: Wide,
    kind: Kind,
    context: usize,
    costs: &Costs,
    bit_worth: u32,
) -> Coded {
    let mut coded = steps.nearest(coefficients);
    let first = kind.first();
    let length = usize::from(coded.length).min(16);
    if length <= first {
        return coded;
    }
    let magnitudes = in_order(coefficients);
    let bit_worth = i64::from(bit_worth);
    let (levels, ends) = costs.of(kind);
    let band = |at: usize| usize::from(BANDS[at & 15] & 7);
    let context = context.min(2);

    // The best way to end before the first place; the best ways to the nearest level and to that below, by their scores
    // and contexts; and for each place which of the two ways before it led there.
    let mut best = i64::from(ends[band(first)][context][0]) * bit_worth;
    let mut best_end = NOWHERE;
    let started = if context == 0 { i64::from(ends[band(first)][0][1]) * bit_worth } else { 0 };
    let mut scores = [started, NEVER];
    let mut contexts = [context, context];
    let mut from = [[false; 2]; 16];
    for at in first..length {
        let nearest = usize::from(coded.levels[at & 15].unsigned_abs());
        let magnitude = i64::from(magnitudes[at & 15].unsigned_abs());
        let step = i64::from(if at == 0 { steps.dc } else { steps.ac });
        let tables = &levels[band(at)];
        let (table, other_table) = (&tables[contexts[0].min(2)], &tables[contexts[1].min(2)]);
        let end_costs = &ends[band(at + 1)];
        let way = |level: usize| {
            let way = scores[0] + level_cost(table, level) * bit_worth;
            let other = scores[1] + level_cost(other_table, level) * bit_worth;
            // The error, less that of dropping the coefficient.
            let made = level as i64 * step;
            let score = way.min(other) + ERROR * made * (made - 2 * magnitude);
            let end = if at < 15 { i64::from(end_costs[level.min(2)][0]) * bit_worth } else { 0 };
            (score, other < way, if level > 0 { score + end } else { NEVER })
        };
        let lower = nearest.saturating_sub(1);
        let (upper_way, lower_way) = (way(nearest), way(lower));
        from[at & 15] = [upper_way.1, lower_way.1];
        if upper_way.2 < best {
            (best, best_end) = (upper_way.2, 2 * at);
        }
        if lower_way.2 < best {
            (best, best_end) = (lower_way.2, 2 * at + 1);
        }
        scores = [upper_way.0, lower_way.0];
        contexts = [nearest.min(2), lower.min(2)];
    }

    let last = if best_end == NOWHERE { 0 } else { best_end / 2 + 1 };
    let mut lower = best_end % 2;
    let mut natural = [0i16; 16];
    coded.levels[last.max(first)..].fill(0);
    for at in (first..last.min(16)).rev() {
        let level = coded.levels[at];
        let level = level - level.signum() * lower as i16;
        coded.levels[at] = level;
        natural[usize::from(ZIGZAG[at] & 15)] = level.wrapping_mul(if at == 0 { steps.dc } else { steps.ac });
        lower = usize::from(from[at][lower & 1]);
    }
    coded.length = last as u8;
    coded.coefficients = [I16x8::load(&natural[..8]), I16x8::load(&natural[8..])];
    coded
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::quantise::Quantiser;
    use super::super::tables::TOKENS;
    use super::*;

    /// What a block's levels score: the trellis minimises this.
    fn score(steps: &Steps, values: &[i16; 16], levels: &[i16; 16], length: u8, context: usize, costs: &Costs) -> i64 {
        let error: i64 = (0..16)
            .map(|at| {
                let step = i64::from(if at == 0 { steps.dc } else { steps.ac });
                (i64::from(values[usize::from(ZIGZAG[at])]) - i64::from(levels[at]) * step).pow(2)
            })
            .sum();
        ERROR * error + i64::from(costs.block(Kind::Luma, context, levels, length)) * 500
    }

    proptest! {
        #[test]
        fn chosen_levels_score_no_worse_than_rounded_ones(
            values in prop::array::uniform16(-300..300i16), index in 0..128, context in 0..3usize,
        ) {
            let costs = Costs::new(&TOKENS);
            let steps = Quantiser::new(index).luma;
            let coefficients = [I16x8::load(&values[..8]), I16x8::load(&values[8..])];
            let chosen = quantise(&steps, coefficients, Kind::Luma, context, &costs, 500);
            let score = |coded: &Coded| score(&steps, &values, &coded.levels, coded.length, context, &costs);
            prop_assert!(score(&chosen) <= score(&steps.nearest(coefficients)));
            prop_assert!(score(&chosen) <= score(&steps.quantise(coefficients)));
            let length = chosen.levels.iter().rposition(|&level| level != 0).map_or(0, |last| last + 1);
            prop_assert_eq!(usize::from(chosen.length), length);
            let natural = [chosen.coefficients[0].to_array(), chosen.coefficients[1].to_array()].concat();
            for (at, place) in ZIGZAG.into_iter().enumerate() {
                let step = if at == 0 { steps.dc } else { steps.ac };
                prop_assert_eq!(natural[usize::from(place)], chosen.levels[at] * step);
            }
        }
    }
}
