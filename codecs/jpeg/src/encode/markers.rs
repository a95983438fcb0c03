//! Everything of a file that is not entropy-coded (T.81 annex B, JFIF 1.02).

use super::blocks::Component;
use super::huffman::Table;
use super::quantise::Quantiser;
use super::words::TABLES;
use super::{EncodeError, Segment, Settings};
use crate::zigzag::ZIGZAG;

/// Which coefficients a scan has, and which of their bits (T.81 G.1.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Band {
    pub(super) first: u8,
    pub(super) last: u8,
    /// The bit that the scan before of this band went down to; 0 if there was none.
    pub(super) high: u8,
    /// The bit that this one goes down to.
    pub(super) low: u8,
}

const START_OF_IMAGE: u8 = 0xD8;
const END_OF_IMAGE: u8 = 0xD9;
const START_OF_SCAN: u8 = 0xDA;
const QUANTISATION: u8 = 0xDB;
const BASELINE: u8 = 0xC0;
const PROGRESSIVE: u8 = 0xC2;
const HUFFMAN: u8 = 0xC4;
const APPLICATION: u8 = 0xE0;

/// Bytes of a segment after its length.
const ROOM: usize = 65533;
const ICC_MARK: &[u8] = b"ICC_PROFILE\0";
const EXIF_MARK: &[u8] = b"Exif\0\0";
const XMP_MARK: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
/// Version 1.02, samples square, no thumbnail.
const JFIF: &[u8] = b"JFIF\0\x01\x02\0\0\x01\0\x01\0\0";

impl Band {
    /// All coefficients with all bits.
    pub(super) const WHOLE: Band = Band { first: 0, last: 63, high: 0, low: 0 };
}

/// A file up to the frame header.
pub(super) fn head(
    components: &[Component],
    quantisers: &[Quantiser; 2],
    settings: &Settings,
) -> Result<Vec<u8>, EncodeError> {
    let mut file = vec![0xFF, START_OF_IMAGE];
    segment(&mut file, APPLICATION, &[JFIF])?;
    for extra in settings.segments {
        extra.write(&mut file)?;
        if file.len() > settings.limit {
            return Err(EncodeError::TooLarge { limit: settings.limit });
        }
    }
    let kinds = if components.len() == 1 { 1 } else { 2 };
    for (kind, quantiser) in quantisers.iter().enumerate().take(kinds) {
        let steps = ZIGZAG.map(|place| quantiser.steps()[usize::from(place)]);
        segment(&mut file, QUANTISATION, &[&[kind as u8], &steps])?;
    }
    frame(&mut file, components, settings.progressive)?;
    Ok(file)
}

/// A frame header (T.81 B.2.2).
fn frame(file: &mut Vec<u8>, components: &[Component], progressive: bool) -> Result<(), EncodeError> {
    let Some(first) = components.first() else { return Err(EncodeError::Planes) };
    let [width, height] = [first.plane.width() as u16, first.plane.height() as u16].map(u16::to_be_bytes);
    let mut payload = vec![8, height[0], height[1], width[0], width[1], components.len() as u8];
    for (id, component) in (1..).zip(components) {
        payload.extend([id, (component.across << 4 | component.down) as u8, component.kind as u8]);
    }
    segment(file, if progressive { PROGRESSIVE } else { BASELINE }, &[&payload])
}

/// A scan's tables, those of them that have codes, and its header (T.81 B.2.3) with the components' numbers in the frame.
pub(super) fn scan(
    file: &mut Vec<u8>,
    components: &[(u8, &Component)],
    tables: &[Table; TABLES],
    band: Band,
) -> Result<(), EncodeError> {
    for (index, table) in tables.iter().enumerate().filter(|(_, table)| !table.symbols.is_empty()) {
        // First the class, then which of two.
        let place = (index as u8 & 2) << 3 | index as u8 & 1;
        segment(file, HUFFMAN, &[&[place], &table.lengths, &table.symbols])?;
    }
    let mut payload = vec![components.len() as u8];
    for (id, component) in components {
        let kind = component.kind as u8;
        // Tables that the scan does not use are not named: they need not be there.
        let dc = if band.first == 0 && band.high == 0 { kind } else { 0 };
        let ac = if band.last > 0 { kind } else { 0 };
        payload.extend([*id, dc << 4 | ac]);
    }
    payload.extend([band.first, band.last, band.high << 4 | band.low]);
    segment(file, START_OF_SCAN, &[&payload])
}

/// The end of the file, if all of it is within the limit.
pub(super) fn end(file: &mut Vec<u8>, limit: usize) -> Result<(), EncodeError> {
    file.extend([0xFF, END_OF_IMAGE]);
    if file.len() > limit { Err(EncodeError::TooLarge { limit }) } else { Ok(()) }
}

impl Segment<'_> {
    fn write(&self, file: &mut Vec<u8>) -> Result<(), EncodeError> {
        match *self {
            Segment::Icc(profile) => {
                let pieces = profile.chunks(ROOM - ICC_MARK.len() - 2);
                let too_long = EncodeError::Segment { bytes: profile.len() };
                let count = u8::try_from(pieces.len()).map_err(|_| too_long)?;
                for (number, piece) in (1..=count).zip(pieces) {
                    segment(file, APPLICATION + 2, &[ICC_MARK, &[number, count], piece])?;
                }
                Ok(())
            }
            Segment::Exif(tiff) => segment(file, APPLICATION + 1, &[EXIF_MARK, tiff]),
            Segment::Xmp(packet) => segment(file, APPLICATION + 1, &[XMP_MARK, packet]),
            Segment::Application { number, payload } => segment(file, APPLICATION | number & 15, &[payload]),
        }
    }
}

/// A marker segment (T.81 B.1.1.4).
fn segment(file: &mut Vec<u8>, marker: u8, payload: &[&[u8]]) -> Result<(), EncodeError> {
    let bytes = payload.iter().map(|part| part.len()).sum();
    if bytes > ROOM {
        return Err(EncodeError::Segment { bytes });
    }
    file.try_reserve(bytes + 4).map_err(|_| EncodeError::Memory)?;
    file.extend([0xFF, marker]);
    file.extend((bytes as u16 + 2).to_be_bytes());
    payload.iter().for_each(|part| file.extend_from_slice(part));
    Ok(())
}
