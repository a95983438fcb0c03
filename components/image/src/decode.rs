//! From a file to pixels: the seam to the decoders.
//!
//! A decoder gets a file that is whole and whose size is within the limits, and must find the same size. Its own limits
//! are set besides, as far as it has any. Pixels come as they are stored: eight bits a sample, grey if the file is grey.

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
