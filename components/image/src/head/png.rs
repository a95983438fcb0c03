//! PNG by its chunks (PNG third edition, §5.3).

use std::borrow::Cow;

use lucarne_guest::image::ImageError;
use memchr::memchr;

use super::carried::inflate;
use super::checksum::crc;
use super::{Carried, ends_before, exif, size};
use crate::colour::{MOST_PROFILE_BYTES, Measured, Space};
use crate::geometry::Size;
use crate::metadata::MOST_XMP_BYTES;
use crate::turn::Turn;

const SIGNATURE: usize = 8;

/// The keyword of a text that is an XMP packet (XMP part 3, §1.1.5).
pub(crate) const XMP_KEYWORD: &[u8] = b"XML:com.adobe.xmp\0";

/// The chunks of a file, in order, as far as they are whole, whatever their checksums say.
struct Chunks<'a> {
    rest: &'a [u8],
}

struct Chunk<'a> {
    kind: [u8; 4],
    payload: &'a [u8],
    checksum: u32,
}

/// Size and turn. The latter may stand behind the pixels, so every chunk is passed over, and none is read.
pub(super) fn read(source: &[u8]) -> Result<(Size, Turn), ImageError> {
    let mut chunks = Chunks::of(source);
    let header = chunks.next().ok_or_else(|| ends_before("the header"))?;
    let (b"IHDR", &[w3, w2, w1, w0, h3, h2, h1, h0, _, _, _, _, _]) = (&header.kind, header.payload) else {
        return Err(ImageError::Corrupt("the first chunk is not a header".into()));
    };
    let size = size(u32::from_be_bytes([w3, w2, w1, w0]), u32::from_be_bytes([h3, h2, h1, h0]))?;
    let turn = chunks.find(|chunk| &chunk.kind == b"eXIf").map_or(Turn::NONE, |chunk| exif::turn(chunk.payload));
    Ok((size, turn))
}

/// What the chunks before the pixels say, in the order in which they count (§4.3).
pub(super) fn space(source: &[u8]) -> Space<'_> {
    let (mut is_srgb, mut measured) = (false, Measured { gamma: None, primaries: None });
    for chunk in Chunks::of(source).take_while(|chunk| &chunk.kind != b"IDAT") {
        match &chunk.kind {
            b"iCCP" => {
                if let Some(profile) = profile(chunk.payload) {
                    return Space::Icc(profile.into());
                }
            }
            b"sRGB" => is_srgb = true,
            b"gAMA" => measured.gamma = chunk.payload.first_chunk().map(|gamma| u32::from_be_bytes(*gamma)),
            b"cHRM" => {
                measured.primaries = chunk.payload.first_chunk::<32>().map(|bytes| {
                    let number = |index: usize| std::array::from_fn(|byte| bytes[4 * index + byte]);
                    std::array::from_fn(|point| {
                        [2 * point, 2 * point + 1].map(|index| u32::from_be_bytes(number(index)))
                    })
                });
            }
            _ => {}
        }
    }
    match measured {
        _ if is_srgb => Space::Srgb,
        Measured { gamma: None, primaries: None } => Space::Srgb,
        measured => Space::Measured(measured),
    }
}

/// A profile behind its name and the number of its compression, which is 0 (§11.3.2.3).
fn profile(payload: &[u8]) -> Option<Vec<u8>> {
    let name = memchr(0, payload)?;
    inflate(payload.get(name + 1..)?.strip_prefix(&[0])?, MOST_PROFILE_BYTES)
}

/// EXIF, and the text that is an XMP packet.
pub(super) fn carried(source: &[u8]) -> Carried<'_> {
    let mut carried = Carried::default();
    for chunk in Chunks::of(source) {
        match &chunk.kind {
            b"eXIf" if carried.exif.is_none() => carried.exif = Some(chunk.payload),
            b"iTXt" if carried.xmp.is_none() => carried.xmp = chunk.payload.strip_prefix(XMP_KEYWORD).and_then(text),
            _ => {}
        }
    }
    carried
}

/// A text behind its compression's flag and method, its language and its translated keyword (§11.3.3.4).
fn text(payload: &[u8]) -> Option<Cow<'_, [u8]>> {
    let (flags, rest) = payload.split_first_chunk()?;
    let language = memchr(0, rest)?;
    let rest = &rest[language + 1..];
    let text = &rest[memchr(0, rest)? + 1..];
    match flags {
        [0, _] => Some(text.into()),
        [1, 0] => inflate(text, MOST_XMP_BYTES).map(Cow::from),
        _ => None,
    }
}

/// Whether the chunk that ends a file is there.
pub(super) fn check_whole(source: &[u8]) -> Result<(), ImageError> {
    let whole = Chunks::of(source).any(|chunk| &chunk.kind == b"IEND");
    whole.then_some(()).ok_or_else(|| ends_before("its last chunk"))
}

/// Whether each chunk up to the one that ends the file has the checksum that belongs to it.
pub(crate) fn is_sound(source: &[u8]) -> bool {
    for Chunk { kind, payload, checksum } in Chunks::of(source) {
        if crc(kind, payload) != checksum {
            return false;
        }
        if &kind == b"IEND" {
            return true;
        }
    }
    false
}

impl<'a> Chunks<'a> {
    fn of(source: &'a [u8]) -> Chunks<'a> {
        Chunks { rest: source.get(SIGNATURE..).unwrap_or_default() }
    }
}

impl<'a> Iterator for Chunks<'a> {
    type Item = Chunk<'a>;

    fn next(&mut self) -> Option<Chunk<'a>> {
        let (length, rest) = self.rest.split_first_chunk()?;
        let (kind, rest) = rest.split_first_chunk()?;
        let (payload, rest) = rest.split_at_checked(u32::from_be_bytes(*length) as usize)?;
        let (checksum, rest) = rest.split_first_chunk()?;
        self.rest = rest;
        Some(Chunk { kind: *kind, payload, checksum: u32::from_be_bytes(*checksum) })
    }
}
