//! Decoding beside libjpeg-turbo, over every sampling, restart interval, order of scans, size and quality.

use jpeg_encoder::SamplingFactor;
use lucarne_jpeg::decode::{Chroma, Color, Options, Picture, Scale, decode};
use lucarne_jpeg::plane::Plane;

use crate::files::{channel, cjpeg, components, inks, picture};
use crate::programs::{from_pnm, piped};

/// One pixel, one block and its neighbours, several blocks and a rest, and long in one direction.
const SIZES: [(usize, usize); 9] = [(1, 1), (7, 3), (8, 8), (9, 17), (16, 16), (33, 31), (50, 48), (3, 70), (97, 5)];
/// As `cjpeg` takes them: 4:4:4, 4:2:2, 4:2:0, 4:4:0, 4:1:1, 4:1:0 turned, thirds, and differences that differ.
const SAMPLINGS: [&str; 8] = ["1x1", "2x1", "2x2", "1x2", "4x1", "1x4", "3x1", "2x2,2x1,1x2"];
const RESTARTS: [&[&str]; 3] = [&[], &["-restart", "1"], &["-restart", "3B"]];
const ORDERS: [&[&str]; 3] = [&[], &["-optimize"], &["-progressive"]];
const QUALITIES: [&str; 3] = ["12", "75", "98"];

/// The lowest likeness of subsampled components, decibels: the ways to interpolate differ.
const SUBSAMPLED: f64 = 45.0;

fn decoded(file: &[u8]) -> Picture {
    let options = Options { scale: Scale::Full, chroma: Chroma::Whole, memory: 64 << 20 };
    let picture = decode(file, &options).unwrap();
    assert!(!picture.truncated, "nothing is missing");
    picture
}

fn samples(plane: &Plane) -> Vec<u8> {
    (0..plane.height()).flat_map(|y| plane.row(y).to_vec()).collect()
}

/// The greatest difference of two samples, and the likeness in decibels.
fn differences(ours: &[u8], theirs: &[u8]) -> (u8, f64) {
    assert_eq!(ours.len(), theirs.len());
    let differences = ours.iter().zip(theirs).map(|(ours, theirs)| ours.abs_diff(*theirs));
    let squares: f64 = differences.clone().map(|difference| f64::from(difference).powi(2)).sum();
    (differences.max().unwrap(), 10.0 * (255.0 * 255.0 * ours.len() as f64 / squares).log10())
}

/// Every combination of the options below, by name.
fn combinations() -> impl Iterator<Item = (Vec<&'static str>, String)> {
    RESTARTS.into_iter().flat_map(|restart| {
        ORDERS.into_iter().flat_map(move |order| {
            QUALITIES.into_iter().map(move |quality| {
                let arguments = [restart, order, &["-quality", quality]].concat();
                let name = arguments.join(" ");
                (arguments, name)
            })
        })
    })
}

fn colours_are_decoded_as_djpeg_does(sampling: &str) {
    for (width, height) in SIZES {
        let picture = picture(width, height);
        for (mut arguments, name) in combinations() {
            arguments.extend(["-sample", sampling]);
            let file = cjpeg(&picture, &arguments);
            let (ours, theirs) = (decoded(&file), components(&file));
            let name = format!("{width}×{height} {sampling} {name}");
            assert_eq!(ours.color, Color::YCbCr, "{name}");
            assert_eq!((theirs.width(), theirs.height()), (width, height), "{name}");
            for (index, plane) in ours.planes.iter().enumerate() {
                assert_eq!((plane.width(), plane.height()), (width, height), "{name}");
                let (greatest, likeness) = differences(&samples(plane), &channel(&theirs, index));
                // What has as many samples as the picture is decoded exactly; the rest is also interpolated.
                let whole = index == 0 || sampling == "1x1";
                let holds = if whole { greatest <= 1 } else { likeness >= SUBSAMPLED };
                assert!(holds, "{name}: component {index}: up to {greatest}, {likeness:.1} dB");
            }
        }
    }
}

/// A function for each sampling: they run side by side.
macro_rules! each_sampling {
    ($($name:ident: $index:literal),* $(,)?) => {
        $(
            #[test]
            fn $name() {
                colours_are_decoded_as_djpeg_does(SAMPLINGS[$index]);
            }
        )*

        #[test]
        fn every_sampling_has_its_test() {
            assert_eq!([$($index),*].len(), SAMPLINGS.len());
        }
    };
}

