//! Quantisation: which steps a quality has, and division by them, exactly and without dividing.

use lucarne_simd::{I16x8, U8x16};

use crate::zigzag::ZIGZAG;

/// A block of quantised coefficients.
#[derive(Clone)]
pub(super) struct Block {
    /// Turned over, as [`super::transform::forward`] leaves them.
    values: [i16; 64],
    /// A bit for each coefficient that is not 0, in the order of coding from bit 0.
    nonzero: u64,
}

/// One table's steps, ready to divide by. Coefficients come eight times too large, and so are the divisors.
#[derive(Debug)]
pub(super) struct Quantiser {
    steps: [u8; 64],
    divisors: [[i16; 8]; 8],
    reciprocals: [[i16; 8]; 8],
    /// What is added before the fraction is cut off.
    roundings: [[i16; 8]; 8],
}

/// Steps for lightness (T.81 table K.1), by rows.
const LUMA: [u8; 64] = [
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51,
    87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101,
    72, 92, 95, 98, 112, 100, 103, 99,
];

/// Steps for colour (T.81 table K.2), by rows.
const CHROMA: [u8; 64] = [
    17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99, 99, 99,
    99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
    99, 99, 99, 99, 99, 99,
];

/// How much larger than T.81's coefficients those of the transform are.
const SCALE: i16 = 8;

/// Where in a turned block the coefficient is that is coded at an index.
const PLACES: [u8; 64] = {
    let mut places = [0; 64];
    let mut index = 0;
    while index < 64 {
        places[index] = ZIGZAG[index] % 8 * 8 + ZIGZAG[index] / 8;
        index += 1;
    }
    places
};

/// For each sixteen coefficients in the order of coding: where they are in each sixteen of a turned block, 255 if they are not.
const GATHER: [[[u8; 16]; 4]; 4] = {
    let mut gather = [[[255; 16]; 4]; 4];
    let mut index = 0;
    while index < 64 {
        let place = PLACES[index];
        gather[index / 16][place as usize / 16][index % 16] = place % 16;
        index += 1;
    }
    gather
};

impl Quantiser {
    /// For lightness at a quality of 1 to 100.
    pub(super) fn luma(quality: u8) -> Quantiser {
        Quantiser::new(scaled(&LUMA, quality))
    }

    /// For colour at a quality of 1 to 100.
    pub(super) fn chroma(quality: u8) -> Quantiser {
        Quantiser::new(scaled(&CHROMA, quality))
    }

    /// A quantiser of these steps, by rows.
    fn new(steps: [u8; 64]) -> Quantiser {
        let divisors: [[i16; 8]; 8] =
            std::array::from_fn(|u| std::array::from_fn(|v| i16::from(steps[v * 8 + u]) * SCALE));
        // INVARIANT: divisors are 8 to 2040.
        let reciprocals = divisors.map(|row| row.map(|divisor| (32768 / i32::from(divisor)) as i16));
        let roundings = divisors.map(|row| row.map(|divisor| divisor / 2));
        Quantiser { steps, divisors, reciprocals, roundings }
    }

    /// The steps, by rows.
    pub(super) fn steps(&self) -> &[u8; 64] {
        &self.steps
    }

    /// A block's coefficients divided and rounded to the nearest, halves away from 0.
    #[inline(always)]
    pub(super) fn quantise(&self, coefficients: [I16x8; 8]) -> Block {
        let mut values = [0; 64];
        let mut sizes = [I16x8::splat(0); 8];
        for (u, row) in coefficients.into_iter().enumerate() {
            let sign = row.shr::<15>();
            let dividend = row.abs() + I16x8::from_array(self.roundings[u]);
            // A dividend is less than 10000, so that the product is at most 0.31 less than the quotient: rounded to the
            // nearest it is the quotient without its fraction, or one more.
            let near = dividend.mul_q15(I16x8::from_array(self.reciprocals[u]));
            let size = near + (near * I16x8::from_array(self.divisors[u])).greater(dividend);
            sizes[u] = size;
            ((size ^ sign) - sign).store(&mut values[u * 8..]);
        }
        Block { values, nonzero: in_coding_order(sizes) }
    }
}

impl Block {
    /// The coefficient that is coded at an index below 64.
    #[inline(always)]
    pub(super) fn value(&self, index: u32) -> i32 {
        i32::from(self.values[usize::from(PLACES[index as usize & 63] & 63)])
    }

    /// A bit for each coefficient that is not 0, in the order of coding from bit 0.
    #[inline(always)]
    pub(super) fn nonzero(&self) -> u64 {
        self.nonzero
    }
}

/// Which numbers of a turned block are greater than 0: a bit each, in the order of coding.
#[inline(always)]
fn in_coding_order(sizes: [I16x8; 8]) -> u64 {
    let [a, b, c, d, e, f, g, h] = sizes;
    let bytes = [a.to_bytes(b), c.to_bytes(d), e.to_bytes(f), g.to_bytes(h)];
    let mut zeros = 0;
    for (quarter, sources) in GATHER.iter().enumerate() {
        let mut gathered = U8x16::splat(0);
        for (source, indices) in bytes.iter().zip(sources) {
            if indices.iter().any(|index| *index < 16) {
                gathered = gathered | source.swizzle(U8x16::from_array(*indices));
            }
        }
        zeros |= u64::from(gathered.equal(U8x16::splat(0)).bitmask()) << (quarter * 16);
    }
    !zeros
}

/// A table's steps at a quality, as libjpeg scales them.
fn scaled(table: &[u8; 64], quality: u8) -> [u8; 64] {
    let quality = u32::from(quality.clamp(1, 100));
    let percent = if quality < 50 { 5000 / quality } else { 200 - 2 * quality };
    table.map(|step| ((u32::from(step) * percent + 50) / 100).clamp(1, 255) as u8)
}
