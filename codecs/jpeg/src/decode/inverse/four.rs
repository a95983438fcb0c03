//! Four points in each direction, of the lowest 4 × 4 coefficients.
//!
//! The block has its sixteen coefficients column by column, so that one transposition is enough.

use lucarne_simd::{I16x8, I32x4};

use super::{Block, Samples};

/// As with eight points: 13 bits of the factors behind the point, two that the first pass keeps, and a division by 8.
const FIRST: u32 = 11;
const SECOND: u32 = 18;
const FIRST_BIAS: i32 = 1 << (FIRST - 1);
const SECOND_BIAS: i32 = (1 << (SECOND - 1)) + (128 << SECOND);

/// √2 cos(π/8), √2 sin(π/8) and 1.
const OUTER: i16 = 10703;
const INNER: i16 = 4433;
const ONE: i16 = 8192;

/// One direction: of four vectors, two in each register, to four.
#[inline(always)]
fn pass<const SHIFT: u32>(first: I16x8, second: I16x8, bias: i32) -> [I32x4; 4] {
    let factors = |a: i16, b: i16| I16x8::from_array([a, b, a, b, a, b, a, b]);
    let (even, odd) = (first.interleave_low(second), first.interleave_high(second));
    let bias = I32x4::splat(bias);
    let (e0, e1) = (even.dot(factors(ONE, ONE)) + bias, even.dot(factors(ONE, -ONE)) + bias);
    let (o0, o1) = (odd.dot(factors(OUTER, INNER)), odd.dot(factors(INNER, -OUTER)));
    [(e0 + o0).shr::<SHIFT>(), (e1 + o1).shr::<SHIFT>(), (e1 - o1).shr::<SHIFT>(), (e0 - o0).shr::<SHIFT>()]
}

/// Empties the block.
pub(super) fn transform(block: &mut Block, samples: &mut Samples<'_>) {
    let (vectors, _) = block.as_chunks_mut::<8>();
    let (first, second) = (I16x8::from_array(vectors[0]), I16x8::from_array(vectors[1]));
    vectors[..2].fill([0; 8]);
    let [a, b, c, d] = pass::<FIRST>(first, second, FIRST_BIAS);
    let (ab, cd) = (a.narrow(b), c.narrow(d));
    let (low, high) = (ab.interleave_low(cd), ab.interleave_high(cd));
    let [a, b, c, d] = pass::<SECOND>(low.interleave_low(high), low.interleave_high(high), SECOND_BIAS);
    let rows = a.narrow(b).to_bytes(c.narrow(d)).to_array();
    for (y, row) in rows.as_chunks::<4>().0.iter().enumerate() {
        samples.row(y, row);
    }
}
