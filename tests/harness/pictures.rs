//! Pictures that tests make for themselves.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Rgba, RgbaImage};

/// A picture with a gradient and some structure, in this format.
pub(crate) fn picture(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let pixels = RgbaImage::from_fn(width, height, |x, y| {
        let stripe = if (x / 8 + y / 8) % 2 == 0 { 40 } else { 200 };
        Rgba([byte(x * 255 / width), byte(y * 255 / height), stripe, 255])
    });
    let picture = match format {
        ImageFormat::Jpeg => DynamicImage::ImageRgba8(pixels).to_rgb8().into(),
        _ => DynamicImage::ImageRgba8(pixels),
    };
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// A JPEG.
pub(crate) fn jpeg(width: u32, height: u32) -> Vec<u8> {
    picture(width, height, ImageFormat::Jpeg)
}

/// What a picture is: its format and size.
pub(crate) fn describe(bytes: &[u8]) -> (ImageFormat, u32, u32) {
    let format = image::guess_format(bytes).unwrap();
    let picture = image::load_from_memory(bytes).unwrap();
    (format, picture.width(), picture.height())
}

fn byte(value: u32) -> u8 {
    u8::try_from(value.min(255)).unwrap()
}
