//! GIF through image: the first frame on the logical screen, transparent where the frame does not reach.

use std::io::Cursor;

use image::codecs::gif::GifDecoder;
use image::error::ImageError as Failure;
use image::{ImageDecoder, Limits};
use lucarne_guest::image::{ImageError, ImageLimits};

use super::check_size;
use crate::geometry::Size;
use crate::raster::{Channels, Raster};

pub(super) fn decode(source: &[u8], size: Size, limits: &ImageLimits) -> Result<Raster, ImageError> {
    let mut decoder = GifDecoder::new(Cursor::new(source)).map_err(error)?;
    check_size(Some(decoder.dimensions()), size)?;
    // A frame that does not fill the screen is decoded beside it, and may be as large as a source may.
    let mut beside = Limits::no_limits();
    beside.max_alloc = Some(limits.source_pixels.saturating_mul(Channels::Rgba.count() as u64));
    decoder.set_limits(beside).map_err(error)?;
    let mut screen = Raster::blank(size, Channels::Rgba)?;
    decoder.read_image(screen.samples_mut()).map_err(error)?;
    Ok(screen)
}

fn error(error: Failure) -> ImageError {
    match error {
        Failure::Limits(_) => ImageError::TooLarge("source-pixels: a frame is larger than they allow".into()),
        Failure::Parameter(_) => ImageError::Corrupt("there is no frame".into()),
        error => ImageError::Corrupt(error.to_string()),
    }
}
