//! WebP through image-webp, lossy and lossless; of an animation, the first frame on its canvas.

use std::io::Cursor;

use image_webp::{DecodingError, WebPDecoder};
use lucarne_guest::image::ImageError;

use super::check_size;
use crate::geometry::Size;
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

fn error(error: DecodingError) -> ImageError {
    match error {
        DecodingError::UnsupportedFeature(feature) => ImageError::Unsupported(feature),
        error => ImageError::Corrupt(error.to_string()),
    }
}
