//! The built-in image component: it decodes a picture, turns it, cuts and resizes it, and encodes it again.
//!
//! This file joins the logic to the world `image`; everything else is plain Rust over the records of that world, and
//! runs natively in tests and fuzz targets. No state outlives a call, and the same bytes with the same plan give the
//! same result.
//!
//! What it does not do yet:
//! - Colours are taken as sRGB. An ICC profile is dropped without being applied, so a wide-gamut picture loses
//!   saturation.
//! - Every piece of metadata is dropped: EXIF, XMP, IPTC, text, resolution.
//! - WebP is written lossless, whatever the source was; the plan's quality concerns JPEG alone.
//! - Of an animation, the first frame is made.

mod background;
pub mod colour;
mod decode;
mod encode;
#[cfg(test)]
mod fixture;
mod geometry;
mod head;
mod limits;
pub mod metadata;
mod picture;
mod raster;
mod render;
mod scale;
mod shrink;
mod tiff;
mod transform;
mod turn;

use lucarne_guest::image::{Guest, ImageError, ImageInfo, ImageLimits, ImageOutput, ImagePlan};

pub use transform::{inspect, transform};

/// The component itself, for the bindings.
pub struct Component;

impl Guest for Component {
    fn inspect(source: Vec<u8>, limits: ImageLimits) -> Result<ImageInfo, ImageError> {
        inspect(&source, &limits)
    }

    fn transform(source: Vec<u8>, plan: ImagePlan, limits: ImageLimits) -> Result<ImageOutput, ImageError> {
        transform(&source, &plan, &limits)
    }
}

#[cfg(target_family = "wasm")]
lucarne_guest::image::export!(Component);
