//! WebP through image-webp, lossy and lossless; of an animation, the first frame on its canvas.

use std::io::Cursor;

use image_webp::vp8::Vp8Decoder;
use image_webp::{DecodingError, WebPDecoder};
use lucarne_guest::image::ImageError;
use lucarne_jpeg::plane::Plane;

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
    let frame = Vp8Decoder::decode_frame(frame).map_err(error)?;
    check_size(Some((frame.width.into(), frame.height.into())), size)?;
    // Rows go on to the end of the last macroblock, of 16 × 16 samples of luma.
    let macroblocks = usize::from(frame.width).div_ceil(16);
    let (width, height) = (usize::from(frame.width), usize::from(frame.height));
    let halved = Ratio::new(1, 2);
    let layer = |samples, width, height, stride, ratio| {
        let plane = Plane::new(width, height, stride, samples);
        let plane = plane.ok_or_else(|| ImageError::Corrupt("a plane is not as large as the picture".into()))?;
        Ok(Layer { raster: Raster::of_plane(plane), across: ratio, down: ratio })
    };
    let chroma = |samples| layer(samples, width.div_ceil(2), height.div_ceil(2), macroblocks * 8, halved);
    let y = layer(frame.ybuf, width, height, macroblocks * 16, Ratio::ONE)?;
    let content = Content::Planes([y, chroma(frame.ubuf)?, chroma(frame.vbuf)?], Range::Limited);
    Ok(Picture { size, content })
}

fn error(error: DecodingError) -> ImageError {
    match error {
        DecodingError::UnsupportedFeature(feature) => ImageError::Unsupported(feature),
        error => ImageError::Corrupt(error.to_string()),
    }
}
