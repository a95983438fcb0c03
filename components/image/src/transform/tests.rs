//! Whole transforms: formats, orientations, limits, and every way a file can be broken.

use image::{DynamicImage, GenericImageView, Pixel};
use lucarne_guest::image::{
    Color, Crop, CropOffset, CropSize, Filter, Fit, ImageFormat, Length, Overflow, Resize, SourceFormat, Step,
    TruncatedPolicy,
};

mod profiles;
mod rows;
mod scaled;
mod sources;
mod truncated;

use super::*;
use crate::fixture::{self, limits, plan, resize};

fn made(source: &[u8], plan: &ImagePlan) -> ImageOutput {
    transform(source, plan, &limits()).expect("the plan suits the picture")
}

fn decoded(output: &ImageOutput) -> DynamicImage {
    let picture = image::load_from_memory(&output.body).expect("the result is a picture");
    assert_eq!(picture.dimensions(), (output.width, output.height));
    picture
}

/// Every file that is small and has something of its own.
fn files() -> Vec<(&'static str, Vec<u8>)> {
    let picture = fixture::picture(24, 16);
    let grey = DynamicImage::ImageLuma8(picture.to_luma8());
    let transparent = fixture::disc(12);
    let mut files: Vec<_> = fixture::FORMATS.map(|format| ("plain", fixture::file(&picture, format))).into();
    files.push(("progressive", fixture::progressive(&picture)));
    files.push(("subsampled", fixture::subsampled(&picture)));
    files.push(("grey jpeg", fixture::file(&grey, SourceFormat::Jpeg)));
    files.push(("transparent webp", fixture::file(&transparent, SourceFormat::Webp)));
    files.push(("transparent gif", fixture::file(&transparent, SourceFormat::Gif)));
    files.push(("tagged png", fixture::tagged(&picture, SourceFormat::Png, 6)));
    files.push(("tagged webp", fixture::tagged(&picture, SourceFormat::Webp, 6)));
    files.push(("lossy webp", fixture::LOSSY_WEBP.to_vec()));
    files
}

#[test]
fn every_format_becomes_every_format() {
    let source = fixture::quadrants(48, 32);
    for from in fixture::FORMATS {
        for to in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::Webp] {
            let output = made(&fixture::file(&source, from), &fixture::convert(to));
            assert_eq!(output.format, to);
            let picture = decoded(&output);
            assert_eq!(picture.dimensions(), (48, 32));
            for (x, y) in [(12, 8), (36, 8), (12, 24), (36, 24)] {
                let (pixel, expected) = (picture.get_pixel(x, y).to_rgb(), source.get_pixel(x, y).to_rgb());
                let near = pixel.0.iter().zip(expected.0).all(|(&a, b)| a.abs_diff(b) < 12);
                assert!(near, "{from:?} to {to:?} at {x},{y}: {pixel:?}, not {expected:?}");
            }
        }
    }
}

#[test]
fn without_a_format_the_source_decides() {
    let cases = [
        (SourceFormat::Jpeg, ImageFormat::Jpeg),
        (SourceFormat::Png, ImageFormat::Png),
        (SourceFormat::Webp, ImageFormat::Webp),
        (SourceFormat::Gif, ImageFormat::Png),
    ];
    for (from, to) in cases {
        let output = made(&fixture::file(&fixture::picture(24, 16), from), &plan(vec![]));
        assert_eq!(output.format, to);
        let codec = match to {
            ImageFormat::Jpeg => image::ImageFormat::Jpeg,
            ImageFormat::Png => image::ImageFormat::Png,
            ImageFormat::Webp => image::ImageFormat::WebP,
        };
        assert_eq!(image::guess_format(&output.body).ok(), Some(codec));
    }
}

#[test]
fn lossless_formats_keep_every_pixel() {
    for source in [fixture::picture(24, 16), fixture::disc(20)] {
        for (from, to) in [(SourceFormat::Png, ImageFormat::Webp), (SourceFormat::Webp, ImageFormat::Png)] {
            let plan = ImagePlan { lossless: Some(true), ..fixture::convert(to) };
            let output = made(&fixture::file(&source, from), &plan);
            assert_eq!(decoded(&output).to_rgba8(), source.to_rgba8(), "{from:?} to {to:?}");
        }
    }
}

