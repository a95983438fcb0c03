//! Frames as another decoder reads them, sample by sample.

use proptest::prelude::*;

use super::super::boolean::BoolWriter;
use super::super::modes::{write_chroma, write_luma};
use super::super::predict::Mode;
use super::super::predict4;
use super::super::tables::{AC_STEPS, TOKENS, TokenProbabilities};
use super::super::tokens::{Kind, Tokens};
use super::*;
use crate::convert::from_rgb;
use crate::encode::{Settings, encode};
use crate::plane::Plane;

/// A generator of numbers of its own.
struct Numbers(u32);

impl Numbers {
    fn next(&mut self) -> u32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        self.0 >> 8
    }

    fn below(&mut self, end: u32) -> u32 {
        self.next() % end
    }

    fn signed(&mut self, most: i32) -> i32 {
        self.below(2 * most as u32 + 1) as i32 - most
    }

    fn one_in(&mut self, many: u32) -> bool {
        self.below(many) == 0
    }
}

/// Waves, edges and noise.
fn encoded(width: usize, height: usize, quality: u8, method: u8) -> Vec<u8> {
    let mut numbers = Numbers((width * 131 + height) as u32);
    let pixels: Vec<u8> = (0..width * height)
        .flat_map(|place| {
            let (x, y) = (place % width, place / width);
            let wave = ((x * x / 7 + y * 9) % 256) as u32;
            let edge = if (x / 11 + y / 5) % 2 == 0 { 200 } else { 40 };
            [wave, edge, (wave + edge) / 2].map(|part| (part * 9 / 10 + numbers.below(25)) as u8)
        })
        .collect();
    let planes = from_rgb(&pixels, width, height).unwrap();
    let file = encode(&planes.source(), &Settings { quality, method, ..Settings::default() }).unwrap();
    let length = u32::from_le_bytes(*file[16..].first_chunk().unwrap());
    file[20..][..length as usize].to_vec()
}

/// The planes of `image-webp`, with those of ours beside them: rows to the end of the last macroblock.
fn both(frame: &[u8]) -> [(Vec<u8>, Vec<u8>); 3] {
    let expected = image_webp::vp8::Vp8Decoder::decode_frame(frame).unwrap();
    let planes = decode(frame, usize::MAX, EarlyEnd::Refused).unwrap();
    let (width, height) = (usize::from(expected.width), usize::from(expected.height));
    let sizes = [(width, height), (width.div_ceil(2), height.div_ceil(2)), (width.div_ceil(2), height.div_ceil(2))];
    let planes = planes.into_yuv();
    for (plane, size) in planes.iter().zip(sizes) {
        assert_eq!((plane.width(), plane.height()), size);
    }
    let [y, u, v] = planes.map(Plane::into_samples);
    [(expected.ybuf, y), (expected.ubuf, u), (expected.vbuf, v)]
}

fn is_same(frame: &[u8]) -> bool {
    both(frame).iter().all(|(expected, found)| expected == found)
}

#[test]
fn encoded_frames_decode_to_the_samples_that_another_decoder_finds() {
    for (width, height) in [(1, 1), (16, 16), (17, 33), (100, 61)] {
        for method in [0, 3, 6] {
            for quality in [0, 20, 50, 80, 100] {
                assert!(is_same(&encoded(width, height, quality, method)), "{width} × {height}, {method}, {quality}");
            }
        }
    }
}

