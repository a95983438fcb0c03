//! Files that other people's decoder reads.

use proptest::prelude::*;
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::*;
use crate::plane::Plane;

/// Planes to encode, and how.
struct Picture {
    planes: Vec<Plane>,
    sampling: Option<Sampling>,
}

const ALL: [Option<Sampling>; 4] = [None, Some(Sampling::S444), Some(Sampling::S422), Some(Sampling::S420)];
const PLAIN: Settings = Settings { quality: 90, progressive: false, segments: &[], limit: usize::MAX };

impl Picture {
    /// Samples by plane and place, in rows that are longer than the picture is wide; `None` is grey.
    fn new(
        sampling: Option<Sampling>,
        width: usize,
        height: usize,
        mut sample: impl FnMut(usize, usize, usize) -> u8,
    ) -> Picture {
        let colour = sampling.map(|sampling| sampling.colour_size(width, height));
        let mut plane = |index: usize, (width, height): (usize, usize)| {
            let stride = width + index + 3;
            let samples = (0..stride * height).map(|at| sample(index, at % stride, at / stride)).collect();
            Plane::new(width, height, stride, samples).unwrap()
        };
        let mut planes = vec![plane(0, (width, height))];
        planes
            .extend(colour.into_iter().flat_map(|size| [(1, size), (2, size)]).map(|(index, size)| plane(index, size)));
        Picture { planes, sampling }
    }

    /// Slow waves, so that planes of colour look the same however they are made larger.
    fn smooth(sampling: Option<Sampling>, width: usize, height: usize) -> Picture {
        let [across, down] = sampling.map_or([1, 1], Sampling::factors);
        Picture::new(sampling, width, height, |plane, x, y| {
            let (x, y) = if plane == 0 { (x, y) } else { (x * across + across / 2, y * down + down / 2) };
            let wave = (x as f64 / 9.0 + plane as f64).sin() + (y as f64 / 7.0).cos();
            (128.0 + 50.0 * wave) as u8
        })
    }

    fn source(&self) -> Source<'_> {
        match (&self.planes[..], self.sampling) {
            ([y, cb, cr], Some(sampling)) => Source::YCbCr { planes: [y.as_ref(), cb.as_ref(), cr.as_ref()], sampling },
            (planes, _) => Source::Grey(planes[0].as_ref()),
        }
    }

    fn encode(&self, settings: &Settings) -> Vec<u8> {
        encode(&self.source(), settings).unwrap()
    }

    /// Interleaved samples of the components, those of colour made as large as lightness.
    fn decoded(&self, file: &[u8]) -> Vec<u8> {
        let space = if self.sampling.is_some() { ColorSpace::YCbCr } else { ColorSpace::Luma };
        let options =
            DecoderOptions::default().jpeg_set_out_colorspace(space).set_max_height(65535).set_max_width(65535);
        let mut decoder = JpegDecoder::new_with_options(ZCursor::new(file), options.set_strict_mode(true));
        let samples = decoder.decode().unwrap();
        let (width, height) = decoder.dimensions().unwrap();
        assert_eq!((width, height), (self.planes[0].width(), self.planes[0].height()));
        samples
    }

    /// The greatest distances between what was encoded and `samples`, by component.
    fn distances(&self, samples: &[u8]) -> Vec<u8> {
        let [across, down] = self.sampling.map_or([1, 1], Sampling::factors);
        let (count, width) = (self.planes.len(), self.planes[0].width());
        assert_eq!(samples.len(), count * width * self.planes[0].height());
        let distance = |index: usize, plane: &Plane| {
            let [across, down] = if index == 0 { [1, 1] } else { [across, down] };
            let samples = samples.iter().skip(index).step_by(count).enumerate();
            samples.map(|(at, sample)| plane.row(at / width / down)[at % width / across].abs_diff(*sample)).max()
        };
        self.planes.iter().enumerate().filter_map(|(index, plane)| distance(index, plane)).collect()
    }
}

