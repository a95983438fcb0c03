//! From sums to bytes: what `load` did, undone.

use lucarne_simd::I16x8;

use crate::light::Tables;
use crate::load::Load;
use crate::{FRACTION, WHITE};

const HALF: i16 = 1 << (FRACTION - 1);

/// Writes a row of pixels that `load` read and the passes averaged.
pub(crate) fn row(load: &Load, channels: usize, sums: &[i16], bytes: &mut [u8]) {
    match (load.tables(), load.is_weighed()) {
        (None, false) => plain(sums, bytes),
        (None, true) => unweighed(channels, sums, bytes, byte),
        (Some(tables), false) => from_light(tables, sums, bytes),
        (Some(tables), true) => unweighed(channels, sums, bytes, |value| tables.sample(value)),
    }
}

fn plain(sums: &[i16], bytes: &mut [u8]) {
    let (vectors, rest) = sums.as_chunks::<16>();
    let (bytes, bytes_rest) = bytes.split_at_mut(vectors.len() * 16);
    let half = I16x8::splat(HALF);
    let round = |sums: I16x8| sums.saturating_add(half).shr::<FRACTION>();
    for (bytes, sums) in bytes.as_chunks_mut::<16>().0.iter_mut().zip(vectors) {
        round(I16x8::load(&sums[..8])).to_bytes(round(I16x8::load(&sums[8..]))).store(bytes);
    }
    for (value, sum) in bytes_rest.iter_mut().zip(rest) {
        *value = byte(*sum);
    }
}

fn from_light(tables: &Tables, sums: &[i16], bytes: &mut [u8]) {
    for (byte, sum) in bytes.iter_mut().zip(sums) {
        *byte = tables.sample(*sum);
    }
}

/// Divides colours by their alpha. What is as good as transparent has none.
fn unweighed(channels: usize, sums: &[i16], bytes: &mut [u8], sample: impl Fn(i16) -> u8) {
    for (pixel, sums) in bytes.chunks_exact_mut(channels).zip(sums.chunks_exact(channels)) {
        let alpha = sums[channels - 1].min(WHITE);
        let colors = &sums[..channels - 1];
        if alpha == WHITE {
            for (value, sum) in pixel.iter_mut().zip(colors) {
                *value = sample(*sum);
            }
        } else if alpha < HALF {
            pixel.fill(0);
            continue;
        } else {
            // One division a pixel. A float has more bits than any of these numbers, and the cast saturates.
            let reciprocal = f32::from(WHITE) / f32::from(alpha);
            for (value, sum) in pixel.iter_mut().zip(colors) {
                *value = sample((f32::from(*sum) * reciprocal + 0.5) as i16);
            }
        }
        pixel[channels - 1] = byte(alpha);
    }
}

fn byte(sum: i16) -> u8 {
    (sum.saturating_add(HALF) >> FRACTION).clamp(0, 255) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Channels, Light};

    #[test]
    fn what_was_loaded_is_stored_as_it_was() {
        let bytes: Vec<u8> = (0..1024u32).map(|index| (index * 89 % 256) as u8).collect();
        let mut opaque = bytes.clone();
        opaque.iter_mut().skip(3).step_by(4).for_each(|alpha| *alpha = 255);
        for light in [Light::Stored, Light::Linear] {
            for (channels, bytes) in [(Channels::Rgb, &bytes), (Channels::Rgba, &opaque)] {
                let load = Load::new(channels, light, 1).unwrap();
                let mut sums = vec![0; 1023];
                load.row(&bytes[..1020], 0, &mut sums);
                let mut stored = vec![0; 1020];
                row(&load, channels.count(), &sums[..1020], &mut stored);
                assert_eq!(stored, bytes[..1020]);
            }
        }
    }

    #[test]
    fn colours_come_back_from_under_their_alpha() {
        for alpha in [40, 128, 254] {
            let pixel = [200, 17, 255, alpha];
            let load = Load::new(Channels::Rgba, Light::Stored, 1).unwrap();
            let mut sums = [0; 4];
            load.row(&pixel, 0, &mut sums);
            let mut stored = [0; 4];
            row(&load, 4, &sums, &mut stored);
            assert_eq!(stored[3], alpha);
            assert!(stored.iter().zip(pixel).all(|(a, b)| a.abs_diff(b) <= 1), "{stored:?}");
        }
    }
}
