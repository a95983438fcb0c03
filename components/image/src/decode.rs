//! From a file to a picture: the seam to the decoders.
//!
//! A decoder gets a file whose size is within the limits, and must find the same size. Its own limits are set besides, as
//! far as it has any. Samples come as they are stored: a JPEG or a lossy WebP as planes, grey if the file is grey, eight bits a sample.
//!
//! What a pixel takes at the peak, in bytes, for whoever sets limits: of a JPEG 1.5 to 3 for its planes at full size, a
//! quarter of that at half the size and so on, and 3 to 6 more for the coefficients of one in several scans; 1 to 4 for
//! PNG and GIF, twice that for 16 bits interlaced, and only rows of a PNG that is made smaller as they come; for WebP 1.5 lossy as planes and 4.5 as pixels, 10.5 with alpha, 7
//! lossless, 12 animated. A first GIF frame that does not fill its screen counts besides, at 4.

mod gif;
mod jpeg;
mod png;
mod webp;

use lucarne_guest::image::{ImageError, ImageLimits, SourceFormat};
use lucarne_jpeg::decode::Scale;

use crate::colour::Space;
use crate::geometry::Size;
use crate::head::Head;
use crate::picture::Picture;
use crate::scale::Scaling;

/// What a decoder may leave out, and in what form the picture is wanted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted<'a> {
    /// The smallest scale that will do.
    pub(crate) scale: Scale,
    pub(crate) form: Form,
    /// What the samples mean, for those of inks: they become colours here.
    pub(crate) space: &'a Space<'a>,
    /// What may be made of pixels as their rows come.
    pub(crate) scaling: Option<Scaling>,
}

/// In what form the picture is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// As it is stored.
    Stored,
    /// Planes of chroma as large as that of luma.
    WholeChroma,
    /// No planes.
    Pixels,
}

/// A picture, and whether it is all that the file should hold.
#[derive(Debug)]
pub(crate) struct Decoded {
    pub(crate) picture: Picture,
    /// Whether the file ends early or is damaged: then a part of the picture is grey, or coarser than it would be.
    pub(crate) truncated: bool,
    pub(crate) stage: Stage,
}

/// How far a picture is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// It is as it is stored.
    Stored,
    /// The scaling that was [`Wanted`] is done.
    Scaled,
}

/// Whether the picture consists of planes of luma and chroma, as JPEG and lossy WebP do.
///
/// # Errors
/// Those of [`decode`], as far as a head tells.
pub(crate) fn has_planes(source: &[u8], head: &Head) -> Result<bool, ImageError> {
    match head.format {
        SourceFormat::Jpeg => jpeg::has_planes(source, head.size),
        SourceFormat::Webp => Ok(head.lossy_webp(source).is_some()),
        SourceFormat::Png | SourceFormat::Gif => Ok(false),
    }
}

/// Decodes the picture, or the first frame of several.
///
/// # Errors
/// `corrupt` for a file that does not hold what its head says and, of anything but JPEG, that ends early; `unsupported`
/// for what no decoder reads, `too-large` for a frame beyond the limit of source pixels, or if memory does not suffice.
pub(crate) fn decode(
    source: &[u8],
    head: &Head,
    wanted: &Wanted<'_>,
    limits: &ImageLimits,
) -> Result<Decoded, ImageError> {
    head.check_whole(source)?;
    let raster = match head.format {
        SourceFormat::Jpeg => return jpeg::decode(source, head.size, wanted),
        SourceFormat::Png => return png::decode(source, head.size, wanted.scaling.as_ref()),
        SourceFormat::Webp => match head.lossy_webp(source) {
            Some(frame) if wanted.form != Form::Pixels => {
                return Ok(Decoded::stored(webp::planes(frame, head.size)?));
            }
            _ => webp::decode(source, head.size),
        },
        SourceFormat::Gif => gif::decode(source, head.size, limits),
    };
    Ok(Decoded::stored(Picture::of(raster?)))
}

impl Decoded {
    /// A picture that is whole, and as it is stored.
    fn stored(picture: Picture) -> Decoded {
        Decoded { picture, truncated: false, stage: Stage::Stored }
    }
}

/// A decoder found another size than the head states.
fn check_size(found: Option<(u32, u32)>, size: Size) -> Result<(), ImageError> {
    if found == Some((size.width, size.height)) {
        return Ok(());
    }
    Err(ImageError::Corrupt(format!("the head states {size}, the pixels are of another size")))
}
