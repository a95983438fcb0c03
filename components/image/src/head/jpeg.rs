//! JPEG by its markers (ITU-T T.81, annex B).

use std::borrow::Cow;

use lucarne_guest::image::ImageError;
use memchr::memchr;

use super::{Carried, ends_before, exif, size};
use crate::colour::{MOST_PROFILE_BYTES, Space};
use crate::geometry::Size;
use crate::tiff::EXIF_PREFIX;
use crate::turn::Turn;

const SOI: u8 = 0xd8;
const EOI: u8 = 0xd9;
const SOS: u8 = 0xda;
const DNL: u8 = 0xdc;
const APP1: u8 = 0xe1;
const APP2: u8 = 0xe2;
const APP13: u8 = 0xed;

/// What segments of an application begin with.
const XMP_PREFIX: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
const ICC_PREFIX: &[u8] = b"ICC_PROFILE\0";
const PHOTOSHOP_PREFIX: &[u8] = b"Photoshop 3.0\0";

/// The resource of Photoshop that has the records of IPTC.
const IPTC_RESOURCE: u16 = 0x0404;

/// The markers of a file, in order.
///
/// Bytes between a segment and the next marker are skipped, which passes over entropy-coded data, restart markers and
/// the padding that some cameras leave.
struct Markers<'a> {
    source: &'a [u8],
    position: usize,
}

/// A marker's code, and what its segment holds after the length; nothing for one that stands alone.
struct Marker<'a> {
    code: u8,
    payload: &'a [u8],
}

/// Size and turn, from what precedes the first scan.
pub(super) fn read(source: &[u8]) -> Result<(Size, Turn), ImageError> {
    let mut frame = None;
    let mut turn = Turn::NONE;
    for marker in Markers::of(source) {
        match marker.code {
            0xc0..=0xcf if !matches!(marker.code, 0xc4 | 0xc8 | 0xcc) => frame = Some(read_frame(&marker)?),
            APP1 if marker.payload.starts_with(EXIF_PREFIX) => turn = exif::turn(marker.payload),
            SOS => {
                let (width, height) =
                    frame.ok_or_else(|| ImageError::Corrupt("a scan precedes the frame header".into()))?;
                let height = if height == 0 { lines(source) } else { height };
                return Ok((size(width.into(), height.into())?, turn));
            }
            EOI => return Err(ImageError::Corrupt("there is no scan".into())),
            _ => {}
        }
    }
    Err(ends_before("the first scan"))
}

/// The lines that are counted behind the first scan, where the frame header leaves them open (§B.2.5); 0 where they are
/// nowhere.
fn lines(source: &[u8]) -> u16 {
    let mut behind = Markers::of(source).skip_while(|marker| marker.code != SOS);
    let counted = behind.find(|marker| marker.code == DNL).and_then(|marker| marker.payload.first_chunk().copied());
    counted.map_or(0, u16::from_be_bytes)
}

/// Width and height in a frame header (§B.2.2), if the frame is of a kind that is decoded.
fn read_frame(marker: &Marker<'_>) -> Result<(u16, u16), ImageError> {
    let &[precision, h1, h0, w1, w0, components, ..] = marker.payload else {
        return Err(ImageError::Corrupt("the frame header is short".into()));
    };
    let process = match marker.code {
        0xc0..=0xc2 => None,
        0xc3 => Some("lossless"),
        0xc5..=0xc7 => Some("hierarchical"),
        _ => Some("arithmetic-coded"),
    };
    if let Some(process) = process {
        return Err(ImageError::Unsupported(format!("a {process} JPEG")));
    }
    if precision != 8 {
        return Err(ImageError::Unsupported(format!("a JPEG of {precision} bits a sample")));
    }
    if !matches!(components, 1 | 3 | 4) {
        return Err(ImageError::Unsupported(format!("a JPEG of {components} components")));
    }
    Ok((u16::from_be_bytes([w1, w0]), u16::from_be_bytes([h1, h0])))
}

