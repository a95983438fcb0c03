//! What a file is that is not read here, so that whoever asked for it can be told.

/// The kind of a file by its first bytes, with its article.
pub(super) fn kind(source: &[u8]) -> Option<&'static str> {
    match source {
        [_, _, _, _, b'f', b't', b'y', b'p', brands @ ..] => of_brands(brands),
        [b'I', b'I', b'*', 0, ..] | [b'M', b'M', 0, b'*', ..] => Some("a TIFF"),
        // Its length, and four bytes that are 0.
        [b'B', b'M', _, _, _, _, 0, 0, 0, 0, ..] => Some("a BMP"),
        [0, 0, 0, 12, b'j', b'P', b' ', b' ', ..] | [0xff, 0x4f, 0xff, 0x51, ..] => Some("a JPEG 2000"),
        [0, 0, 0, 12, b'J', b'X', b'L', b' ', ..] | [0xff, 0x0a, ..] => Some("a JPEG XL"),
        // A count of pictures follows.
        [0, 0, 1, 0, 1..=255, 0, ..] => Some("an ICO"),
        [b'%', b'P', b'D', b'F', b'-', ..] => Some("a PDF"),
        _ => of_markup(source),
    }
}

/// A container of ISO/IEC 14496-12: its own brand, its version, and others that it is compatible with.
fn of_brands(brands: &[u8]) -> Option<&'static str> {
    const MOST: usize = 16;
    let is_any = |names: &[&[u8; 4]]| brands.as_chunks().0.iter().take(MOST).any(|brand| names.contains(&brand));
    match () {
        () if is_any(&[b"avif", b"avis"]) => Some("an AVIF"),
        () if is_any(&[b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1"]) => Some("a HEIC"),
        () => None,
    }
}

/// A text that begins with a tag.
fn of_markup(source: &[u8]) -> Option<&'static str> {
    // So far an SVG may have comments before its first tag.
    const FAR: usize = 1024;
    let text = source.strip_prefix(b"\xef\xbb\xbf").unwrap_or(source).trim_ascii_start();
    let text = &text[..text.len().min(FAR)];
    let begins = |tag: &[u8]| text.get(..tag.len()).is_some_and(|start| start.eq_ignore_ascii_case(tag));
    let is_markup = begins(b"<?xml") || begins(b"<!--") || begins(b"<!doctype svg");
    if begins(b"<svg") || is_markup && memchr::memmem::find(text, b"<svg").is_some() {
        Some("an SVG")
    } else if begins(b"<!doctype html") || begins(b"<html") {
        Some("an HTML page")
    } else {
        begins(b"<?xml").then_some("an XML file")
    }
}
