//! Subsampled planes made as large as the picture.
//!
//! Twice as many samples are interpolated with the triangle filter that libjpeg calls fancy, with its rounding; any other
//! ratio repeats samples, as it does.

use lucarne_simd::{I16x8, U8x16};

use super::DecodeError;
use super::canvas::Ratio;
use super::memory::Memory;
use crate::plane::Plane;

/// Samples that are written at once: planes have rows of whole multiples.
const STEP: usize = 16;

/// What becomes of a sum of weighted samples.
#[derive(Debug, Clone, Copy)]
struct Rounding {
    /// Added for samples at even and at odd places.
    biases: (i16, i16),
    /// Whether the weights sum up to 16, not to 4.
    twice: bool,
}

/// Rows are interpolated from more than two samples; those of narrower planes are repeated.
const NARROW: usize = 2;

/// A plane of `width` × `height` samples from a smaller one, which it takes the place of.
pub(super) fn upsample(
    plane: Plane,
    ratio: (Ratio, Ratio),
    (width, height): (usize, usize),
    memory: &mut Memory,
) -> Result<Plane, DecodeError> {
    let stride = width.next_multiple_of(STEP);
    let mut samples = memory.vec(stride * height)?;
    let (mut sums, mut nearest) = (Vec::new(), Vec::new());
    let interpolated = ratio.0.is_simple() && ratio.1.is_simple() && (plane.width() > NARROW || !ratio.0.is_double());
    if interpolated {
        sums.resize(plane.width() + 2 + STEP, 0);
    } else {
        nearest.reserve_exact(width);
        nearest.extend((0..width).map(|x| ratio.0.source(x).min(plane.width() - 1)));
    }
    for y in 0..height {
        let first = samples.len();
        samples.resize(first + stride, 0);
        let row = &mut samples[first..];
        let source = ratio.1.source(y).min(plane.height() - 1);
        if !interpolated {
            let source = plane.row(source);
            row.iter_mut().zip(&nearest).for_each(|(sample, &x)| *sample = source[x]);
            continue;
        }
        let odd = y % 2 == 1;
        let other = if odd { (source + 1).min(plane.height() - 1) } else { source.saturating_sub(1) };
        match (ratio.0.is_double(), ratio.1.is_double()) {
            (true, true) => {
                weigh(plane.row(source), plane.row(other), &mut sums);
                widen(&sums, Rounding { biases: (8, 7), twice: true }, row);
            }
            (true, false) => {
                copy(plane.row(source), &mut sums);
                widen(&sums, Rounding { biases: (1, 2), twice: false }, row);
            }
            (false, true) => mix(plane.row(source), plane.row(other), if odd { 2 } else { 1 }, row),
            (false, false) => {
                row[..plane.width().min(width)].copy_from_slice(&plane.row(source)[..plane.width().min(width)])
            }
        }
    }
    memory.give(plane.samples().len());
    Ok(Plane::new(width, height, stride, samples).expect("a plane has as many rows as were written"))
}

/// Three parts of a row and one of another, with the first and the last column twice.
fn weigh(near: &[u8], far: &[u8], sums: &mut [i16]) {
    let three = I16x8::splat(3);
    frame(sums, near.len(), |chunks| {
        let vectors = near.as_chunks::<STEP>().0.iter().zip(far.as_chunks::<STEP>().0);
        for (chunk, (near, far)) in chunks.iter_mut().zip(vectors) {
            let (near, far) = (U8x16::from_array(*near), U8x16::from_array(*far));
            (near.widen_low() * three + far.widen_low()).store(&mut chunk[..8]);
            (near.widen_high() * three + far.widen_high()).store(&mut chunk[8..]);
        }
        |x| 3 * i16::from(near[x]) + i16::from(far[x])
    });
}

/// A row, with the first and the last column twice.
fn copy(row: &[u8], sums: &mut [i16]) {
    frame(sums, row.len(), |chunks| {
        for (chunk, samples) in chunks.iter_mut().zip(row.as_chunks::<STEP>().0) {
            let samples = U8x16::from_array(*samples);
            samples.widen_low().store(&mut chunk[..8]);
            samples.widen_high().store(&mut chunk[8..]);
        }
        |x| i16::from(row[x])
    });
}

/// Fills sums from the second on by whole vectors, and the rest one by one with what `fill` returns.
#[inline(always)]
fn frame<F: Fn(usize) -> i16>(sums: &mut [i16], width: usize, fill: impl FnOnce(&mut [[i16; STEP]]) -> F) {
    let one = fill(sums[1..=width].as_chunks_mut::<STEP>().0);
    for x in width / STEP * STEP..width {
        sums[1 + x] = one(x);
    }
    sums[0] = sums[1];
    // What is written beyond the last column is for nobody.
    sums[width + 1] = sums[width];
}

/// Twice as many samples as there are sums.
fn widen(sums: &[i16], rounding: Rounding, row: &mut [u8]) {
    let (even_bias, odd_bias) = (I16x8::splat(rounding.biases.0), I16x8::splat(rounding.biases.1));
    let three = I16x8::splat(3);
    for (chunk, places) in row.as_chunks_mut::<STEP>().0.iter_mut().zip((0..).step_by(STEP / 2)) {
        let Some(sums) = sums.get(places..).and_then(<[i16]>::first_chunk::<10>) else { return };
        let here = I16x8::load(&sums[1..]) * three;
        let even = here + I16x8::load(&sums[..8]) + even_bias;
        let odd = here + I16x8::load(&sums[2..]) + odd_bias;
        let (even, odd) =
            if rounding.twice { (even.shr::<4>(), odd.shr::<4>()) } else { (even.shr::<2>(), odd.shr::<2>()) };
        *chunk = even.interleave_low(odd).to_bytes(even.interleave_high(odd)).to_array();
    }
}

/// Three parts of a row and one of another.
fn mix(near: &[u8], far: &[u8], bias: u16, row: &mut [u8]) {
    for ((sample, &near), &far) in row.iter_mut().zip(near).zip(far) {
        *sample = ((3 * u16::from(near) + u16::from(far) + bias) >> 2) as u8;
    }
}
