//! The limits of one call, held against sizes before anything of that size is allocated.
//!
//! Bytes of the result are counted by the writer that receives them, in `encode`.

use lucarne_guest::image::{ImageError, ImageLimits};

use crate::geometry::Size;

/// The most pixels that can be addressed at four bytes each in 32-bit memory. Limits beyond it mean this one.
const ADDRESSABLE_PIXELS: u64 = i32::MAX as u64 / 4;

/// Holds the size that a source claims against the limit of source pixels.
pub(crate) fn check_source(size: Size, limits: &ImageLimits) -> Result<(), ImageError> {
    check("source-pixels", size.width.into(), size.height.into(), limits.source_pixels)
}

/// Holds the size of a picture that is about to be made against the limit of output pixels.
pub(crate) fn check_output(width: u64, height: u64, limits: &ImageLimits) -> Result<Size, ImageError> {
    check("output-pixels", width, height, limits.output_pixels)?;
    // Both sides are at least 1, so neither exceeds the pixels that were just bounded.
    Ok(Size { width: width as u32, height: height as u32 })
}

fn check(name: &str, width: u64, height: u64, limit: u64) -> Result<(), ImageError> {
    let limit = limit.min(ADDRESSABLE_PIXELS);
    let pixels = width.saturating_mul(height);
    if pixels > limit {
        return Err(ImageError::TooLarge(format!("{name}: {width}x{height} is {pixels} pixels, the limit is {limit}")));
    }
    Ok(())
}