#[test]
fn no_file_that_ends_early_becomes_another_picture() {
    for (name, file) in files() {
        let whole = transform(&file, &plan(vec![]), &limits());
        assert!(whole.is_ok(), "{name}");
        for length in 0..file.len() {
            let made = transform(&file[..length], &plan(vec![]), &limits());
            match made {
                // What a JPEG's last marker ends has ended before it.
                Ok(_) if file.starts_with(&[0xff, 0xd8]) && length + 2 >= file.len() => assert_eq!(made, whole),
                Err(ImageError::Corrupt(_)) => {}
                Err(ImageError::Unrecognized) => assert!(length < 12, "{name} of {length} bytes is recognized"),
                other => panic!("{name} of {length} bytes, of {}: {other:?}", file.len()),
            }
        }
    }
}

#[test]
fn no_change_of_a_byte_is_worse_than_an_error() {
    let steps = vec![Step::Resize(resize(10, 10, Fit::Crop))];
    let plan = ImagePlan { truncated: TruncatedPolicy::Accept, ..plan(steps) };
    for (_, file) in files() {
        for position in 0..file.len() {
            for change in [0x01, 0x10, 0x80, 0xff] {
                let mut file = file.clone();
                file[position] ^= change;
                // It returns: that is the claim.
                let _ = transform(&file, &plan, &limits());
            }
        }
    }
}

#[test]
fn a_png_without_pixels_is_corrupt_even_with_its_last_chunk() {
    let file = fixture::file(&fixture::picture(64, 64), SourceFormat::Png);
    let data = memchr::memmem::find(&file, b"IDAT").expect("pixels");
    let end = memchr::memmem::find(&file, b"IEND").expect("an end") - 4;
    let cut = [&file[..data - 4], &file[end..]].concat();
    assert!(matches!(transform(&cut, &plan(vec![]), &limits()), Err(ImageError::Corrupt(_))));
}

#[test]
fn all_eight_orientations_make_the_picture_upright() {
    let upright = fixture::quadrants(48, 32);
    // What a camera would have stored for each tag: the inverse of the turn.
    let stored = |tag| match tag {
        1 => upright.clone(),
        2 => upright.fliph(),
        3 => upright.rotate180(),
        4 => upright.flipv(),
        5 => upright.rotate90().fliph(),
        6 => upright.rotate270(),
        7 => upright.rotate270().fliph(),
        _ => upright.rotate90(),
    };
    for format in [SourceFormat::Jpeg, SourceFormat::Png, SourceFormat::Webp] {
        for tag in 1..=8 {
            let tagged = fixture::tagged(&stored(tag), format, tag);
            let fixed = fixture::file(&stored(tag), format);
            let by_tag = fixture::convert(ImageFormat::Png);
            let by_plan = ImagePlan { orientation: Orientation::Fixed(tag), ..by_tag.clone() };
            let output = made(&tagged, &by_tag);
            let picture = decoded(&output);
            assert_eq!(picture.dimensions(), (48, 32), "{format:?} {tag}");
            for (x, y) in [(12, 8), (36, 8), (12, 24), (36, 24)] {
                let (pixel, expected) = (picture.get_pixel(x, y).to_rgb(), upright.get_pixel(x, y).to_rgb());
                let near = pixel.0.iter().zip(expected.0).all(|(&a, b)| a.abs_diff(b) < 12);
                assert!(near, "{format:?} {tag} at {x},{y}: {pixel:?}, not {expected:?}");
            }
            assert_eq!(made(&fixed, &by_plan).body, output.body, "{format:?} {tag}");
        }
    }
}

