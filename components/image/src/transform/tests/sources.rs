//! What sources are like: deep, grey, damaged, in other colours, with metadata.

use lucarne_guest::image::{Effort, Light, MetadataPolicy};

use super::*;
use crate::{colour, head};

#[test]
fn sixteen_bits_are_rounded_to_the_nearest_of_eight() {
    let levels = [0u16, 1, 128, 129, 257, 385, 386, 0x7fff, 0x8000, 0xff7e, 0xff7f, 0xffff];
    let row: Vec<u8> = levels.iter().flat_map(|level| level.to_be_bytes()).collect();
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, levels.len() as u32, 2);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Sixteen);
    let mut writer = encoder.write_header().expect("memory takes a header");
    writer.write_image_data(&row.repeat(2)).expect("memory takes pixels");
    writer.finish().expect("memory takes the end");
    let picture = decoded(&made(&file, &plan(vec![]))).to_luma8();
    let expected = levels.map(|level| (f64::from(level) / 257.0).round() as u8);
    assert!(picture.rows().all(|row| row.map(|pixel| pixel[0]).eq(expected)), "{picture:?}");
}

#[test]
fn a_truncated_jpeg_is_what_the_plan_says() {
    let picture = fixture::waves(160, 120);
    for file in [fixture::subsampled(&picture), fixture::progressive(&picture)] {
        let half = &file[..file.len() / 2];
        let refused = transform(half, &plan(vec![]), &limits());
        assert!(matches!(refused, Err(ImageError::Corrupt(_))), "{refused:?}");
        let accepting = ImagePlan { truncated: TruncatedPolicy::Accept, ..plan(vec![]) };
        let output = made(half, &accepting);
        assert!(output.truncated);
        assert_eq!(decoded(&output).dimensions(), (160, 120));
        assert!(!made(&file, &accepting).truncated);
    }
}

#[test]
fn what_a_truncated_jpeg_has_is_shown() {
    let picture = fixture::waves(160, 120);
    let file = fixture::subsampled(&picture);
    let plan = ImagePlan { truncated: TruncatedPolicy::Accept, ..plan(vec![]) };
    let top = decoded(&made(&file[..file.len() * 2 / 3], &plan)).crop_imm(0, 0, 160, 48);
    assert!(fixture::decibels(&top, &picture.crop_imm(0, 0, 160, 48)) > 25.0);
}

#[test]
fn light_is_averaged_where_the_plan_says_so() {
    let stripes =
        DynamicImage::ImageRgb8(image::RgbImage::from_fn(64, 32, |x, _| image::Rgb([(x % 2) as u8 * 255; 3])));
    for (light, expected) in [(Light::Stored, 128u8), (Light::Linear, 188)] {
        // Of stripes, a JPEG's transform keeps the mean within some levels.
        for file in [fixture::file(&stripes, SourceFormat::Png), fixture::subsampled(&stripes)] {
            let step = Step::Resize(Resize { filter: Filter::Linear, ..resize(16, 8, Fit::Fill) });
            let plan = ImagePlan { light, format: Some(ImageFormat::Png), ..plan(vec![step]) };
            let found = decoded(&made(&file, &plan)).to_rgb8();
            let middle = found.get_pixel(8, 4)[0];
            assert!(middle.abs_diff(expected) <= 8, "{light:?}: {middle}");
        }
    }
}

#[test]
fn grey_planes_have_no_colour_in_any_format() {
    let grey = DynamicImage::ImageLuma8(fixture::waves(64, 48).to_luma8());
    let file = fixture::file(&grey, SourceFormat::Jpeg);
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::Webp] {
        let plan = ImagePlan { format: Some(format), ..plan(vec![Step::Resize(resize(17, 13, Fit::Fill))]) };
        let found = decoded(&made(&file, &plan)).to_rgb8();
        let coloured = found.pixels().filter(|pixel| pixel[0].abs_diff(pixel[1]).max(pixel[1].abs_diff(pixel[2])) > 1);
        assert_eq!(coloured.count(), 0, "{format:?}");
    }
}

#[test]
fn few_colours_are_written_as_indices() {
    let flat = DynamicImage::ImageRgba8(fixture::quadrants(64, 64).to_rgba8());
    let many = DynamicImage::ImageRgba8(fixture::waves(64, 64).to_rgba8());
    let color_type = |picture: &DynamicImage| {
        let output = made(&fixture::file(picture, SourceFormat::Png), &plan(vec![]));
        assert_eq!(decoded(&output).to_rgba8(), picture.to_rgba8());
        output.body[25]
    };
    // PNG third edition §11.2.1: 3 is indexed, 2 is true colour. Alpha that is opaque everywhere is left out.
    assert_eq!([color_type(&flat), color_type(&many)], [3, 2]);
    let transparent = fixture::disc(20);
    let output = made(&fixture::file(&transparent, SourceFormat::Png), &plan(vec![]));
    assert_eq!((output.body[25], decoded(&output).to_rgba8()), (3, transparent.to_rgba8()));
}