#[test]
fn a_frame_that_ends_early_has_the_rows_that_are_whole_and_is_grey_below() {
    let options = |partitions| Options {
        width: 40,
        height: 150,
        segments: None,
        simple: false,
        level: 0,
        sharpness: 0,
        adjusted: false,
        partitions,
        index: 60,
        flags: false,
        new_probabilities: false,
        seed: 7,
    };
    for (frame, partitions) in [(frame(&options(0)), 1), (frame(&options(2)), 4), (encoded(40, 150, 60, 4), 1)] {
        let whole = decode(&frame, usize::MAX, EarlyEnd::Grey).unwrap().into_yuv().map(Plane::into_samples);
        assert_eq!(whole, decode(&frame, usize::MAX, EarlyEnd::Refused).unwrap().into_yuv().map(Plane::into_samples));
        let mut rows_before = 0;
        for length in (0..frame.len()).step_by(7) {
            let Ok(planes) = decode(&frame[..length], usize::MAX, EarlyEnd::Grey) else {
                assert_eq!(rows_before, 0, "{length}");
                continue;
            };
            let planes = planes.into_yuv().map(Plane::into_samples);
            let grey = planes[0].chunks(48 * 16).rev().take_while(|row| row.iter().all(|&luma| luma == 126)).count();
            let rows = 10 - grey;
            assert!(rows >= rows_before.max(1), "{length}");
            rows_before = rows;
            for (plane, (whole, lines)) in planes.iter().zip(whole.iter().zip([16, 8, 8])) {
                // Luma has 48 samples a line, chroma half as many. The filter did not reach over the last one's end, and
                // the last row of each partition may have been read from beyond it.
                let (kept, blank) = plane.split_at(lines * 3 * lines * rows);
                let unsure = 4 + lines * (rows + partitions).saturating_sub(10);
                let sure = kept.len().saturating_sub(3 * lines * unsure);
                assert!(kept[..sure] == whole[..sure], "{length}");
                assert!(blank.iter().all(|&sample| sample == if lines == 16 { 126 } else { 128 }), "{length}");
            }
        }
        assert!(rows_before >= 9);
    }
}

/// What a frame's head says, beside what follows from the pictures's content.
#[derive(Debug, Clone)]
struct Options {
    width: usize,
    height: usize,
    /// Whether they have values, whether these replace the frame's, and whether there is a map.
    segments: Option<[bool; 3]>,
    simple: bool,
    level: u32,
    sharpness: u32,
    adjusted: bool,
    /// The logarithm of how many there are.
    partitions: u32,
    /// The quantiser index.
    index: u32,
    flags: bool,
    new_probabilities: bool,
    seed: u32,
}

fn options() -> impl Strategy<Value = Options> {
    let size = (1..70usize, 1..70usize);
    let filter = (any::<bool>(), prop_oneof![1 => Just(0), 4 => 0..64u32], 0..8u32, any::<bool>());
    let rest = (0..4u32, 0..128u32, any::<bool>(), any::<bool>(), any::<u32>());
    (size, any::<Option<[bool; 3]>>(), filter, rest).prop_map(
        |((width, height), segments, (simple, level, sharpness, adjusted), rest)| {
            let (partitions, index, flags, new_probabilities, seed) = rest;
            Options {
                width,
                height,
                segments,
                simple,
                level,
                sharpness,
                adjusted,
                partitions,
                index,
                flags,
                new_probabilities,
                seed,
            }
        },
    )
}

/// A frame of any modes and coefficients that makes use of all that the format can say.
fn frame(options: &Options) -> Vec<u8> {
    let mut numbers = Numbers(options.seed);
    let mut probabilities = TOKENS;
    let mut first = BoolWriter::new();
    first.literal(0, 2);
    let tree = write_segments(&mut first, options, &mut numbers);
    first.literal(options.simple.into(), 1);
    first.literal(options.level, 6);
    first.literal(options.sharpness, 3);
    first.literal(options.adjusted.into(), 1);
    if options.adjusted {
        first.literal(1, 1);
        (0..8).for_each(|_| first.optional_signed(numbers.signed(30), 6));
    }
    first.literal(options.partitions, 2);
    first.literal(options.index, 7);
    (0..5).for_each(|_| first.optional_signed(numbers.signed(15), 4));
    first.literal(1, 1);
    if options.new_probabilities {
        let nodes = probabilities.as_flattened_mut().as_flattened_mut().as_flattened_mut();
        nodes.iter_mut().for_each(|node| {
            if numbers.one_in(4) {
                *node = 1 + numbers.below(255) as u8;
            }
        });
    }
    Tokens::write_probabilities(&mut first, &probabilities);
    first.literal(options.flags.into(), 1);
    if options.flags {
        first.literal(100, 8);
    }
    let mut partitions: Vec<Tokens> = (0..1 << options.partitions).map(|_| Tokens::new(1)).collect();
    write_macroblocks(&mut first, &mut partitions, options, tree, &mut numbers);
    joined(options, first.finish(), &partitions, &probabilities)
}

