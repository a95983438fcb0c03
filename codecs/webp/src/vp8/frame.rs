//! A frame: its header, the partition of modes, and the partition of tokens. RFC 6386 §9 and §19.2.

use super::boolean::BoolWriter;
use super::cost::Costs;
use super::decide::Judge;
use super::macroblock::{self, Macroblock};
use super::method::Effort;
use super::modes::{self, Luma};
use super::neighbours::{Neighbours, OF_SECOND, OF_U, OF_V, Surroundings};
use super::predict::Mode;
use super::predict4;
use super::quantise::ChromaDelta;
use super::segments::{Segment, quantiser_index};
use super::tables::{Probability, TOKENS, TokenProbabilities};
use super::tokens::{Kind, Tokens};
use super::{block, filled};
use crate::encode::EncodeError;
use crate::source::Source;

/// What is written of a macroblock beside its tokens.
#[derive(Clone, Copy)]
struct Modes {
    luma: Luma,
    chroma: Mode,
    empty: bool,
}

/// Bytes that the partition of modes may have: its size is told in 19 bits. RFC 6386 §9.1.
const MAX_MODES: usize = (1 << 19) - 1;

/// Encodes a picture's luma and chroma.
pub(crate) fn encode(source: &Source<'_>, quality: u8, method: u8, limit: usize) -> Result<Vec<u8>, EncodeError> {
    let effort = Effort::of(method);
    let chroma = ChromaDelta::default();
    let segment = Segment::new(quantiser_index(quality), chroma);
    let (columns, rows) = (source.width().div_ceil(16), source.height().div_ceil(16));
    let mut neighbours = Neighbours::new(columns)?;
    let mut tokens = Tokens::new();
    let mut costs = Costs::new(&TOKENS);
    let mut all = Vec::new();
    all.try_reserve_exact(columns * rows)?;
    for row in 0..rows {
        neighbours.start_row(row);
        for column in 0..columns {
            let blocks = macroblock::take(source.planes(), column, row);
            let around = neighbours.surroundings(column);
            let judge = Judge { segment: &segment, costs: &costs, effort: &effort, parts: true };
            let done = judge.decide(&blocks, &around);
            neighbours.put(column, &done);
            let empty = done.is_empty();
            if !empty {
                tokens.reserve()?;
                record(&mut tokens, &done, &around);
            }
            all.push(Modes { luma: done.luma, chroma: done.chroma, empty });
        }
        costs.update(&tokens.probabilities());
    }

    let probabilities = tokens.probabilities();
    let mut first = BoolWriter::new();
    write_header(&mut first, &segment, chroma, &probabilities);
    write_modes(&mut first, &all, columns)?;
    let first = first.finish();
    let mut second = BoolWriter::new();
    tokens.write(&mut second, &probabilities)?;
    let second = second.finish();
    let size = 10 + first.len() + second.len();
    if first.len() > MAX_MODES || size > limit {
        return Err(EncodeError::TooLarge { limit });
    }
    let mut frame = Vec::new();
    frame.try_reserve_exact(size)?;
    // A key frame of version 0 that is shown.
    frame.extend_from_slice(&((first.len() as u32) << 5 | 1 << 4).to_le_bytes()[..3]);
    frame.extend_from_slice(&[0x9D, 0x01, 0x2A]);
    frame.extend_from_slice(&(source.width() as u16).to_le_bytes());
    frame.extend_from_slice(&(source.height() as u16).to_le_bytes());
    frame.extend_from_slice(&first);
    frame.extend_from_slice(&second);
    Ok(frame)
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

/// The header but for what concerns single macroblocks.
fn write_header(writer: &mut BoolWriter, segment: &Segment, chroma: ChromaDelta, probabilities: &TokenProbabilities) {
    // The colour space is the only one there is, and samples are to be clamped.
    writer.literal(0, 2);
    // No segments.
    writer.literal(0, 1);
    // The normal filter, its level, sharpness 0, and no adjustments by mode.
    writer.literal(0, 1);
    writer.literal(segment.filter, 6);
    writer.literal(0, 3);
    writer.literal(0, 1);
    // One partition of tokens.
    writer.literal(0, 2);
    writer.literal(segment.index as u32, 7);
    for delta in [0, 0, 0, chroma.dc, chroma.ac] {
        writer.optional_signed(delta, 4);
    }
    // Probabilities need not be kept for another frame.
    writer.literal(0, 1);
    Tokens::write_probabilities(writer, probabilities);
}

/// Modes of all macroblocks, and which have no tokens.
fn write_modes(writer: &mut BoolWriter, all: &[Modes], columns: usize) -> Result<(), EncodeError> {
    let full = all.iter().filter(|modes| !modes.empty).count();
    let probability = (full * 256 / all.len()).clamp(1, 255) as Probability;
    writer.literal(1, 1);
    writer.literal(u32::from(probability), 8);
    let mut above = filled(columns, [predict4::DC; 4])?;
    for row in all.chunks(columns) {
        let mut left = [predict4::DC; 4];
        // A macroblock's modes take at most 16 × 9 bits of at most eight each.
        writer.reserve(columns * 160)?;
        for (modes, above) in row.iter().zip(&mut above) {
            writer.bit(modes.empty, probability);
            modes::write_luma(writer, &modes.luma, above, &mut left);
            modes::write_chroma(writer, modes.chroma);
        }
    }
    Ok(())
}
