//! From bytes to what is averaged: 16 bits, colours weighed by their alpha, light where light is asked for.

use lucarne_simd::{I16x8, U8x16};

use crate::light::{self, Tables};
use crate::{Channels, FRACTION};

/// How a row is read.
pub(crate) enum Load {
    /// Each byte for itself.
    Plain,
    /// Colours weighed by the alpha that follows one or three of them.
    Weighed(Alpha),
    /// As light; alpha is none.
    Light(Box<Tables>, Channels),
}

/// Where alpha is, for vectors: the index of its own alpha for each byte, and all bits where a byte is alpha.
pub(crate) struct Alpha {
    indices: [u8; 16],
    is_alpha: [u8; 16],
    channels: usize,
}

impl Alpha {
    /// The last of two or four channels.
    pub(crate) fn last_of(channels: usize) -> Alpha {
        let own = |byte: usize| byte / channels * channels + channels - 1;
        Alpha {
            indices: std::array::from_fn(|byte| own(byte) as u8),
            is_alpha: std::array::from_fn(|byte| if own(byte) == byte { 255 } else { 0 }),
            channels,
        }
    }
}

impl Load {
    /// Reads whole pixels into as many numbers.
    pub(crate) fn row(&self, bytes: &[u8], row: &mut [i16]) {
        match self {
            Load::Plain => plain(bytes, row),
            Load::Weighed(alpha) => weighed(alpha, bytes, row),
            Load::Light(tables, channels) => as_light(tables, *channels, bytes, row),
        }
    }
}

fn plain(bytes: &[u8], row: &mut [i16]) {
    let (vectors, rest) = bytes.as_chunks::<16>();
    let (row, row_rest) = row.split_at_mut(vectors.len() * 16);
    for (row, bytes) in row.as_chunks_mut::<16>().0.iter_mut().zip(vectors) {
        let bytes = U8x16::from_array(*bytes);
        bytes.widen_low().shl::<FRACTION>().store(&mut row[..8]);
        bytes.widen_high().shl::<FRACTION>().store(&mut row[8..]);
    }
    for (value, byte) in row_rest.iter_mut().zip(rest) {
        *value = light::plain(*byte);
    }
}

fn weighed(alpha: &Alpha, bytes: &[u8], row: &mut [i16]) {
    let indices = U8x16::from_array(alpha.indices);
    let is_alpha = U8x16::from_array(alpha.is_alpha);
    let weigh = |value: I16x8, alpha: I16x8| value.shl::<FRACTION>().mul_q15(alpha.shl::<7>() + alpha.shr::<1>());
    let (vectors, rest) = bytes.as_chunks::<16>();
    let (row, row_rest) = row.split_at_mut(vectors.len() * 16);
    for (row, bytes) in row.as_chunks_mut::<16>().0.iter_mut().zip(vectors) {
        let bytes = U8x16::from_array(*bytes);
        let alphas = bytes.swizzle(indices) | is_alpha;
        weigh(bytes.widen_low(), alphas.widen_low()).store(&mut row[..8]);
        weigh(bytes.widen_high(), alphas.widen_high()).store(&mut row[8..]);
    }
    let pixels = rest.chunks_exact(alpha.channels);
    for (row, pixel) in row_rest.chunks_exact_mut(alpha.channels).zip(pixels) {
        let (alpha, colors) = (pixel[pixel.len() - 1], &pixel[..pixel.len() - 1]);
        for (value, color) in row.iter_mut().zip(colors) {
            *value = weigh_by(light::plain(*color), alpha);
        }
        row[colors.len()] = light::plain(alpha);
    }
}

fn as_light(tables: &Tables, channels: Channels, bytes: &[u8], row: &mut [i16]) {
    if !channels.has_alpha() {
        for (value, byte) in row.iter_mut().zip(bytes) {
            *value = tables.light[usize::from(*byte)];
        }
        return;
    }
    let count = channels.count();
    for (row, pixel) in row.chunks_exact_mut(count).zip(bytes.chunks_exact(count)) {
        let (alpha, colors) = (pixel[count - 1], &pixel[..count - 1]);
        for (value, color) in row.iter_mut().zip(colors) {
            *value = weigh_by(tables.light[usize::from(*color)], alpha);
        }
        row[count - 1] = light::plain(alpha);
    }
}

/// `value` × `alpha` ÷ 255, as the vectors compute it: alpha in units of 2⁻¹⁵, the product rounded.
fn weigh_by(value: i16, alpha: u8) -> i16 {
    let alpha = i32::from(alpha);
    ((i32::from(value) * ((alpha << 7) + (alpha >> 1)) + (1 << 14)) >> 15) as i16
}

/// Adds to a row its part of the mean of several: `share` is in units of 2⁻¹⁵.
pub(crate) fn accumulate(row: &[i16], share: i16, sum: &mut [i16]) {
    let share = I16x8::splat(share);
    let sums = sum.as_chunks_mut::<8>().0;
    for (sum, row) in sums.iter_mut().zip(row.as_chunks::<8>().0) {
        (I16x8::from_array(*sum) + I16x8::from_array(*row).mul_q15(share)).store(sum);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::WHITE;

    #[test]
    fn vectors_and_what_is_left_of_a_row_are_read_alike() {
        let bytes: Vec<u8> = (0..84u32).map(|index| (index * 97 % 256) as u8).collect();
        for load in [
            Load::Plain,
            Load::Weighed(Alpha::last_of(2)),
            Load::Weighed(Alpha::last_of(4)),
            Load::Light(Box::new(Tables::new().unwrap()), Channels::Rgba),
        ] {
            let mut whole = vec![0; bytes.len()];
            load.row(&bytes, &mut whole);
            let mut parts = vec![0; bytes.len()];
            for (bytes, row) in bytes.chunks(4).zip(parts.chunks_mut(4)) {
                load.row(bytes, row);
            }
            assert_eq!(whole, parts);
        }
    }

    #[test]
    fn what_is_opaque_keeps_its_colours_and_what_is_not_has_none() {
        let mut row = [1; 16];
        Load::Weighed(Alpha::last_of(4)).row(&[255, 9, 1, 255, 255, 9, 1, 0, 200, 100, 2, 128, 0, 0, 0, 255], &mut row);
        assert_eq!(row[..8], [WHITE, 9 << 6, 1 << 6, WHITE, 0, 0, 0, 0]);
        let expected = |color: f64| (color * 64.0 * 128.0 / 255.0).round() as i16;
        assert_eq!(row[8..12], [expected(200.0), expected(100.0), expected(2.0), 128 << 6]);
    }
}
