//! The head of a frame. RFC 6386 §9 and §19.2.

use super::residual::{Probabilities, Steps};
use crate::decode::{DecodeError, EarlyEnd};
use crate::vp8::reader::BoolReader;
use crate::vp8::segments::SEGMENTS;
use crate::vp8::tables::{AC_STEPS, DC_STEPS, Probability, TOKEN_UPDATES, TOKENS};

/// Bytes before the partition of modes. RFC 6386 §9.1.
const HEAD: usize = 10;

/// How filters of edges are to be chosen. RFC 6386 §9.6.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FilterKind {
    Normal,
    Simple,
}

/// What the levels of the filter come from.
#[derive(Debug, Clone, Copy)]
pub(super) struct FilterHeader {
    pub(super) kind: FilterKind,
    pub(super) sharpness: u8,
    /// Of each segment, of macroblocks predicted as a whole and of those predicted by blocks; 0 to 63.
    pub(super) levels: [[u8; 2]; SEGMENTS],
}

/// What the head says, and the readers of what follows it.
pub(super) struct Header<'a> {
    pub(super) width: usize,
    pub(super) height: usize,
    /// Of the tree of segments, if macroblocks say to which they belong. RFC 6386 §10.
    pub(super) segment_tree: Option<[Probability; 3]>,
    pub(super) steps: [Steps; SEGMENTS],
    pub(super) filter: FilterHeader,
    pub(super) probabilities: Probabilities,
    /// That a macroblock has coefficients, if macroblocks say so.
    pub(super) full: Option<Probability>,
    pub(super) modes: BoolReader<'a>,
    /// One of 1, 2, 4 or 8 for each row in turn.
    pub(super) tokens: Vec<BoolReader<'a>>,
}

/// A frame's own values of a segment. RFC 6386 §9.3.
#[derive(Debug, Clone, Copy, Default)]
struct Segment {
    index: i32,
    level: i32,
}

/// RFC 6386 §9.3.
#[derive(Debug, Clone, Copy)]
enum Segments {
    /// There is but one.
    None,
    /// With values that replace the frame's.
    Absolute([Segment; SEGMENTS]),
    /// With values that are added to the frame's.
    Relative([Segment; SEGMENTS]),
}

/// Width and height. RFC 6386 §9.1.
pub(crate) fn frame_size(frame: &[u8]) -> Result<(usize, usize), DecodeError> {
    let head = frame.first_chunk::<HEAD>().ok_or(DecodeError::Truncated)?;
    let [tag, _, _, 0x9D, 0x01, 0x2A, w0, w1, h0, h1] = *head else { return Err(DecodeError::NotKeyFrame) };
    if tag & 1 != 0 {
        return Err(DecodeError::NotKeyFrame);
    }
    let version = tag >> 1 & 7;
    if version > 3 {
        return Err(DecodeError::Version(version));
    }
    // The upper two bits ask for a magnification.
    let side = |low, high| usize::from(u16::from_le_bytes([low, high]) & 0x3FFF);
    let (width, height) = (side(w0, w1), side(h0, h1));
    if width == 0 || height == 0 { Err(DecodeError::Empty) } else { Ok((width, height)) }
}

