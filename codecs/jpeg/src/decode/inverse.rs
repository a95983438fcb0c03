//! From a block's coefficients to its samples (T.81 A.3.3), with as many points as the scale wants.
//!
//! A transform of fewer points than eight is a low-pass filter at the smaller picture's limit. What it gives is nearer to a
//! good reduction of the whole than the means of squares are, which have more of what is beyond the limit, as moiré.
//!
//! A transform of N points takes the lowest N × N coefficients. Which of them it takes, and where in a [`Block`] it wants
//! them, is told to who reads them by a [`Scatter`], so that nothing is moved or multiplied twice.

mod eight;
mod four;
mod rectangle;
mod two;

use crate::zigzag::ZIGZAG;

/// Dequantised coefficients at the places that a transform wants them, then those that nobody wants.
pub(super) type Block = [i16; 128];

/// A block without coefficients.
pub(super) const EMPTY: Block = [0; 128];

/// Where coefficients that are not wanted go.
const NOWHERE: u8 = 64;

/// The points of a transform: how many samples a block becomes, each of 1, 2, 4, 8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Points {
    pub(super) x: usize,
    pub(super) y: usize,
}

/// What becomes of coefficients: for each in coded order, and for places beyond the last, 8 bits where in the block it
/// goes and from bit 16 on what it is multiplied with.
#[derive(Debug, Clone)]
pub(super) struct Scatter {
    entries: [u32; 128],
    /// The last coefficient in coded order that is wanted.
    pub(super) last: usize,
}

/// Where samples go: a plane from a block's first sample on.
#[derive(Debug)]
pub(super) struct Samples<'a> {
    pub(super) bytes: &'a mut [u8],
    pub(super) stride: usize,
}

impl Points {
    /// Where in a block the transform wants the coefficient that is coded at an index.
    pub(super) fn place(self, coded: usize) -> Option<u8> {
        let natural = ZIGZAG[coded];
        let (column, row) = (natural & 7, natural >> 3);
        if usize::from(column) >= self.x || usize::from(row) >= self.y {
            return None;
        }
        Some(match (self.x, self.y) {
            (4, 4) => column * 4 + row,
            (2, 2) => row * 2 + column,
            _ => natural,
        })
    }
}

impl Scatter {
    /// For a transform and a quantisation table in the order of rows.
    pub(super) fn new(points: Points, quantisation: &[u16; 64]) -> Scatter {
        let mut scatter = Scatter { entries: [u32::from(NOWHERE); 128], last: 0 };
        for coded in 0..64 {
            if let Some(place) = points.place(coded) {
                let factor = quantisation[usize::from(ZIGZAG[coded])];
                scatter.entries[coded] = u32::from(factor) << 16 | u32::from(place);
                scatter.last = coded;
            }
        }
        scatter
    }

    /// Puts a coefficient where it is wanted.
    #[inline(always)]
    pub(super) fn put(&self, block: &mut Block, coded: usize, value: i32) {
        let entry = self.entries[coded & 127];
        block[(entry & 127) as usize] = value.wrapping_mul((entry >> 16) as i32) as i16;
    }
}

impl Samples<'_> {
    /// A row of a block.
    #[inline(always)]
    fn row(&mut self, y: usize, samples: &[u8]) {
        self.bytes[y * self.stride..][..samples.len()].copy_from_slice(samples);
    }

    /// All of a block one sample.
    #[inline(always)]
    fn fill(&mut self, points: Points, sample: u8) {
        match (points.x, points.y) {
            (1, 1) => self.bytes[0] = sample,
            (8, 8) => (0..8).for_each(|y| self.row(y, &[sample; 8])),
            (4, 4) => (0..4).for_each(|y| self.row(y, &[sample; 4])),
            _ => (0..points.y).for_each(|y| self.row(y, &[sample; 8][..points.x])),
        }
    }
}

/// Writes the samples of a block and empties it. `last` is not below the last coefficient in coded order that is not 0.
#[inline(always)]
pub(super) fn transform(points: Points, block: &mut Block, last: usize, mut samples: Samples<'_>) {
    if last == 0 || (points.x | points.y) == 1 {
        let mean = ((i32::from(block[0]) + 4) >> 3) + 128;
        samples.fill(points, mean.clamp(0, 255) as u8);
        block[0] = 0;
        return;
    }
    match (points.x, points.y) {
        // The first ten coefficients are within the lowest 4 × 4.
        (8, 8) if last < 10 => eight::transform_low(block, &mut samples),
        (8, 8) => eight::transform(block, &mut samples),
        (4, 4) => four::transform(block, &mut samples),
        (2, 2) => two::transform(block, &mut samples),
        _ => rectangle::transform(points, block, &mut samples),
    }
}
