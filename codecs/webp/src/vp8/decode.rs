//! From a key frame to its planes, in one pass over the macroblocks: modes and coefficients are read ([`modes`],
//! [`residual`]), samples predicted and mended ([`reconstruct`]), and each row filtered once it is whole ([`filter`]).
//!
//! Predictions are made of samples that are not filtered yet. They are kept apart ([`super::neighbours`]), so that no row
//! waits for the next.

mod canvas;
mod filter;
mod header;
mod modes;
mod reconstruct;
mod residual;

use canvas::Canvas;
use filter::{Filter, Macroblock};
use header::Header;
pub(crate) use header::frame_size;
use residual::{Contexts, Residual};

use super::modes::Luma;
use super::neighbours::{Kept, Neighbours, OF_SECOND};
use super::reader::BoolReader;
use crate::convert::Planes;
use crate::decode::{DecodeError, EarlyEnd};

/// Decodes a frame whose planes take no more than so many bytes.
pub(crate) fn decode(frame: &[u8], limit: usize, early_end: EarlyEnd) -> Result<Planes, DecodeError> {
    let header = Header::read(frame, early_end)?;
    let (columns, rows) = (header.width.div_ceil(16), header.height.div_ceil(16));
    let mut canvas = Canvas::new(columns, rows, limit)?;
    let sure_rows = match early_end {
        EarlyEnd::Refused => 0,
        EarlyEnd::Grey => rows.saturating_sub(header.tokens.len()),
    };
    let mut decoder = Decoder::new(header, columns, sure_rows)?;
    for row in 0..rows {
        match decoder.read_row(&mut canvas, row, columns) {
            Err(DecodeError::Truncated) if early_end == EarlyEnd::Grey && row > 0 => {
                canvas.blank_from(row);
                break;
            }
            read => read?,
        }
    }
    Ok(canvas.cut(decoder.header.width, decoder.header.height))
}

/// A frame under way.
struct Decoder<'a> {
    header: Header<'a>,
    filter: Option<Filter>,
    neighbours: Neighbours,
    residual: Residual,
    /// Of the row under way.
    to_filter: Vec<Macroblock>,
    /// Rows behind which their partition must go on. Those that end early may read as zeros for long before that shows.
    sure_rows: usize,
}

impl<'a> Decoder<'a> {
    fn new(header: Header<'a>, columns: usize, sure_rows: usize) -> Result<Decoder<'a>, DecodeError> {
        let filter = Filter::new(&header.filter);
        let mut to_filter = Vec::new();
        to_filter.try_reserve_exact(columns)?;
        let neighbours = Neighbours::new(columns)?;
        Ok(Decoder { header, filter, neighbours, residual: Residual::NONE, to_filter, sure_rows })
    }

    fn read_row(&mut self, canvas: &mut Canvas, row: usize, columns: usize) -> Result<(), DecodeError> {
        let partition = row % self.header.tokens.len();
        let (mut modes, mut tokens) = (self.header.modes, self.header.tokens[partition]);
        self.neighbours.start_row(row);
        self.to_filter.clear();
        for column in 0..columns {
            self.read(canvas, column, row, (&mut modes, &mut tokens));
        }
        if modes.is_exhausted() || tokens.is_exhausted() || row < self.sure_rows && !tokens.is_sure() {
            return Err(DecodeError::Truncated);
        }
        (self.header.modes, self.header.tokens[partition]) = (modes, tokens);
        if let Some(filter) = &self.filter {
            filter.row(canvas, row, &self.to_filter);
        }
        Ok(())
    }

    /// The next macroblock.
    fn read(
        &mut self,
        canvas: &mut Canvas,
        column: usize,
        row: usize,
        (modes, tokens): (&mut BoolReader<'_>, &mut BoolReader<'_>),
    ) {
        let header = &self.header;
        let around = self.neighbours.surroundings(column);
        let segment = header.segment_tree.map_or(0, |tree| modes::segment(modes, &tree));
        let empty = header.full.is_some_and(|full| modes.bit(full));
        let luma = modes::luma(modes, around.modes_above, around.modes_left);
        let chroma = modes::chroma(modes);
        let whole = matches!(luma, Luma::Whole(_));
        let mut contexts = Contexts { above: around.coefficients_above, left: around.coefficients_left };
        if empty {
            for context in [&mut contexts.above, &mut contexts.left] {
                // Where there is no second order, that of further neighbours goes on to count. RFC 6386 §13.3.
                let second = if whole { 0 } else { context[OF_SECOND] };
                *context = [0; 9];
                context[OF_SECOND] = second;
            }
        } else {
            self.residual.read(tokens, &header.probabilities, &header.steps[segment], whole, &mut contexts);
        }
        self.to_filter.push(Macroblock { segment, by_blocks: !whole, coded: !self.residual.is_empty() });
        let blocks = reconstruct::reconstruct(&luma, chroma, &around, &mut self.residual);
        canvas.put(column, row, &blocks);
        self.neighbours
            .keep(column, &Kept { luma: &luma, blocks: &blocks, below: contexts.above, right: contexts.left });
    }
}

#[cfg(test)]
mod tests;