fn write_segments(first: &mut BoolWriter, options: &Options, numbers: &mut Numbers) -> Option<[u8; 3]> {
    first.literal(options.segments.is_some().into(), 1);
    let [has_values, absolute, has_map] = options.segments?;
    first.literal(has_map.into(), 1);
    first.literal(has_values.into(), 1);
    if has_values {
        first.literal(absolute.into(), 1);
        for _ in 0..4 {
            let own = if absolute { options.index as i32 } else { 0 };
            first.optional_signed((own + numbers.signed(20)).clamp(-127, 127), 7);
        }
        (0..4).for_each(|_| first.optional_signed(numbers.signed(63), 6));
    }
    has_map.then(|| {
        std::array::from_fn(|_| {
            let kept = numbers.one_in(4);
            first.literal((!kept).into(), 1);
            let probability = if kept { 255 } else { 1 + numbers.below(255) };
            if !kept {
                first.literal(probability, 8);
            }
            probability as u8
        })
    })
}

fn write_macroblocks(
    first: &mut BoolWriter,
    partitions: &mut [Tokens],
    options: &Options,
    tree: Option<[u8; 3]>,
    numbers: &mut Numbers,
) {
    let (columns, rows) = (options.width.div_ceil(16), options.height.div_ceil(16));
    let mut modes_above = vec![[predict4::DC; 4]; columns];
    let mut above = vec![[0u8; 9]; columns];
    let count = partitions.len();
    for row in 0..rows {
        let (mut modes_left, mut left) = ([predict4::DC; 4], [0u8; 9]);
        let tokens = &mut partitions[row % count];
        for column in 0..columns {
            if let Some(tree) = tree {
                let segment = numbers.below(4);
                first.bit(segment >= 2, tree[0]);
                first.bit(segment % 2 == 1, tree[1 + segment as usize / 2]);
            }
            let empty = options.flags && numbers.one_in(3);
            if options.flags {
                first.bit(empty, 100);
            }
            let any_mode = |numbers: &mut Numbers| Mode::ALL[numbers.below(4) as usize];
            let luma = if numbers.one_in(2) {
                Luma::Whole(any_mode(numbers))
            } else {
                Luma::Blocks(std::array::from_fn(|_| numbers.below(10) as u8))
            };
            write_luma(first, &luma, &mut modes_above[column], &mut modes_left);
            write_chroma(first, any_mode(numbers));
            let whole = matches!(luma, Luma::Whole(_));
            if empty {
                for context in [&mut above[column], &mut left] {
                    context[..8].fill(0);
                    context[8] *= u8::from(!whole);
                }
                continue;
            }
            let mut record = |kind, (above, left): (&mut u8, &mut u8), numbers: &mut Numbers| {
                let (levels, length) = levels(kind, options, numbers);
                tokens.reserve().unwrap();
                tokens.record(kind, usize::from(*above + *left), &levels, length);
                let coded = u8::from(usize::from(length) > kind.first());
                (*above, *left) = (coded, coded);
            };
            let above = &mut above[column];
            if whole {
                record(Kind::Second, (&mut above[8], &mut left[8]), numbers);
            }
            let luma = if whole { Kind::LumaWithoutDc } else { Kind::Luma };
            for (kind, place, side) in [(luma, 0, 4), (Kind::Chroma, 4, 2), (Kind::Chroma, 6, 2)] {
                for index in 0..side * side {
                    let contexts = (&mut above[place + index % side], &mut left[place + index / side]);
                    record(kind, contexts, numbers);
                }
            }
        }
    }
}

/// Any levels of a block that sum up to no more than 16 bits hold, and where they end.
fn levels(kind: Kind, options: &Options, numbers: &mut Numbers) -> ([i16; 16], u8) {
    let mut levels = [0; 16];
    // Segments may have longer steps than the frame.
    let step = AC_STEPS[(options.index + 35).min(127) as usize];
    let most = i32::from(if options.segments.is_some() { 1 } else { (700 / step).max(1) });
    let length = if numbers.one_in(3) { 0 } else { numbers.below(17) as usize };
    for level in levels.iter_mut().take(length).skip(kind.first()) {
        if !numbers.one_in(3) {
            let most = if numbers.one_in(2) { most } else { most.min(2) };
            *level = numbers.signed(most) as i16;
        }
    }
    let length = levels.iter().rposition(|&level| level != 0).map_or(0, |last| last + 1);
    (levels, length as u8)
}

