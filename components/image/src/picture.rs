//! A picture between decoder and encoder: pixels, or a plane for each component, as the source has it.
//!
//! A decoder may have made it smaller than it is. Sizes and positions stay those of the picture, and each layer knows
//! how many samples it has for a pixel, so that a cut is where it would be.

use lucarne_guest::image::ImageError;
use lucarne_jpeg::decode::{self, Color};

use crate::geometry::Size;
use crate::raster::{Channels, Raster};

/// A picture of `size`. INVARIANT: the first layer, or the only one, has a sample for each pixel, or for each square of
/// 2, 4 or 8 a side; planes are luma and two of chroma in BT.601's full range, each of one channel.
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

/// How many samples there are for how many pixels of an axis. INVARIANT: in the smallest numbers, at least 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ratio {
    samples: u32,
    pixels: u32,
}

impl Ratio {
    pub(crate) const ONE: Ratio = Ratio { samples: 1, pixels: 1 };

    /// So many samples for so many pixels; both at least 1.
    pub(crate) fn new(samples: u32, pixels: u32) -> Ratio {
        let (mut divisor, mut rest) = (samples, pixels);
        while rest != 0 {
            (divisor, rest) = (rest, divisor % rest);
        }
        Ratio { samples: samples / divisor, pixels: pixels / divisor }
    }

    /// Where a place among pixels is among samples.
    pub(crate) fn samples(self, pixels: f64) -> f64 {
        pixels * f64::from(self.samples) / f64::from(self.pixels)
    }
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

    /// What its pixels consist of; none if it consists of planes.
    pub(crate) fn channels(&self) -> Option<Channels> {
        match &self.content {
            Content::Pixels(layer) => Some(layer.raster.channels()),
            Content::Planes(_) => None,
        }
    }

    /// The picture with other pixels, if it consists of pixels, of which it has one for each of its own.
    ///
    /// # Errors
    /// Those of the change.
    pub(crate) fn map_pixels(
        self,
        change: impl FnOnce(Raster) -> Result<Raster, ImageError>,
    ) -> Result<Picture, ImageError> {
        match self.content {
            Content::Pixels(layer) => Ok(Picture::of(change(layer.raster)?)),
            Content::Planes(_) => Ok(self),
        }
    }

    /// The picture as pixels. Its layers have a sample for each.
    ///
    /// # Errors
    /// `too-large` if memory does not suffice.
    pub(crate) fn into_pixels(self) -> Result<Raster, ImageError> {
        match self.content {
            Content::Pixels(layer) => Ok(layer.raster),
            Content::Planes(layers) => {
                let planes = layers.map(|layer| layer.raster.into_plane()).into();
                let Size { width, height } = self.size;
                rgb(&decode::Picture { width, height, color: Color::YCbCr, planes, truncated: false })
            }
        }
    }
}

/// The pixels of planes, whatever they are.
///
/// # Errors
/// `too-large` if memory does not suffice.
pub(crate) fn rgb(picture: &decode::Picture) -> Result<Raster, ImageError> {
    let size = Size { width: picture.width, height: picture.height };
    let samples = picture.to_rgb(usize::MAX).map_err(|_| size.does_not_fit())?;
    Ok(Raster::packed(size, Channels::Rgb, samples))
}
