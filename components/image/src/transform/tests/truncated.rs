//! Sources that end early, where the plan accepts that.

use lucarne_guest::image::Light;

use super::*;

fn accepting() -> ImagePlan {
    ImagePlan { truncated: TruncatedPolicy::Accept, ..fixture::convert(ImageFormat::Png) }
}

fn refused(source: &[u8], plan: &ImagePlan) -> bool {
    matches!(transform(source, plan, &limits()), Err(ImageError::Corrupt(_)))
}

/// Waves as a PNG of 16 bits a sample.
fn deep() -> Vec<u8> {
    let picture = fixture::waves(160, 120).to_rgb16();
    fixture::file(&DynamicImage::ImageRgb16(picture), SourceFormat::Png)
}

fn lossy_webp(picture: &DynamicImage) -> Vec<u8> {
    let plan = ImagePlan { lossless: Some(false), ..fixture::convert(ImageFormat::Webp) };
    made(&fixture::file(picture, SourceFormat::Png), &plan).body
}

#[test]
fn rows_that_are_there_are_shown_and_the_others_are_blank() {
    const GREY: [u8; 4] = [128, 128, 128, 255];
    const CLEAR: [u8; 4] = [0; 4];
    let picture = fixture::waves(160, 120);
    let translucent = DynamicImage::ImageRgba8(image::RgbaImage::from_fn(160, 120, |x, y| {
        let [red, green, blue, _] = picture.get_pixel(x, y).0;
        image::Rgba([red, green, blue, 250])
    }));
    let grey = DynamicImage::ImageLuma8(picture.to_luma8());
    for (name, file, blank) in [
        ("PNG", fixture::file(&picture, SourceFormat::Png), GREY),
        ("grey PNG", fixture::file(&grey, SourceFormat::Png), GREY),
        ("PNG with alpha", fixture::file(&translucent, SourceFormat::Png), CLEAR),
        ("PNG of 16 bits", deep(), GREY),
        ("GIF", fixture::file(&picture, SourceFormat::Gif), CLEAR),
        ("lossy WebP", lossy_webp(&picture), GREY),
    ] {
        // Every other row of a lossy WebP is in the second of its two partitions.
        let kept = if name == "lossy WebP" { file.len() * 9 / 10 } else { file.len() * 2 / 3 };
        let cut = &file[..kept];
        for light in [Light::Stored, Light::Linear] {
            let plan = ImagePlan { light, ..accepting() };
            let output = made(cut, &plan);
            assert!(output.truncated && !made(&file, &plan).truncated, "{name}");
            let (part, whole) = (decoded(&output).to_rgba8(), decoded(&made(&file, &plan)).to_rgba8());
            // Another decoder makes the pixels of a whole WebP, and has another way to enlarge chroma.
            let same = if (name, light) == ("lossy WebP", Light::Linear) { 25.0 } else { 90.0 };
            let top = |picture: &image::RgbaImage| DynamicImage::from(picture.clone()).crop_imm(0, 0, 160, 40);
            assert!(fixture::decibels(&top(&part), &top(&whole)) > same, "{name}");
            let near =
                |pixel: &image::Rgba<u8>| pixel.0.iter().zip(blank).all(|(&found, blank)| found.abs_diff(blank) <= 1);
            assert!(part.rows().skip(112).flatten().all(near), "{name}");
            assert!(refused(cut, &ImagePlan { truncated: TruncatedPolicy::Refuse, ..plan }), "{name}");
        }
    }
}

/// The passes of a picture of 64 × 64 (PNG third edition §8), without the end of the file.
fn interlaced_png(picture: &DynamicImage) -> Vec<u8> {
    // Width, height, 8 bits of red, green and blue, in passes; and the checksum.
    const HEADER: &[u8] = &[0, 0, 0, 64, 0, 0, 0, 64, 8, 2, 0, 0, 1];
    const CHECKSUM: [u8; 4] = [0x52, 0x0c, 0xd6, 0x1f];
    const PASSES: [[u32; 4]; 7] =
        [[0, 0, 8, 8], [4, 0, 8, 8], [0, 4, 4, 8], [2, 0, 4, 4], [0, 2, 2, 4], [1, 0, 2, 2], [0, 1, 1, 2]];
    let picture = picture.to_rgb8();
    let mut rows = Vec::new();
    for [left, top, across, down] in PASSES {
        for y in (top..64).step_by(down as usize) {
            rows.push(0);
            (left..64).step_by(across as usize).for_each(|x| rows.extend(picture.get_pixel(x, y).0));
        }
    }
    let mut file = Vec::new();
    let mut writer = png::Encoder::new(&mut file, 1, 1).write_header().expect("memory takes a header");
    writer.write_chunk(png::chunk::IDAT, &fdeflate::compress_to_vec(&rows)).expect("memory takes a chunk");
    drop(writer);
    file[16..29].copy_from_slice(HEADER);
    file[29..33].copy_from_slice(&CHECKSUM);
    let end = file.windows(4).position(|name| name == b"IEND").map_or(file.len(), |name| name - 4);
    file.truncate(end);
    file
}

