//! WebP by its RIFF chunks (RFC 9649, §2).

use lucarne_guest::image::ImageError;

use super::{Carried, ends_before, exif, size};
use crate::colour::Space;
use crate::geometry::Size;
use crate::turn::Turn;

/// `RIFF`, a length, `WEBP`.
const FILE_HEADER: usize = 12;

/// Position, size, duration and flags of a frame, before the chunks that it consists of (§2.7.1.1).
const FRAME_HEADER: usize = 16;

/// Chunks side by side, in order, as far as they are whole.
struct Chunks<'a> {
    rest: &'a [u8],
}

struct Chunk<'a> {
    kind: [u8; 4],
    payload: &'a [u8],
}

/// Size and turn. Only an extended file has the latter, and it stands behind the pixels.
pub(super) fn read(source: &[u8]) -> Result<(Size, Turn), ImageError> {
    let first = source.get(FILE_HEADER..).unwrap_or_default();
    let (kind, rest) = first.split_first_chunk::<4>().ok_or_else(|| ends_before("its first chunk"))?;
    let payload = rest.get(4..).unwrap_or_default();
    let size = match kind {
        b"VP8X" => canvas_size(payload),
        _ => frame_size(*kind, payload)?,
    };
    let size = size.ok_or_else(|| ends_before("the size of the picture"))?;
    let exif = Chunks::of(source).find(|chunk| &chunk.kind == b"EXIF");
    Ok((size, exif.map_or(Turn::NONE, |chunk| exif::turn(chunk.payload))))
}

/// The bitstream of a file that is one lossy picture without alpha, as far as it is there.
pub(super) fn lossy(source: &[u8]) -> Option<&[u8]> {
    let mut lossy = None;
    let mut chunks = Chunks::of(source);
    for chunk in &mut chunks {
        match &chunk.kind {
            b"VP8 " if lossy.is_none() => lossy = Some(chunk.payload),
            b"ALPH" | b"ANIM" | b"ANMF" | b"VP8 " | b"VP8L" => return None,
            _ => {}
        }
    }
    // The last chunk may be the one that the file ends in.
    lossy.or_else(|| chunks.rest.strip_prefix(b"VP8 ")?.get(4..))
}

/// A file of the chunks that are whole.
pub(super) fn whole_chunks(source: &[u8], canvas: Size) -> Result<Vec<u8>, ImageError> {
    let mut chunks = Chunks::of(source);
    for _ in &mut chunks {}
    let mut whole = source[..source.len() - chunks.rest.len()].to_vec();
    let length = whole.len().checked_sub(8).and_then(|length| u32::try_from(length).ok());
    let length = length.ok_or_else(|| ends_before("its first chunk"))?;
    whole[4..8].copy_from_slice(&length.to_le_bytes());
    check_whole(&whole, canvas)?;
    Ok(whole)
}

/// The profile of an extended file.
pub(super) fn space(source: &[u8]) -> Space<'_> {
    let profile = Chunks::of(source).find(|chunk| &chunk.kind == b"ICCP");
    profile.map_or(Space::Srgb, |chunk| Space::Icc(chunk.payload.into()))
}

/// EXIF and XMP, which stand behind the pixels.
pub(super) fn carried(source: &[u8]) -> Carried<'_> {
    let mut carried = Carried::default();
    for chunk in Chunks::of(source) {
        match &chunk.kind {
            b"EXIF" if carried.exif.is_none() => carried.exif = Some(chunk.payload),
            b"XMP " if carried.xmp.is_none() => carried.xmp = Some(chunk.payload.into()),
            _ => {}
        }
    }
    carried
}

/// Whether the file is as long as it says and its chunks fill it; and whether its frames fit the canvas: a decoder
/// takes memory by the frame before it compares.
pub(super) fn check_whole(source: &[u8], canvas: Size) -> Result<(), ImageError> {
    let length = source.get(4..).and_then(|rest| rest.first_chunk()).map_or(0, |length| u32::from_le_bytes(*length));
    // The length counts what follows it.
    let end = (length as usize).saturating_add(8);
    let body = source.get(FILE_HEADER..end).ok_or_else(|| ends_before("the length that it states"))?;
    let mut chunks = Chunks { rest: body };
    for chunk in &mut chunks {
        if &chunk.kind == b"ANMF" {
            let (header, rest) =
                chunk.payload.split_first_chunk::<FRAME_HEADER>().ok_or_else(|| ends_before("a frame"))?;
            let stated = sides(&header[6..]);
            check_parts(rest)?;
            let mut parts = Chunks { rest };
            parts.try_for_each(|part| check_frame(&part, canvas, stated))?;
            parts.check_end()?;
        } else {
            check_frame(&chunk, canvas, None)?;
        }
    }
    chunks.check_end()
}

