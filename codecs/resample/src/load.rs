//! From bytes to what is averaged: 16 bits, colours weighed by their alpha, light where light is asked for.

use lucarne_simd::{I16x8, U8x16};

use crate::light::Tables;
use crate::{Channels, FRACTION, Light, OutOfMemory};

/// How rows are read.
pub(crate) struct Load {
    kind: Kind,
    /// Rows that are added up to one: a power of two.
    rows: usize,
    /// What a byte is multiplied with, so that the sum of `rows` fits 16 bits.
    unit: i16,
}

enum Kind {
    /// Each byte for itself.
    Plain,
    /// Colours weighed by the alpha that follows one or three of them.
    Weighed(Alpha),
    /// As light; alpha is none.
    Light(Box<Tables>, Channels),
}

/// Where alpha is, for vectors: the index of its own alpha for each byte, and all bits where a byte is alpha.
struct Alpha {
    indices: [u8; 16],
    is_alpha: [u8; 16],
    channels: usize,
}

/// The most rows that are added up. Of samples, products with alpha keep two bits behind the point; light has no bit to
/// spare for more.
const MOST_ROWS: usize = 32;
const MOST_ROWS_OF_LIGHT: usize = 2;

impl Alpha {
    /// The last of two or four channels.
    fn last_of(channels: usize) -> Alpha {
        let own = |byte: usize| byte / channels * channels + channels - 1;
        Alpha {
            indices: std::array::from_fn(|byte| own(byte) as u8),
            is_alpha: std::array::from_fn(|byte| if own(byte) == byte { 255 } else { 0 }),
            channels,
        }
    }
}

impl Load {
    /// Reads `channels`, and adds up at most as many rows as `shrink` says, which is at least 1.
    ///
    /// # Errors
    /// If memory does not suffice.
    pub(crate) fn new(channels: Channels, light: Light, shrink: usize) -> Result<Load, OutOfMemory> {
        let (kind, most) = match light {
            Light::Linear => (Kind::Light(Box::new(Tables::new()?), channels), MOST_ROWS_OF_LIGHT),
            Light::Stored if channels.has_alpha() => (Kind::Weighed(Alpha::last_of(channels.count())), MOST_ROWS),
            Light::Stored => (Kind::Plain, MOST_ROWS),
        };
        let rows = 1 << shrink.min(most).ilog2();
        let unit = if rows == 1 { 1 << FRACTION } else { (2 << FRACTION) / rows as i16 };
        Ok(Load { kind, rows, unit })
    }

    /// Reads samples as they are, whatever they are.
    pub(crate) fn plain() -> Load {
        Load { kind: Kind::Plain, rows: 1, unit: 1 << FRACTION }
    }

    /// Rows that are added up to one.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// What light stands for, if light is what is read.
    pub(crate) fn tables(&self) -> Option<&Tables> {
        match &self.kind {
            Kind::Light(tables, _) => Some(tables),
            Kind::Plain | Kind::Weighed(_) => None,
        }
    }

    /// Whether colours are weighed by alpha.
    pub(crate) fn is_weighed(&self) -> bool {
        match &self.kind {
            Kind::Plain => false,
            Kind::Weighed(_) => true,
            Kind::Light(_, channels) => channels.has_alpha(),
        }
    }

    /// Reads whole pixels into as many numbers: the row at `place` of those that are added up. The last makes the mean.
    pub(crate) fn row(&self, bytes: &[u8], place: usize, row: &mut [i16]) {
        if place == 0 {
            self.read::<false>(bytes, row);
        } else {
            self.read::<true>(bytes, row);
        }
        if self.rows > 1 && place + 1 == self.rows {
            row.iter_mut().for_each(|sum| *sum = (*sum >> 1) + (*sum & 1));
        }
    }

    fn read<const ADD: bool>(&self, bytes: &[u8], row: &mut [i16]) {
        match &self.kind {
            Kind::Plain => plain::<ADD>(self.unit, bytes, row),
            Kind::Weighed(alpha) => weighed::<ADD>(alpha, self.unit, bytes, row),
            Kind::Light(tables, channels) => as_light::<ADD>(tables, *channels, bytes, row),
        }
    }
}

fn plain<const ADD: bool>(unit: i16, bytes: &[u8], row: &mut [i16]) {
    let units = I16x8::splat(unit);
    let (vectors, rest) = bytes.as_chunks::<16>();
    let (row, row_rest) = row.split_at_mut(vectors.len() * 16);
    for (row, bytes) in row.as_chunks_mut::<16>().0.iter_mut().zip(vectors) {
        let bytes = U8x16::from_array(*bytes);
        put::<ADD>(bytes.widen_low() * units, &mut row[..8]);
        put::<ADD>(bytes.widen_high() * units, &mut row[8..]);
    }
    for (value, byte) in row_rest.iter_mut().zip(rest) {
        put_one::<ADD>(i16::from(*byte) * unit, value);
    }
}

