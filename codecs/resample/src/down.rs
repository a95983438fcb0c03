//! The first pass: rows of the source become one row of the result's height.

use lucarne_simd::{I16x8, I32x4};

use crate::{LANES, WEIGHT_BITS};

/// Rows that are weighed at once, a vector of weights; what they add up to is kept in registers.
const ROWS: usize = LANES;

/// The vectors of a row.
type Row<'a> = &'a [[i16; LANES]];

/// The weighed sum of `rows`, as many as there are weights, in `result`. All are equally long; `sums` has two vectors
/// for each of theirs.
///
/// Weights come in groups of eight, zeros at their end, and `row` is asked for none that has no weight.
pub(crate) fn down<'a>(
    count: usize,
    weights: &[[i16; LANES]],
    row: impl Fn(usize) -> Row<'a>,
    sums: &mut [[i32; LANES]],
    result: &mut [[i16; LANES]],
) {
    let last = count - 1;
    let groups = count.div_ceil(ROWS);
    for (group, weights) in weights.iter().take(groups).enumerate() {
        let rows: [Row<'a>; ROWS] = std::array::from_fn(|index| row((group * ROWS + index).min(last)));
        let half = count - group * ROWS <= ROWS / 2;
        match (group == 0, group + 1 == groups, half) {
            (true, true, true) => weigh::<2, true, true>(rows, weights, sums, result),
            (true, true, false) => weigh::<4, true, true>(rows, weights, sums, result),
            (true, false, _) => weigh::<4, true, false>(rows, weights, sums, result),
            (false, true, true) => weigh::<2, false, true>(rows, weights, sums, result),
            (false, true, false) => weigh::<4, false, true>(rows, weights, sums, result),
            (false, false, _) => weigh::<4, false, false>(rows, weights, sums, result),
        }
    }
}

/// Adds the first `PAIRS` pairs of rows to the sums: the `FIRST` rows begin them, and the `LAST` make the result.
fn weigh<const PAIRS: usize, const FIRST: bool, const LAST: bool>(
    rows: [Row<'_>; ROWS],
    weights: &[i16; ROWS],
    sums: &mut [[i32; LANES]],
    result: &mut [[i16; LANES]],
) {
    let weights = I16x8::from_array(*weights);
    let weights = [weights.pair::<0>(), weights.pair::<1>(), weights.pair::<2>(), weights.pair::<3>()];
    let vectors = result.len();
    let rows = rows.map(|row| &row[..vectors]);
    let sums = if FIRST && LAST { &mut sums[..0] } else { &mut sums[..vectors] };
    for vector in 0..vectors {
        let (mut low, mut high) = if FIRST {
            (I32x4::splat(1 << (WEIGHT_BITS - 1)), I32x4::splat(1 << (WEIGHT_BITS - 1)))
        } else {
            let sums = &sums[vector];
            (I32x4::load(&sums[..4]), I32x4::load(&sums[4..]))
        };
        for pair in 0..PAIRS {
            let upper = I16x8::from_array(rows[2 * pair][vector]);
            let lower = I16x8::from_array(rows[2 * pair + 1][vector]);
            low = low + upper.interleave_low(lower).dot(weights[pair]);
            high = high + upper.interleave_high(lower).dot(weights[pair]);
        }
        if LAST {
            low.shr::<WEIGHT_BITS>().narrow(high.shr::<WEIGHT_BITS>()).store(&mut result[vector]);
        } else {
            let sums = &mut sums[vector];
            low.store(&mut sums[..4]);
            high.store(&mut sums[4..]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn sums_are_those_of_plain_arithmetic(
            rows in prop::collection::vec(prop::array::uniform16(-4000i16..20_000), 1..40),
            weights in prop::collection::vec(-2000i16..2000, 40),
        ) {
            let count = rows.len();
            let mut padded = weights[..count].to_vec();
            padded.resize(count.next_multiple_of(LANES), 0);
            let mut result = [[0; LANES]; 2];
            down(count, padded.as_chunks().0, |index| rows[index].as_chunks().0, &mut [[0; LANES]; 2], &mut result);
            for (column, value) in result.as_flattened().iter().enumerate() {
                let sum: i32 = (0..count).map(|row| i32::from(rows[row][column]) * i32::from(weights[row])).sum();
                let rounded = (sum + (1 << (WEIGHT_BITS - 1))) >> WEIGHT_BITS;
                prop_assert_eq!(i32::from(*value), rounded.clamp(i16::MIN.into(), i16::MAX.into()));
            }
        }
    }
}
