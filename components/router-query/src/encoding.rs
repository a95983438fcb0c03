//! How the result is written: its format, its quality, and what it keeps of the source's metadata.

use lucarne_guest::router::{ImageFormat, MetadataPolicy};

use crate::number::integer;

/// The format asked for.
#[derive(Clone, Copy)]
pub(crate) enum Format {
    Fixed(ImageFormat),
    Negotiated,
}

/// The formats that are offered where the client's Accept decides.
pub(crate) const NEGOTIATED: &[ImageFormat] = &[ImageFormat::Webp];

pub(crate) const FORMAT: &str = "jpg (or jpeg), png, webp or auto";

pub(crate) fn format(text: &str) -> Option<Format> {
    Some(match text {
        "jpg" | "jpeg" => Format::Fixed(ImageFormat::Jpeg),
        "png" => Format::Fixed(ImageFormat::Png),
        "webp" => Format::Fixed(ImageFormat::Webp),
        "auto" => Format::Negotiated,
        _ => return None,
    })
}

pub(crate) const AUTO: &str = "webp, avif or both with a comma (avif is never made)";

pub(crate) fn auto(text: &str) -> Option<&'static [ImageFormat]> {
    text.split(',').try_fold(&[][..], |offers, format| match format {
        "webp" => Some(NEGOTIATED),
        "avif" => Some(offers),
        _ => None,
    })
}

pub(crate) const QUALITY: &str = "an integer from 1 to 100";

pub(crate) fn quality(text: &str) -> Option<u8> {
    u8::try_from(integer(text, 1..=100)?).ok()
}

pub(crate) const LOSSLESS: &str = "true or false";

pub(crate) fn lossless(text: &str) -> Option<bool> {
    text.parse().ok()
}

pub(crate) const METADATA: &str = "none, copyright or all";

pub(crate) fn metadata(text: &str) -> Option<MetadataPolicy> {
    Some(match text {
        "none" => MetadataPolicy::None,
        "copyright" => MetadataPolicy::Copyright,
        "all" => MetadataPolicy::All,
        _ => return None,
    })
}
