//! PNG through png: palettes are expanded, 16 bits become 8, checksums are verified.

use std::io::Cursor;

use lucarne_guest::image::ImageError;
use png::{BitDepth, ColorType, Decoder, DecodingError, Limits, Transformations};

use super::check_size;
use crate::geometry::Size;
use crate::raster::{Channels, Raster};

/// Bytes of a pixel at its widest: four channels of 16 bits.
const WIDEST_PIXEL: usize = 8;

pub(super) fn decode(source: &[u8], size: Size) -> Result<Raster, ImageError> {
    // What the decoder keeps besides is chunks of the file, and a row.
    let bytes = source.len().saturating_add((size.width as usize).saturating_mul(WIDEST_PIXEL));
    let mut decoder = Decoder::new_with_limits(Cursor::new(source), Limits { bytes });
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    decoder.set_transformations(Transformations::EXPAND | Transformations::STRIP_16);
    let mut reader = decoder.read_info().map_err(error)?;
    check_size(Some(reader.info().size()), size)?;
    let channels = match reader.output_color_type() {
        (ColorType::Grayscale, BitDepth::Eight) => Channels::Grey,
        (ColorType::GrayscaleAlpha, BitDepth::Eight) => Channels::GreyAlpha,
        (ColorType::Rgb, BitDepth::Eight) => Channels::Rgb,
        (ColorType::Rgba, BitDepth::Eight) => Channels::Rgba,
        (color, depth) => return Err(ImageError::Unsupported(format!("a PNG of {color:?} at {depth:?} bits"))),
    };
    let mut raster = Raster::blank(size, channels)?;
    let frame = reader.next_frame(raster.samples_mut()).map_err(error)?;
    // The first frame of an animation may claim to be smaller than the picture, but must not.
    check_size(Some((frame.width, frame.height)), size)?;
    Ok(raster)
}

fn error(error: DecodingError) -> ImageError {
    match error {
        DecodingError::LimitsExceeded => ImageError::TooLarge("memory: a chunk does not fit".into()),
        error => ImageError::Corrupt(error.to_string()),
    }
}
