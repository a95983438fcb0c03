//! The second pass: the samples of a row become as many as the result is wide.

use lucarne_simd::{I16x8, I32x4};

use crate::axis::Axis;
use crate::{LANES, WEIGHT_BITS};

/// The weighed sums of a row that begins with the first pixel of the axis's range. `channels` is 1 to 4, and behind its
/// last pixel `row` has the [`margin`] that vectors which begin there may read.
pub(crate) fn across(axis: &Axis, channels: usize, row: &[i16], result: &mut [i16]) {
    match (channels, axis.groups) {
        (1, 1) => single(axis, |weights| weights.as_chunks::<1>().0, row, result),
        (1, 2) => single(axis, |weights| weights.as_chunks::<2>().0, row, result),
        (1, _) => single_long(axis, row, result),
        (2, _) => several::<2>(axis, row, result),
        (3, _) => several::<3>(axis, row, result),
        _ => several::<4>(axis, row, result),
    }
}

/// How many samples are read behind those that count.
pub(crate) fn margin(axis: &Axis, channels: usize) -> usize {
    axis.groups * LANES * channels + LANES
}

/// Neighbours are one vector: four results have their sums added up together.
fn single<const GROUPS: usize>(
    axis: &Axis,
    grouped: impl Fn(&[[i16; LANES]]) -> &[[[i16; LANES]; GROUPS]],
    row: &[i16],
    result: &mut [i16],
) {
    let sum = |start: u32, weights: &[[i16; LANES]; GROUPS]| {
        let (row, _) = row[start as usize..].as_chunks::<LANES>();
        let row: &[[i16; LANES]; GROUPS] = row.first_chunk().expect("a row has its margin");
        let product = |group: usize| I16x8::from_array(row[group]).dot(I16x8::from_array(weights[group]));
        (1..GROUPS).fold(product(0), |sum, group| sum + product(group))
    };
    let weights = grouped(&axis.weights);
    let (starts, starts_rest) = axis.starts.as_chunks::<4>();
    let (fours, weights_rest) = weights.as_chunks::<4>();
    let (result, result_rest) = result.as_chunks_mut::<4>();
    for ((result, starts), weights) in result.iter_mut().zip(starts).zip(fours) {
        *result = added_up(std::array::from_fn(|index| sum(starts[index], &weights[index])));
    }
    for ((result, start), weights) in result_rest.iter_mut().zip(starts_rest).zip(weights_rest) {
        *result = added_up([sum(*start, weights); 4])[0];
    }
}

/// As [`single`], for sums of any length.
fn single_long(axis: &Axis, row: &[i16], result: &mut [i16]) {
    let weights = axis.weights.chunks_exact(axis.groups);
    for ((result, start), weights) in result.iter_mut().zip(&axis.starts).zip(weights) {
        let row = row[*start as usize..].as_chunks().0;
        let products = row.iter().zip(weights);
        let sum = products.fold(I32x4::splat(0), |sum, (row, weights)| {
            sum + I16x8::from_array(*row).dot(I16x8::from_array(*weights))
        });
        *result = added_up([sum; 4])[0];
    }
}

/// The lanes of each sum, added up and rounded.
fn added_up([a, b, c, d]: [I32x4; 4]) -> [i16; 4] {
    let ac = a.interleave_low(c) + a.interleave_high(c);
    let bd = b.interleave_low(d) + b.interleave_high(d);
    let [a, b, c, d, ..] = rounded(ac.interleave_low(bd) + ac.interleave_high(bd)).to_array();
    [a, b, c, d]
}

/// A channel has one lane of the sum: two pixels at once, the samples of each channel side by side.
fn several<const N: usize>(axis: &Axis, row: &[i16], result: &mut [i16]) {
    let result = result.as_chunks_mut::<N>().0.iter_mut();
    let weights = axis.weights.chunks_exact(axis.groups);
    for ((result, start), weights) in result.zip(&axis.starts).zip(weights) {
        let mut row = &row[*start as usize * N..][..margin(axis, N)];
        let mut sum = I32x4::splat(0);
        for weights in weights {
            let weights = I16x8::from_array(*weights);
            let pair = |index: usize| {
                I16x8::load(&row[2 * index * N..]).interleave_low(I16x8::load(&row[(2 * index + 1) * N..]))
            };
            sum = sum + pair(0).dot(weights.pair::<0>()) + pair(1).dot(weights.pair::<1>());
            sum = sum + pair(2).dot(weights.pair::<2>()) + pair(3).dot(weights.pair::<3>());
            row = &row[LANES * N..];
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
        (0..axis.result())
            .flat_map(|index| {
                let (start, _, weights) = axis.sample(index).unwrap();
                (0..channels).map(move |channel| sum(start, weights.as_flattened(), channel))
            })
            .collect()
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
                across(&axis, channels, &row, &mut found);
                assert_eq!(found, expected, "{source} to {result}, {channels} channels");
            }
        }
    }
}
