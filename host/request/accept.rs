//! What a client accepts, reduced to small answers (RFC 9110 §12.5): a hundred spellings make a handful of variants.

use http::header::{ACCEPT, ACCEPT_ENCODING};
use http::{HeaderMap, HeaderName};

/// A format that pictures are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ImageFormat {
    /// JPEG, lossy, no alpha.
    Jpeg,
    /// PNG, lossless.
    Png,
    /// WebP.
    WebP,
}

impl ImageFormat {
    /// The media type, without parameters.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::WebP => "image/webp",
        }
    }

    /// Whether every client reads it, so that a wildcard in Accept is a promise to.
    fn universal(self) -> bool {
        match self {
            Self::Jpeg | Self::Png => true,
            Self::WebP => false,
        }
    }
}

/// The best of `offers` for this Accept; among equals the first. Without Accept everything universal is welcome.
#[must_use]
pub fn negotiate_image(fields: &HeaderMap, offers: &[ImageFormat]) -> Option<ImageFormat> {
    let mut best: Option<(ImageFormat, u16)> = None;
    for &offer in offers {
        let quality = quality_of(fields, offer);
        if quality > best.map_or(0, |(_, quality)| quality) {
            best = Some((offer, quality));
        }
    }
    best.map(|(format, _)| format)
}

/// Which of the codings that pages come in a client takes, in one spelling: it selects among stored responses, and it is
/// what the origin is asked with. What is not listed here is not asked for, so no stored response can have it.
#[must_use]
pub fn accepted_encodings(fields: &HeaderMap) -> &'static str {
    match (takes(fields, &ACCEPT_ENCODING, "br"), takes(fields, &ACCEPT_ENCODING, "gzip")) {
        (true, true) => "br, gzip",
        (true, false) => "br",
        (false, true) => "gzip",
        (false, false) => "identity",
    }
}

/// Which of the image formats that not every client reads this one takes, in one of four spellings. Wildcards promise
/// nothing about them.
#[must_use]
pub fn accepted_image_formats(fields: &HeaderMap) -> &'static str {
    match (takes(fields, &ACCEPT, "image/avif"), takes(fields, &ACCEPT, "image/webp")) {
        (true, true) => "avif, webp",
        (true, false) => "avif",
        (false, true) => "webp",
        (false, false) => "universal",
    }
}

/// Whether the last member of this name in a weighted list has a weight that can be read and is not 0.
fn takes(fields: &HeaderMap, list: &HeaderName, wanted: &str) -> bool {
    let mut weights = members(fields, list).filter(|(name, _)| name.eq_ignore_ascii_case(wanted));
    weights.next_back().is_some_and(|(_, quality)| quality.is_some_and(|quality| quality > 0))
}

/// The weight of an offer in thousandths: the most specific range that matches decides (RFC 9110 §12.5.1).
fn quality_of(fields: &HeaderMap, offer: ImageFormat) -> u16 {
    if !fields.contains_key(ACCEPT) {
        return if offer.universal() { 1000 } else { 0 };
    }
    let mut found: Option<(u8, u16)> = None;
    for (range, quality) in members(fields, &ACCEPT) {
        let specificity = if range.eq_ignore_ascii_case(offer.media_type()) {
            3
        } else if !offer.universal() {
            continue;
        } else if range.eq_ignore_ascii_case("image/*") {
            2
        } else if range == "*/*" || range == "*" {
            1
        } else {
            continue;
        };
        if found.is_none_or(|(before, _)| specificity >= before) {
            // What cannot be understood is not taken as a wish.
            found = Some((specificity, quality.unwrap_or(0)));
        }
    }
    found.map_or(0, |(_, quality)| quality)
}

