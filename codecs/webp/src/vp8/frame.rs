//! A frame: its header, the partition of modes, and the partition of tokens. RFC 6386 §9 and §19.2.

use std::collections::TryReserveError;

use super::boolean::BoolWriter;
use super::cost::Costs;
use super::decide::{self, Judge};
use super::macroblock::{self, Macroblock};
use super::method::Effort;
use super::modes::{self, Luma};
use super::neighbours::{Neighbours, OF_SECOND, OF_U, OF_V, Surroundings};
use super::predict::Mode;
use super::predict4;
use super::room::{MAX_BYTES, Room};
use super::segments::{SEGMENTS, Segmentation};
use super::tables::{Probability, TOKENS};
use super::tokens::{Kind, Tokens};
use super::unseen;
use super::{block, filled};
use crate::encode::EncodeError;
use crate::source::Source;

/// What is written of a macroblock beside its tokens.
#[derive(Clone, Copy)]
struct Modes {
    luma: Luma,
    chroma: Mode,
    segment: u8,
    empty: bool,
}

/// Encodes a picture's luma and chroma.
pub(crate) fn encode(source: &Source<'_>, quality: u8, method: u8, limit: usize) -> Result<Vec<u8>, EncodeError> {
    let mut coder = Coder::new(source, quality, method)?;
    for row in 0..coder.rows {
        coder.start_row(row);
        for column in 0..coder.columns {
            coder.code(column, row)?;
        }
    }
    coder.finish(limit)
}

/// A frame under way.
struct Coder<'a> {
    source: &'a Source<'a>,
    effort: Effort,
    segmentation: Segmentation,
    columns: usize,
    rows: usize,
    room: Room,
    neighbours: Neighbours,
    tokens: Tokens,
    costs: Costs,
    done: Vec<Modes>,
}

impl<'a> Coder<'a> {
    fn new(source: &'a Source<'a>, quality: u8, method: u8) -> Result<Coder<'a>, EncodeError> {
        let (columns, rows) = (source.width().div_ceil(16), source.height().div_ceil(16));
        let mut done = Vec::new();
        done.try_reserve_exact(columns * rows)?;
        let room = Room::new(columns * rows);
        let segmentation =
            if room.has_flags() { Segmentation::new(source, quality)? } else { Segmentation::uniform(quality) };
        Ok(Coder {
            source,
            effort: Effort::of(method),
            segmentation,
            columns,
            rows,
            room,
            neighbours: Neighbours::new(columns)?,
            tokens: Tokens::new(columns * rows),
            costs: Costs::new(&TOKENS),
            done,
        })
    }

    fn start_row(&mut self, row: usize) {
        // What tokens cost changes less and less.
        if !self.effort.rough && (row.is_multiple_of(4) || row.is_power_of_two()) {
            self.costs.update(&self.tokens.probabilities());
        }
        self.neighbours.start_row(row);
        self.tokens.start_row(row);
    }

    /// Codes the next macroblock.
    fn code(&mut self, column: usize, row: usize) -> Result<Macroblock, EncodeError> {
        let segment = self.segmentation.of(self.done.len());
        let around = self.neighbours.surroundings(column);
        let opacity = self.source.alpha().map(|alpha| unseen::opacity(alpha, column, row));
        let coded = if opacity.as_ref().is_some_and(unseen::is_hidden) {
            decide::unseen(&around)
        } else {
            let mut blocks = macroblock::take(self.source.planes(), column, row);
            if let Some(opacity) = opacity {
                unseen::smooth(&mut blocks, &opacity);
            }
            let segment = &self.segmentation.segments[usize::from(segment)];
            Judge::new(segment, &self.costs, &self.effort, self.room.freedom()).decide(&blocks, &around)
        };
        self.room.spend(&coded, &around.modes_above, &around.modes_left);
        self.neighbours.put(column, &coded);
        let empty = coded.is_empty() && self.room.has_flags();
        if !empty {
            self.tokens.reserve()?;
            record(&mut self.tokens, &coded, &around);
        }
        self.done.push(Modes { luma: coded.luma, chroma: coded.chroma, segment, empty });
        Ok(coded)
    }

    /// The frame.
    fn finish(self, limit: usize) -> Result<Vec<u8>, EncodeError> {
        let probabilities = self.tokens.probabilities();
        let tree = SegmentTree::new(&self.done);
        let mut first = BoolWriter::new();
        write_header(&mut first, &self.segmentation, &tree, self.tokens.partitions());
        Tokens::write_probabilities(&mut first, &probabilities);
        self.write_modes(&mut first, &tree)?;
        let first = first.finish();
        let partitions = self.tokens.write(&probabilities)?;
        let Some((last, others)) = partitions.split_last() else { unreachable!("there is a partition") };
        let size = 10 + first.len() + partitions.iter().map(Vec::len).sum::<usize>() + 3 * others.len();
        if first.len() > MAX_BYTES || others.iter().any(|partition| partition.len() >= 1 << 24) || size > limit {
            return Err(EncodeError::TooLarge { limit });
        }
        let mut frame = Vec::new();
        frame.try_reserve_exact(size)?;
        // A key frame of version 0 that is shown.
        frame.extend_from_slice(&((first.len() as u32) << 5 | 1 << 4).to_le_bytes()[..3]);
        frame.extend_from_slice(&[0x9D, 0x01, 0x2A]);
        frame.extend_from_slice(&(self.source.width() as u16).to_le_bytes());
        frame.extend_from_slice(&(self.source.height() as u16).to_le_bytes());
        frame.extend_from_slice(&first);
        for partition in others {
            frame.extend_from_slice(&(partition.len() as u32).to_le_bytes()[..3]);
        }
        others.iter().chain([last]).for_each(|partition| frame.extend_from_slice(partition));
        Ok(frame)
    }

    /// Modes of all macroblocks, and which have no tokens.
    fn write_modes(&self, writer: &mut BoolWriter, tree: &SegmentTree) -> Result<(), TryReserveError> {
        let full = self.done.iter().filter(|modes| !modes.empty).count();
        let probability = (full * 256 / self.done.len()).clamp(1, 255) as Probability;
        writer.literal(u32::from(self.room.has_flags()), 1);
        if self.room.has_flags() {
            writer.literal(u32::from(probability), 8);
        }
        let mut above = filled(self.columns, [predict4::DC; 4])?;
        for row in self.done.chunks(self.columns) {
            let mut left = [predict4::DC; 4];
            // A macroblock's modes take at most 16 × 9 bits of at most eight each.
            writer.reserve(self.columns * 160)?;
            for (modes, above) in row.iter().zip(&mut above) {
                tree.write(writer, modes.segment);
                if self.room.has_flags() {
                    writer.bit(modes.empty, probability);
                }
                modes::write_luma(writer, &modes.luma, above, &mut left);
                modes::write_chroma(writer, modes.chroma);
            }
        }
        Ok(())
    }
}

