//! What is written here, read by others.

use lucarne_gauge::{Pixels, Scene, psnr};
use lucarne_jpeg::encode::{Sampling, Settings, Source, encode, rgb_to_planes};
use lucarne_jpeg::plane::PlaneRef;

use crate::files::{channel, corner};
use crate::programs::{from_pnm, piped};

const SIZES: [(usize, usize); 8] = [(1, 1), (2, 9), (8, 8), (15, 16), (17, 33), (64, 48), (101, 3), (90, 67)];
/// A file's picture by the crate `image`.
fn by_image(file: &[u8], channels: usize) -> Pixels {
    let picture = image::load_from_memory(file).unwrap();
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let samples = match channels {
        1 => picture.into_luma8().into_raw(),
        3 => picture.into_rgb8().into_raw(),
        _ => picture.into_rgba8().into_raw(),
    };
    Pixels::new(width, height, channels, samples)
}

fn assert_like(name: &str, made: &Pixels, picture: &Pixels, least: f64) {
    assert_eq!((made.width(), made.height()), (picture.width(), picture.height()), "{name}");
    let likeness = psnr(made, picture);
    assert!(likeness > least, "{name}: {likeness:.1} dB");
}

#[test]
fn jpeg_files_are_read_by_djpeg_and_image() {
    for (width, height) in SIZES {
        let picture = corner(Scene::Gradients, width, height);
        for sampling in [Sampling::S444, Sampling::S422, Sampling::S420] {
            let planes = rgb_to_planes(picture.samples(), width, height, sampling).unwrap();
            for quality in [1, 30, 80, 100] {
                for progressive in [false, true] {
                    let settings = Settings { quality, progressive, segments: &[], limit: 1 << 20 };
                    let source = Source::YCbCr { planes: planes.each_ref().map(|plane| plane.as_ref()), sampling };
                    let file = encode(&source, &settings).unwrap();
                    let name = format!("{width}×{height} {sampling:?} {quality} {progressive}");
                    let by_djpeg = from_pnm(&piped("djpeg", &["-pnm", "-strict"], &file));
                    let least = match quality {
                        1 => 10.0,
                        30 => 24.0,
                        _ => 30.0,
                    };
                    assert_like(&name, &by_djpeg, &picture, least);
                    assert_like(&name, &by_image(&file, 3), &picture, least);
                }
            }
        }
    }
}

#[test]
fn grey_jpeg_files_are_read_by_djpeg_and_image() {
    for (width, height) in SIZES {
        let luma = corner(Scene::Water, width, height).luma();
        let picture = Pixels::new(width, height, 1, luma.iter().map(|luma| *luma as u8).collect());
        for progressive in [false, true] {
            let plane = PlaneRef::new(width, height, width, picture.samples()).unwrap();
            let settings = Settings { quality: 95, progressive, segments: &[], limit: 1 << 20 };
            let file = encode(&Source::Grey(plane), &settings).unwrap();
            let name = format!("{width}×{height} {progressive}");
            assert_like(&name, &from_pnm(&piped("djpeg", &["-pnm", "-strict"], &file)), &picture, 30.0);
            assert_like(&name, &by_image(&file, 1), &picture, 30.0);
        }
    }
}

/// A lossy WebP with so much work.
fn webp(picture: &Pixels, quality: u8, method: u8) -> Vec<u8> {
    let (samples, width, height) = (picture.samples(), picture.width(), picture.height());
    let planes = match picture.channels() {
        4 => lucarne_webp::from_rgba(samples, width, height).unwrap(),
        _ => lucarne_webp::from_rgb(samples, width, height).unwrap(),
    };
    let settings = lucarne_webp::Settings { quality, method, ..Default::default() };
    lucarne_webp::encode(&planes.source(), &settings).unwrap()
}

fn by_dwebp(file: &[u8]) -> Pixels {
    from_pnm(&piped("dwebp", &["-quiet", "-ppm", "-o", "-", "--", "-"], file))
}

#[test]
fn webp_files_of_every_size_to_64_are_read_by_dwebp() {
    for height in 1..=64 {
        for width in 1..=64 {
            let picture = corner(Scene::Leaves, width, height);
            let method = (width * 5 + height * 3) % 7;
            let made = by_dwebp(&webp(&picture, 75, u8::try_from(method).unwrap()));
            assert_like(&format!("{width}×{height} method {method}"), &made, &picture, 17.0);
        }
    }
}

#[test]
fn webp_files_look_like_their_sources_in_dwebp_and_image() {
    for (width, height) in SIZES {
        for (scene, channels) in [(Scene::Gradients, 3), (Scene::Landscape, 3), (Scene::Glass, 4)] {
            let picture = corner(scene, width, height);
            for method in 0..=6 {
                for (quality, least) in [(0, 12.0), (50, 22.0), (90, 26.0), (100, 27.0)] {
                    let file = webp(&picture, quality, method);
                    let name = format!("{} {width}×{height} method {method} quality {quality}", scene.name());
                    let made = by_image(&file, channels);
                    assert_like(&name, &made.over_grey(128), &picture.over_grey(128), least);
                    if channels == 3 {
                        assert_like(&name, &by_dwebp(&file), &picture, least);
                    }
                }
            }
        }
    }
}

#[test]
fn alpha_comes_through_webp_as_it_is() {
    for (width, height) in SIZES {
        let picture = corner(Scene::Logo, width, height);
        let made = by_image(&webp(&picture, 80, 4), 4);
        assert_eq!(channel(&made, 3), channel(&picture, 3), "{width}×{height}");
    }
}

/// The longest side that the format has (RFC 6386 §9.1), in both directions.
#[test]
fn a_webp_of_the_longest_side_is_read_by_dwebp() {
    for (width, height) in [(16_383, 17), (9, 16_383)] {
        for method in [0, 4] {
            let made = by_dwebp(&webp(&Scene::Gradients.paint(width, height), 60, method));
            assert_eq!((made.width(), made.height()), (width, height));
        }
    }
}
