//! Segments: parts of a picture that are quantised and filtered alike. RFC 6386 §9.3.
//!
//! An error is seen less where there is much else to see. So macroblocks are told apart by how much goes on in them, and
//! busy ones get a longer step than quiet ones.

use std::collections::TryReserveError;

use lucarne_simd::{I16x8, U8x16};

use super::block::Block;
use super::filled;
use super::macroblock::take_plane;
use super::quantise::Quantiser;
use super::tables::AC_STEPS;
use crate::source::Source;

/// How many segments there are at most. RFC 6386 §9.3.
pub(crate) const SEGMENTS: usize = 4;

/// By how much the step grows as the variance doubles, in 1/256 of a power of two. More would better the structural
/// similarity still, but at a growing cost in plain error.
const STRENGTH: i32 = 44;

/// By how much steps are shorter than those of a picture without segments, in 1/256 of a power of two: so much that a
/// quality gives about the structural similarity that those who set it for libwebp expect.
const SHORTER: i32 = 54;

/// Sixteen times a variance that is not told from none.
const QUIET: u32 = 300;

/// How macroblocks of a segment are coded.
#[derive(Debug, Clone)]
pub(crate) struct Segment {
    /// The quantiser index, 0 to 127.
    pub(crate) index: i32,
    pub(crate) quantiser: Quantiser,
    /// The loop filter's level, 0 to 63.
    pub(crate) filter: u32,
    /// What a bit is worth in squared error.
    pub(crate) bit_worth: u32,
    /// The same where levels of luma are chosen.
    pub(crate) level_bit_worth: u32,
    /// The same where levels of chroma are chosen: less, as a sample of it covers four pixels.
    pub(crate) chroma_level_bit_worth: u32,
    /// What a bit is worth in half a sum of the Hadamard transform's magnitudes.
    pub(crate) rough_bit_worth: u32,
}

/// A picture's segments, and which macroblock belongs to which.
pub(crate) struct Segmentation {
    pub(crate) segments: Vec<Segment>,
    /// By rows; of one segment there is no map.
    pub(crate) map: Vec<u8>,
}

impl Segment {
    pub(crate) fn new(index: i32) -> Segment {
        let quantiser = Quantiser::new(index);
        let step = quantiser.luma.ac as u32;
        Segment {
            index,
            quantiser,
            filter: (step * 3 / 8).min(63),
            bit_worth: ((5 * step * step) >> 8).max(1),
            level_bit_worth: ((6 * step * step) >> 8).max(1),
            chroma_level_bit_worth: ((4 * step * step) >> 8).max(1),
            rough_bit_worth: ((step * 3) >> 4).max(1),
        }
    }
}

impl Segmentation {
    /// All alike, at a quality of 0 to 100.
    pub(crate) fn uniform(quality: u8) -> Segmentation {
        Segmentation { segments: vec![Segment::new(quantiser_index(quality))], map: Vec::new() }
    }

    /// Of a picture at a quality of 0 to 100.
    pub(crate) fn new(source: &Source<'_>, quality: u8) -> Result<Segmentation, TryReserveError> {
        let base = quantiser_index(quality);
        // At the highest qualities nothing is to be seen anywhere.
        let strength = STRENGTH * i32::from(100 - quality.min(100)).min(8) / 8;
        let mut map = activities(source)?;
        let mut histogram = [0u32; 256];
        map.iter().for_each(|&activity| histogram[usize::from(activity)] += 1);
        let centres = centres(&histogram);
        let mean =
            histogram.iter().enumerate().map(|(activity, &count)| activity as u64 * u64::from(count)).sum::<u64>()
                / map.len() as u64;
        let mut indices: Vec<i32> = Vec::new();
        let mut belongs = [0u8; SEGMENTS];
        for (centre, belongs) in centres.iter().zip(&mut belongs) {
            let index = shifted(base, (*centre as i32 - mean as i32) * strength / 16 - SHORTER);
            if indices.last() != Some(&index) {
                indices.push(index);
            }
            *belongs = indices.len() as u8 - 1;
        }
        let segments = indices.iter().map(|&index| Segment::new(index)).collect();
        let nearest: [u8; 256] = std::array::from_fn(|activity| {
            let distance = |centre: &usize| centre.abs_diff(activity);
            let (place, _) =
                centres.iter().enumerate().min_by_key(|(_, centre)| distance(centre)).expect("four centres");
            belongs[place]
        });
        map.iter_mut().for_each(|activity| *activity = nearest[usize::from(*activity)]);
        if indices.len() == 1 {
            map.clear();
        }
        Ok(Segmentation { segments, map })
    }

