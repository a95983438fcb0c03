//! The orientation in an EXIF block.

use image::metadata::Orientation;

use crate::turn::Turn;

/// The prefix of an EXIF block in a JPEG, and in some WebP files that should not have it.
pub(super) const PREFIX: &[u8] = b"Exif\0\0";

/// The turn that a block names, which is a TIFF file; none if it names none.
pub(super) fn turn(block: &[u8]) -> Turn {
    let tiff = block.strip_prefix(PREFIX).unwrap_or(block);
    Orientation::from_exif_chunk(tiff)
        .and_then(|orientation| Turn::from_exif(orientation.to_exif()))
        .unwrap_or(Turn::NONE)
}
