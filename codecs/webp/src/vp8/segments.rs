//! Segments: parts of a picture that are quantised and filtered alike. RFC 6386 §9.3.

use super::quantise::{ChromaDelta, Quantiser};

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
    /// What a bit is worth in half a sum of the Hadamard transform's magnitudes.
    pub(crate) rough_bit_worth: u32,
}

impl Segment {
    pub(crate) fn new(index: i32, chroma: ChromaDelta) -> Segment {
        let quantiser = Quantiser::new(index, chroma);
        let step = quantiser.luma.ac as u32;
        Segment {
            index,
            quantiser,
            filter: (step * 3 / 8).min(63),
            bit_worth: (7 * step * step >> 8).max(1),
            rough_bit_worth: (step * 3 >> 4).max(1),
        }
    }
}

/// The quantiser index, 0 to 127, for a quality of 0 to 100.
///
/// Bytes grow about with the cube of what is left of 127 above the index; so the index comes from a cube root. The
/// qualities up to 75 share two thirds of the range, as those who set it for libwebp expect.
pub(crate) fn quantiser_index(quality: u8) -> i32 {
    let quality = u64::from(quality.min(100));
    let share_of_300 = if quality < 75 { 2 * quality } else { 3 * (2 * quality - 100) };
    // The cube root in 1/1024.
    let cube = (share_of_300 << 30) / 300;
    let root = (0..=1024u64).rev().find(|root| root.pow(3) <= cube).unwrap_or(0);
    (127 * (1024 - root) / 1024) as i32
}
