//! A picture between decoder and encoder: pixels, or a plane for each component, as the source has it.
//!
//! A decoder may have made it smaller than it is. Sizes and positions stay those of the picture, and each layer knows
//! how many samples it has for a pixel, so that a cut is where it would be.

use lucarne_guest::image::ImageError;
use lucarne_jpeg::decode::{self, Color};

use crate::geometry::Size;
use crate::raster::{Channels, Raster};

/// A picture of `size`. INVARIANT: the first layer, or the only one, has a sample for each pixel, or for each square of
/// 2, 4 or 8 a side; planes are luma and two of chroma, each of one channel.
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
    Planes([Layer; 3], Range),
}

/// What levels planes have, of BT.601.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Range {
    /// 0 to 255, as in a JPEG.
    Full,
    /// Luma of 16 to 235 and chroma of 16 to 240, as in a WebP.
    Limited,
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
    /// How many pixels before the picture the first sample begins: where squares of pixels that share one are counted
    /// from the other end.
    before: u32,
}

impl Ratio {
    pub(crate) const ONE: Ratio = Ratio { samples: 1, pixels: 1, before: 0 };

    /// So many samples for so many pixels; both at least 1.
    pub(crate) fn new(samples: u32, pixels: u32) -> Ratio {
        let (mut divisor, mut rest) = (samples, pixels);
        while rest != 0 {
            (divisor, rest) = (rest, divisor % rest);
        }
        Ratio { samples: samples / divisor, pixels: pixels / divisor, before: 0 }
    }

    /// The same, beginning before the picture.
    pub(crate) fn beginning(self, before: u32) -> Ratio {
        Ratio { before, ..self }
    }

    /// How many samples so many pixels have.
    pub(crate) fn samples(self, pixels: f64) -> f64 {
        pixels * f64::from(self.samples) / f64::from(self.pixels)
    }

    /// Where a pixel begins among the samples.
    pub(crate) fn place(self, pixel: u32) -> f64 {
        self.samples(f64::from(pixel + self.before))
    }

    /// Whether so many pixels share one sample, and one of those begins with this pixel.
    pub(crate) fn divides(self, square: u32, pixel: u32) -> bool {
        self.samples == 1 && self.pixels == square && (pixel + self.before).is_multiple_of(square)
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
            Content::Planes(..) => None,
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
            Content::Planes(..) => Ok(self),
        }
    }

    /// The picture as pixels. Its layers have a sample for each.
    ///
    /// # Errors
    /// `too-large` if memory does not suffice.
    pub(crate) fn into_pixels(self) -> Result<Raster, ImageError> {
        match self.content {
            Content::Pixels(layer) => Ok(layer.raster),
            Content::Planes(layers, range) => {
                let planes = range.to_full(layers).map(|layer| layer.raster.into_plane()).into();
                let Size { width, height } = self.size;
                rgb(&decode::Picture { width, height, color: Color::YCbCr, planes, truncated: false })
            }
        }
    }
}

impl Range {
    /// Planes in full range.
    pub(crate) fn to_full(self, mut layers: [Layer; 3]) -> [Layer; 3] {
        if self == Range::Limited {
            // Levels that are none are taken for the nearest.
            let level = |limited: usize, zero: i32, levels: i32, offset: i32| {
                let scaled = ((limited as i32 - zero) * 510 + levels).div_euclid(2 * levels);
                (scaled + offset).clamp(0, 255) as u8
            };
            let luma: [u8; 256] = std::array::from_fn(|limited| level(limited, 16, 219, 0));
            let chroma: [u8; 256] = std::array::from_fn(|limited| level(limited, 128, 224, 128));
            for (layer, table) in layers.iter_mut().zip([&luma, &chroma, &chroma]) {
                layer.raster.samples_mut().iter_mut().for_each(|sample| *sample = table[usize::from(*sample)]);
            }
        }
        layers
    }

    /// Planes in limited range.
    pub(crate) fn to_limited(self, mut layers: [Layer; 3]) -> [Layer; 3] {
        if self == Range::Full {
            let [y, cb, cr] = &mut layers;
            lucarne_webp::luma_to_limited(y.raster.samples_mut());
            lucarne_webp::chroma_to_limited(cb.raster.samples_mut());
            lucarne_webp::chroma_to_limited(cr.raster.samples_mut());
        }
        layers
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_of_limited_range_come_back_from_full() {
        let levels = |from: u8, to: u8| {
            let samples: Vec<u8> = (from..=to).collect();
            Layer::whole(Raster::packed(Size { width: samples.len() as u32, height: 1 }, Channels::Grey, samples))
        };
        let layers = [levels(16, 235), levels(16, 240), levels(16, 240)];
        let full = Range::Limited.to_full(layers.clone());
        assert_eq!(full[0].raster.samples().first_chunk(), Some(&[0, 1, 2]));
        assert_eq!((full[0].raster.samples()[219], full[1].raster.samples()[112]), (255, 128));
        for (layer, expected) in Range::Full.to_limited(full).iter().zip(&layers) {
            assert_eq!(layer.raster, expected.raster);
        }
    }
}
