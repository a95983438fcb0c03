//! From a picture and settings to a file.

use std::collections::TryReserveError;

use crate::container::{self, Chunks};
use crate::source::Source;
use crate::{alpha, vp8};

/// How to encode.
#[derive(Debug, Clone, Copy)]
pub struct Settings<'a> {
    /// 0 (small) to 100 (like the source); more is 100.
    pub quality: u8,
    /// Work spent: 0 (fastest) to 6 (smallest file); more is 6.
    pub method: u8,
    /// An ICC profile to carry.
    pub icc: Option<&'a [u8]>,
    /// EXIF to carry: the TIFF structure, without "Exif\0\0".
    pub exif: Option<&'a [u8]>,
    /// XMP to carry.
    pub xmp: Option<&'a [u8]>,
    /// Bytes that the file may have.
    pub limit: usize,
}

/// Why there is no file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// The file would be larger than the settings allow, or than the format can say.
    #[error("the WebP file would be larger than {limit} bytes")]
    TooLarge {
        /// Bytes that it may have.
        limit: usize,
    },
    /// There is not enough memory.
    #[error("not enough memory to encode WebP")]
    Memory(#[from] TryReserveError),
}

impl Default for Settings<'_> {
    /// Quality 80 and method 4, nothing carried, and no limit but the container's 4 GiB.
    fn default() -> Self {
        Settings { quality: 80, method: 4, icc: None, exif: None, xmp: None, limit: container::MAX_FILE }
    }
}

/// Encodes a picture.
///
/// # Errors
/// If the file would be larger than the limit, or memory is short.
pub fn encode(source: &Source<'_>, settings: &Settings<'_>) -> Result<Vec<u8>, EncodeError> {
    let frame = vp8::encode(source, settings.quality.min(100), settings.method.min(6), settings.limit)?;
    let alpha = match source.alpha() {
        Some(plane) => alpha::encode(plane)?,
        None => None,
    };
    let chunks = Chunks {
        width: source.width(),
        height: source.height(),
        frame: &frame,
        alpha: alpha.as_deref(),
        icc: settings.icc,
        exif: settings.exif,
        xmp: settings.xmp,
    };
    container::write(&chunks, settings.limit)
}

#[cfg(test)]
mod tests;