#[test]
fn a_webp_of_few_colours_is_without_loss_unless_the_plan_says_otherwise() {
    let is_lossless = |picture: &DynamicImage, from, lossless| {
        let plan = ImagePlan { lossless, ..fixture::convert(ImageFormat::Webp) };
        let body = made(&fixture::file(picture, from), &plan).body;
        memchr::memmem::find(&body, b"VP8L").is_some()
    };
    let (flat, many) = (fixture::quadrants(64, 64), fixture::waves(64, 64));
    assert!(is_lossless(&flat, SourceFormat::Png, None));
    assert!(!is_lossless(&flat, SourceFormat::Png, Some(false)));
    assert!(!is_lossless(&many, SourceFormat::Png, None));
    assert!(is_lossless(&many, SourceFormat::Png, Some(true)));
    assert!(!is_lossless(&flat, SourceFormat::Jpeg, None));
}

#[test]
fn every_effort_writes_the_same_picture() {
    let picture = fixture::waves(96, 64);
    let file = fixture::file(&picture, SourceFormat::Png);
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::Webp] {
        for effort in [Effort::Speed, Effort::Balanced, Effort::Quality] {
            let plan = ImagePlan { effort, quality: Some(92), ..fixture::convert(format) };
            let alike = fixture::decibels(&decoded(&made(&file, &plan)), &picture);
            assert!(alike > 28.0, "{format:?} {effort:?}: {alike}");
        }
    }
}

#[test]
fn metadata_is_carried_where_the_plan_says_so() {
    let xmp = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>\
        <rdf:Description xmlns:dc='http://purl.org/dc/elements/1.1/'><dc:rights><rdf:Alt><rdf:li xml:lang='x-default'>\
        of nobody</rdf:li></rdf:Alt></dc:rights></rdf:Description></rdf:RDF></x:xmpmeta>";
    let payload = [b"http://ns.adobe.com/xap/1.0/\0".as_slice(), xmp].concat();
    let file = fixture::with_segments(&fixture::subsampled(&fixture::waves(48, 32)), &[(0xe1, payload)]);
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::Webp] {
        for lossless in [None, Some(true)] {
            let carries = |metadata| {
                let plan = ImagePlan { metadata, lossless, ..fixture::convert(format) };
                let output = made(&file, &plan);
                assert_eq!(decoded(&output).dimensions(), (48, 32));
                memchr::memmem::find(&output.body, b"of nobody").is_some()
            };
            assert!(carries(MetadataPolicy::Copyright), "{format:?}");
            assert!(carries(MetadataPolicy::All), "{format:?}");
            assert!(!carries(MetadataPolicy::None), "{format:?}");
        }
    }
}

#[test]
fn a_profile_is_applied_to_planes_and_pixels_alike_and_never_written() {
    // ICC.1 annex B.4: the letters, the number of this part and of all.
    let payload = [b"ICC_PROFILE\0\x01\x01".as_slice(), &colour::fixture::display_p3()].concat();
    let plain = fixture::subsampled(&fixture::waves(96, 64));
    let file = fixture::with_segments(&plain, &[(0xe2, payload)]);
    let mut space = head::Head::read(&file).expect("it has a head").space(&file);
    let transform = colour::Transform::for_source(&space, colour::Model::Rgb).expect("memory suffices");
    let mut expected = image::load_from_memory(&plain).expect("the file is a picture").to_rgb8();
    transform.expect("the profile is not that of sRGB").rgb::<3>(&mut expected);
    let expected = DynamicImage::ImageRgb8(expected);
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Webp] {
        let output = made(&file, &ImagePlan { quality: Some(92), ..fixture::convert(format) });
        let alike = fixture::decibels(&decoded(&output), &expected);
        assert!(alike > 28.0, "{format:?}: {alike}");
        space = head::Head::read(&output.body).expect("it has a head").space(&output.body);
        assert_eq!(space, colour::Space::Srgb);
    }
    let without = decoded(&made(&plain, &fixture::convert(ImageFormat::Png)));
    assert!(fixture::decibels(&without, &expected) < 30.0);
}

#[test]
fn a_jpeg_with_two_frames_is_one_picture_or_none() {
    let file = fixture::subsampled(&fixture::waves(48, 32));
    let frame = memchr::memmem::find(&file, &[0xff, 0xc0]).expect("a frame header");
    let mut larger = file[frame + 4..frame + 19].to_vec();
    (larger[1], larger[3]) = (1, 1);
    let before = fixture::with_segments(&file, &[(0xc0, larger.clone())]);
    let behind = [&file[..frame + 19], &[0xff, 0xc0, 0, 17], &larger, &file[frame + 19..]].concat();
    for file in [before, behind] {
        let made = transform(&file, &plan(vec![Step::Resize(resize(20, 20, Fit::Crop))]), &limits());
        assert!(matches!(made, Ok(_) | Err(ImageError::Corrupt(_))), "{made:?}");
    }
}

#[test]
fn a_palette_that_is_not_of_whole_colours_is_refused() {
    for (bytes, is_sound) in [(3, true), (768, true), (1, false), (4, false), (771, false)] {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, 2, 2);
        encoder.set_color(png::ColorType::Indexed);
        encoder.set_palette(vec![7; bytes]);
        encoder.set_trns(vec![0]);
        let mut writer = encoder.write_header().expect("memory takes a header");
        writer.write_image_data(&[0; 4]).expect("memory takes pixels");
        writer.finish().expect("memory takes the end");
        for truncated in [TruncatedPolicy::Refuse, TruncatedPolicy::Accept] {
            let plan = ImagePlan { truncated, ..fixture::convert(ImageFormat::Png) };
            let made = transform(&file, &plan, &limits());
            assert!(
                if is_sound { made.is_ok() } else { matches!(made, Err(ImageError::Corrupt(_))) },
                "{bytes}: {made:?}"
            );
        }
    }
}