fn weighed<const ADD: bool>(alpha: &Alpha, unit: i16, bytes: &[u8], row: &mut [i16]) {
    let indices = U8x16::from_array(alpha.indices);
    let is_alpha = U8x16::from_array(alpha.is_alpha);
    let units = I16x8::splat(unit);
    let weigh = |value: I16x8, alpha: I16x8| (value * units).mul_q15(alpha.shl::<7>() + alpha.shr::<1>());
    let (vectors, rest) = bytes.as_chunks::<16>();
    let (row, row_rest) = row.split_at_mut(vectors.len() * 16);
    for (row, bytes) in row.as_chunks_mut::<16>().0.iter_mut().zip(vectors) {
        let bytes = U8x16::from_array(*bytes);
        let alphas = bytes.swizzle(indices) | is_alpha;
        put::<ADD>(weigh(bytes.widen_low(), alphas.widen_low()), &mut row[..8]);
        put::<ADD>(weigh(bytes.widen_high(), alphas.widen_high()), &mut row[8..]);
    }
    let pixels = rest.chunks_exact(alpha.channels);
    for (row, pixel) in row_rest.chunks_exact_mut(alpha.channels).zip(pixels) {
        let (alpha, colors) = (pixel[pixel.len() - 1], &pixel[..pixel.len() - 1]);
        for (value, color) in row.iter_mut().zip(colors) {
            put_one::<ADD>(weigh_by(i16::from(*color) * unit, alpha), value);
        }
        put_one::<ADD>(i16::from(alpha) * unit, &mut row[colors.len()]);
    }
}

fn as_light<const ADD: bool>(tables: &Tables, channels: Channels, bytes: &[u8], row: &mut [i16]) {
    if !channels.has_alpha() {
        for (value, byte) in row.iter_mut().zip(bytes) {
            put_one::<ADD>(tables.light[usize::from(*byte)], value);
        }
        return;
    }
    let count = channels.count();
    for (row, pixel) in row.chunks_exact_mut(count).zip(bytes.chunks_exact(count)) {
        let (alpha, colors) = (pixel[count - 1], &pixel[..count - 1]);
        for (value, color) in row.iter_mut().zip(colors) {
            put_one::<ADD>(weigh_by(tables.light[usize::from(*color)], alpha), value);
        }
        put_one::<ADD>(i16::from(alpha) << FRACTION, &mut row[count - 1]);
    }
}

/// `value` × `alpha` ÷ 255, as the vectors compute it: alpha in units of 2⁻¹⁵, the product rounded.
fn weigh_by(value: i16, alpha: u8) -> i16 {
    let alpha = i32::from(alpha);
    ((i32::from(value) * ((alpha << 7) + (alpha >> 1)) + (1 << 14)) >> 15) as i16
}

fn put<const ADD: bool>(value: I16x8, lanes: &mut [i16]) {
    let value = if ADD { I16x8::load(lanes) + value } else { value };
    value.store(lanes);
}

fn put_one<const ADD: bool>(value: i16, lane: &mut i16) {
    *lane = if ADD { *lane + value } else { value };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::WHITE;

    fn loads(shrink: usize) -> [Load; 4] {
        [
            Load::new(Channels::Rgb, Light::Stored, shrink).unwrap(),
            Load::new(Channels::GreyAlpha, Light::Stored, shrink).unwrap(),
            Load::new(Channels::Rgba, Light::Stored, shrink).unwrap(),
            Load::new(Channels::Rgba, Light::Linear, shrink).unwrap(),
        ]
    }

    #[test]
    fn vectors_and_what_is_left_of_a_row_are_read_alike() {
        let bytes: Vec<u8> = (0..84u32).map(|index| (index * 97 % 256) as u8).collect();
        for load in loads(1) {
            let mut whole = vec![0; bytes.len()];
            load.row(&bytes, 0, &mut whole);
            let mut parts = vec![0; bytes.len()];
            for (bytes, row) in bytes.chunks(4).zip(parts.chunks_mut(4)) {
                load.row(bytes, 0, row);
            }
            assert_eq!(whole, parts);
        }
    }

    #[test]
    fn rows_that_are_alike_have_themselves_as_their_mean() {
        let mut bytes: Vec<u8> = (0..84u32).map(|index| (index * 97 % 256) as u8).collect();
        bytes.iter_mut().skip(1).step_by(2).for_each(|alpha| *alpha = 255);
        for shrink in 1..100 {
            for (load, single) in loads(shrink).into_iter().zip(loads(1)) {
                assert!(load.rows() <= shrink && load.rows().is_power_of_two());
                let (mut sum, mut once) = (vec![0; bytes.len()], vec![0; bytes.len()]);
                (0..load.rows()).for_each(|place| load.row(&bytes, place, &mut sum));
                single.row(&bytes, 0, &mut once);
                assert_eq!(sum, once, "{shrink}");
            }
        }
    }

    #[test]
    fn what_is_opaque_keeps_its_colours_and_what_is_not_has_none() {
        let mut row = [1; 16];
        let bytes = [255, 9, 1, 255, 255, 9, 1, 0, 200, 100, 2, 128, 0, 0, 0, 255];
        Load::new(Channels::Rgba, Light::Stored, 1).unwrap().row(&bytes, 0, &mut row);
        assert_eq!(row[..8], [WHITE, 9 << 6, 1 << 6, WHITE, 0, 0, 0, 0]);
        let expected = |color: f64| (color * 64.0 * 128.0 / 255.0).round() as i16;
        assert_eq!(row[8..12], [expected(200.0), expected(100.0), expected(2.0), 128 << 6]);
    }
}
