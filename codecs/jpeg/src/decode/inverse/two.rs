//! Two points in each direction, of the lowest 2 × 2 coefficients.

use super::{Block, Samples};

/// Empties the block.
#[inline(always)]
pub(super) fn transform(block: &mut Block, samples: &mut Samples<'_>) {
    let [mean, across, down, both] = [0, 1, 2, 3].map(|place| i32::from(std::mem::take(&mut block[place])));
    let sample = |value: i32| (((value + 4) >> 3) + 128).clamp(0, 255) as u8;
    let (left, right) = (mean + across, mean - across);
    let (left_down, right_down) = (down + both, down - both);
    samples.row(0, &[sample(left + left_down), sample(right + right_down)]);
    samples.row(1, &[sample(left - left_down), sample(right - right_down)]);
}
