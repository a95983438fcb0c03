//! From a file to a picture: the seam to the decoders.
//!
//! A decoder gets a file whose size is within the limits, and must find the same size. Its own limits are set besides, as
//! far as it has any. Samples come as they are stored: a JPEG or a lossy WebP as planes, grey if the file is grey, eight bits a sample.
//!
//! What a pixel takes at the peak, in bytes, for whoever sets limits: of a JPEG 1.5 to 3 for its planes at full size, a
//! quarter of that at half the size and so on, and 3 to 6 more for the coefficients of one in several scans; 1 to 4 for
//! PNG and GIF, twice that for 16 bits interlaced, and only rows of a PNG that is made smaller as they come; for WebP 1.5 lossy as planes and 4.5 as pixels, 10.5 with alpha, 7
//! lossless, 12 animated. A first GIF frame that does not fill its screen counts besides, at 4.
//!
//! A file that ends early is refused, or becomes a picture of what is there, as the plan says. A JPEG's decoder does that
//! by itself; the others are asked again, for a part. What is missing is transparent where the picture has alpha, else
//! grey. Of a WebP without loss or with alpha no part is a picture: the one is mended after it is read, of the other the
//! pixels come last.

mod gif;
mod jpeg;
mod png;
mod webp;

use lucarne_guest::image::{ImageError, ImageLimits, SourceFormat, TruncatedPolicy};
use lucarne_jpeg::decode::Scale;

use crate::colour::Space;
use crate::geometry::Size;
use crate::head::Head;
use crate::picture::Picture;
use crate::raster::{Channels, Raster};
use crate::scale::Scaling;

/// What is missing of a picture without alpha: a block of a JPEG that is not there is of this level, too.
const GREY: u8 = 128;

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
    /// What a file comes to that ends early.
    pub(crate) truncated: TruncatedPolicy,
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
    /// Whether the file ends early or is damaged: then a part of the picture is grey or transparent, or coarser than it
    /// would be.
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
/// `corrupt` for a file that does not hold what its head says, and for one that ends early if that is refused or no part of
/// it is a picture; `unsupported` for what no decoder reads, `too-large` for a frame beyond the limit of source pixels, or
/// if memory does not suffice.
pub(crate) fn decode(
    source: &[u8],
    head: &Head,
    wanted: &Wanted<'_>,
    limits: &ImageLimits,
) -> Result<Decoded, ImageError> {
    let whole = head.check_whole(source).and_then(|()| decode_whole(source, head, wanted, limits));
    match (whole, wanted.truncated) {
        (Ok(Decoded { truncated: true, .. }), TruncatedPolicy::Refuse) => {
            Err(ImageError::Corrupt("the file ends early, or is damaged".into()))
        }
        (Err(ImageError::Corrupt(reason)), TruncatedPolicy::Accept) => match decode_part(source, head, wanted) {
            Ok(picture) => Ok(Decoded { truncated: true, ..Decoded::stored(picture) }),
            Err(ImageError::Corrupt(_)) => Err(ImageError::Corrupt(reason)),
            Err(error) => Err(error),
        },
        (whole, _) => whole,
    }
}

/// The picture of a file that reaches its end.
fn decode_whole(source: &[u8], head: &Head, wanted: &Wanted<'_>, limits: &ImageLimits) -> Result<Decoded, ImageError> {
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

/// What there is of a picture whose file ends early or is damaged.
fn decode_part(source: &[u8], head: &Head, wanted: &Wanted<'_>) -> Result<Picture, ImageError> {
    match (head.format, head.lossy_webp(source)) {
        (SourceFormat::Jpeg, _) => Err(ImageError::Corrupt("its decoder has found no picture".into())),
        (SourceFormat::Png, _) => png::decode_part(source, head.size).map(Picture::of),
        (SourceFormat::Gif, _) => gif::decode_part(source, head.size).map(Picture::of),
        (SourceFormat::Webp, Some(frame)) => {
            let picture = webp::first_planes(frame, head.size)?;
            if wanted.form == Form::Pixels { Ok(Picture::of(picture.into_pixels()?)) } else { Ok(picture) }
        }
        (SourceFormat::Webp, None) => {
            let whole = head.whole_webp(source)?;
            webp::decode(&whole, head.size).map(Picture::of)
        }
    }
}

/// A picture of which nothing is there yet.
fn missing(size: Size, channels: Channels) -> Result<Raster, ImageError> {
    let mut raster = Raster::blank(size, channels)?;
    if !channels.has_alpha() {
        raster.samples_mut().fill(GREY);
    }
    Ok(raster)
}

/// A decoder found another size than the head states.
fn check_size(found: Option<(u32, u32)>, size: Size) -> Result<(), ImageError> {
    if found == Some((size.width, size.height)) {
        return Ok(());
    }
    Err(ImageError::Corrupt(format!("the head states {size}, the pixels are of another size")))
}
