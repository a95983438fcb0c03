//! From a file to pixels: the seam to the decoders.
//!
//! A decoder gets a file that is whole and whose size is within the limits, and must find the same size. Its own limits
//! are set besides, as far as it has any. Pixels come as they are stored: eight bits a sample, grey if the file is grey.
//!
//! What a pixel takes at the peak, in bytes, for whoever sets limits: 1 to 4 for the result alone (baseline JPEG, PNG,
//! GIF); up to 9 for a JPEG in several scans, whose coefficients are kept, and 11 if it is CMYK; for WebP 4.5 lossy, 10.5
//! with alpha, 7 lossless, 12 animated. A first GIF frame that does not fill its screen counts besides, at 4.

mod gif;
mod jpeg;
mod png;
mod webp;

use lucarne_guest::image::{ImageError, ImageLimits, SourceFormat};

use crate::geometry::Size;
use crate::head::Head;
use crate::raster::Raster;

/// Decodes the picture, or the first frame of several.
///
/// # Errors
/// `corrupt` for a file that ends early or does not hold what its head says, `unsupported` for what no decoder reads,
/// `too-large` for a frame beyond the limit of source pixels.
pub(crate) fn decode(source: &[u8], head: &Head, limits: &ImageLimits) -> Result<Raster, ImageError> {
    head.check_whole(source)?;
    match head.format {
        SourceFormat::Jpeg => jpeg::decode(source, head.size),
        SourceFormat::Png => png::decode(source, head.size),
        SourceFormat::Webp => webp::decode(source, head.size),
        SourceFormat::Gif => gif::decode(source, head.size, limits),
    }
}

/// A decoder found another size than the head states.
fn check_size(found: Option<(u32, u32)>, size: Size) -> Result<(), ImageError> {
    if found == Some((size.width, size.height)) {
        return Ok(());
    }
    Err(ImageError::Corrupt(format!("the head states {size}, the pixels are of another size")))
}
