//! The forward cosine transform of a block (T.81 A.3.3), in integers.
//!
//! The factors are those of Loeffler, Ligtenberg and Moschytz with 13 bits after the point, in two passes of four rotations;
//! the intermediate values keep two bits more than the samples. That is as exact as libjpeg's slow integer transform.

use lucarne_simd::{I16x8, I32x4, transpose};

/// Bits after the point of a factor.
const FACTOR_BITS: u32 = 13;
/// Bits by which the first pass's results are larger than they would be.
const PASS_BITS: u32 = 2;

/// A block's coefficients, eight times as large as T.81 defines them, for samples less 128. **The result is turned over**: the
/// row is the horizontal frequency, the lane the vertical one.
#[inline(always)]
pub(super) fn forward(samples: [I16x8; 8]) -> [I16x8; 8] {
    let columns = pass::<{ FACTOR_BITS - PASS_BITS }>(samples, |value| value.shl::<PASS_BITS>());
    let half = I16x8::splat(1 << (PASS_BITS - 1));
    pass::<{ FACTOR_BITS + PASS_BITS }>(transpose(columns), |value| (value + half).shr::<PASS_BITS>())
}

/// One dimension, between rows. `SHIFT` takes the products, and `scale` the plain sums to what the pass results in.
#[inline(always)]
fn pass<const SHIFT: u32>(rows: [I16x8; 8], scale: impl Fn(I16x8) -> I16x8) -> [I16x8; 8] {
    let [a, b, c, d, e, f, g, h] = rows;
    let (sum0, sum1, sum2, sum3) = (a + h, b + g, c + f, d + e);
    let (difference0, difference1, difference2, difference3) = (a - h, b - g, c - f, d - e);

    let (even0, even1, even2, even3) = (sum0 + sum3, sum1 + sum2, sum1 - sum2, sum0 - sum3);
    let evens = Pairs::new(even3, even2);

    // Factors are √2·cos(k·π/16).
    let outer = Pairs::new(difference0, difference3);
    let inner = Pairs::new(difference1, difference2);
    [
        scale(even0 + even1),
        narrow::<SHIFT>(outer.weighed(11363, 2260), inner.weighed(9633, 6436)),
        narrow::<SHIFT>(evens.weighed(10703, 4433), [I32x4::splat(0); 2]),
        narrow::<SHIFT>(outer.weighed(9633, -6436), inner.weighed(-2260, -11363)),
        scale(even0 - even1),
        narrow::<SHIFT>(outer.weighed(6436, 9633), inner.weighed(-11363, 2260)),
        narrow::<SHIFT>(evens.weighed(4433, -10703), [I32x4::splat(0); 2]),
        narrow::<SHIFT>(outer.weighed(2260, -11363), inner.weighed(-6436, 9633)),
    ]
}

/// The lanes of two vectors side by side, ready to be multiplied and added.
struct Pairs([I16x8; 2]);

impl Pairs {
    #[inline(always)]
    fn new(first: I16x8, second: I16x8) -> Pairs {
        Pairs([first.interleave_low(second), first.interleave_high(second)])
    }

    /// First × `first` + second × `second`.
    #[inline(always)]
    fn weighed(&self, first: i16, second: i16) -> [I32x4; 2] {
        let factors = I16x8::from_array([first, second, first, second, first, second, first, second]);
        self.0.map(|pairs| pairs.dot(factors))
    }
}

/// Sums rounded to whole numbers.
#[inline(always)]
fn narrow<const SHIFT: u32>(a: [I32x4; 2], b: [I32x4; 2]) -> I16x8 {
    let half = I32x4::splat(1 << (SHIFT - 1));
    (a[0] + b[0] + half).shr::<SHIFT>().narrow((a[1] + b[1] + half).shr::<SHIFT>())
}

#[cfg(test)]
mod tests {
    use std::f64::consts::{PI, SQRT_2};

    use proptest::prelude::*;

    use super::*;

    /// T.81 A.3.3, times eight.
    fn defined(samples: &[i16; 64], u: usize, v: usize) -> f64 {
        let wave = |place: usize, frequency: usize| ((2 * place + 1) as f64 * frequency as f64 * PI / 16.0).cos();
        let part = |frequency: usize| if frequency == 0 { 1.0 / SQRT_2 } else { 1.0 };
        let sum: f64 = (samples.iter().enumerate())
            .map(|(index, sample)| f64::from(*sample) * wave(index % 8, u) * wave(index / 8, v))
            .sum();
        8.0 * 0.25 * part(u) * part(v) * sum
    }

    fn check(samples: [i16; 64]) {
        let rows = std::array::from_fn(|y| I16x8::load(&samples[y * 8..]));
        for (u, row) in forward(rows).into_iter().enumerate() {
            for (v, coefficient) in row.to_array().into_iter().enumerate() {
                let distance = (f64::from(coefficient) - defined(&samples, u, v)).abs();
                assert!(distance < 1.5, "u {u}, v {v}: {distance} away, in eighths");
            }
        }
    }

    proptest! {
        #[test]
        fn transform_is_exact_to_a_fifth(samples in proptest::array::uniform32(-128i16..128)) {
            check(std::array::from_fn(|index| samples[index * 7 % 32]));
        }
    }

    #[test]
    fn greatest_coefficients_do_not_overflow() {
        for (u, v) in (0..64).map(|index| (index % 8, index / 8)) {
            let wave = |place: usize, frequency: usize| ((2 * place + 1) as f64 * frequency as f64 * PI / 16.0).cos();
            let loudest = |sign: f64| {
                std::array::from_fn(
                    |index| {
                        if sign * wave(index % 8, u) * wave(index / 8, v) > 0.0 { 127 } else { -128 }
                    },
                )
            };
            check(loudest(1.0));
            check(loudest(-1.0));
        }
    }
}