/// The profile, from as many segments as it takes, in whatever order (ICC.1:2022, annex B.4). One of which a part is
/// missing counts as none.
pub(super) fn space(source: &[u8]) -> Space<'_> {
    let mut parts = Vec::new();
    for marker in Markers::before_scan(source).filter(|marker| marker.code == APP2) {
        if let Some(&[number, count, ref data @ ..]) = marker.payload.strip_prefix(ICC_PREFIX) {
            parts.push((number, count, data));
        }
    }
    parts.sort_by_key(|(number, ..)| *number);
    let all =
        parts.iter().zip(1..).all(|((number, count, _), place)| *number == place && usize::from(*count) == parts.len());
    let bytes: usize = parts.iter().map(|(.., data)| data.len()).sum();
    match parts.as_slice() {
        [] => Space::Srgb,
        [(.., data)] if all => Space::Icc((*data).into()),
        parts if all && bytes <= MOST_PROFILE_BYTES => {
            Space::Icc(parts.iter().map(|(.., data)| *data).collect::<Vec<_>>().concat().into())
        }
        _ => Space::Srgb,
    }
}

/// EXIF, XMP and IPTC from what precedes the first scan.
pub(super) fn carried(source: &[u8]) -> Carried<'_> {
    let mut carried = Carried::default();
    for Marker { code, payload } in Markers::before_scan(source) {
        match code {
            APP1 if payload.starts_with(EXIF_PREFIX) && carried.exif.is_none() => carried.exif = Some(payload),
            APP1 if carried.xmp.is_none() => carried.xmp = payload.strip_prefix(XMP_PREFIX).map(Cow::from),
            APP13 if carried.iptc.is_none() => carried.iptc = payload.strip_prefix(PHOTOSHOP_PREFIX).and_then(iptc),
            _ => {}
        }
    }
    carried
}

/// The records of IPTC among the resources of Photoshop: each `8BIM`, a number, a name of even length, and data of even
/// length.
fn iptc(mut resources: &[u8]) -> Option<&[u8]> {
    loop {
        let (number, rest) = resources.strip_prefix(b"8BIM")?.split_first_chunk()?;
        let name = usize::from(*rest.first()?) + 1;
        let (length, rest) = rest.get(name.next_multiple_of(2)..)?.split_first_chunk()?;
        let length = u32::from_be_bytes(*length) as usize;
        let data = rest.get(..length)?;
        if u16::from_be_bytes(*number) == IPTC_RESOURCE {
            return Some(data);
        }
        resources = rest.get(length.next_multiple_of(2)..)?;
    }
}

impl<'a> Markers<'a> {
    /// Those that precede the first scan.
    fn before_scan(source: &'a [u8]) -> impl Iterator<Item = Marker<'a>> {
        Markers::of(source).take_while(|marker| marker.code != SOS)
    }

    fn of(source: &'a [u8]) -> Markers<'a> {
        Markers { source, position: 0 }
    }
}

impl<'a> Iterator for Markers<'a> {
    type Item = Marker<'a>;

    /// Ends where the file does, in the middle of a segment too.
    fn next(&mut self) -> Option<Marker<'a>> {
        loop {
            self.position += memchr(0xff, self.source.get(self.position..)?)? + 1;
            let code = *self.source.get(self.position)?;
            match code {
                // A stuffed zero, or TEM and RST, which have no segment; a fill byte may itself begin a marker.
                0x00 | 0x01 | 0xd0..=0xd7 => self.position += 1,
                0xff => {}
                SOI | EOI => {
                    self.position += 1;
                    return Some(Marker { code, payload: &[] });
                }
                _ => {
                    let rest = &self.source[self.position + 1..];
                    let length = usize::from(u16::from_be_bytes(*rest.first_chunk()?));
                    // A length counts its own two bytes; one that does not leaves an empty payload.
                    let payload = rest.get(2..length.max(2))?;
                    self.position += 1 + 2 + payload.len();
                    return Some(Marker { code, payload });
                }
            }
        }
    }
}
