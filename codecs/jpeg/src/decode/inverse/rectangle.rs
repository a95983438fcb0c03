//! Different numbers of points in the two directions, for planes that are subsampled in one.
//!
//! Rare, so plain products with the matrix of the transform.

use lucarne_simd::{I16x8, I32x4, transpose};

use super::eight::to_rows;
use super::{Block, Points, Samples};

/// As with eight points.
const FIRST: u32 = 11;
const SECOND: u32 = 18;
const FIRST_BIAS: i32 = 1 << (FIRST - 1);
const SECOND_BIAS: i32 = (1 << (SECOND - 1)) + (128 << SECOND);

/// √2 cos(k π / 16), 13 bits behind the point.
const COSINES: [i16; 9] = [11585, 11363, 10703, 9633, 8192, 6437, 4433, 2260, 0];

/// What a coefficient adds to a sample, in a transform of so many points.
const fn factor(points: usize, sample: usize, coefficient: usize) -> i16 {
    if coefficient == 0 {
        return 8192;
    }
    // In units of π / 16, folded into the first quarter of the circle.
    let angle = (2 * sample + 1) * coefficient * (8 / points) % 32;
    let angle = if angle > 16 { 32 - angle } else { angle };
    if angle > 8 { -COSINES[16 - angle] } else { COSINES[angle] }
}

/// One direction.
fn pass<const POINTS: usize, const SHIFT: u32>(rows: [I16x8; 8], bias: i32) -> [I16x8; 8] {
    let mut results = [I16x8::splat(0); 8];
    for (sample, result) in results.iter_mut().enumerate().take(POINTS) {
        let (mut low, mut high) = (I32x4::splat(bias), I32x4::splat(bias));
        for coefficient in (0..POINTS).step_by(2) {
            let first = factor(POINTS, sample, coefficient);
            let second = if POINTS == 1 { 0 } else { factor(POINTS, sample, coefficient + 1) };
            let factors = I16x8::from_array([first, second, first, second, first, second, first, second]);
            let (a, b) = (rows[coefficient], rows[coefficient + 1]);
            low = low + a.interleave_low(b).dot(factors);
            high = high + a.interleave_high(b).dot(factors);
        }
        *result = low.shr::<SHIFT>().narrow(high.shr::<SHIFT>());
    }
    results
}

fn any_pass<const SHIFT: u32>(points: usize, rows: [I16x8; 8], bias: i32) -> [I16x8; 8] {
    match points {
        8 => pass::<8, SHIFT>(rows, bias),
        4 => pass::<4, SHIFT>(rows, bias),
        2 => pass::<2, SHIFT>(rows, bias),
        _ => pass::<1, SHIFT>(rows, bias),
    }
}

/// Empties the block.
#[inline(never)]
pub(super) fn transform(points: Points, block: &mut Block, samples: &mut Samples<'_>) {
    let (rows, _) = block.as_chunks_mut::<8>();
    let loaded = std::array::from_fn(|row| I16x8::from_array(rows[row]));
    rows[..8].fill([0; 8]);
    let columns = transpose(any_pass::<FIRST>(points.y, loaded, FIRST_BIAS));
    let rows = to_rows(any_pass::<SECOND>(points.x, columns, SECOND_BIAS));
    for (y, row) in rows.as_flattened().as_chunks::<8>().0.iter().enumerate().take(points.y) {
        samples.row(y, &row[..points.x]);
    }
}
