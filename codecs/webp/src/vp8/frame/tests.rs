//! Frames as a decoder reads them: sample by sample what the encoder says that they become.

use super::*;
use crate::convert::{Planes, from_rgb};

/// Waves, edges and noise, by a generator of its own.
fn picture(width: usize, height: usize, noise: u32) -> Planes {
    let mut state = 0x9E37_79B9u32 ^ (width * 131 + height) as u32;
    let mut pixels = Vec::with_capacity(3 * width * height);
    for y in 0..height {
        for x in 0..width {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let wave = ((x * x / 7 + y * 9) % 256) as u32;
            let edge = if (x / 11 + y / 5) % 2 == 0 { 200 } else { 40 };
            let random = (state >> 24) * noise / 100;
            for part in [wave, edge, (wave + edge) / 2] {
                pixels.push((part * (100 - noise) / 100 + random) as u8);
            }
        }
    }
    from_rgb(&pixels, width, height).unwrap()
}

/// A file of a frame that is not filtered, and what the encoder took a decoder to make of it: luma, then U and V.
fn unfiltered(planes: &Planes, quality: u8, method: u8) -> (Vec<u8>, [Vec<u8>; 3]) {
    let source = planes.source();
    let mut coder = Coder::new(&source, quality, method).unwrap();
    coder.segmentation.segments.iter_mut().for_each(|segment| segment.filter = 0);
    let (columns, rows) = (coder.columns, coder.rows);
    let mut made = [vec![0; 256 * columns * rows], vec![0; 64 * columns * rows], vec![0; 64 * columns * rows]];
    for row in 0..rows {
        coder.start_row(row);
        for column in 0..columns {
            let coded = coder.code(column, row).unwrap();
            for (plane, (first, side)) in made.iter_mut().zip([(0, 4), (block::U, 2), (block::V, 2)]) {
                for index in 0..side * side {
                    let (x, y) = (4 * (column * side + index % side), 4 * (row * side + index / side));
                    for (line, samples) in coded.blocks[first + index].to_array().as_chunks::<4>().0.iter().enumerate()
                    {
                        plane[(y + line) * 4 * side * columns + x..][..4].copy_from_slice(samples);
                    }
                }
            }
        }
    }
    (coder.finish(usize::MAX).unwrap(), made)
}

/// The frame's own planes as the decoder of `image-webp` leaves them, luma, then U and V, padded to macroblocks.
fn decoded(frame: &[u8]) -> [Vec<u8>; 3] {
    let frame = image_webp::vp8::Vp8Decoder::decode_frame(frame).unwrap();
    [frame.ybuf, frame.ubuf, frame.vbuf]
}

#[test]
fn a_decoder_makes_of_a_frame_what_the_encoder_expects() {
    let sizes = [(1, 1), (17, 33), (64, 48)];
    for (width, height) in sizes {
        for method in [0, 4, 5] {
            for (quality, noise) in [(0, 0), (30, 60), (80, 10), (100, 100)] {
                let planes = picture(width, height, noise);
                let (frame, made) = unfiltered(&planes, quality, method);
                let same = decoded(&frame) == made;
                assert!(same, "{width} × {height}, method {method}, quality {quality}");
            }
        }
    }
}

#[test]
fn sizes_to_64_decode_and_resemble_their_source() {
    for height in 1..=64 {
        for width in (1..=64).filter(|width| (width * 7 + height * 11) % 64 == 0 || width * height <= 32) {
            let planes = picture(width, height, 0);
            let frame = encode(&planes.source(), 90, (width % 7) as u8, usize::MAX).unwrap();
            let [luma, ..] = decoded(&frame);
            let stride = width.next_multiple_of(16);
            let error: u64 = (0..height)
                .flat_map(|y| planes.source().planes().y.row(y).iter().zip(&luma[y * stride..][..width]))
                .map(|(&a, &b)| u64::from(a.abs_diff(b)).pow(2))
                .sum();
            let mean = error as f64 / (width * height) as f64;
            assert!(mean < 65.0, "{width} × {height}: mean squared error {mean}");
        }
    }
}

#[test]
fn the_longest_sides_decode() {
    for (width, height) in [(16383, 1), (1, 16383)] {
        let planes = picture(width, height, 20);
        let frame =
            image_webp::vp8::Vp8Decoder::decode_frame(&encode(&planes.source(), 50, 0, usize::MAX).unwrap()[..]);
        let frame = frame.unwrap();
        assert_eq!((usize::from(frame.width), usize::from(frame.height)), (width, height));
    }
}

#[test]
fn a_frame_over_the_limit_is_refused() {
    let planes = picture(64, 64, 50);
    let size = encode(&planes.source(), 80, 4, usize::MAX).unwrap().len();
    assert!(encode(&planes.source(), 80, 4, size).is_ok());
    assert_eq!(encode(&planes.source(), 80, 4, size - 1), Err(EncodeError::TooLarge { limit: size - 1 }));
}

#[test]
fn without_flags_and_with_the_cheapest_modes_a_frame_decodes() {
    let planes = picture(80, 80, 30);
    let source = planes.source();
    let mut coder = Coder::new(&source, 60, 4).unwrap();
    coder.room = Room::new(1 << 20);
    coder.segmentation = Segmentation::uniform(60);
    let mut made = Vec::new();
    for row in 0..coder.rows {
        coder.start_row(row);
        for column in 0..coder.columns {
            made.push(coder.code(column, row).unwrap());
        }
    }
    assert!(made.iter().all(|coded| matches!(coded.luma, Luma::Whole(_))));
    let [luma, ..] = decoded(&coder.finish(usize::MAX).unwrap());
    assert_eq!(luma.len(), 80 * 80);
}

#[test]
fn more_quality_takes_more_bytes() {
    let planes = picture(96, 96, 15);
    let size = |quality| encode(&planes.source(), quality, 4, usize::MAX).unwrap().len();
    let sizes: Vec<usize> = (0..=100).step_by(20).map(size).collect();
    assert!(sizes.is_sorted_by(|a, b| a < b), "{sizes:?}");
}