/// The members of a weighted list: name and weight in thousandths, None where it is broken.
pub(super) fn members<'a>(
    fields: &'a HeaderMap,
    name: &'a HeaderName,
) -> impl DoubleEndedIterator<Item = (&'a str, Option<u16>)> + 'a {
    let lines = fields.get_all(name).iter().map(|line| line.as_bytes());
    lines.flat_map(|line| line.split(|byte| *byte == b',')).filter_map(|member| {
        let mut parts = str::from_utf8(member).ok()?.split(';').map(str::trim);
        let name = parts.next().filter(|name| !name.is_empty())?;
        let weight = parts.filter_map(|part| part.split_once('=')).find(|(name, _)| name.eq_ignore_ascii_case("q"));
        Some((name, weight.map_or(Some(1000), |(_, text)| thousandths(text))))
    })
}

/// RFC 9110 §12.4.2: `0` or `1` with up to three decimals, at most 1.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    if decimals.len() > 3 || !decimals.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let fraction = format!("{decimals:0<3}").parse::<u16>().ok()?;
    match whole {
        "0" => Some(fraction),
        "1" if fraction == 0 => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn fields(name: http::HeaderName, value: &str) -> HeaderMap {
        let mut fields = HeaderMap::new();
        fields.insert(name, HeaderValue::from_str(value).expect("a valid field value"));
        fields
    }

    #[test]
    fn accept_is_reduced_to_one_format() {
        use ImageFormat::{Jpeg, Png, WebP};
        let table: [(&str, &[ImageFormat], Option<ImageFormat>); 13] = [
            ("image/avif,image/webp,*/*;q=0.8", &[WebP], Some(WebP)),
            ("*/*", &[WebP], None),
            ("image/*", &[WebP, Png], Some(Png)),
            ("image/webp;q=0", &[WebP], None),
            ("image/webp;q=0,*/*", &[WebP], None),
            ("image/webp;q=0.5,image/png", &[WebP, Png], Some(Png)),
            ("IMAGE/WEBP", &[WebP], Some(WebP)),
            ("image/jpeg;q=0.9, image/png;q=0.9", &[Png, Jpeg], Some(Png)),
            ("image/webp;q=foo", &[WebP], None),
            ("image/webp;q=1.0001", &[WebP], None),
            ("text/html", &[WebP, Png, Jpeg], None),
            (",,;q=1,", &[WebP, Png], None),
            ("image/png;q=0.1,*/*;q=0.9", &[Png, Jpeg], Some(Jpeg)),
        ];
        for (accept, offers, expected) in table {
            assert_eq!(negotiate_image(&fields(ACCEPT, accept), offers), expected, "{accept}");
        }
        assert_eq!(negotiate_image(&HeaderMap::new(), &[WebP, Jpeg]), Some(Jpeg));
    }

    /// Fault 56. Fault 57.
    #[test]
    fn accept_is_reduced_to_four_classes_of_images() {
        let long: &'static str = Box::leak(format!("image/webp, {}", "x/y;q=0.1, ".repeat(800)).into_boxed_str());
        let table = [
            ("image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8", "avif, webp"),
            ("IMAGE/WEBP ; q=0.001, image/avif;v=b3;q=0.9", "avif, webp"),
            ("image/avif;q=0, image/webp", "webp"),
            ("image/avif", "avif"),
            ("image/avif;q=foo, image/webp;q=1.0001", "universal"),
            ("image/webp;q=0.5,,", "webp"),
            ("image/*", "universal"),
            ("*/*", "universal"),
            ("text/html", "universal"),
            ("", "universal"),
            (long, "webp"),
        ];
        for (value, expected) in table {
            assert_eq!(accepted_image_formats(&fields(ACCEPT, value)), expected, "{value}");
        }
        assert_eq!(accepted_image_formats(&HeaderMap::new()), "universal");
    }

    /// Fault 56.
    #[test]
    fn accept_encoding_is_reduced_to_four_spellings() {
        let table = [
            ("gzip, deflate, br", "br, gzip"),
            ("gzip;q=1.0, br;q=0.5, zstd", "br, gzip"),
            ("gzip, zstd", "gzip"),
            ("br", "br"),
            ("br;q=0, gzip;q=0", "identity"),
            ("gzip;q=foo,,", "identity"),
            ("*", "identity"),
            ("", "identity"),
        ];
        for (value, expected) in table {
            assert_eq!(accepted_encodings(&fields(ACCEPT_ENCODING, value)), expected, "{value}");
        }
    }
}