#[test]
fn steps_see_the_upright_picture() {
    let upright = fixture::picture(40, 24);
    let crop = Step::Crop(Crop {
        size: CropSize::Box((Length::Pixels(20), Length::Pixels(10))),
        x: CropOffset::Pixels(15),
        y: CropOffset::Pixels(5),
        overflow: Overflow::Clamp,
    });
    let enlarge = Resize { enlarge: true, filter: Filter::Linear, ..resize(50, 31, Fit::Fill) };
    let plans = [
        vec![crop],
        vec![Step::Resize(resize(13, 9, Fit::Fill))],
        vec![crop, Step::Resize(resize(7, 7, Fit::Crop))],
        vec![crop, Step::Resize(enlarge), crop],
        vec![Step::Resize(resize(30, 30, Fit::Pad)), crop],
    ];
    let stored = [(3, upright.rotate180()), (6, upright.rotate270()), (5, upright.rotate90().fliph())];
    for steps in plans {
        let plan = ImagePlan { format: Some(ImageFormat::Png), ..plan(steps) };
        let expected = decoded(&made(&fixture::file(&upright, SourceFormat::Png), &plan)).to_rgba8();
        for (tag, stored) in &stored {
            let turned = decoded(&made(&fixture::tagged(stored, SourceFormat::Png, *tag), &plan)).to_rgba8();
            assert_eq!(turned.dimensions(), expected.dimensions());
            // The order of the passes differs, and with it the last bit.
            let near = turned.iter().zip(expected.iter()).all(|(a, b)| a.abs_diff(*b) <= 2);
            assert!(near, "tag {tag}: {:?}", plan.steps);
        }
    }
}

#[test]
fn results_carry_no_metadata() {
    for format in [SourceFormat::Jpeg, SourceFormat::Png, SourceFormat::Webp] {
        let file = fixture::tagged(&fixture::picture(24, 16), format, 6);
        let output = made(&file, &plan(vec![]));
        for name in [b"Exif".as_slice(), b"eXIf", b"EXIF", b"II*\0", b"iCCP"] {
            assert_eq!(memchr::memmem::find(&output.body, name), None, "{format:?}");
        }
        let info = inspect(&output.body, &limits()).expect("the result is a picture");
        assert_eq!((info.width, info.height, info.orientation), (16, 24, 1));
    }
}

#[test]
fn grey_stays_grey() {
    let grey = DynamicImage::ImageLuma8(fixture::picture(24, 16).to_luma8());
    let steps = vec![Step::Resize(resize(20, 20, Fit::Pad))];
    let cases = [
        (SourceFormat::Jpeg, ImageFormat::Jpeg, image::ColorType::L8),
        (SourceFormat::Png, ImageFormat::Png, image::ColorType::La8),
        (SourceFormat::Png, ImageFormat::Jpeg, image::ColorType::L8),
    ];
    for (from, to, color) in cases {
        let plan = ImagePlan { format: Some(to), ..plan(steps.clone()) };
        assert_eq!(decoded(&made(&fixture::file(&grey, from), &plan)).color(), color, "{from:?} to {to:?}");
    }
}

#[test]
fn transparent_edges_are_not_dark() {
    let file = fixture::file(&fixture::disc(64), SourceFormat::Png);
    for filter in [Filter::Linear, Filter::CatmullRom, Filter::Mitchell, Filter::Lanczos3] {
        let steps = vec![Step::Resize(Resize { filter, ..resize(23, 23, Fit::Fill) })];
        let picture = decoded(&made(&file, &plan(steps))).to_rgba8();
        let edge: Vec<_> = picture.pixels().filter(|pixel| (8..248).contains(&pixel[3])).collect();
        assert!(!edge.is_empty(), "{filter:?}");
        for pixel in edge {
            assert!(pixel[0] >= 250 && pixel[1] >= 250 && pixel[2] >= 250, "{filter:?}: {pixel:?}");
        }
    }
}

#[test]
fn a_jpeg_shows_the_background_where_the_source_is_transparent() {
    let file = fixture::file(&fixture::disc(96), SourceFormat::Png);
    let cases = [
        (None, [255, 255, 255]),
        (Some(Color { red: 200, green: 0, blue: 0, alpha: 255 }), [200, 0, 0]),
        (Some(Color { red: 0, green: 0, blue: 0, alpha: 0 }), [255, 255, 255]),
        (Some(Color { red: 0, green: 0, blue: 0, alpha: 128 }), [127, 127, 127]),
    ];
    for (background, expected) in cases {
        let plan = ImagePlan { background, ..fixture::convert(ImageFormat::Jpeg) };
        let picture = decoded(&made(&file, &plan)).to_rgb8();
        let near = picture.get_pixel(1, 1).0.iter().zip(expected).all(|(a, b)| a.abs_diff(b) < 8);
        assert!(near, "{background:?}: {:?}", picture.get_pixel(1, 1));
    }
}

