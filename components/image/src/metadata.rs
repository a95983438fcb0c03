//! What a result carries of its source's metadata, by the plan's policy.
//!
//! - `none`: nothing.
//! - `copyright`: an EXIF block made anew, of Artist and Copyright. What EXIF lacks is taken from IPTC (by-line, copyright
//!   notice), and else from XMP (`dc:creator`, `dc:rights`): EXIF is what all software reads in all three formats.
//! - `all`: the source's EXIF, written anew (`exif`) without what is no longer so, the two fields above filled in, and
//!   the XMP packet without its thumbnails. The place where a picture was taken is in both.
//!
//! No result has a colour profile: its samples are sRGB, which is what software takes pictures without one for. Texts of
//! a PNG are not carried.
//!
//! Metadata is a stranger's: it is copied only through structures that were understood, and is bounded. An EXIF block
//! has at most `MOST_EXIF_BYTES`, a value in it `exif::MOST_VALUE_BYTES`, an XMP packet `MOST_XMP_BYTES`; what is
//! beyond is left out. So each fits one segment of a JPEG.

mod exif;
mod rights;
mod xmp;

use lucarne_guest::image::{ImageError, MetadataPolicy};

use crate::head::{Carried, Head};
use crate::tiff::Tiff;
use rights::Rights;

/// The bytes of an EXIF block that is written. A camera's without preview and maker's notes has 1 to 4 KiB.
pub const MOST_EXIF_BYTES: usize = 60_000;

/// The bytes of an XMP packet that is written: more than Adobe's standard packet may have in a JPEG would not fit there.
pub const MOST_XMP_BYTES: usize = 60_000;

/// What is written. Neither is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Metadata {
    /// A TIFF file, without `Exif\0\0` before it: what an `eXIf` chunk, an `EXIF` chunk and the encoders take.
    pub exif: Option<Vec<u8>>,
    /// An XMP packet.
    pub xmp: Option<Vec<u8>>,
}

impl Metadata {
    /// What the result of a file carries.
    pub(crate) fn of(policy: MetadataPolicy, head: &Head, source: &[u8]) -> Metadata {
        match policy {
            MetadataPolicy::None => Metadata::default(),
            policy => Metadata::new(policy, &head.carried(source)),
        }
    }

    /// What the result of a file carries that may be none.
    ///
    /// # Errors
    /// Those of a head that cannot be read.
    pub fn of_file(policy: MetadataPolicy, source: &[u8]) -> Result<Metadata, ImageError> {
        Ok(Metadata::of(policy, &Head::read(source)?, source))
    }

    /// What is made of what a file carries.
    fn new(policy: MetadataPolicy, carried: &Carried<'_>) -> Metadata {
        let tiff = carried.exif.and_then(Tiff::parse);
        let packet = carried.xmp.as_deref().and_then(xmp::text);
        let rights = Rights::of(tiff.as_ref(), carried.iptc, packet);
        match policy {
            MetadataPolicy::None => Metadata::default(),
            MetadataPolicy::Copyright => Metadata { exif: exif::block(None, &rights), xmp: None },
            MetadataPolicy::All => {
                Metadata { exif: exif::block(tiff.as_ref(), &rights), xmp: packet.and_then(xmp::upright) }
            }
        }
    }

    /// The chunks of a PNG that carry it, each a type and its data (PNG third edition §11.3.3.4 and §11.3.4.5).
    pub fn png_chunks(&self) -> impl Iterator<Item = ([u8; 4], Vec<u8>)> {
        let exif = self.exif.clone().map(|exif| (*b"eXIf", exif));
        // Not compressed, of no language, and with no translation of its keyword.
        let text = |xmp: &Vec<u8>| [crate::head::XMP_KEYWORD, &[0; 4], xmp].concat();
        exif.into_iter().chain(self.xmp.as_ref().map(|xmp| (*b"iTXt", text(xmp))))
    }
}

/// What is written of an EXIF block, for fuzz targets.
pub fn of_exif(block: &[u8], policy: MetadataPolicy) -> Metadata {
    Metadata::new(policy, &Carried { exif: Some(block), ..Carried::default() })
}

/// What is written of an XMP packet or IPTC's records, for fuzz targets.
pub fn of_texts(bytes: &[u8], policy: MetadataPolicy) -> Metadata {
    Metadata::new(policy, &Carried { xmp: Some(bytes.into()), iptc: Some(bytes), ..Carried::default() })
}

#[cfg(test)]
mod tests;