fn every_size_decodes(sampling: Option<Sampling>) {
    for (width, height) in (1..=40).flat_map(|width| (1..=40).map(move |height| (width, height))) {
        let picture = Picture::smooth(sampling, width, height);
        let decoded = picture.decoded(&picture.encode(&PLAIN));
        let distances = picture.distances(&decoded);
        // Smaller planes are compared with the decoder's interpolation, which moves them.
        let near = if sampling.is_none_or(|sampling| sampling == Sampling::S444) { 8 } else { 26 };
        assert!(distances[0] <= 8 && distances.iter().all(|d| *d <= near), "{width}×{height} {distances:?}");
        let progressive = picture.encode(&Settings { progressive: true, ..PLAIN });
        assert!(picture.decoded(&progressive) == decoded, "{width}×{height}, progressive");
    }
}

#[test]
fn every_size_of_grey_decodes() {
    every_size_decodes(None);
}

#[test]
fn every_size_of_444_decodes() {
    every_size_decodes(Some(Sampling::S444));
}

#[test]
fn every_size_of_422_decodes() {
    every_size_decodes(Some(Sampling::S422));
}

#[test]
fn every_size_of_420_decodes() {
    every_size_decodes(Some(Sampling::S420));
}

#[test]
fn longest_sides_decode() {
    for (sampling, (width, height)) in ALL.into_iter().zip([(65535, 1), (1, 65535), (65535, 2), (2, 65535)]) {
        let picture = Picture::smooth(sampling, width, height);
        for progressive in [false, true] {
            let decoded = picture.decoded(&picture.encode(&Settings { progressive, ..PLAIN }));
            assert!(picture.distances(&decoded)[0] <= 8, "{width}×{height}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_samples_decode_the_same_from_both_processes(
        sampling in proptest::sample::select(&ALL[..]),
        (width, height) in (1usize..80, 1usize..80),
        quality in 0u8..=101,
        noise in proptest::collection::vec(any::<u8>(), 997),
        // Of so many samples one is noise.
        rarity in 1usize..60,
    ) {
        let mut count = 0;
        let picture = Picture::new(sampling, width, height, |_, _, _| {
            count += 1;
            if count % rarity == 0 { noise[count % noise.len()] } else { 77 }
        });
        let baseline = picture.encode(&Settings { quality, ..PLAIN });
        let progressive = picture.encode(&Settings { quality, progressive: true, ..PLAIN });
        prop_assert_eq!(picture.decoded(&baseline), picture.decoded(&progressive));
    }
}

#[test]
fn best_quality_keeps_noise() {
    let mut state = 1u32;
    for sampling in ALL {
        let picture = Picture::new(sampling, 64, 48, |_, _, _| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        });
        let decoded = picture.decoded(&picture.encode(&Settings { quality: 100, ..PLAIN }));
        assert!(picture.distances(&decoded)[0] <= 4);
    }
}

#[test]
fn pictures_with_more_symbols_than_are_collected_decode() {
    let mut state = 1u32;
    let picture = Picture::new(None, 1200, 1200, |_, _, y| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        // The tables are made before the symbols of the last rows are seen.
        if y < 1160 { (state >> 24) as u8 } else { 255 * (state >> 31) as u8 }
    });
    let decoded = picture.decoded(&picture.encode(&Settings { quality: 100, ..PLAIN }));
    assert!(picture.distances(&decoded)[0] <= 4);
}

#[test]
fn limit_holds_to_the_byte() {
    let profile = [7; 300];
    for (sampling, progressive) in ALL.into_iter().flat_map(|sampling| [(sampling, false), (sampling, true)]) {
        let picture = Picture::smooth(sampling, 50, 40);
        let settings = Settings { progressive, segments: &[Segment::Icc(&profile)], ..PLAIN };
        let length = picture.encode(&settings).len();
        let limited = |limit| encode(&picture.source(), &Settings { limit, ..settings });
        assert_eq!(limited(length).map(|file| file.len()), Ok(length));
        for limit in 0..length {
            assert_eq!(limited(limit), Err(EncodeError::TooLarge { limit }));
        }
    }
}