#[test]
fn a_canvas_has_the_background_or_the_default_of_its_format() {
    let file = fixture::file(&fixture::picture(24, 12), SourceFormat::Png);
    let steps = vec![Step::Resize(resize(24, 36, Fit::Pad))];
    let red = Color { red: 250, green: 0, blue: 0, alpha: 255 };
    let glass = Color { red: 0, green: 0, blue: 250, alpha: 100 };
    let cases = [
        (ImageFormat::Png, None, [0, 0, 0, 0]),
        (ImageFormat::Webp, None, [0, 0, 0, 0]),
        (ImageFormat::Jpeg, None, [255, 255, 255, 255]),
        (ImageFormat::Png, Some(red), [250, 0, 0, 255]),
        (ImageFormat::Jpeg, Some(red), [250, 0, 0, 255]),
        (ImageFormat::Webp, Some(glass), [0, 0, 250, 100]),
    ];
    for (format, background, expected) in cases {
        let plan = ImagePlan { format: Some(format), background, ..plan(steps.clone()) };
        let picture = decoded(&made(&file, &plan)).to_rgba8();
        for (x, y) in [(1, 1), (22, 34)] {
            let mut pixel = *picture.get_pixel(x, y);
            if pixel[3] == 0 {
                // What is transparent may have any colour.
                pixel = image::Rgba([0; 4]);
            }
            assert!(
                pixel.0.iter().zip(expected).all(|(a, b)| a.abs_diff(b) < 12),
                "{format:?} {background:?} {pixel:?}"
            );
        }
        assert_eq!(picture.get_pixel(12, 18)[3], 255, "{format:?}: the picture is in the middle");
    }
}

#[test]
fn a_cut_lets_nothing_from_outside_in() {
    let source = DynamicImage::ImageRgb8(image::RgbImage::from_fn(40, 20, |x, _| {
        image::Rgb(if x < 20 { [0; 3] } else { [255; 3] })
    }));
    let crop = Step::Crop(Crop {
        size: CropSize::Box((Length::Pixels(20), Length::Pixels(20))),
        x: CropOffset::Pixels(0),
        y: CropOffset::Pixels(0),
        overflow: Overflow::Refuse,
    });
    let output =
        made(&fixture::file(&source, SourceFormat::Png), &plan(vec![crop, Step::Resize(resize(7, 7, Fit::Fill))]));
    assert!(decoded(&output).to_rgb8().iter().all(|&sample| sample == 0));
}

#[test]
fn quality_is_paid_in_bytes() {
    let file = fixture::file(&fixture::picture(96, 96), SourceFormat::Png);
    let size = |quality| {
        let plan = ImagePlan { quality, ..fixture::convert(ImageFormat::Jpeg) };
        made(&file, &plan).body.len()
    };
    let sizes = [Some(1), Some(40), Some(80), Some(100)].map(size);
    assert!(sizes.is_sorted_by(|a, b| a < b), "{sizes:?}");
    assert_eq!(size(None), size(Some(80)));
}

#[test]
fn plans_beyond_their_values_are_impossible() {
    let file = fixture::file(&fixture::picture(24, 16), SourceFormat::Jpeg);
    let cases = [
        ImagePlan { quality: Some(0), ..plan(vec![]) },
        ImagePlan { quality: Some(101), ..plan(vec![]) },
        ImagePlan { orientation: Orientation::Fixed(0), ..plan(vec![]) },
        ImagePlan { orientation: Orientation::Fixed(9), ..plan(vec![]) },
    ];
    for plan in cases {
        let made = transform(&file, &plan, &limits());
        assert!(matches!(made, Err(ImageError::Impossible(_))), "{plan:?}: {made:?}");
    }
}

