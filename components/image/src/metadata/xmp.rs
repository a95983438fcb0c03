//! XMP packets: two texts are read from them, and two things changed, without a parser of XML.
//!
//! What writers of XMP write is regular enough to find an element by its usual name. One that is written otherwise is
//! not found, which loses a text of rights and nothing else.

use std::ops::Range;

use super::MOST_XMP_BYTES;

/// A packet that is text and no longer than what is written.
pub(super) fn text(packet: &[u8]) -> Option<&str> {
    let text = str::from_utf8(packet.get(..packet.len().min(MOST_XMP_BYTES + 1))?).ok()?;
    (text.len() <= MOST_XMP_BYTES && text.contains("<rdf:RDF")).then_some(text)
}

/// The packet without thumbnails, and with an orientation that is upright; none if nothing is left.
pub(super) fn upright(packet: &str) -> Option<Vec<u8>> {
    let mut packet = packet.to_owned();
    for element in ["xmp:Thumbnails", "xap:Thumbnails"] {
        while let Some(Element { whole, .. }) = element_in(&packet, element) {
            packet.replace_range(whole, "");
        }
    }
    for written in ["tiff:Orientation=\"", "tiff:Orientation='", "<tiff:Orientation>"] {
        let values: Vec<_> = packet.match_indices(written).map(|(at, _)| at + written.len()).collect();
        for at in values {
            if packet[at..].starts_with(|digit: char| digit.is_ascii_digit()) {
                packet.replace_range(at..=at, "1");
            }
        }
    }
    Some(packet.into_bytes())
}

/// The items of an element's list, as text, with semicolons between them.
pub(super) fn items(packet: &str, element: &str) -> String {
    let Some(Element { content, .. }) = element_in(packet, element) else { return String::new() };
    let mut list = &packet[content];
    let mut items = String::new();
    while let Some(Element { whole, content }) = element_in(list, "rdf:li") {
        join(&mut items, &unescaped(&list[content]));
        list = &list[whole.end..];
    }
    items
}

/// Appends a value to others.
pub(super) fn join(values: &mut String, value: &str) {
    if !values.is_empty() && !value.is_empty() {
        values.push_str("; ");
    }
    values.push_str(value);
}

/// Where an element is.
struct Element {
    /// With its tags.
    whole: Range<usize>,
    /// Between them.
    content: Range<usize>,
}

/// The first element of a name that has content, up to the first tag that ends one of that name.
fn element_in(text: &str, name: &str) -> Option<Element> {
    let mut from = 0;
    loop {
        let start = from + text[from..].find(&format!("<{name}"))?;
        let behind = start + 1 + name.len();
        // Another name may begin with this one.
        let is_name = text[behind..].starts_with(|c: char| c == '>' || c.is_ascii_whitespace());
        let opened = behind + text[behind..].find('>')? + 1;
        if is_name && !text[..opened].ends_with("/>") {
            let end = format!("</{name}>");
            let content = opened..opened + text[opened..].find(&end)?;
            return Some(Element { whole: start..content.end + end.len(), content });
        }
        from = opened;
    }
}

/// Text without the escapes of XML.
fn unescaped(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, escaped)) = rest.split_once('&') {
        plain.push_str(before);
        let known = escaped.split_once(';').and_then(|(name, rest)| Some((character(name)?, rest)));
        let (character, behind) = known.unwrap_or(('&', escaped));
        plain.push(character);
        rest = behind;
    }
    plain.push_str(rest);
    plain
}

fn character(name: &str) -> Option<char> {
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix('x') {
                Some(digits) => u32::from_str_radix(digits, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?).filter(|character| *character != '\0')?
        }
    })
}
