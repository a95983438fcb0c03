//! The transforms of 4×4 blocks, two blocks at a time. RFC 6386 §14.3 and §14.4 define the inverses; the forward ones
//! are their transposes, in eight times the samples' scale.

use lucarne_simd::{I16x8, I32x4};

use super::block::{Block, Wide};

/// √2 × cos(π/8) and √2 × sin(π/8) in 1/4096.
const COS: i16 = 5352;
const SIN: i16 = 2217;

/// √2 × cos(π/8) − 1, and √2 × sin(π/8) − 1, in 1/65536. RFC 6386 §14.3: the second is 35468 there, without the 1.
const COS_LESS_ONE: i16 = 20091;
const SIN_LESS_ONE: i16 = (35468 - 65536) as i16;

/// Coefficients of two blocks of differences.
#[inline(always)]
pub(crate) fn forward(a: Wide, b: Wide) -> (Wide, Wide) {
    let rows = pair(a, b);
    let columns = transpose(forward_pass::<9, 3>(rows));
    // The sums have 8 times their size, so that they are to be divided by 16; the rest was only multiplied by 4096.
    let halved = forward_pass::<16, 0>(columns);
    let rounded = |sums: I16x8| (sums + I16x8::splat(8)).shr::<4>();
    unpair(transpose([rounded(halved[0]), halved[1], rounded(halved[2]), halved[3]]))
}

/// Adds what two blocks' coefficients say to their predictions.
#[inline(always)]
pub(crate) fn inverse(a: (Wide, Block), b: (Wide, Block)) -> (Block, Block) {
    let (a_added, b_added) = inverse_differences(a.0, b.0);
    (add(a_added, a.1), add(b_added, b.1))
}

/// What two blocks' coefficients say is to be added to their predictions.
#[inline(always)]
pub(crate) fn inverse_differences(a: Wide, b: Wide) -> (Wide, Wide) {
    let rows = inverse_pass(pair(a, b));
    let columns = inverse_pass(transpose(rows));
    unpair(transpose(columns.map(|column| (column + I16x8::splat(4)).shr::<3>())))
}

/// Adds what a DC coefficient says to a prediction.
#[inline(always)]
pub(crate) fn inverse_dc(dc: i16, prediction: Block) -> Block {
    let value = I16x8::splat((dc + 4) >> 3);
    add([value, value], prediction)
}

/// The second-order coefficients of sixteen DCs.
pub(crate) fn forward_walsh(dcs: &[i16; 16]) -> [i16; 16] {
    let sums = walsh(dcs.map(i32::from));
    sums.map(|sum| (sum >> 1) as i16)
}

/// Sixteen DCs of their second-order coefficients.
pub(crate) fn inverse_walsh(coefficients: &[i16; 16]) -> [i16; 16] {
    let sums = walsh(coefficients.map(i32::from));
    sums.map(|sum| ((sum + 3) >> 3) as i16)
}

fn walsh(values: [i32; 16]) -> [i32; 16] {
    let combine = |[a, b, c, d]: [i32; 4]| {
        let (outer, inner) = (a + d, b + c);
        let (outer_less, inner_less) = (a - d, b - c);
        [outer + inner, outer_less + inner_less, outer - inner, outer_less - inner_less]
    };
    let mut vertical = [0; 16];
    for x in 0..4 {
        let column = combine([values[x], values[4 + x], values[8 + x], values[12 + x]]);
        (0..4).for_each(|y| vertical[4 * y + x] = column[y]);
    }
    let mut both = [0; 16];
    for (row, values) in both.as_chunks_mut::<4>().0.iter_mut().zip(vertical.as_chunks::<4>().0) {
        *row = combine(*values);
    }
    both
}

/// Rows of two blocks side by side.
#[inline(always)]
fn pair([a, c]: Wide, [b, d]: Wide) -> [I16x8; 4] {
    [a.join_low(b), a.join_high(b), c.join_low(d), c.join_high(d)]
}

#[inline(always)]
fn unpair([a, b, c, d]: [I16x8; 4]) -> (Wide, Wide) {
    ([a.join_low(b), c.join_low(d)], [a.join_high(b), c.join_high(d)])
}

/// Rows become columns in each of two blocks side by side.
#[inline(always)]
fn transpose([a, b, c, d]: [I16x8; 4]) -> [I16x8; 4] {
    let (ac_left, ac_right) = (a.interleave_low(c), a.interleave_high(c));
    let (bd_left, bd_right) = (b.interleave_low(d), b.interleave_high(d));
    let (left0, left1) = (ac_left.interleave_low(bd_left), ac_left.interleave_high(bd_left));
    let (right0, right1) = (ac_right.interleave_low(bd_right), ac_right.interleave_high(bd_right));
    [left0.join_low(right0), left0.join_high(right0), left1.join_low(right1), left1.join_high(right1)]
}

