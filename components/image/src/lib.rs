//! The built-in image component: it decodes a picture, turns it, cuts and resizes it, and encodes it again.
//!
//! This file joins the logic to the world `image`; everything else is plain Rust over the records of that world, and
//! runs natively in tests and fuzz targets. No state outlives a call, and the same bytes with the same plan give the
//! same result.
//!
//! The way of a picture is `transform`: `head` reads what its container says, `geometry` lays the plan out on its size,
//! `shrink` says how much smaller the decoder may make it, `decode` makes a `picture` of planes or pixels, `render`
//! carries the layout out, and `encode` writes the result. A JPEG that is only cut, resized and turned is planes all the
//! way, each scaled by itself. Pixels are made where something asks for them: a PNG, a WebP without loss, a canvas, a
//! colour profile, inks, and light. A PNG that becomes smaller is scaled as its rows come.
//!
//! What it does not do yet:
//! - Of an animation, the first frame is made.
//! - Of sources that end early, a WebP without loss or with alpha is refused, whatever the plan says.

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