/// A picture of 64 × 64 greys whose rows are stored in the order of interlacing.
fn interlaced_gif(picture: &DynamicImage) -> Vec<u8> {
    let picture = picture.to_luma8();
    let order = (0..64).step_by(8).chain((4..64).step_by(8)).chain((2..64).step_by(4)).chain((1..64).step_by(2));
    let rows: Vec<u8> =
        order.flat_map(|y| (0..64).map(move |x| (x, y))).map(|(x, y)| picture.get_pixel(x, y)[0]).collect();
    let greys: Vec<u8> = (0..=255).flat_map(|level| [level; 3]).collect();
    let mut file = Vec::new();
    let mut encoder = gif::Encoder::new(&mut file, 64, 64, &greys).expect("memory takes a header");
    let frame = gif::Frame { interlaced: true, ..gif::Frame::from_indexed_pixels(64, 64, rows, None) };
    encoder.write_frame(&frame).expect("memory takes a frame");
    drop(encoder);
    file
}

#[test]
fn passes_that_are_there_show_the_whole_picture_coarsely() {
    let picture = fixture::waves(64, 64);
    let grey = DynamicImage::ImageLuma8(picture.to_luma8());
    for (name, file, picture) in [("PNG", interlaced_png(&picture), &picture), ("GIF", interlaced_gif(&grey), &grey)] {
        let alike = |share: usize| {
            let output = made(&file[..file.len() * share / 100], &accepting());
            fixture::decibels(&decoded(&output), picture)
        };
        let found = [35, 60, 85, 100].map(alike);
        assert!(found.is_sorted() && found[0] > 14.0 && found[1] > 17.0 && found[3] > 90.0, "{name}: {found:?}");
    }
}

#[test]
fn of_an_animation_that_ends_early_the_first_frame_is_shown() {
    let picture = fixture::quadrants(24, 16);
    let still = fixture::file(&picture, SourceFormat::Webp);
    // RFC 9649 §2.7: a canvas, an animation, and frames of 24 × 16 pixels.
    let chunk =
        |name: &[u8; 4], payload: &[u8]| [name, (payload.len() as u32).to_le_bytes().as_slice(), payload].concat();
    let frame = chunk(b"ANMF", &[&[0, 0, 0, 0, 0, 0, 23, 0, 0, 15, 0, 0, 100, 0, 0, 2], &still[12..]].concat());
    let canvas = chunk(b"VP8X", &[2, 0, 0, 0, 23, 0, 0, 15, 0, 0]);
    let body = [b"WEBP", canvas.as_slice(), &chunk(b"ANIM", &[0; 6]), &frame, &frame].concat();
    let webp = chunk(b"RIFF", &body);

    let mut gif = Vec::new();
    let mut encoder = gif::Encoder::new(&mut gif, 24, 16, &[]).expect("memory takes a header");
    for _ in 0..2 {
        let mut pixels = picture.to_rgba8().into_raw();
        encoder.write_frame(&gif::Frame::from_rgba(24, 16, &mut pixels)).expect("memory takes a frame");
    }
    drop(encoder);

    for (name, file) in [("WebP", webp), ("GIF", gif)] {
        assert!(!made(&file, &accepting()).truncated, "{name}");
        let output = made(&file[..file.len() - 12], &accepting());
        assert!(output.truncated, "{name}");
        assert!(decoded(&output).to_rgb8() == picture.to_rgb8(), "{name}");
    }
}

#[test]
fn a_webp_without_loss_or_with_alpha_is_refused_in_any_case() {
    let translucent = DynamicImage::ImageRgba8(image::RgbaImage::from_pixel(64, 64, image::Rgba([200, 90, 40, 100])));
    let lossless = fixture::file(&fixture::waves(64, 64), SourceFormat::Webp);
    for file in [lossless, lossy_webp(&translucent)] {
        assert!(refused(&file[..file.len() - 4], &accepting()));
    }
}

#[test]
fn every_length_is_a_picture_of_the_same_size_or_refused() {
    for (name, file) in files() {
        let whole = made(&file, &accepting());
        for length in 0..file.len() {
            match transform(&file[..length], &accepting(), &limits()) {
                Ok(output) => assert_eq!((output.width, output.height), (whole.width, whole.height), "{name}"),
                Err(ImageError::Corrupt(_) | ImageError::Unrecognized) => {}
                Err(error) => panic!("{name} of {length} bytes: {error:?}"),
            }
        }
    }
}