/// Whether what a frame consists of begins with a bitstream, or with alpha and a lossy one (§2.7.1.1): a decoder may take
/// whatever follows alpha for one.
fn check_parts(parts: &[u8]) -> Result<(), ImageError> {
    let mut kinds = Chunks { rest: parts }.map(|part| part.kind);
    match (kinds.next().as_ref(), kinds.next().as_ref()) {
        (Some(b"VP8 " | b"VP8L"), _) | (Some(b"ALPH"), Some(b"VP8 ")) => Ok(()),
        _ => Err(ImageError::Corrupt("a frame of the animation has no picture".into())),
    }
}

/// Whether a chunk, if it is a frame, is no larger than the canvas, and of the size that is stated before it: a decoder
/// that finds another one may read its alpha beyond the end.
fn check_frame(chunk: &Chunk<'_>, canvas: Size, stated: Option<Size>) -> Result<(), ImageError> {
    if !matches!(&chunk.kind, b"VP8 " | b"VP8L") {
        return Ok(());
    }
    let frame = frame_size(chunk.kind, chunk.payload)?.ok_or_else(|| ends_before("the size of a frame"))?;
    if frame.width > canvas.width || frame.height > canvas.height {
        return Err(ImageError::Corrupt(format!("a frame of {frame} exceeds the canvas of {canvas}")));
    }
    if let Some(stated) = stated
        && frame != stated
    {
        return Err(ImageError::Corrupt(format!("a frame is {frame}, and is stated to be {stated}")));
    }
    Ok(())
}

/// The canvas of an extended file (§2.7).
fn canvas_size(payload: &[u8]) -> Option<Size> {
    sides(payload.get(4..)?)
}

/// Width and height in 24 bits each that count from 1.
fn sides(bytes: &[u8]) -> Option<Size> {
    let &[w0, w1, w2, h0, h1, h2, ..] = bytes else { return None };
    let side = |low, middle, high| u32::from_le_bytes([low, middle, high, 0]) + 1;
    Some(Size { width: side(w0, w1, w2), height: side(h0, h1, h2) })
}

/// The size that a lossy or lossless bitstream begins with (RFC 6386 §9.1, RFC 9649 §3.4), if it is long enough.
///
/// # Errors
/// `corrupt` for what is no bitstream, or has no pixels.
fn frame_size(kind: [u8; 4], payload: &[u8]) -> Result<Option<Size>, ImageError> {
    match (&kind, payload) {
        (b"VP8 ", &[_, _, _, 0x9d, 0x01, 0x2a, w0, w1, h0, h1, ..]) => {
            let side = |low, high| u32::from(u16::from_le_bytes([low, high]) & 0x3fff);
            size(side(w0, w1), side(h0, h1)).map(Some)
        }
        (b"VP8L", &[0x2f, b0, b1, b2, b3, ..]) => {
            let bits = u32::from_le_bytes([b0, b1, b2, b3]);
            size((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1).map(Some)
        }
        (b"VP8 ", payload) if payload.len() >= 10 => Err(ImageError::Corrupt("a lossy frame has no start code".into())),
        (b"VP8L", &[_, _, _, _, _, ..]) => Err(ImageError::Corrupt("a lossless frame has no signature".into())),
        (b"VP8 " | b"VP8L", _) => Ok(None),
        _ => Err(ImageError::Corrupt("the first chunk is not a picture".into())),
    }
}

impl Chunks<'_> {
    /// Whether nothing is left that is not a chunk.
    fn check_end(&self) -> Result<(), ImageError> {
        self.rest.is_empty().then_some(()).ok_or_else(|| ends_before("the end of a chunk"))
    }
}

impl<'a> Chunks<'a> {
    fn of(source: &'a [u8]) -> Chunks<'a> {
        Chunks { rest: source.get(FILE_HEADER..).unwrap_or_default() }
    }
}

impl<'a> Iterator for Chunks<'a> {
    type Item = Chunk<'a>;

    fn next(&mut self) -> Option<Chunk<'a>> {
        let (kind, rest) = self.rest.split_first_chunk()?;
        let (length, rest) = rest.split_first_chunk()?;
        let length = u32::from_le_bytes(*length) as usize;
        let (payload, rest) = rest.split_at_checked(length)?;
        // An odd payload is followed by a byte of padding, which some writers leave out at the end of a file.
        self.rest = rest.get(length % 2..).unwrap_or_default();
        Some(Chunk { kind: *kind, payload })
    }
}
