//! What decoding means, on files of all kinds that are made here from coefficients.

mod color;
mod hostile;
mod writer;

use proptest::prelude::*;

use self::writer::{Image, Writing, quantisation};
use super::*;
use crate::zigzag::ZIGZAG;

const FACTORS: [&[(usize, usize)]; 12] = [
    &[(1, 1)],
    &[(1, 1), (1, 1), (1, 1)],
    &[(2, 1), (1, 1), (1, 1)],
    &[(1, 2), (1, 1), (1, 1)],
    &[(2, 2), (1, 1), (1, 1)],
    &[(4, 1), (1, 1), (1, 1)],
    &[(4, 2), (1, 1), (2, 1)],
    &[(3, 1), (2, 1), (1, 1)],
    &[(2, 3), (1, 2), (1, 1)],
    &[(1, 1), (2, 2), (2, 2)],
    &[(1, 1), (1, 1), (1, 1), (1, 1)],
    &[(2, 2), (1, 1), (1, 1), (2, 2)],
];

const SIZES: [(usize, usize); 5] = [(1, 1), (8, 8), (17, 9), (33, 50), (70, 23)];

fn options(scale: Scale, chroma: Chroma) -> Options {
    Options { scale, chroma, memory: 1 << 22 }
}

/// All pictures that can be had of a file.
fn everything(file: &[u8]) -> Vec<Picture> {
    let mut pictures = Vec::new();
    for scale in Scale::ALL {
        for chroma in [Chroma::Stored, Chroma::Whole] {
            pictures.push(visible(decode(file, &options(scale, chroma)).expect("the file has a picture")));
        }
    }
    pictures
}

/// The same without what is beside the picture: blocks there are not in all scans.
fn visible(mut picture: Picture) -> Picture {
    for plane in &mut picture.planes {
        let rows = (0..plane.height()).flat_map(|y| plane.row(y).to_vec()).collect();
        *plane = Plane::new(plane.width(), plane.height(), plane.width(), rows).expect("rows are a plane");
    }
    picture
}

/// Ways to write an image that must not make a difference.
fn ways(components: usize) -> Vec<(&'static str, Writing)> {
    let sequential = || Writing::sequential(components);
    let alone: Vec<_> = (0..components).map(|one| one..one + 1).collect();
    let mut ways = vec![
        ("extended", Writing { frame: 0xC1, ..sequential() }),
        ("long codes", Writing { skewed: true, ..sequential() }),
        ("wide factors", Writing { wide: true, ..sequential() }),
        ("a restart marker after every MCU", Writing { restart: 1, ..sequential() }),
        ("restart markers", Writing { restart: 3, ..sequential() }),
        ("height after the scan", Writing { lines_after: true, restart: 2, ..sequential() }),
        ("no end", Writing { end: false, ..sequential() }),
        (
            "garbage",
            Writing { before: vec![0, 1, 0xFF, 0xFF, 0xFF, 0xE1, 0, 4, 0xFF, 0xD9, 7, 0xFF, 0], ..sequential() },
        ),
        ("one component a scan", Writing::scans(&alone)),
        ("one component a scan, restarts", Writing { restart: 2, ..Writing::scans(&alone) }),
        ("parts of the spectrum", Writing::spectral(components)),
        ("parts of the spectrum, long codes", Writing { skewed: true, ..Writing::spectral(components) }),
        ("parts of the bits", Writing::successive(components)),
        ("parts of the bits, restarts", Writing { restart: 2, ..Writing::successive(components) }),
        (
            "parts of the bits, long codes, no end",
            Writing { skewed: true, end: false, ..Writing::successive(components) },
        ),
    ];
    if components == 3 {
        ways.push(("one alone, two together", Writing::scans(&[0..1, 1..3])));
        ways.push(("two together, one alone", Writing::scans(&[0..2, 2..3])));
    }
    ways
}

#[test]
fn a_picture_is_the_same_however_its_coefficients_are_coded() {
    for factors in FACTORS {
        for (width, height) in SIZES {
            let image = Image::generate(width, height, factors);
            let expected = everything(&image.write(&Writing::sequential(factors.len())));
            assert!(expected.iter().all(|picture| !picture.truncated));
            for (way, writing) in ways(factors.len()) {
                let pictures = everything(&image.write(&writing));
                assert!(pictures == expected, "{way}, {width}×{height}, {factors:?}");
            }
        }
    }
}

#[test]
fn planes_are_as_large_as_scale_and_sampling_say() {
    for factors in FACTORS {
        for (width, height) in SIZES {
            let file = Image::generate(width, height, factors).write(&Writing::sequential(factors.len()));
            let most = factors.iter().fold((1, 1), |most, of| (most.0.max(of.0), most.1.max(of.1)));
            for scale in Scale::ALL {
                let size = [width, height].map(|side| scale.size(side as u32));
                for chroma in [Chroma::Stored, Chroma::Whole] {
                    let picture = decode(&file, &options(scale, chroma)).expect("the file has a picture");
                    assert_eq!([picture.width, picture.height], size);
                    for (plane, factors) in picture.planes.iter().zip(factors) {
                        let divisor = scale.divisor() as usize;
                        let expected = match chroma {
                            Chroma::Stored => (
                                (width * factors.0).div_ceil(most.0 * divisor),
                                (height * factors.1).div_ceil(most.1 * divisor),
                            ),
                            Chroma::Whole => (size[0] as usize, size[1] as usize),
                        };
                        assert_eq!((plane.width(), plane.height()), expected, "{factors:?} of {most:?} at {scale:?}");
                    }
                }
            }
        }
    }
}

