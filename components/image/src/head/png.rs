//! PNG by its chunks (PNG third edition, §5.3).

use lucarne_guest::image::ImageError;

use super::{ends_before, exif, size};
use crate::geometry::Size;
use crate::turn::Turn;

const SIGNATURE: usize = 8;

/// The chunks of a file, in order, as far as they are whole. Checksums are the decoder's business.
struct Chunks<'a> {
    rest: &'a [u8],
}

struct Chunk<'a> {
    kind: [u8; 4],
    payload: &'a [u8],
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

/// Whether the chunk that ends a file is there.
pub(super) fn check_whole(source: &[u8]) -> Result<(), ImageError> {
    let whole = Chunks::of(source).any(|chunk| &chunk.kind == b"IEND");
    whole.then_some(()).ok_or_else(|| ends_before("its last chunk"))
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
        let (_checksum, rest) = rest.split_first_chunk::<4>()?;
        self.rest = rest;
        Some(Chunk { kind: *kind, payload })
    }
}
