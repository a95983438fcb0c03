//! What a file carries beside its pixels: where it is, unread.

use std::borrow::Cow;

/// Metadata as the file has it. A second one of a kind is passed over.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Carried<'a> {
    /// A TIFF file, perhaps with `Exif\0\0` before it.
    pub(crate) exif: Option<&'a [u8]>,
    /// An XMP packet.
    pub(crate) xmp: Option<Cow<'a, [u8]>>,
    /// The records of IPTC-IIM.
    pub(crate) iptc: Option<&'a [u8]>,
}

/// What a compressed piece of a file is, if it is whole and no longer than this.
pub(super) fn inflate(compressed: &[u8], most: usize) -> Option<Vec<u8>> {
    fdeflate::decompress_to_vec_bounded(compressed, most).ok()
}