impl<'a> Header<'a> {
    pub(super) fn read(frame: &'a [u8], early_end: EarlyEnd) -> Result<Header<'a>, DecodeError> {
        let (width, height) = frame_size(frame)?;
        let (head, rest) = frame.split_first_chunk::<HEAD>().ok_or(DecodeError::Truncated)?;
        let first = u32::from_le_bytes([head[0], head[1], head[2], 0]) >> 5;
        let (first, rest) = rest.split_at_checked(first as usize).ok_or(DecodeError::Truncated)?;
        let mut modes = BoolReader::new(first);
        // The colour space, of which there is one, and whether samples need not be clamped; they always are.
        modes.literal(2);
        let (segments, segment_tree) = read_segments(&mut modes);
        let filter = FilterHeader::read(&mut modes, &segments);
        let tokens = partitions(1 << modes.literal(2), rest, early_end)?;
        let steps = read_steps(&mut modes, &segments);
        // Whether the probabilities are kept for another frame.
        modes.literal(1);
        let probabilities = read_probabilities(&mut modes);
        let full = modes.flag().then(|| modes.literal(8) as Probability);
        if modes.is_exhausted() {
            return Err(DecodeError::Truncated);
        }
        Ok(Header { width, height, segment_tree, steps, filter, probabilities, full, modes, tokens })
    }
}

impl FilterHeader {
    fn read(reader: &mut BoolReader<'_>, segments: &Segments) -> FilterHeader {
        let kind = if reader.flag() { FilterKind::Simple } else { FilterKind::Normal };
        let level = reader.literal(6) as i32;
        let sharpness = reader.literal(3) as u8;
        let mut adjustments = [0; 2];
        if reader.flag() && reader.flag() {
            // By frame referred to, of which a key frame has the first, then by mode, of which blocks are the first.
            let mut four = || std::array::from_fn::<_, 4, _>(|_| reader.optional_signed(6));
            let (by_frame, by_mode) = (four(), four());
            adjustments = [by_frame[0], by_frame[0] + by_mode[0]];
        }
        let levels = std::array::from_fn(|segment| {
            let level = match segments {
                // A frame with level 0 is not filtered, whatever its segments say.
                _ if level == 0 => return [0; 2],
                Segments::None => level,
                Segments::Absolute(own) => own[segment].level,
                Segments::Relative(own) => level + own[segment].level,
            };
            // The standard's decoder clamps twice, libwebp only once: no encoder writes what would show it.
            adjustments.map(|adjustment| (level.clamp(0, 63) + adjustment).clamp(0, 63) as u8)
        });
        FilterHeader { kind, sharpness, levels }
    }
}

/// RFC 6386 §9.3 and §10.
fn read_segments(reader: &mut BoolReader<'_>) -> (Segments, Option<[Probability; 3]>) {
    if !reader.flag() {
        return (Segments::None, None);
    }
    let (has_map, has_values) = (reader.flag(), reader.flag());
    let mut segments = Segments::Absolute(Default::default());
    if has_values {
        let absolute = reader.flag();
        let mut own: [Segment; SEGMENTS] = Default::default();
        own.iter_mut().for_each(|segment| segment.index = reader.optional_signed(7));
        own.iter_mut().for_each(|segment| segment.level = reader.optional_signed(6));
        segments = if absolute { Segments::Absolute(own) } else { Segments::Relative(own) };
    }
    let mut node = || if reader.flag() { reader.literal(8) as Probability } else { 255 };
    (segments, has_map.then(|| std::array::from_fn(|_| node())))
}

/// RFC 6386 §9.6 and §14.1.
fn read_steps(reader: &mut BoolReader<'_>, segments: &Segments) -> [Steps; SEGMENTS] {
    let base = reader.literal(7) as i32;
    let [luma_dc, second_dc, second_ac, chroma_dc, chroma_ac] = std::array::from_fn(|_| reader.optional_signed(4));
    std::array::from_fn(|segment| {
        let index = match segments {
            Segments::None => base,
            Segments::Absolute(own) => own[segment].index,
            Segments::Relative(own) => base + own[segment].index,
        };
        let step = |table: &[i16; 128], by: i32| i32::from(table[(index + by).clamp(0, 127) as usize]);
        Steps {
            luma: [step(&DC_STEPS, luma_dc), step(&AC_STEPS, 0)],
            second: [2 * step(&DC_STEPS, second_dc), (step(&AC_STEPS, second_ac) * 155 / 100).max(8)],
            chroma: [step(&DC_STEPS, chroma_dc).min(132), step(&AC_STEPS, chroma_ac)],
        }
    })
}

/// RFC 6386 §13.4.
fn read_probabilities(reader: &mut BoolReader<'_>) -> Probabilities {
    let mut table = TOKENS;
    let nodes = table.as_flattened_mut().as_flattened_mut().as_flattened_mut();
    let updates = TOKEN_UPDATES.as_flattened().as_flattened().as_flattened();
    for (node, &update) in nodes.iter_mut().zip(updates) {
        if reader.bit(update) {
            *node = reader.literal(8) as Probability;
        }
    }
    Probabilities::new(&table)
}

/// The partitions of tokens: the sizes of all but the last, then all. RFC 6386 §9.5.
fn partitions(count: usize, bytes: &[u8], early_end: EarlyEnd) -> Result<Vec<BoolReader<'_>>, DecodeError> {
    let mut readers = Vec::new();
    readers.try_reserve_exact(count)?;
    let (sizes, mut rest) = bytes.split_at_checked(3 * (count - 1)).ok_or(DecodeError::Truncated)?;
    for &[a, b, c] in sizes.as_chunks().0 {
        let size = u32::from_le_bytes([a, b, c, 0]) as usize;
        let (partition, after) = match rest.split_at_checked(size) {
            Some(parts) => parts,
            None if early_end == EarlyEnd::Grey => (rest, &[][..]),
            None => return Err(DecodeError::Truncated),
        };
        readers.push(BoolReader::new(partition));
        rest = after;
    }
    readers.push(BoolReader::new(rest));
    Ok(readers)
}
