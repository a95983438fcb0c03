//! Blocks of 4×4 samples, which are a register each, and a macroblock's 24 of them.

use lucarne_simd::{I16x8, U8x16};

/// 4×4 samples, rows from the top.
pub(crate) type Block = U8x16;

/// A macroblock's samples: 16 blocks of luma, 4 of U, 4 of V, each group by rows.
pub(crate) type Blocks = [Block; 24];

/// Where U's blocks begin.
pub(crate) const U: usize = 16;

/// Where V's blocks begin.
pub(crate) const V: usize = 20;

/// A block's upper two rows and its lower two, in 16 bits.
pub(crate) type Wide = [I16x8; 2];

/// The lowest row.
#[inline(always)]
pub(crate) fn bottom(block: Block) -> [u8; 4] {
    let [.., a, b, c, d] = block.to_array();
    [a, b, c, d]
}

/// The rightmost column.
#[inline(always)]
pub(crate) fn right(block: Block) -> [u8; 4] {
    let samples = block.to_array();
    [samples[3], samples[7], samples[11], samples[15]]
}

/// What one block has over another.
#[inline(always)]
pub(crate) fn difference(a: Block, b: Block) -> Wide {
    [a.widen_low() - b.widen_low(), a.widen_high() - b.widen_high()]
}

/// The sum of squared differences.
#[inline(always)]
pub(crate) fn squared_error(a: Block, b: Block) -> u32 {
    let [upper, lower] = difference(a, b);
    (upper.dot(upper) + lower.dot(lower)).sum() as u32
}

/// Half the sum of the magnitudes of the differences' Hadamard transform: about what they cost to code.
#[inline(always)]
pub(crate) fn hadamard_error(a: Block, b: Block) -> u32 {
    let [upper, lower] = difference(a, b);
    let (sums, differences) = (upper + lower, upper - lower);
    let (even, odd) = (sums.join_low(differences), sums.join_high(differences));
    let (first, second) = (even + odd, even - odd);
    let (low, high) = (first.interleave_low(second), first.interleave_high(second));
    let (left, right) = (low.join_low(high), low.join_high(high));
    let (sums, differences) = ((left + right).abs(), (left - right).abs());
    // |a + b| + |a − b| is twice the greater of |a| and |b|; the pairs are two lanes apart.
    let (low, high) = (sums.interleave_pairs_low(differences), sums.interleave_pairs_high(differences));
    let greater = low.join_low(high).max(low.join_high(high));
    greater.dot(I16x8::splat(1)).sum() as u32
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn plain_hadamard(differences: [i32; 16]) -> u32 {
        let sign = |k: usize, n: usize| if (k & n).count_ones().is_multiple_of(2) { 1 } else { -1 };
        let coefficient =
            |u: usize, v: usize| -> i32 { (0..16).map(|i| differences[i] * sign(u, i / 4) * sign(v, i % 4)).sum() };
        (0..16).map(|k| coefficient(k / 4, k % 4).unsigned_abs()).sum::<u32>() / 2
    }

    proptest! {
        #[test]
        fn errors_are_those_of_plain_arithmetic(a in any::<[u8; 16]>(), b in any::<[u8; 16]>()) {
            let differences: [i32; 16] = std::array::from_fn(|i| i32::from(a[i]) - i32::from(b[i]));
            let (a, b) = (U8x16::from_array(a), U8x16::from_array(b));
            prop_assert_eq!(squared_error(a, b), differences.iter().map(|d| (d * d) as u32).sum::<u32>());
            prop_assert_eq!(hadamard_error(a, b), plain_hadamard(differences));
        }
    }
}
