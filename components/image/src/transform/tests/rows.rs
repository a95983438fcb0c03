//! A PNG that is made smaller as its rows come is what it would be if it were decoded first.

use super::scaled::cut_and_resize;
use super::*;

/// Colours under alpha of every kind.
fn glass(width: u32, height: u32) -> DynamicImage {
    let waves = fixture::waves(width, height).to_rgb8();
    DynamicImage::ImageRgba8(image::RgbaImage::from_fn(width, height, |x, y| {
        let [red, green, blue] = waves.get_pixel(x, y).0;
        image::Rgba([red, green, blue, ((x * 9 + y * 5) % 300).min(255) as u8])
    }))
}

/// A PNG of 16 bits a sample, which are twice those of the picture.
fn deep(picture: &DynamicImage) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, picture.width(), picture.height());
    encoder.set_color(if picture.color().has_alpha() { png::ColorType::Rgba } else { png::ColorType::Rgb });
    encoder.set_depth(png::BitDepth::Sixteen);
    let samples: Vec<u8> = picture.as_bytes().iter().flat_map(|&sample| [sample; 2]).collect();
    let mut writer = encoder.write_header().expect("memory takes a header");
    writer.write_image_data(&samples).expect("memory takes pixels");
    writer.finish().expect("memory takes the end");
    file
}

#[test]
fn rows_that_are_scaled_as_they_come_are_those_of_the_whole_picture() {
    for picture in [fixture::waves(90, 61), glass(90, 61)] {
        // Without loss, a WebP is decoded whole.
        let whole = fixture::file(&picture, SourceFormat::Webp);
        let by_rows = [fixture::file(&picture, SourceFormat::Png), deep(&picture)];
        let cuts = [None, Some((50, 40, 0)), Some((33, 61, 10_000))];
        let sizes = [(40, 30), (9, 50), (89, 3), (90, 61), (120, 20), (20, 120), (130, 90)];
        let cases = cuts.into_iter().flat_map(|cut| sizes.map(|to| (cut, to)));
        for (cut, to) in cases {
            for orientation in 1..=8 {
                let light = if orientation == 3 { Light::Linear } else { Light::Stored };
                let plan = ImagePlan {
                    orientation: Orientation::Fixed(orientation),
                    light,
                    ..ImagePlan { format: Some(ImageFormat::Png), ..plan(cut_and_resize(cut, to)) }
                };
                let expected = made(&whole, &plan).body;
                for file in &by_rows {
                    assert!(made(file, &plan).body == expected, "{cut:?} to {to:?}, turned by {orientation}");
                }
            }
        }
    }
}

#[test]
fn a_png_made_smaller_is_refused_where_it_is_damaged_or_ends_early() {
    let whole = fixture::file(&fixture::waves(64, 64), SourceFormat::Png);
    let plan = plan(vec![Step::Resize(resize(16, 16, Fit::Fill))]);
    assert!(transform(&whole, &plan, &limits()).is_ok());
    let data = whole.windows(4).position(|kind| kind == b"IDAT").expect("there are pixels");
    let length = u32::from_be_bytes(*whole[data - 4..].first_chunk().expect("a length")) as usize;
    // The last two are the checksum.
    for at in [data + 4 + 2, data + 4 + length / 2, data + 4 + length - 1, data + 4 + length, data + 4 + length + 3] {
        let mut damaged = whole.clone();
        damaged[at] ^= 1;
        assert!(matches!(transform(&damaged, &plan, &limits()), Err(ImageError::Corrupt(_))), "byte {at}");
    }
    for length in [whole.len() - 1, data + 4 + length / 2] {
        assert!(matches!(transform(&whole[..length], &plan, &limits()), Err(ImageError::Corrupt(_))), "{length}");
    }
}

/// As libpng has it: what is not needed for the pixels is left out where its checksum is wrong.
#[test]
fn a_transparency_with_a_wrong_checksum_is_none() {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, 4, 4);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_palette(vec![255, 0, 0, 0, 0, 255]);
    encoder.set_trns(vec![0]);
    let mut writer = encoder.write_header().expect("memory takes a header");
    writer.write_image_data(&[0, 1].repeat(8)).expect("memory takes pixels");
    writer.finish().expect("memory takes the end");
    for steps in [vec![], vec![Step::Resize(resize(2, 4, Fit::Fill))]] {
        let plan = ImagePlan { format: Some(ImageFormat::Png), ..plan(steps) };
        let is_translucent = |file: &[u8]| decoded(&made(file, &plan)).color().has_alpha();
        let transparency = file.windows(4).position(|kind| kind == b"tRNS").expect("there is one");
        let mut damaged = file.clone();
        damaged[transparency + 5] ^= 1;
        assert!(is_translucent(&file) && !is_translucent(&damaged));
    }
}
