//! A picture between decoder and encoder: pixels, or a plane for each component, as the source has it.
//!
//! A decoder may have made it smaller than it is. Sizes and positions stay those of the picture, and each layer knows
//! how many samples it has for a pixel, so that a cut is where it would be.

use lucarne_jpeg::decode;
use lucarne_guest::image::ImageError;

use crate::geometry::{Rect, Size};
use crate::limits;
use crate::raster::{Channels, Raster};

/// A picture of `size`. INVARIANT: the first layer, or the only one, has a sample for each pixel or for each square of
/// 2, 4 or 8 pixels a side; planes are luma and two of chroma in BT.601's full range, each of one channel.
#[derive(Debug, Clone)]
pub(crate) struct Picture {
    pub(crate) size: Size,
    pub(crate) content: Content,
}

/// What a picture consists of.
#[derive(Debug, Clone)]
pub(crate) enum Content {
    /// Samples of a pixel side by side.
    Pixels(Layer),
    /// Y, Cb and Cr.
    Planes([Layer; 3]),
}

/// Samples that cover a picture from its top left corner.
#[derive(Debug, Clone)]
pub(crate) struct Layer {
    pub(crate) raster: Raster,
    pub(crate) across: Ratio,
    pub(crate) down: Ratio,
}

/// How many samples there are for how many pixels of an axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ratio {
    pub(crate) samples: u32,
    pub(crate) pixels: u32,
}

impl Ratio {
    pub(crate) const ONE: Ratio = Ratio { samples: 1, pixels: 1 };
}

impl Layer {
    /// A sample for each pixel.
    pub(crate) fn whole(raster: Raster) -> Layer {
        Layer { raster, across: Ratio::ONE, down: Ratio::ONE }
    }
}

impl Picture {
    /// The picture whose pixels a raster is.
    pub(crate) fn of(raster: Raster) -> Picture {
        Picture { size: raster.size(), content: Content::Pixels(Layer::whole(raster)) }
    }

    /// The picture as pixels of its own size. Its planes have a sample for each, as those of [`Sampling::S444`] do.
    ///
    /// [`Sampling::S444`]: lucarne_jpeg::encode::Sampling
    ///
    /// # Errors
    /// `too-large` if memory does not suffice.
    pub(crate) fn into_pixels(self) -> Result<Raster, ImageError> {
        match self.content {
            Content::Pixels(layer) => Ok(layer.raster),
            Content::Planes(layers) => rgb(layers),
        }
    }
}
