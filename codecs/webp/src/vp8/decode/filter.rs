//! The filters of a macroblock's edges: which, how strong and in which order. RFC 6386 §15.

mod edge;
mod lanes;

use edge::Limits;
use lucarne_simd::U8x16;

use super::canvas::{Canvas, Samples};
use super::header::{FilterHeader, FilterKind};
use crate::vp8::segments::SEGMENTS;

/// The filter of each segment, of macroblocks predicted as a whole and of those predicted by blocks.
pub(super) struct Filter {
    kind: FilterKind,
    strengths: [[Option<Strength>; 2]; SEGMENTS],
}

/// How strongly a macroblock's edges are filtered.
#[derive(Debug, Clone, Copy)]
struct Strength {
    /// Towards its neighbours.
    outer: Limits,
    /// Between its blocks.
    inner: Limits,
}

/// A macroblock to filter.
#[derive(Debug, Clone, Copy)]
pub(super) struct Macroblock {
    pub(super) segment: usize,
    pub(super) by_blocks: bool,
    /// Whether any block has coefficients.
    pub(super) coded: bool,
}

impl Strength {
    /// Of a level; none for 0. RFC 6386 §15.2 to §15.4.
    fn new(level: u8, sharpness: u8) -> Option<Strength> {
        if level == 0 {
            return None;
        }
        let mut interior = level;
        if sharpness > 0 {
            interior = (interior >> if sharpness > 4 { 2 } else { 1 }).min(9 - sharpness);
        }
        let interior = interior.max(1);
        let variance = match level {
            40.. => 2,
            15.. => 1,
            _ => 0,
        };
        let limits = |edge: u8| Limits {
            edge: U8x16::splat(edge),
            interior: U8x16::splat(interior),
            variance: U8x16::splat(variance),
        };
        Some(Strength { outer: limits(2 * (level + 2) + interior), inner: limits(2 * level + interior) })
    }
}

impl Filter {
    /// `None` where nothing is to be filtered.
    pub(super) fn new(header: &FilterHeader) -> Option<Filter> {
        let strengths = header.levels.map(|levels| levels.map(|level| Strength::new(level, header.sharpness)));
        let some = strengths.as_flattened().iter().any(Option::is_some);
        some.then_some(Filter { kind: header.kind, strengths })
    }

    /// Filters a row of macroblocks; those above it were.
    pub(super) fn row(&self, canvas: &mut Canvas, row: usize, macroblocks: &[Macroblock]) {
        for (column, macroblock) in macroblocks.iter().enumerate() {
            let Some(strength) = &self.strengths[macroblock.segment][usize::from(macroblock.by_blocks)] else {
                continue;
            };
            let inner = (macroblock.by_blocks || macroblock.coded).then_some(&strength.inner);
            match self.kind {
                FilterKind::Normal => normal(canvas, column, row, &strength.outer, inner),
                FilterKind::Simple => simple(&mut canvas.y, column, row, &strength.outer, inner),
            }
        }
    }
}

/// All edges of a macroblock, those on the left first. RFC 6386 §15.3.
fn normal(canvas: &mut Canvas, column: usize, row: usize, outer: &Limits, inner: Option<&Limits>) {
    let (luma, chroma) = (canvas.y.at(16 * column, 16 * row), canvas.u.at(8 * column, 8 * row));
    let Canvas { y: Samples { samples: y, stride }, u, v } = canvas;
    let (stride, half) = (*stride, u.stride);
    let (u, v) = (&mut u.samples[..], &mut v.samples[..]);
    if column > 0 {
        lanes::sixteen_columns(y, luma - 4, stride, |taps| edge::outer(taps, outer));
        lanes::twice_eight_columns((u, v), chroma - 4, half, |taps| edge::outer(taps, outer));
    }
    if let Some(inner) = inner {
        for x in [4, 8, 12] {
            lanes::sixteen_inner_columns(y, luma + x - 4, stride, |taps| edge::inner(taps, inner));
        }
        lanes::twice_eight_inner_columns((u, v), chroma, half, |taps| edge::inner(taps, inner));
    }
    if row > 0 {
        lanes::sixteen_rows(y, luma - 4 * stride, stride, |taps| edge::outer(taps, outer));
        lanes::twice_eight_rows((u, v), chroma - 4 * half, half, |taps| edge::outer(taps, outer));
    }
    if let Some(inner) = inner {
        for y_offset in [4, 8, 12] {
            lanes::sixteen_rows(y, luma + (y_offset - 4) * stride, stride, |taps| edge::inner(taps, inner));
        }
        lanes::twice_eight_rows((u, v), chroma, half, |taps| edge::inner(taps, inner));
    }
}

/// The edges of luma, two samples on each side. RFC 6386 §15.2.
fn simple(luma: &mut Samples, column: usize, row: usize, outer: &Limits, inner: Option<&Limits>) {
    let at = luma.at(16 * column, 16 * row);
    let Samples { samples, stride } = luma;
    let stride = *stride;
    if column > 0 {
        lanes::sixteen_inner_columns(samples, at - 4, stride, |taps| edge::simple(taps, outer));
    }
    if let Some(inner) = inner {
        for x in [4, 8, 12] {
            lanes::sixteen_inner_columns(samples, at + x - 4, stride, |taps| edge::simple(taps, inner));
        }
    }
    if row > 0 {
        lanes::sixteen_rows(samples, at - 4 * stride, stride, |taps| edge::simple(taps, outer));
    }
    if let Some(inner) = inner {
        for y in [4, 8, 12] {
            lanes::sixteen_rows(samples, at + (y - 4) * stride, stride, |taps| edge::simple(taps, inner));
        }
    }
}