/// Records a macroblock's tokens in their order. RFC 6386 §13.
fn record(tokens: &mut Tokens, done: &Macroblock, around: &Surroundings) {
    let (mut above, mut left) = (around.coefficients_above, around.coefficients_left);
    let luma = match done.luma {
        Luma::Whole(_) => {
            let context = usize::from(above[OF_SECOND] + left[OF_SECOND]);
            tokens.record(Kind::Second, context, &done.second.levels, done.second.length);
            Kind::LumaWithoutDc
        }
        Luma::Blocks(_) => Kind::Luma,
    };
    let groups = [(luma, 0, 0, 4), (Kind::Chroma, block::U, OF_U, 2), (Kind::Chroma, block::V, OF_V, 2)];
    for (kind, first, place, side) in groups {
        for index in 0..side * side {
            let block = &done.levels[first + index];
            let (above, left) = (&mut above[place + index % side], &mut left[place + index / side]);
            tokens.record(kind, usize::from(*above + *left), &block.levels, block.length);
            (*above, *left) = (u8::from(block.length > 0), u8::from(block.length > 0));
        }
    }
}

/// Probabilities of the nodes of the tree of segments; `None` where there is but one. RFC 6386 §10.
struct SegmentTree(Option<[Probability; 3]>);

impl SegmentTree {
    fn new(all: &[Modes]) -> SegmentTree {
        let mut counts = [0; SEGMENTS];
        all.iter().for_each(|modes| counts[usize::from(modes.segment)] += 1);
        let share = |part: usize, whole: usize| {
            (part * 256).checked_div(whole).map_or(255, |share| share.clamp(1, 255) as Probability)
        };
        let [a, b, c, d] = counts;
        let tree = [share(a + b, a + b + c + d), share(a, a + b), share(c, c + d)];
        SegmentTree((a < all.len()).then_some(tree))
    }

    fn write(&self, writer: &mut BoolWriter, segment: u8) {
        if let Some(nodes) = self.0 {
            writer.bit(segment >= 2, nodes[0]);
            writer.bit(segment % 2 == 1, nodes[usize::from(1 + segment / 2)]);
        }
    }
}

/// The header but for probabilities of tokens and what concerns single macroblocks. `partitions` is the logarithm to base
/// 2 of how many there are of tokens.
fn write_header(writer: &mut BoolWriter, segmentation: &Segmentation, tree: &SegmentTree, partitions: u32) {
    let segments = &segmentation.segments;
    // The colour space is the only one there is, and samples are to be clamped.
    writer.literal(0, 2);
    writer.literal(u32::from(tree.0.is_some()), 1);
    if let Some(nodes) = tree.0 {
        // The map is written, and so are the segments' own values, which are no differences.
        writer.literal(0b111, 3);
        let padded = || (0..SEGMENTS).map(|k| &segments[k.min(segments.len() - 1)]);
        padded().for_each(|segment| writer.optional_signed(segment.index, 7));
        padded().for_each(|segment| writer.optional_signed(segment.filter as i32, 6));
        for node in nodes {
            writer.literal(1, 1);
            writer.literal(u32::from(node), 8);
        }
    }
    // The normal filter, its level, sharpness 0, and no adjustments by mode.
    let used = if tree.0.is_some() { &segments[..] } else { &segments[..1] };
    let filter = used.iter().map(|segment| segment.filter).max().unwrap_or(0);
    writer.literal(0, 1);
    writer.literal(filter, 6);
    writer.literal(0, 3);
    writer.literal(0, 1);
    writer.literal(partitions, 2);
    writer.literal(segments[0].index as u32, 7);
    // The second order's and chroma's indices are luma's.
    (0..5).for_each(|_| writer.optional_signed(0, 4));
    // Probabilities need not be kept for another frame.
    writer.literal(0, 1);
}

#[cfg(test)]
mod tests;
