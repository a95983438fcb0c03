//! The head of a picture: what its container says before any decoder is asked.
//!
//! Containers are walked here, in memory and without allocating: format by content, size, orientation, and whether the
//! file is whole. Decoders are lenient about files that end early; an edge that stores its results must not be.

mod carried;
mod exif;
mod foreign;
mod gif;
mod jpeg;
mod png;
mod webp;

use lucarne_guest::image::{ImageError, SourceFormat};

use crate::colour::Space;
use crate::geometry::Size;
use crate::turn::Turn;
pub(crate) use carried::Carried;
pub(crate) use png::XMP_KEYWORD;

/// What is known of a picture without decoding it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) format: SourceFormat,
    /// As stored.
    pub(crate) size: Size,
    /// By the EXIF tag; none where it is missing or makes no sense.
    pub(crate) turn: Turn,
}

impl Head {
    /// Reads the head of a file, which may end after it.
    ///
    /// # Errors
    /// `unrecognized`, `corrupt`, or `unsupported` where the head already tells, or what else the file is.
    pub(crate) fn read(source: &[u8]) -> Result<Head, ImageError> {
        let format = sniff(source).ok_or_else(|| unread(source))?;
        let (size, turn) = match format {
            SourceFormat::Jpeg => jpeg::read(source)?,
            SourceFormat::Png => png::read(source)?,
            SourceFormat::Webp => webp::read(source)?,
            SourceFormat::Gif => (gif::read(source)?, Turn::NONE),
        };
        Ok(Head { format, size, turn })
    }

    /// Whether the file reaches its end, and holds no frame that the head does not answer for. Of a JPEG the decoder
    /// says how much of it there is.
    ///
    /// # Errors
    /// `corrupt` if it does not.
    pub(crate) fn check_whole(&self, source: &[u8]) -> Result<(), ImageError> {
        match self.format {
            SourceFormat::Jpeg => Ok(()),
            SourceFormat::Png => png::check_whole(source),
            SourceFormat::Webp => webp::check_whole(source, self.size),
            SourceFormat::Gif => gif::check_whole(source),
        }
    }
}

/// Where the parts of a file are that say how to see it, and who made it.
impl Head {
    /// The bitstream of a WebP that is one lossy picture without alpha, as far as it is there.
    pub(crate) fn lossy_webp<'a>(&self, source: &'a [u8]) -> Option<&'a [u8]> {
        if self.format == SourceFormat::Webp { webp::lossy(source) } else { None }
    }

    /// A file of the chunks of a WebP that are whole.
    ///
    /// # Errors
    /// `corrupt` if they are no file.
    pub(crate) fn whole_webp(&self, source: &[u8]) -> Result<Vec<u8>, ImageError> {
        webp::whole_chunks(source, self.size)
    }

    /// What the samples mean.
    pub(crate) fn space<'a>(&self, source: &'a [u8]) -> Space<'a> {
        match self.format {
            SourceFormat::Jpeg => jpeg::space(source),
            SourceFormat::Png => png::space(source),
            SourceFormat::Webp => webp::space(source),
            SourceFormat::Gif => Space::Srgb,
        }
    }

    /// What the file carries; nothing in a GIF.
    pub(crate) fn carried<'a>(&self, source: &'a [u8]) -> Carried<'a> {
        match self.format {
            SourceFormat::Jpeg => jpeg::carried(source),
            SourceFormat::Png => png::carried(source),
            SourceFormat::Webp => webp::carried(source),
            SourceFormat::Gif => Carried::default(),
        }
    }
}

/// The format that the first bytes announce.
fn sniff(source: &[u8]) -> Option<SourceFormat> {
    match source {
        [0xff, 0xd8, 0xff, ..] => Some(SourceFormat::Jpeg),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(SourceFormat::Png),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(SourceFormat::Webp),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(SourceFormat::Gif),
        _ => None,
    }
}

/// Why a file of none of the formats is not read.
fn unread(source: &[u8]) -> ImageError {
    if source.is_empty() {
        return ImageError::Corrupt("it is empty".into());
    }
    foreign::kind(source).map_or(ImageError::Unrecognized, |kind| {
        ImageError::Unsupported(format!("it is {kind}; JPEG, PNG, GIF and WebP are read here"))
    })
}

/// A size of two sides that are not 0.
fn size(width: u32, height: u32) -> Result<Size, ImageError> {
    if width == 0 || height == 0 {
        return Err(ImageError::Corrupt(format!("a picture of {width}x{height} has no pixels")));
    }
    Ok(Size { width, height })
}

/// The file ends before what `part` names.
fn ends_before(part: &str) -> ImageError {
    ImageError::Corrupt(format!("the file ends before {part}"))
}

#[cfg(test)]
mod tests;