    /// The segment of a macroblock.
    pub(crate) fn of(&self, macroblock: usize) -> u8 {
        self.map.get(macroblock).copied().unwrap_or(0)
    }
}

/// The quantiser index, 0 to 127, for a quality of 0 to 100.
///
/// Bytes grow about with the cube of what is left of 127 above the index; so the index comes from a cube root. The
/// qualities up to 75 share two thirds of the range, as those who set it for libwebp expect.
fn quantiser_index(quality: u8) -> i32 {
    let quality = u64::from(quality.min(100));
    let share_of_300 = if quality < 75 { 2 * quality } else { 3 * (2 * quality - 100) };
    // The cube root in 1/1024.
    let cube = (share_of_300 << 30) / 300;
    let root = (0..=1024u64).rev().find(|root| root.pow(3) <= cube).unwrap_or(0);
    (127 * (1024 - root) / 1024) as i32
}

/// The index whose step is nearest to that of another, times 2 to the power of so many 1/256.
fn shifted(index: i32, exponent: i32) -> i32 {
    let step = u64::from(AC_STEPS[index as usize] as u16) << 16;
    // 2^x for a fraction x is between 1 + x and 1 + x − 0.0861; half of that less is near enough to choose a step.
    let fraction = (exponent & 255) as u64;
    let power = 256 + fraction - fraction * (256 - fraction) / 768;
    let step = if exponent < 0 {
        (step * power) >> (8 + ((255 - exponent) >> 8))
    } else {
        (step * power) << (exponent >> 8) >> 8
    };
    let distance = |index: &usize| (u64::from(AC_STEPS[*index] as u16) << 16).abs_diff(step);
    (0..AC_STEPS.len()).min_by_key(distance).unwrap_or(0) as i32
}

/// How much goes on in each macroblock, in 1/16 of a power of two of variance.
fn activities(source: &Source<'_>) -> Result<Vec<u8>, TryReserveError> {
    let (columns, rows) = (source.width().div_ceil(16), source.height().div_ceil(16));
    let mut activities = filled(columns * rows, 0)?;
    let mut blocks = [U8x16::splat(0); 16];
    for (index, activity) in activities.iter_mut().enumerate() {
        take_plane(source.planes().y, index % columns, index / columns, &mut blocks);
        let sum: u32 = blocks.iter().map(|&block| logarithm(deviation(block) + QUIET)).sum();
        *activity = (sum / 16).min(255) as u8;
    }
    Ok(activities)
}

/// Sixteen times a block's variance.
fn deviation(block: Block) -> u32 {
    let (upper, lower) = (block.widen_low(), block.widen_high());
    let sum = (upper + lower).dot(I16x8::splat(1)).sum() as u32;
    let squares = (upper.dot(upper) + lower.dot(lower)).sum() as u32;
    squares - sum * sum / 16
}

/// Sixteen times the logarithm to base 2, near enough to sort by: linear between powers.
fn logarithm(value: u32) -> u32 {
    let whole = value.max(1).ilog2();
    16 * whole + ((value << 4 >> whole) & 15)
}

/// Four values that those of a histogram are near to.
fn centres(histogram: &[u32; 256]) -> [usize; SEGMENTS] {
    let least = histogram.iter().position(|&count| count > 0).unwrap_or(0);
    let most = histogram.iter().rposition(|&count| count > 0).unwrap_or(0);
    let mut centres: [usize; SEGMENTS] = std::array::from_fn(|k| least + (2 * k + 1) * (most - least) / (2 * SEGMENTS));
    for _ in 0..8 {
        let mut sums = [(0u64, 0u64); SEGMENTS];
        for (value, &count) in histogram.iter().enumerate() {
            let (nearest, _) =
                centres.iter().enumerate().min_by_key(|(_, centre)| centre.abs_diff(value)).expect("four centres");
            sums[nearest].0 += value as u64 * u64::from(count);
            sums[nearest].1 += u64::from(count);
        }
        for (centre, (sum, count)) in centres.iter_mut().zip(sums) {
            *centre = sum.checked_div(count).map_or(*centre, |mean| mean as usize);
        }
    }
    centres
}
