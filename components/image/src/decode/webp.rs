//! WebP: lossy pictures without alpha through lucarne-webp, as planes; all others, and those whose pixels are wanted,
//! through image-webp. Of an animation, the first frame on its canvas.

use std::io::Cursor;

use image_webp::{DecodingError, WebPDecoder};
use lucarne_guest::image::ImageError;
use lucarne_jpeg::plane::Plane;
use lucarne_webp::DecodeError;

use super::check_size;
use crate::geometry::Size;
use crate::picture::{Content, Layer, Picture, Range, Ratio};
use crate::raster::{Channels, Raster};

pub(super) fn decode(source: &[u8], size: Size) -> Result<Raster, ImageError> {
    let mut decoder = WebPDecoder::new(Cursor::new(source)).map_err(error)?;
    // It holds for metadata alone; frames were held against the canvas before.
    decoder.set_memory_limit(source.len());
    check_size(Some(decoder.dimensions()), size)?;
    let channels = if decoder.has_alpha() { Channels::Rgba } else { Channels::Rgb };
    let mut raster = Raster::blank(size, channels)?;
    decoder.read_image(raster.samples_mut()).map_err(error)?;
    Ok(raster)
}

/// The planes of a lossy picture without alpha.
pub(super) fn planes(frame: &[u8], size: Size) -> Result<Picture, ImageError> {
    planes_by(lucarne_webp::decode_frame, frame, size)
}

/// As [`planes`], of a picture that ends early.
pub(super) fn first_planes(frame: &[u8], size: Size) -> Result<Picture, ImageError> {
    planes_by(lucarne_webp::decode_beginning, frame, size)
}

fn planes_by(
    decode_frame: fn(&[u8], usize) -> Result<lucarne_webp::Planes, DecodeError>,
    frame: &[u8],
    size: Size,
) -> Result<Picture, ImageError> {
    let found = lucarne_webp::frame_size(frame).map_err(|error| frame_error(error, size))?;
    let (width, height) = found;
    check_size(Some((width as u32, height as u32)), size)?;
    // A byte and a half for each pixel of the squares of 16 × 16 that the picture begins.
    let limit = width.next_multiple_of(16) * height.next_multiple_of(16) / 2 * 3;
    let planes = decode_frame(frame, limit).map_err(|error| frame_error(error, size))?;
    let halved = Ratio::new(1, 2);
    let layer = |plane: lucarne_webp::Plane, ratio| {
        let plane = Plane::new(plane.width(), plane.height(), plane.stride(), plane.into_samples());
        let plane = plane.ok_or_else(|| ImageError::Corrupt("a plane is not as large as the picture".into()))?;
        Ok(Layer { raster: Raster::of_plane(plane), across: ratio, down: ratio })
    };
    let [y, u, v] = planes.into_yuv();
    let content = Content::Planes([layer(y, Ratio::ONE)?, layer(u, halved)?, layer(v, halved)?], Range::Limited);
    Ok(Picture { size, content })
}

fn error(error: DecodingError) -> ImageError {
    match error {
        DecodingError::UnsupportedFeature(feature) => ImageError::Unsupported(feature),
        error => ImageError::Corrupt(error.to_string()),
    }
}

fn frame_error(error: DecodeError, size: Size) -> ImageError {
    match error {
        DecodeError::Version(_) => ImageError::Unsupported(error.to_string()),
        DecodeError::TooLarge { .. } | DecodeError::Memory(_) => size.does_not_fit(),
        DecodeError::NotKeyFrame | DecodeError::Empty | DecodeError::Truncated => {
            ImageError::Corrupt(error.to_string())
        }
    }
}
