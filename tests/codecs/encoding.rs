//! What is written here, read by others.

use lucarne_gauge::{Pixels, Scene, psnr};
use lucarne_guest::image::{
    Effort, ImageFormat, ImageLimits, ImagePlan, Light, MetadataPolicy, Orientation, TruncatedPolicy,
};
use lucarne_image::transform;
use lucarne_jpeg::encode::{Sampling, Settings, Source, encode, rgb_to_planes};
use lucarne_jpeg::plane::PlaneRef;

use crate::files::corner;
use crate::programs::{from_pnm, piped};

const SIZES: [(usize, usize); 8] = [(1, 1), (2, 9), (8, 8), (15, 16), (17, 33), (64, 48), (101, 3), (90, 67)];
const LIMITS: ImageLimits = ImageLimits { source_pixels: 1 << 28, output_pixels: 1 << 28, output_bytes: 1 << 26 };

/// A plan that only converts.
fn convert(format: ImageFormat, quality: u8, lossless: bool, effort: Effort) -> ImagePlan {
    ImagePlan {
        orientation: Orientation::Tagged,
        steps: Vec::new(),
        background: None,
        format: Some(format),
        quality: Some(quality),
        lossless: Some(lossless),
        effort,
        light: Light::Stored,
        metadata: MetadataPolicy::None,
        truncated: TruncatedPolicy::Refuse,
    }
}

fn png(picture: &Pixels) -> Vec<u8> {
    let color = match picture.channels() {
        1 => image::ExtendedColorType::L8,
        3 => image::ExtendedColorType::Rgb8,
        _ => image::ExtendedColorType::Rgba8,
    };
    let mut file = Vec::new();
    let encoder = image::codecs::png::PngEncoder::new(&mut file);
    let [width, height] = [picture.width(), picture.height()].map(|side| u32::try_from(side).unwrap());
    image::ImageEncoder::write_image(encoder, picture.samples(), width, height, color).unwrap();
    file
}

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

/// A WebP as the component writes it.
fn webp(picture: &Pixels, quality: u8, lossless: bool, effort: Effort) -> Vec<u8> {
    transform(&png(picture), &convert(ImageFormat::Webp, quality, lossless, effort), &LIMITS).unwrap().body
}

#[test]
fn lossy_webp_files_of_every_size_to_64_are_read_by_dwebp() {
    for height in 1..=64 {
        for width in 1..=64 {
            let picture = Scene::Leaves.paint(width, height);
            let effort = if (width + height) % 2 == 0 { Effort::Speed } else { Effort::Balanced };
            let file = webp(&picture, 75, false, effort);
            let made = from_pnm(&piped("dwebp", &["-quiet", "-ppm", "-o", "-", "--", "-"], &file));
            assert_eq!((made.width(), made.height()), (width, height));
        }
    }
}

#[test]
fn webp_files_look_like_their_sources_in_dwebp_and_image() {
    for (width, height) in SIZES {
        for (scene, channels) in [(Scene::Gradients, 3), (Scene::Landscape, 3), (Scene::Glass, 4)] {
            let picture = corner(scene, width, height);
            for effort in [Effort::Speed, Effort::Balanced, Effort::Quality] {
                for (quality, lossless) in [(90, false), (80, true)] {
                    let file = webp(&picture, quality, lossless, effort);
                    let name = format!("{} {width}×{height} {effort:?} {quality} {lossless}", scene.name());
                    let least = if lossless { 60.0 } else { 26.0 };
                    if channels == 3 {
                        let made = from_pnm(&piped("dwebp", &["-quiet", "-ppm", "-o", "-", "--", "-"], &file));
                        assert_like(&name, &made, &picture, least);
                    }
                    let made = by_image(&file, channels);
                    assert_like(&name, &made.over_grey(128), &picture.over_grey(128), least);
                }
            }
        }
    }
}

/// The longest side that the format has (RFC 9649 §3.4 and RFC 6386 §9.1), in both directions.
#[test]
fn a_lossy_webp_of_the_longest_side_is_read_by_dwebp() {
    for (width, height) in [(16_383, 17), (9, 16_383)] {
        let file = webp(&Scene::Gradients.paint(width, height), 60, false, Effort::Speed);
        let made = from_pnm(&piped("dwebp", &["-quiet", "-ppm", "-o", "-", "--", "-"], &file));
        assert_eq!((made.width(), made.height()), (width, height));
    }
}
