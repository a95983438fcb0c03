//! JPEG by its markers (ITU-T T.81, annex B).

use lucarne_guest::image::ImageError;
use memchr::memchr;

use super::{ends_before, exif, size};
use crate::geometry::Size;
use crate::turn::Turn;

const SOI: u8 = 0xd8;
const EOI: u8 = 0xd9;
const SOS: u8 = 0xda;
const APP1: u8 = 0xe1;

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
            APP1 if marker.payload.starts_with(exif::PREFIX) => turn = exif::turn(marker.payload),
            SOS => {
                let size = frame.ok_or_else(|| ImageError::Corrupt("a scan precedes the frame header".into()))?;
                return Ok((size, turn));
            }
            EOI => return Err(ImageError::Corrupt("there is no scan".into())),
            _ => {}
        }
    }
    Err(ends_before("the first scan"))
}

/// The size in a frame header (§B.2.2), if the frame is of a kind that is decoded.
fn read_frame(marker: &Marker<'_>) -> Result<Size, ImageError> {
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
    size(u16::from_be_bytes([w1, w0]).into(), u16::from_be_bytes([h1, h0]).into())
}

impl<'a> Markers<'a> {
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
