//! The second pass: the samples of a row become as many as the result is wide.

use lucarne_simd::{I16x8, I32x4};

use crate::axis::Axis;
use crate::{LANES, WEIGHT_BITS};

/// The weighed sums of a row whose first pixel is the source's at `first`, in `result`. `N` is the count of channels,
/// and `row` has as many samples behind its last pixel as vectors that begin there may read.
pub(crate) fn across<const N: usize>(axis: &Axis, first: usize, row: &[i16], result: &mut [i16]) {
    if N == 1 { single(axis, first, row, result) } else { several::<N>(axis, first, row, result) }
}

/// How many samples are read behind those that count.
pub(crate) fn margin(axis: &Axis, channels: usize) -> usize {
    axis.groups() * LANES * channels + LANES
}

/// Neighbours are one vector: four results have their sums added up together.
fn single(axis: &Axis, first: usize, row: &[i16], result: &mut [i16]) {
    let length = axis.groups() * LANES;
    let mut samples = axis.samples();
    let mut sum = || {
        let Some((start, _, weights)) = samples.next() else { return I32x4::splat(0) };
        let row = &row[start - first..][..length];
        let products = row.as_chunks().0.iter().zip(weights.as_chunks().0);
        products
            .fold(I32x4::splat(0), |sum, (row, weights)| sum + I16x8::from_array(*row).dot(I16x8::from_array(*weights)))
    };
    for result in result.chunks_mut(4) {
        let [a, b, c, d] = [sum(), sum(), sum(), sum()];
        let ac = a.interleave_low(c) + a.interleave_high(c);
        let bd = b.interleave_low(d) + b.interleave_high(d);
        let sums = rounded(ac.interleave_low(bd) + ac.interleave_high(bd)).to_array();
        result.copy_from_slice(&sums[..result.len()]);
    }
}

/// A channel has one lane of the sum: two pixels at once, the samples of each channel side by side.
fn several<const N: usize>(axis: &Axis, first: usize, row: &[i16], result: &mut [i16]) {
    let length = margin(axis, N);
    for (result, (start, count, weights)) in result.as_chunks_mut::<N>().0.iter_mut().zip(axis.samples()) {
        let row = &row[(start - first) * N..][..length];
        let mut sum = I32x4::splat(0);
        for (group, weights) in weights.as_chunks::<LANES>().0.iter().take(count.div_ceil(LANES)).enumerate() {
            let weights = I16x8::from_array(*weights);
            let row = &row[group * LANES * N..][..LANES * N + LANES];
            let pair = |index: usize| {
                I16x8::load(&row[2 * index * N..]).interleave_low(I16x8::load(&row[(2 * index + 1) * N..]))
            };
            sum = sum + pair(0).dot(weights.pair::<0>()) + pair(1).dot(weights.pair::<1>());
            sum = sum + pair(2).dot(weights.pair::<2>()) + pair(3).dot(weights.pair::<3>());
        }
        let sums = rounded(sum).to_array();
        result.copy_from_slice(&sums[..N]);
    }
}

fn rounded(sum: I32x4) -> I16x8 {
    let rounded = (sum + I32x4::splat(1 << (WEIGHT_BITS - 1))).shr::<WEIGHT_BITS>();
    rounded.narrow(rounded)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Kernel, Span};

    /// What the sums are by their definition.
    fn expected(axis: &Axis, channels: usize, row: &[i16]) -> Vec<i16> {
        let sum = |start: usize, weights: &[i16], channel: usize| {
            let products = weights.iter().enumerate();
            let sum: i32 = products
                .map(|(index, &weight)| {
                    row.get((start + index) * channels + channel).map_or(0, |&value| i32::from(value))
                        * i32::from(weight)
                })
                .sum();
            ((sum + (1 << (WEIGHT_BITS - 1))) >> WEIGHT_BITS) as i16
        };
        let samples = axis.samples();
        samples.flat_map(|(start, _, weights)| (0..channels).map(move |channel| sum(start, weights, channel))).collect()
    }

    #[test]
    fn sums_are_those_of_plain_arithmetic() {
        for (source, result) in [(1, 1), (5, 9), (9, 5), (40, 13), (200, 3), (37, 37)] {
            let span = Span { source, start: 0.2, length: source as f64 - 0.3, result };
            let axis = Axis::new(Kernel::Lanczos3, span).unwrap();
            for channels in 1..=4 {
                let mut row: Vec<i16> = (0..source * channels).map(|index| (index * 7919 % 16_000) as i16).collect();
                let expected = expected(&axis, channels, &row);
                row.resize(row.len() + margin(&axis, channels), 123);
                let mut found = vec![0; result * channels];
                match channels {
                    1 => across::<1>(&axis, 0, &row, &mut found),
                    2 => across::<2>(&axis, 0, &row, &mut found),
                    3 => across::<3>(&axis, 0, &row, &mut found),
                    _ => across::<4>(&axis, 0, &row, &mut found),
                }
                assert_eq!(found, expected, "{source} to {result}, {channels} channels");
            }
        }
    }
}
