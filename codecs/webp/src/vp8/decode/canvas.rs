//! The planes of a frame while it is decoded: whole macroblocks, to be cut to the picture's size at the end.

use lucarne_simd::U8x16;

use crate::convert::Planes;
use crate::decode::DecodeError;
use crate::plane::Plane;
use crate::vp8::block::{Block, Blocks, U, V};
use crate::vp8::filled;

/// Bytes of a macroblock: 16 × 16 of luma, 8 × 8 of each chroma.
const MACROBLOCK: usize = 16 * 16 + 2 * 8 * 8;

/// Half of luma's range, and chroma of what has none.
const GREY: u8 = 126;
const NEUTRAL: u8 = 128;

/// A component's samples, rows one after another.
pub(super) struct Samples {
    pub(super) samples: Vec<u8>,
    pub(super) stride: usize,
}

/// All three.
pub(super) struct Canvas {
    pub(super) y: Samples,
    pub(super) u: Samples,
    pub(super) v: Samples,
}

impl Samples {
    fn new(stride: usize, rows: usize) -> Result<Samples, DecodeError> {
        Ok(Samples { samples: filled(stride * rows, 0)?, stride })
    }

    fn cut(self, width: usize, height: usize) -> Plane {
        Plane::new(width, height, self.stride, self.samples).expect("macroblocks cover the picture")
    }

    /// Where the sample of a column and row is.
    #[inline(always)]
    pub(super) fn at(&self, x: usize, y: usize) -> usize {
        y * self.stride + x
    }
}

impl Canvas {
    /// For so many macroblocks, if they are within the limit.
    pub(super) fn new(columns: usize, rows: usize, limit: usize) -> Result<Canvas, DecodeError> {
        let bytes = columns * rows * MACROBLOCK;
        if bytes > limit {
            return Err(DecodeError::TooLarge { bytes, limit });
        }
        let chroma = || Samples::new(8 * columns, 8 * rows);
        Ok(Canvas { y: Samples::new(16 * columns, 16 * rows)?, u: chroma()?, v: chroma()? })
    }

    /// Puts a macroblock to its column and row.
    #[inline(always)]
    pub(super) fn put(&mut self, column: usize, row: usize, blocks: &Blocks) {
        let mut at = self.y.at(16 * column, 16 * row);
        for four in blocks[..U].as_chunks::<4>().0 {
            for line in lines(four) {
                line.store(&mut self.y.samples[at..]);
                at += self.y.stride;
            }
        }
        for (plane, first) in [(&mut self.u, U), (&mut self.v, V)] {
            let mut at = plane.at(8 * column, 8 * row);
            for &[a, b] in blocks[first..][..4].as_chunks::<2>().0 {
                let (a, b) = (a.as_i16(), b.as_i16());
                for two in [a.interleave_pairs_low(b), a.interleave_pairs_high(b)] {
                    for line in two.as_bytes().to_array().as_chunks::<8>().0 {
                        plane.samples[at..][..8].copy_from_slice(line);
                        at += plane.stride;
                    }
                }
            }
        }
    }

    /// Makes the picture grey from a row of macroblocks on.
    pub(super) fn blank_from(&mut self, row: usize) {
        for (plane, lines, level) in [(&mut self.y, 16, GREY), (&mut self.u, 8, NEUTRAL), (&mut self.v, 8, NEUTRAL)] {
            let first = plane.at(0, lines * row);
            plane.samples[first..].fill(level);
        }
    }

    /// The planes of a picture of this size.
    pub(super) fn cut(self, width: usize, height: usize) -> Planes {
        let (half_width, half_height) = (width.div_ceil(2), height.div_ceil(2));
        Planes::opaque(
            self.y.cut(width, height),
            self.u.cut(half_width, half_height),
            self.v.cut(half_width, half_height),
        )
    }
}

/// Four rows of sixteen samples, from four blocks side by side.
#[inline(always)]
fn lines(blocks: &[Block; 4]) -> [U8x16; 4] {
    let [a, b, c, d] = blocks.map(U8x16::as_i16);
    let (ac_upper, ac_lower) = (a.interleave_pairs_low(c), a.interleave_pairs_high(c));
    let (bd_upper, bd_lower) = (b.interleave_pairs_low(d), b.interleave_pairs_high(d));
    [
        ac_upper.interleave_pairs_low(bd_upper).as_bytes(),
        ac_upper.interleave_pairs_high(bd_upper).as_bytes(),
        ac_lower.interleave_pairs_low(bd_lower).as_bytes(),
        ac_lower.interleave_pairs_high(bd_lower).as_bytes(),
    ]
}
