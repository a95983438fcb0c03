//! From a picture to a file of the format asked for, with the metadata that it is to carry.

mod bounded;
mod jpeg;
mod palette;
mod png;
mod webp;

use lucarne_guest::image::{Color, Effort, ImageError, ImageFormat, ImageLimits, ImagePlan, SourceFormat};
use lucarne_jpeg::encode::Sampling;

use crate::background;
use crate::geometry::Size;
use crate::metadata::Metadata;
use crate::picture::{Content, Picture};
use crate::raster::Raster;
use crate::render::WantedContent;
use palette::Palette;

/// The quality of a plan that names none. From 80 on, most eyes need a magnifier to tell a photo from its source, and
/// every further step costs more bytes than the one before.
const QUALITY: u8 = 80;

/// The quality from which on a JPEG has all of its chroma: below, few see that it has a quarter.
const WHOLE_CHROMA: u8 = 90;

/// The longest side that each format can express: a 16-bit field, 14 bits, 14 bits that count from 1, 31 bits (ITU-T T.81
/// §B.2.2, RFC 6386 §9.1, RFC 9649 §3.4, PNG third edition §11.2.1).
const JPEG_SIDE: u32 = 65_535;
const LOSSY_WEBP_SIDE: u32 = 16_383;
const LOSSLESS_WEBP_SIDE: u32 = 16_384;
const PNG_SIDE: u32 = i32::MAX as u32;

/// A format with what it is written with. Quality is 1 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    Jpeg {
        quality: u8,
        effort: Effort,
    },
    Png {
        effort: Effort,
    },
    Webp {
        quality: u8,
        effort: Effort,
    },
    LosslessWebp,
    /// Without loss what has few colours, which that keeps smaller, and with it all else.
    EitherWebp {
        quality: u8,
        effort: Effort,
    },
}

impl Encoding {
    /// The encoding of a plan for a source, which may consist of planes.
    ///
    /// # Errors
    /// `impossible` for a quality that is none.
    pub(crate) fn choose(plan: &ImagePlan, source: SourceFormat, has_planes: bool) -> Result<Encoding, ImageError> {
        let quality = plan.quality.unwrap_or(QUALITY);
        if !(1..=100).contains(&quality) {
            return Err(ImageError::Impossible(format!("quality {quality} is not one of 1 to 100")));
        }
        let effort = plan.effort;
        Ok(match (plan.format, source) {
            (Some(ImageFormat::Jpeg), _) | (None, SourceFormat::Jpeg) => Encoding::Jpeg { quality, effort },
            (Some(ImageFormat::Png), _) | (None, SourceFormat::Png | SourceFormat::Gif) => Encoding::Png { effort },
            (Some(ImageFormat::Webp), _) | (None, SourceFormat::Webp) => match (plan.lossless, source) {
                (Some(true), _) => Encoding::LosslessWebp,
                (Some(false), _) | (None, SourceFormat::Jpeg) => Encoding::Webp { quality, effort },
                (None, _) if has_planes => Encoding::Webp { quality, effort },
                (None, SourceFormat::Png | SourceFormat::Gif | SourceFormat::Webp) => {
                    Encoding::EitherWebp { quality, effort }
                }
            },
        })
    }

    pub(crate) fn format(self) -> ImageFormat {
        match self {
            Encoding::Jpeg { .. } => ImageFormat::Jpeg,
            Encoding::Png { .. } => ImageFormat::Png,
            Encoding::Webp { .. } | Encoding::LosslessWebp | Encoding::EitherWebp { .. } => ImageFormat::Webp,
        }
    }

    pub(crate) fn has_alpha(self) -> bool {
        !matches!(self, Encoding::Jpeg { .. })
    }

    /// What it takes.
    pub(crate) fn content(self) -> WantedContent {
        match self {
            Encoding::Jpeg { quality, .. } if quality >= WHOLE_CHROMA => WantedContent::Planes(Sampling::S444),
            Encoding::Jpeg { .. } | Encoding::Webp { .. } => WantedContent::Planes(Sampling::S420),
            Encoding::Png { .. } | Encoding::LosslessWebp | Encoding::EitherWebp { .. } => WantedContent::Pixels,
        }
    }

    /// Whether the format can express a size.
    ///
    /// # Errors
    /// `impossible` if not.
    pub(crate) fn check_size(self, size: Size) -> Result<(), ImageError> {
        let (name, side) = match self {
            Encoding::Jpeg { .. } => ("JPEG", JPEG_SIDE),
            Encoding::Png { .. } => ("PNG", PNG_SIDE),
            Encoding::Webp { .. } | Encoding::EitherWebp { .. } => ("WebP", LOSSY_WEBP_SIDE),
            Encoding::LosslessWebp => ("lossless WebP", LOSSLESS_WEBP_SIDE),
        };
        if size.width.max(size.height) > side {
            return Err(ImageError::Impossible(format!("a {name} has at most {side} pixels a side, not {size}")));
        }
        Ok(())
    }

    /// Writes a picture, laid over `canvas` if the format has no alpha. If it consists of planes, they are as
    /// [`Encoding::content`] says.
    ///
    /// # Errors
    /// `too-large` beyond the limit of output bytes, or if memory does not suffice.
    pub(crate) fn encode(
        self,
        picture: Picture,
        canvas: Color,
        metadata: &Metadata,
        limits: &ImageLimits,
    ) -> Result<Vec<u8>, ImageError> {
        let picture = picture.map_pixels(|pixels| self.prepared(pixels, canvas))?;
        match self {
            Encoding::Jpeg { quality, effort } => jpeg::write(picture, quality, effort, metadata, limits),
            Encoding::Png { effort } => png::write(&picture.into_pixels()?, effort, metadata, limits),
            Encoding::Webp { quality, effort } => webp::write(picture, quality, effort, metadata, limits),
            Encoding::LosslessWebp => webp::write_lossless(&picture.into_pixels()?, metadata, limits),
            Encoding::EitherWebp { quality, effort } => match &picture.content {
                Content::Pixels(layer) if Palette::of(&layer.raster).is_some() => {
                    webp::write_lossless(&layer.raster, metadata, limits)
                }
                _ => webp::write(picture, quality, effort, metadata, limits),
            },
        }
    }

    /// Pixels as the format has them: without alpha that it cannot express, or that says nothing.
    fn prepared(self, pixels: Raster, canvas: Color) -> Result<Raster, ImageError> {
        let pixels = if self.has_alpha() { pixels } else { background::flatten(pixels, canvas)? };
        Ok(pixels.without_gaps().without_opaque_alpha())
    }
}

/// The result would have more bytes than it may.
fn too_many_bytes(limits: &ImageLimits) -> ImageError {
    ImageError::TooLarge(format!("output-bytes: the limit is {} bytes", limits.output_bytes))
}