#[test]
fn a_side_that_a_format_cannot_express_is_impossible() {
    let file = fixture::file(&fixture::picture(24, 16), SourceFormat::Png);
    let cases = [
        (ImageFormat::Webp, Some(true), 16_385),
        (ImageFormat::Webp, Some(false), 16_384),
        (ImageFormat::Webp, None, 16_384),
        (ImageFormat::Jpeg, None, 65_536),
    ];
    for (format, lossless, width) in cases {
        let steps = vec![Step::Resize(Resize { enlarge: true, ..resize(width, 1, Fit::Fill) })];
        let made = transform(&file, &ImagePlan { format: Some(format), lossless, ..plan(steps) }, &limits());
        assert!(matches!(made, Err(ImageError::Impossible(_))), "{format:?}: {made:?}");
    }
}

#[test]
fn the_longest_sides_of_each_format_are_written() {
    let file = fixture::file(&fixture::picture(24, 16), SourceFormat::Png);
    let cases = [
        (ImageFormat::Webp, Some(true), 16_384),
        (ImageFormat::Webp, Some(false), 16_383),
        (ImageFormat::Jpeg, None, 65_535),
    ];
    for (format, lossless, width) in cases {
        let steps = vec![Step::Resize(Resize { enlarge: true, ..resize(width, 1, Fit::Fill) })];
        let output = made(&file, &ImagePlan { format: Some(format), lossless, ..plan(steps) });
        assert_eq!(inspect(&output.body, &limits()).map(|info| info.width), Ok(width), "{format:?}");
    }
}

#[test]
fn output_bytes_stop_the_encoder() {
    let file = fixture::file(&fixture::picture(96, 96), SourceFormat::Png);
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::Webp] {
        let plan = fixture::convert(format);
        let length = made(&file, &plan).body.len() as u64;
        let bounded = |output_bytes| transform(&file, &plan, &ImageLimits { output_bytes, ..limits() });
        assert!(bounded(length).is_ok(), "{format:?}");
        let expected = format!("output-bytes: the limit is {} bytes", length - 1);
        assert_eq!(bounded(length - 1), Err(ImageError::TooLarge(expected)), "{format:?}");
    }
}

#[test]
fn extreme_shapes_are_scaled_either_way() {
    let cases = [(1, 4000, 4000, 1), (4000, 1, 1, 4000), (1, 1, 900, 900), (3000, 2, 1, 1)];
    for (width, height, to_width, to_height) in cases {
        let file = fixture::file(&fixture::picture(width, height), SourceFormat::Png);
        for filter in [Filter::Nearest, Filter::Lanczos3] {
            let resize = Resize { enlarge: true, filter, ..resize(to_width, to_height, Fit::Fill) };
            let output = made(&file, &plan(vec![Step::Resize(resize)]));
            assert_eq!((output.width, output.height), (to_width, to_height));
        }
    }
}

#[test]
fn a_gif_frame_lies_on_its_screen() {
    // A screen of 4 by 3, a frame of 2 by 2 at 3,1: one column of it is seen.
    let mut file = Vec::new();
    let mut encoder = gif::Encoder::new(&mut file, 4, 3, &[0, 0, 0, 255, 0, 0]).expect("memory takes a header");
    let frame = gif::Frame { left: 3, top: 1, ..gif::Frame::from_indexed_pixels(2, 2, vec![1; 4], None) };
    encoder.write_frame(&frame).expect("memory takes a frame");
    drop(encoder);
    let picture = decoded(&made(&file, &plan(vec![]))).to_rgba8();
    for (x, y, pixel) in picture.enumerate_pixels() {
        let expected = if x == 3 && y >= 1 { [255, 0, 0, 255] } else { [0, 0, 0, 0] };
        assert_eq!(pixel.0, expected, "{x},{y}");
    }
}

#[test]
fn the_same_call_gives_the_same_bytes() {
    let file = fixture::tagged(&fixture::picture(64, 48), SourceFormat::Jpeg, 6);
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::Webp] {
        let plan = ImagePlan { format: Some(format), ..plan(vec![Step::Resize(resize(20, 20, Fit::Crop))]) };
        assert_eq!(made(&file, &plan), made(&file, &plan));
    }
}