each_sampling! {
    components_of_4_4_4_are_those_of_djpeg: 0,
    components_of_4_2_2_are_those_of_djpeg: 1,
    components_of_4_2_0_are_those_of_djpeg: 2,
    components_of_4_4_0_are_those_of_djpeg: 3,
    components_of_4_1_1_are_those_of_djpeg: 4,
    components_of_a_quarter_of_the_rows_are_those_of_djpeg: 5,
    components_of_thirds_are_those_of_djpeg: 6,
    components_that_differ_in_sampling_are_those_of_djpeg: 7,
}

#[test]
fn grey_and_rgb_are_within_one_of_djpeg() {
    for (width, height) in SIZES {
        let picture = picture(width, height);
        for (arguments, name) in combinations() {
            for (kind, color, count) in [("-grayscale", Color::Grey, 1), ("-rgb", Color::Rgb, 3)] {
                let file = cjpeg(&picture, &[arguments.as_slice(), &[kind]].concat());
                let (ours, theirs) = (decoded(&file), from_pnm(&piped("djpeg", &["-pnm"], &file)));
                assert_eq!((ours.color, ours.planes.len(), theirs.channels()), (color, count, count), "{name}");
                for (index, plane) in ours.planes.iter().enumerate() {
                    let (greatest, _) = differences(&samples(plane), &channel(&theirs, index));
                    assert!(greatest <= 1, "{width}×{height} {kind} {name}: {greatest}");
                }
            }
        }
    }
}

/// `djpeg` shows inks as the light that they leave: (255 − ink) × (255 − black) / 255.
#[test]
fn inks_are_within_one_of_djpeg() {
    let samplings = [SamplingFactor::F_1_1, SamplingFactor::F_2_1, SamplingFactor::F_2_2];
    for (width, height) in SIZES {
        let picture = picture(width, height);
        for ycck in [false, true] {
            for sampling in samplings {
                for progressive in [false, true] {
                    for restart in [0, 2] {
                        let file = inks(&picture, ycck, sampling, progressive, restart);
                        let name = format!("{width}×{height} ycck {ycck} {sampling:?} {progressive} {restart}");
                        let (ours, theirs) = (decoded(&file), from_pnm(&piped("djpeg", &["-pnm"], &file)));
                        assert_eq!((ours.color, ours.planes.len()), (Color::Cmyk, 4), "{name}");
                        let planes: Vec<Vec<u8>> = ours.planes.iter().map(samples).collect();
                        for index in 0..3 {
                            let pairs = planes[index].iter().zip(&planes[3]);
                            let light =
                                |(ink, black): (&u8, &u8)| (u32::from(255 - ink) * u32::from(255 - black) + 127) / 255;
                            let ours: Vec<u8> = pairs.map(|pair| light(pair) as u8).collect();
                            let (greatest, likeness) = differences(&ours, &channel(&theirs, index));
                            let whole = sampling == SamplingFactor::F_1_1 && !ycck;
                            // Conversion from differences to inks rounds once more.
                            let holds = if whole { greatest <= 1 } else { likeness >= SUBSAMPLED };
                            assert!(holds, "{name}: ink {index}: up to {greatest}, {likeness:.1} dB");
                        }
                    }
                }
            }
        }
    }
}

/// The smaller scales have no sample in common with another decoder's: they are held against the mean of what they
/// stand for.
#[test]
fn scaled_planes_are_near_the_means_of_whole_ones() {
    let picture = picture(190, 141);
    for sampling in ["1x1", "2x1", "2x2", "1x2"] {
        for order in ORDERS {
            let file = cjpeg(&picture, &[order, &["-quality", "90", "-sample", sampling]].concat());
            let whole = decoded(&file);
            for scale in [Scale::Half, Scale::Quarter, Scale::Eighth] {
                let options = Options { scale, chroma: Chroma::Whole, memory: 64 << 20 };
                let scaled = decode(&file, &options).unwrap();
                for (index, (plane, whole)) in scaled.planes.iter().zip(&whole.planes).enumerate() {
                    let whole = lucarne_gauge::Pixels::new(whole.width(), whole.height(), 1, samples(whole));
                    let means = lucarne_gauge::box_mean(&whole, scale.divisor() as usize);
                    assert_eq!((plane.width(), plane.height()), (means.width(), means.height()));
                    let (_, likeness) = differences(&samples(plane), means.samples());
                    assert!(likeness > 34.0, "{sampling} {order:?} {scale:?} component {index}: {likeness:.1} dB");
                }
            }
        }
    }
}
