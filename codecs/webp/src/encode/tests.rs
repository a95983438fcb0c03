//! Whole files, read by another decoder.

use std::io::Cursor;

use image_webp::WebPDecoder;
use proptest::prelude::*;

use super::*;
use crate::convert::{Planes, from_rgb, from_rgba};

/// A disc with a soft edge on a gradient, in four parts.
fn disc(width: usize, height: usize) -> Vec<u8> {
    let opacity = |x: usize, y: usize| {
        let (dx, dy) = (2 * x as i64 - width as i64, 2 * y as i64 - height as i64);
        (255 + (width * width / 2) as i64 - dx * dx - dy * dy).clamp(0, 255) as u8
    };
    (0..width * height)
        .flat_map(|i| {
            let (x, y) = (i % width, i / width);
            [(x * 255 / width) as u8, (y * 255 / height) as u8, 90, opacity(x, y)]
        })
        .collect()
}

fn opaque(width: usize, height: usize) -> Planes {
    let pixels: Vec<u8> =
        disc(width, height).chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
    from_rgb(&pixels, width, height).unwrap()
}

fn decoder(file: &[u8]) -> WebPDecoder<Cursor<&[u8]>> {
    WebPDecoder::new(Cursor::new(file)).unwrap()
}

fn pixels(file: &[u8]) -> Vec<u8> {
    let mut decoder = decoder(file);
    let mut pixels = vec![0; decoder.output_buffer_size().unwrap()];
    decoder.read_image(&mut pixels).unwrap();
    pixels
}

#[test]
fn opacity_is_kept_exactly() {
    for (width, height) in [(1, 1), (3, 2), (64, 40), (129, 65)] {
        let source = disc(width, height);
        let file = encode(&from_rgba(&source, width, height).unwrap().source(), &Settings::default()).unwrap();
        let decoded = pixels(&file);
        let opacity = |pixels: &[u8]| pixels.chunks_exact(4).map(|pixel| pixel[3]).collect::<Vec<_>>();
        assert_eq!(opacity(&decoded), opacity(&source), "{width} × {height}");
    }
}

#[test]
fn what_is_transparent_takes_next_to_nothing() {
    let mut state = 7u32;
    let noise: Vec<u8> = (0..4 * 96 * 96)
        .map(|place| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            if place % 4 == 3 { 0 } else { (state >> 24) as u8 }
        })
        .collect();
    let file = encode(&from_rgba(&noise, 96, 96).unwrap().source(), &Settings::default()).unwrap();
    assert!(file.len() < 200, "{}", file.len());
}

#[test]
fn noise_of_opacity_is_kept_exactly_and_no_larger_than_it_is() {
    let mut state = 7u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    let source: Vec<u8> = (0..50 * 50).flat_map(|_| [0, 0, 0, next()]).collect();
    let file = encode(&from_rgba(&source, 50, 50).unwrap().source(), &Settings::default()).unwrap();
    assert!(file.len() < 50 * 50 + 300, "{}", file.len());
    assert_eq!(
        pixels(&file).chunks_exact(4).map(|p| p[3]).collect::<Vec<_>>(),
        source[3..].iter().step_by(4).copied().collect::<Vec<_>>()
    );
}

#[test]
fn a_picture_that_is_opaque_throughout_has_no_chunk_of_alpha() {
    let mut source = disc(20, 20);
    source.iter_mut().skip(3).step_by(4).for_each(|opacity| *opacity = 255);
    let with = encode(&from_rgba(&source, 20, 20).unwrap().source(), &Settings::default()).unwrap();
    let without = encode(&opaque(20, 20).source(), &Settings::default()).unwrap();
    assert_eq!(with, without);
    assert_eq!(&with[12..16], b"VP8 ");
}

#[test]
fn what_a_file_carries_is_read_again() {
    let planes = from_rgba(&disc(31, 17), 31, 17).unwrap();
    let settings =
        Settings { icc: Some(b"profile"), exif: Some(b"MM\0*"), xmp: Some(b"<x:xmpmeta/>"), ..Settings::default() };
    let file = encode(&planes.source(), &settings).unwrap();
    assert_eq!(u32::from_le_bytes(*file[4..].first_chunk().unwrap()) as usize + 8, file.len());
    let mut decoder = decoder(&file);
    assert_eq!(decoder.dimensions(), (31, 17));
    assert!(decoder.has_alpha() && decoder.is_lossy());
    assert_eq!(decoder.icc_profile().unwrap().as_deref(), settings.icc);
    assert_eq!(decoder.exif_metadata().unwrap().as_deref(), settings.exif);
    assert_eq!(decoder.xmp_metadata().unwrap().as_deref(), settings.xmp);
}

#[test]
fn colours_are_those_of_the_source() {
    for colour in [[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255], [0, 0, 0], [12, 200, 130]] {
        let planes = from_rgb(&colour.repeat(32 * 32), 32, 32).unwrap();
        let file = encode(&planes.source(), &Settings { quality: 95, ..Settings::default() }).unwrap();
        let decoded = pixels(&file);
        for (found, expected) in decoded.iter().zip(colour.iter().cycle()) {
            assert!(found.abs_diff(*expected) <= 5, "{colour:?}: {:?}", &decoded[..3]);
        }
    }
}

#[test]
fn a_file_is_never_larger_than_its_limit() {
    let planes = from_rgba(&disc(40, 40), 40, 40).unwrap();
    let exif = [0; 101];
    let settings = |limit| Settings { exif: Some(&exif), limit, ..Settings::default() };
    let size = encode(&planes.source(), &settings(usize::MAX)).unwrap().len();
    assert_eq!(encode(&planes.source(), &settings(size)).unwrap().len(), size);
    for limit in [0, 1, 100, size - 1] {
        assert_eq!(encode(&planes.source(), &settings(limit)), Err(EncodeError::TooLarge { limit }));
    }
}

#[test]
fn settings_out_of_range_are_the_nearest() {
    let planes = opaque(24, 24);
    let with =
        |quality, method| encode(&planes.source(), &Settings { quality, method, ..Settings::default() }).unwrap();
    assert_eq!(with(255, 4), with(100, 4));
    assert_eq!(with(70, 200), with(70, 6));
}

#[test]
fn better_methods_are_nearer_to_the_source_for_their_bytes() {
    let planes = opaque(160, 120);
    let size = |method| encode(&planes.source(), &Settings { method, ..Settings::default() }).unwrap().len();
    assert!(size(4) < size(0), "{} and {}", size(4), size(0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_opacity_is_kept_exactly(width in 1..24usize, height in 1..24usize, few in 1..6u32, seed in any::<u32>()) {
        // Few values make repetitions, many make noise.
        let mut state = seed;
        let source: Vec<u8> = (0..width * height)
            .flat_map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                [10, 20, 30, ((state >> 24) >> (8 - few).min(7) << 2) as u8]
            })
            .collect();
        let file = encode(&from_rgba(&source, width, height).unwrap().source(), &Settings::default()).unwrap();
        let decoded = pixels(&file);
        let same = decoded.chunks_exact(4).zip(source.chunks_exact(4)).all(|(a, b)| a[3] == b[3]);
        prop_assert!(same);
    }
}
