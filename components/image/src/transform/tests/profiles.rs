//! Profiles on their way from every kind of source to every kind of result.

use image::Luma;
use lucarne_webp::{PlaneRef, Settings, Source, Yuv420};

use super::*;
use crate::colour;

const SIDE: u32 = 32;

/// One colour; with red and green in each other's place it is another. Both lose little as luma and chroma.
const COLOR: [u8; 3] = [151, 53, 66];
const SWAPPED: [u8; 3] = [53, 151, 66];

/// A quarter of the light, in levels that are light and in sRGB's.
const GREY: u8 = 64;
const MAPPED: u8 = 137;

/// A PNG with a profile.
fn png(color: png::ColorType, palette: Option<&[u8]>, pixel: &[u8], profile: Vec<u8>) -> Vec<u8> {
    let mut info = png::Info::with_size(SIDE, SIDE);
    info.color_type = color;
    info.bit_depth = png::BitDepth::Eight;
    info.palette = palette.map(|colors| colors.to_vec().into());
    info.icc_profile = Some(profile.into());
    let mut file = Vec::new();
    let encoder = png::Encoder::with_info(&mut file, info).expect("the picture can be written");
    let mut writer = encoder.write_header().expect("memory takes a header");
    writer.write_image_data(&pixel.repeat((SIDE * SIDE) as usize)).expect("memory takes pixels");
    writer.finish().expect("memory takes the end");
    file
}

/// A WebP without loss, with a profile.
fn lossless(color: image_webp::ColorType, pixel: &[u8], profile: Vec<u8>) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = image_webp::WebPEncoder::new(&mut file);
    encoder.set_icc_profile(profile);
    encoder.encode(&pixel.repeat((SIDE * SIDE) as usize), SIDE, SIDE, color).expect("memory takes pixels");
    file
}

/// A WebP with loss, with a profile.
fn lossy(alpha: Option<u8>, profile: &[u8]) -> Vec<u8> {
    let side = SIDE as usize;
    let pixels = lucarne_webp::from_rgb(&COLOR.repeat(side * side), side, side).expect("they are as many as it says");
    let [y, u, v] = pixels.into_yuv();
    let planes = Yuv420 { y: y.as_ref(), u: u.as_ref(), v: v.as_ref() };
    let alpha = alpha.map(|alpha| vec![alpha; side * side]);
    let alpha = alpha.as_ref().map(|alpha| PlaneRef::new(side, side, side, alpha).expect("it is as large as it says"));
    let settings = Settings { quality: 95, method: 4, limit: usize::MAX, icc: Some(profile), exif: None, xmp: None };
    lucarne_webp::encode(&Source::new(planes, alpha).expect("the planes are for each other"), &settings)
        .expect("memory suffices")
}

/// A JPEG with a profile.
fn jpeg(plain: &[u8], profile: &[u8]) -> Vec<u8> {
    // ICC.1 annex B.4: the letters, the number of this part and of all.
    fixture::with_segments(plain, &[(0xe2, [b"ICC_PROFILE\0\x01\x01", profile].concat())])
}

/// Every kind of source, with what a pixel of it is in sRGB: red, green, blue and alpha.
fn sources() -> Vec<(&'static str, Vec<u8>, [u8; 4])> {
    let (profile, of_grey) = (colour::fixture::swapped, colour::fixture::linear_grey);
    let color = DynamicImage::ImageRgb8(image::RgbImage::from_pixel(SIDE, SIDE, image::Rgb(COLOR)));
    let grey = DynamicImage::ImageLuma8(image::GrayImage::from_pixel(SIDE, SIDE, Luma([GREY])));
    let [red, green, blue] = COLOR;
    let alpha = |alpha| [SWAPPED[0], SWAPPED[1], SWAPPED[2], alpha];
    let grey_alpha = |alpha| [MAPPED, MAPPED, MAPPED, alpha];
    let rgba = [red, green, blue, 128];
    vec![
        ("JPEG", jpeg(&fixture::file(&color, SourceFormat::Jpeg), &profile()), alpha(255)),
        ("subsampled JPEG", jpeg(&fixture::subsampled(&color), &profile()), alpha(255)),
        ("grey JPEG", jpeg(&fixture::file(&grey, SourceFormat::Jpeg), &of_grey()), grey_alpha(255)),
        ("PNG", png(png::ColorType::Rgb, None, &COLOR, profile()), alpha(255)),
        ("PNG of a palette", png(png::ColorType::Indexed, Some(&COLOR), &[0], profile()), alpha(255)),
        ("PNG with alpha", png(png::ColorType::Rgba, None, &rgba, profile()), alpha(128)),
        ("grey PNG", png(png::ColorType::Grayscale, None, &[GREY], of_grey()), grey_alpha(255)),
        ("grey PNG with alpha", png(png::ColorType::GrayscaleAlpha, None, &[GREY, 128], of_grey()), grey_alpha(128)),
        ("lossless WebP", lossless(image_webp::ColorType::Rgb8, &COLOR, profile()), alpha(255)),
        ("lossless WebP with alpha", lossless(image_webp::ColorType::Rgba8, &rgba, profile()), alpha(128)),
        ("lossy WebP", lossy(None, &profile()), alpha(255)),
        ("lossy WebP with alpha", lossy(Some(128), &profile()), alpha(128)),
    ]
}

/// The mean of each channel, laid over white.
fn mean_over_white(picture: &DynamicImage) -> [f64; 3] {
    let picture = picture.to_rgba8();
    let pixels = picture.pixels().len() as f64;
    std::array::from_fn(|channel| {
        picture.pixels().map(|pixel| over_white(pixel[channel], pixel[3])).sum::<f64>() / pixels
    })
}

fn over_white(level: u8, alpha: u8) -> f64 {
    let alpha = f64::from(alpha) / 255.0;
    f64::from(level) * alpha + 255.0 * (1.0 - alpha)
}

#[test]
fn every_source_with_a_profile_becomes_srgb_in_every_result() {
    let encodings = [
        (ImageFormat::Jpeg, None, None),
        (ImageFormat::Jpeg, Some(95), None),
        (ImageFormat::Png, None, None),
        (ImageFormat::Webp, Some(95), None),
        (ImageFormat::Webp, None, Some(true)),
        (ImageFormat::Webp, Some(95), Some(false)),
    ];
    let pad = Step::Resize(Resize { enlarge: true, ..resize(20, 20, Fit::Pad) });
    for (name, source, [red, green, blue, alpha]) in sources() {
        let expected = [red, green, blue].map(|level| over_white(level, alpha));
        for (format, quality, lossless) in encodings {
            for light in [Light::Stored, Light::Linear] {
                for steps in [vec![], vec![Step::Resize(resize(20, 20, Fit::Fill))], vec![pad]] {
                    let plan = ImagePlan { format: Some(format), quality, lossless, light, ..plan(steps) };
                    let found = mean_over_white(&decoded(&made(&source, &plan)));
                    let near = found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() <= 2.0);
                    assert!(near, "{name} to {plan:?}: {found:?} is not {expected:?}");
                }
            }
        }
    }
}