#[test]
fn planes_that_do_not_fit_are_refused() {
    let plane = |width, height| Plane::new(width, height, width, vec![0; width * height]).unwrap();
    let [y, cb, cr] = [plane(17, 9), plane(9, 5), plane(9, 5)];
    let refused = |planes: [&Plane; 3], sampling| {
        encode(&Source::YCbCr { planes: planes.map(Plane::as_ref), sampling }, &PLAIN).err()
    };
    assert_eq!(refused([&y, &cb, &cr], Sampling::S420), None);
    assert_eq!(refused([&y, &cb, &cr], Sampling::S422), Some(EncodeError::Planes));
    assert_eq!(refused([&y, &cb, &y], Sampling::S420), Some(EncodeError::Planes));
    assert_eq!(refused([&y, &y, &y], Sampling::S444), None);
    let long = plane(65536, 1);
    assert_eq!(encode(&Source::Grey(long.as_ref()), &PLAIN), Err(EncodeError::Side { side: 65536 }));
}

/// The application segments of a file: their numbers and payloads.
fn applications(file: &[u8]) -> Vec<(u8, &[u8])> {
    let mut rest = &file[2..];
    let mut found = Vec::new();
    while let [0xFF, marker, high, low, ..] = *rest {
        if marker == 0xDA {
            break;
        }
        let (segment, after) = rest.split_at(2 + usize::from(u16::from_be_bytes([high, low])));
        found.extend((marker & 0xF0 == 0xE0).then_some((marker & 15, &segment[4..])));
        rest = after;
    }
    found
}

#[test]
fn segments_follow_the_header_in_their_order() {
    let picture = Picture::smooth(None, 8, 8);
    let application = Segment::Application { number: 13, payload: b"Photoshop" };
    let segments = [Segment::Exif(b"MM\0*"), application, Segment::Xmp(b"<x/>")];
    let file = picture.encode(&Settings { segments: &segments, ..PLAIN });
    let wanted: [(u8, &[u8]); 4] = [
        (0, b"JFIF\0\x01\x02\0\0\x01\0\x01\0\0"),
        (1, b"Exif\0\0MM\0*"),
        (13, b"Photoshop"),
        (1, b"http://ns.adobe.com/xap/1.0/\0<x/>"),
    ];
    assert_eq!(applications(&file), wanted);
    picture.decoded(&file);
}

#[test]
fn profiles_are_cut_into_as_many_segments_as_they_need() {
    let picture = Picture::smooth(None, 8, 8);
    for (length, pieces) in [(0, 0), (1, 1), (65519, 1), (65520, 2), (200_000, 4), (255 * 65519, 255)] {
        let profile: Vec<u8> = (0..length).map(|index| (index % 251) as u8).collect();
        let file = picture.encode(&Settings { segments: &[Segment::Icc(&profile)], ..PLAIN });
        let found = &applications(&file)[1..];
        assert_eq!(found.len(), pieces);
        let mut whole = Vec::new();
        for (index, (number, payload)) in found.iter().enumerate() {
            assert_eq!((*number, &payload[..12]), (2, &b"ICC_PROFILE\0"[..]));
            assert_eq!(payload[12..14], [index as u8 + 1, pieces as u8]);
            whole.extend_from_slice(&payload[14..]);
        }
        assert!(whole == profile, "{length} bytes");
    }
}

#[test]
fn segments_that_are_too_long_are_refused() {
    let picture = Picture::smooth(None, 8, 8);
    let long = vec![0; 255 * 65519 + 1];
    let refused = |segment| encode(&picture.source(), &Settings { segments: &[segment], ..PLAIN }).err();
    assert_eq!(refused(Segment::Icc(&long)), Some(EncodeError::Segment { bytes: long.len() }));
    assert_eq!(refused(Segment::Exif(&long[..65527])), None);
    assert_eq!(refused(Segment::Exif(&long[..65528])), Some(EncodeError::Segment { bytes: 65534 }));
    let application = |bytes| Segment::Application { number: 11, payload: &long[..bytes] };
    assert_eq!(refused(application(65533)), None);
    assert_eq!(refused(application(65534)), Some(EncodeError::Segment { bytes: 65534 }));
}