/// A frame of its parts.
fn joined(options: &Options, first: Vec<u8>, partitions: &[Tokens], probabilities: &TokenProbabilities) -> Vec<u8> {
    let mut frame = ((first.len() as u32) << 5 | 1 << 4).to_le_bytes()[..3].to_vec();
    frame.extend([0x9D, 0x01, 0x2A]);
    frame.extend((options.width as u16).to_le_bytes());
    frame.extend((options.height as u16 | 1 << 14).to_le_bytes());
    frame.extend(first);
    let written = |tokens: &Tokens| tokens.write(probabilities).unwrap().concat();
    let partitions: Vec<Vec<u8>> = partitions.iter().map(written).collect();
    let (_, sized) = partitions.split_last().unwrap();
    sized.iter().for_each(|partition| frame.extend(&(partition.len() as u32).to_le_bytes()[..3]));
    partitions.iter().for_each(|partition| frame.extend(partition));
    frame
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_frame_decodes_to_the_samples_that_another_decoder_finds(options in options()) {
        let frame = frame(&options);
        for (plane, (expected, found)) in both(&frame).into_iter().enumerate() {
            let differs = expected.iter().zip(&found).position(|(a, b)| a != b);
            prop_assert_eq!((differs, found.len()), (None, expected.len()), "plane {}", plane);
        }
    }

    #[test]
    fn damaged_frames_are_refused_or_have_their_size(
        options in options(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        kept in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut frame = frame(&options);
        for (place, value) in damage {
            let place = place.index(frame.len());
            frame[place] = value;
        }
        if let Some(kept) = kept {
            frame.truncate(kept.index(frame.len() + 1));
        }
        let limit = 1 << 20;
        let found = decode(&frame, limit, EarlyEnd::Refused);
        if let Ok(planes) = &found {
            let [y, ..] = planes.clone().into_yuv();
            prop_assert_eq!(frame_size(&frame).unwrap(), (y.width(), y.height()));
            prop_assert!(y.samples().len() <= limit);
        }
        // What another decoder reads is read, but for versions that there are not.
        let small = frame_size(&frame).is_ok_and(|(width, height)| width * height <= 256 * 256);
        if small && image_webp::vp8::Vp8Decoder::decode_frame(&frame[..]).is_ok() {
            prop_assert!(found.is_ok(), "{:?}", found.err());
        }
    }
}

#[test]
fn truncations_are_refused_where_more_than_a_block_is_missing() {
    let whole = encoded(40, 40, 60, 2);
    assert!(decode(&whole, usize::MAX, EarlyEnd::Refused).is_ok());
    for length in 0..whole.len() {
        match decode(&whole[..length], usize::MAX, EarlyEnd::Refused) {
            Err(error) => assert_eq!(error, DecodeError::Truncated, "{length}"),
            // Zeros after the end are tokens too, and say that the last blocks end.
            Ok(_) => assert!(length + 8 >= whole.len(), "{length} of {}", whole.len()),
        }
    }
}

#[test]
fn what_is_no_key_frame_is_named() {
    let whole = encoded(20, 20, 60, 0);
    let with = |place: usize, value: u8| {
        let mut frame = whole.clone();
        frame[place] = value;
        decode(&frame, usize::MAX, EarlyEnd::Refused).err()
    };
    assert_eq!(with(0, whole[0] | 1), Some(DecodeError::NotKeyFrame));
    assert_eq!(with(3, 0), Some(DecodeError::NotKeyFrame));
    assert_eq!(with(0, whole[0] | 5 << 1), Some(DecodeError::Version(5)));
    assert_eq!(with(6, 0), Some(DecodeError::Empty));
    assert_eq!(with(8, 0), Some(DecodeError::Empty));
}

#[test]
fn planes_take_no_more_than_their_limit() {
    let frame = encoded(33, 17, 60, 0);
    let bytes = 3 * 2 * 384;
    assert!(decode(&frame, bytes, EarlyEnd::Refused).is_ok());
    let limit = bytes - 1;
    assert_eq!(decode(&frame, limit, EarlyEnd::Refused).err(), Some(DecodeError::TooLarge { bytes, limit }));
}

#[test]
fn the_longest_sides_decode() {
    for (width, height) in [(16383, 1), (1, 16383)] {
        assert!(is_same(&encoded(width, height, 50, 0)), "{width} × {height}");
    }
}