/// The samples of a block by the definition of the transform, from its lowest coefficients.
fn by_definition(block: &[i16; 64], points: (usize, usize), factors: &[u16; 64]) -> Vec<f64> {
    let basis = |points: usize, sample: usize, frequency: usize| match frequency {
        0 => 1.0,
        _ => {
            let angle = (2 * sample + 1) as f64 * frequency as f64 * std::f64::consts::PI / (2 * points) as f64;
            std::f64::consts::SQRT_2 * angle.cos()
        }
    };
    let mut samples = Vec::new();
    for y in 0..points.1 {
        for x in 0..points.0 {
            let mut sum = 0.0;
            for (coded, &value) in block.iter().enumerate() {
                let place = usize::from(ZIGZAG[coded]);
                let (u, v) = (place % 8, place / 8);
                if u < points.0 && v < points.1 {
                    let value = f64::from(value) * f64::from(factors[place]);
                    sum += value * basis(points.0, x, u) * basis(points.1, y, v);
                }
            }
            samples.push((sum / 8.0 + 128.0).clamp(0.0, 255.0));
        }
    }
    samples
}

/// How many samples a block of so many becomes in the whole of a picture.
fn whole_points(scale: Scale, factor: usize, most: usize) -> usize {
    let wanted = scale.points() * most;
    let fits = |points: &usize| *points >= scale.points() && wanted.is_multiple_of(factor * points);
    [8, 4, 2].into_iter().find(fits).unwrap_or(scale.points())
}

#[test]
fn samples_are_those_of_the_transform_by_definition() {
    for factors in FACTORS {
        let image = Image::generate(64, 48, factors);
        let file = image.write(&Writing::sequential(factors.len()));
        let frame = Frame::read(&file).expect("the file has a frame");
        for scale in Scale::ALL {
            for chroma in [Chroma::Stored, Chroma::Whole] {
                let (layouts, mcus) = Layout::of(&frame, scale, chroma);
                let mut memory = Memory::new(1 << 22);
                let mut decoder = Decoder::new(&file, &frame, (&layouts, mcus), &mut memory).expect("memory suffices");
                decoder.run().expect("the file is whole");
                let (planes, _) = decoder.finish(&mut memory).expect("memory suffices");
                let most = frame.factors();
                for (index, (plane, component)) in planes.iter().zip(&image.components).enumerate() {
                    let factors = component.factors;
                    let points = match chroma {
                        Chroma::Stored => (scale.points(), scale.points()),
                        Chroma::Whole => {
                            (whole_points(scale, factors.0, most.0), whole_points(scale, factors.1, most.1))
                        }
                    };
                    for (number, block) in component.blocks.iter().enumerate() {
                        let expected = by_definition(block, points, &quantisation(index));
                        let wide = mcus.0 * factors.0;
                        for (sample, expected) in expected.iter().enumerate() {
                            let x = number % wide * points.0 + sample % points.0;
                            let y = number / wide * points.1 + sample / points.0;
                            if x < plane.width() && y < plane.height() {
                                let found = f64::from(plane.row(y)[x]);
                                assert!((found - expected).abs() <= 1.0, "{found} for {expected}, {points:?}");
                            }
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn headers_say_what_is_in_the_file() {
    let image = Image::generate(33, 50, &[(2, 1), (1, 1), (1, 1)]);
    for (coding, writing) in [
        (Coding::Baseline, Writing { lines_after: true, restart: 1, ..Writing::sequential(3) }),
        (Coding::Extended, Writing { frame: 0xC1, ..Writing::sequential(3) }),
        (Coding::Progressive, Writing::successive(3)),
    ] {
        let header = Header::read(&image.write(&writing)).expect("the file has a header");
        assert_eq!((header.width, header.height, header.coding), (33, 50, coding));
        assert_eq!(header.color, ColorModel::YCbCr);
        let factors: Vec<_> = header.components.iter().map(|one| (one.id, one.horizontal, one.vertical)).collect();
        assert_eq!(factors, [(1, 2, 1), (2, 1, 1), (3, 1, 1)]);
    }
}

#[test]
fn only_scans_that_matter_are_decoded() {
    let image = Image::generate(64, 64, &[(1, 1)]);
    let whole = image.write(&Writing::successive(1));
    let expected = decode(&whole, &options(Scale::Eighth, Chroma::Whole)).expect("the file has a picture");
    // Codes that nobody has in every scan but those of means.
    let mut damaged = whole.clone();
    let mut at = 0;
    while let Some(scan) = damaged[at..].windows(2).position(|marker| marker == [0xFF, 0xDA]) {
        at += scan + 10;
        if damaged[at - 3] != 0 {
            damaged[at..at + 4].fill(0xFE);
        }
    }
    assert_ne!(damaged, whole);
    assert_eq!(decode(&damaged, &options(Scale::Eighth, Chroma::Whole)), Ok(expected));
    assert_ne!(
        decode(&damaged, &options(Scale::Full, Chroma::Whole)),
        decode(&whole, &options(Scale::Full, Chroma::Whole))
    );
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn sequential_and_progressive_files_of_any_size_agree(
        width in 1..80_usize,
        height in 1..80_usize,
        factors in proptest::collection::vec((1..=4_usize, 1..=4_usize), 3),
        restart in 0..9_usize,
    ) {
        let image = Image::generate(width, height, &factors);
        let sequential = everything(&image.write(&Writing { restart, ..Writing::sequential(3) }));
        let progressive = everything(&image.write(&Writing { restart, ..Writing::successive(3) }));
        prop_assert!(sequential == progressive);
    }
}
