//! JPEG through zune-jpeg.
//!
//! Its strict mode refuses padding between segments, which cameras leave, and its lenient mode paints what is missing
//! grey: so segments are read in the one mode and pixels in the other. What neither notices is a scan that breaks off
//! before a proper end of the picture: the rest is then decoded from zeros.

use lucarne_guest::image::ImageError;
use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::check_size;
use crate::geometry::Size;
use crate::raster::{Channels, Raster};

pub(super) fn decode(source: &[u8], size: Size) -> Result<Raster, ImageError> {
    let options = DecoderOptions::default()
        .set_max_width(size.width as usize)
        .set_max_height(size.height as usize)
        .set_strict_mode(false);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(source), options);
    decoder.decode_headers().map_err(error)?;
    check_size(decoder.info().map(|info| (info.width.into(), info.height.into())), size)?;
    let (colors, channels) = match decoder.input_colorspace() {
        Some(ColorSpace::Luma) => (ColorSpace::Luma, Channels::Grey),
        // CMYK and YCCK too are converted by the decoder.
        _ => (ColorSpace::RGB, Channels::Rgb),
    };
    decoder.set_options(options.set_strict_mode(true).jpeg_set_out_colorspace(colors));
    let mut raster = Raster::blank(size, channels)?;
    decoder.decode_into(raster.samples_mut()).map_err(error)?;
    Ok(raster)
}

fn error(error: DecodeErrors) -> ImageError {
    match error {
        DecodeErrors::Unsupported(scheme) => ImageError::Unsupported(format!("{scheme:?}")),
        error => ImageError::Corrupt(error.to_string()),
    }
}