/// One pass over vectors that go together: sums shifted up, products shifted down.
#[inline(always)]
fn forward_pass<const DOWN: u32, const UP: u32>([a, b, c, d]: [I16x8; 4]) -> [I16x8; 4] {
    let (outer, inner) = (a + d, b + c);
    let (outer_less, inner_less) = (a - d, b - c);
    let low = inner_less.interleave_low(outer_less);
    let high = inner_less.interleave_high(outer_less);
    let rotate = |inner: i16, outer: i16| {
        let factors = I16x8::from_array([inner, outer, inner, outer, inner, outer, inner, outer]);
        let half = I32x4::splat(1 << (DOWN - 1));
        (low.dot(factors) + half).shr::<DOWN>().narrow((high.dot(factors) + half).shr::<DOWN>())
    };
    [(outer + inner).shl::<UP>(), rotate(SIN, COS), (outer - inner).shl::<UP>(), rotate(-COS, SIN)]
}

#[inline(always)]
fn inverse_pass([a, b, c, d]: [I16x8; 4]) -> [I16x8; 4] {
    let by_cos = |value: I16x8| value + value.mul_upper(I16x8::splat(COS_LESS_ONE));
    let by_sin = |value: I16x8| value + value.mul_upper(I16x8::splat(SIN_LESS_ONE));
    let (sum, less) = (a + c, a - c);
    let (inner, outer) = (by_sin(b) - by_cos(d), by_cos(b) + by_sin(d));
    [sum + outer, less + inner, less - inner, sum - outer]
}

/// A prediction and what is to be added to it.
#[inline(always)]
pub(crate) fn add([upper, lower]: Wide, prediction: Block) -> Block {
    (upper + prediction.widen_low()).to_bytes(lower + prediction.widen_high())
}

#[cfg(test)]
mod tests {
    use lucarne_simd::U8x16;
    use proptest::prelude::*;

    use super::super::block::difference;
    use super::*;

    /// The inverse as RFC 6386 §14.3 prints it.
    fn plain_inverse(coefficients: &[i32; 16]) -> [i32; 16] {
        let pass = |[a, b, c, d]: [i32; 4]| {
            let (sum, less) = (a + c, a - c);
            let inner = ((b * 35468) >> 16) - (d + ((d * 20091) >> 16));
            let outer = b + ((b * 20091) >> 16) + ((d * 35468) >> 16);
            [sum + outer, less + inner, less - inner, sum - outer]
        };
        let mut rows = [0; 16];
        for x in 0..4 {
            let column = pass(std::array::from_fn(|y| coefficients[4 * y + x]));
            (0..4).for_each(|y| rows[4 * y + x] = column[y]);
        }
        let mut samples = [0; 16];
        for y in 0..4 {
            let row = pass(std::array::from_fn(|x| rows[4 * y + x]));
            (0..4).for_each(|x| samples[4 * y + x] = (row[x] + 4) >> 3);
        }
        samples
    }

    fn wide(values: [i16; 16]) -> Wide {
        let (upper, lower) = values.split_at(8);
        [I16x8::load(upper), I16x8::load(lower)]
    }

    proptest! {
        #[test]
        fn the_inverse_is_the_one_of_the_standard(
            a in prop::array::uniform16(-2400..2400i16),
            b in prop::array::uniform16(-2400..2400i16),
            predictions in any::<[[u8; 16]; 2]>(),
        ) {
            let [p, q] = predictions.map(U8x16::from_array);
            let (x, y) = inverse((wide(a), p), (wide(b), q));
            for (coefficients, prediction, result) in [(a, p, x), (b, q, y)] {
                let added = plain_inverse(&coefficients.map(i32::from));
                let expected: [u8; 16] =
                    std::array::from_fn(|i| (added[i] + i32::from(prediction.to_array()[i])).clamp(0, 255) as u8);
                prop_assert_eq!(result.to_array(), expected);
            }
        }

        #[test]
        fn the_inverse_of_the_forward_transform_is_the_block(source in any::<[[u8; 16]; 2]>(), other in any::<[u8; 16]>()) {
            let [a, b] = source.map(U8x16::from_array);
            let prediction = U8x16::from_array(other);
            let (x, y) = forward(difference(a, prediction), difference(b, prediction));
            let (x, y) = inverse((x, prediction), (y, prediction));
            for (block, again) in [(a, x), (b, y)] {
                for (sample, again) in block.to_array().into_iter().zip(again.to_array()) {
                    prop_assert!(sample.abs_diff(again) <= 1, "{} and {}", sample, again);
                }
            }
        }

        #[test]
        fn the_second_order_transform_is_undone(dcs in prop::array::uniform16(-2040..=2040i16)) {
            let again = inverse_walsh(&forward_walsh(&dcs));
            for (dc, again) in dcs.into_iter().zip(again) {
                prop_assert!((dc - again).abs() <= 1);
            }
        }

        #[test]
        fn dc_alone_needs_no_transform(dc in -2040..=2040i16, prediction in any::<[u8; 16]>()) {
            let prediction = U8x16::from_array(prediction);
            let coefficients = wide(std::array::from_fn(|i| if i == 0 { dc } else { 0 }));
            let (whole, _) = inverse((coefficients, prediction), (coefficients, prediction));
            prop_assert_eq!(inverse_dc(dc, prediction).to_array(), whole.to_array());
        }
    }
}
