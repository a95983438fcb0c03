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

/// Steps for lightness at quality 50, by rows. They are those of T.81's table K.1 with the large ones brought down to about
/// five times their square roots, and all made a tenth larger, so that files stay as large. At equal bytes that raises
/// SSIM and PSNR, and it leaves the steps small where large ones show as bands.
const LUMA: [u8; 64] = [
    18, 12, 11, 18, 25, 32, 36, 40, 13, 13, 15, 21, 26, 39, 39, 38, 15, 14, 18, 25, 32, 38, 42, 38, 15, 19, 24, 27, 36,
    47, 45, 40, 20, 24, 31, 38, 42, 53, 51, 44, 25, 30, 38, 40, 46, 52, 54, 49, 35, 40, 45, 47, 51, 56, 55, 51, 43, 49,
    49, 50, 54, 51, 51, 50,
];

/// Steps for colour at quality 50, by rows, made from T.81's table K.2 in the same way.
const CHROMA: [u8; 64] = [
    20, 22, 29, 45, 66, 66, 66, 66, 22, 25, 31, 54, 66, 66, 66, 66, 29, 31, 49, 66, 66, 66, 66, 66, 45, 54, 66, 66, 66,
    66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66, 66,
    66, 66, 66, 66, 66, 66,
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
        let roundings = std::array::from_fn(|u| std::array::from_fn(|v| rounding(u + v, divisors[u][v])));
        Quantiser { steps, divisors, reciprocals, roundings }
    }

    /// The steps, by rows.
    pub(super) fn steps(&self) -> &[u8; 64] {
        &self.steps
    }

    /// A block's coefficients divided and rounded.
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

/// What is added to a coefficient before it is divided: half a step for the first one. Another that is small costs more bits
/// than it is worth, the more so the higher its frequency; so less is added there, down to 0.35 steps.
fn rounding(frequency: usize, divisor: i16) -> i16 {
    match frequency {
        0 => divisor / 2,
        1..7 => (i32::from(divisor) * (315 - 10 * frequency as i32) / 700) as i16,
        _ => (i32::from(divisor) * 7 / 20) as i16,
    }
}

/// Which numbers of a turned block are greater than 0: a bit each, in the order of coding.
#[inline(always)]
fn in_coding_order(sizes: [I16x8; 8]) -> u64 {
    let [a, b, c, d, e, f, g, h] = sizes;
    let bytes = [a.to_bytes(b), c.to_bytes(d), e.to_bytes(f), g.to_bytes(h)];
    // The first sixteen have none of the last two rows, and the last sixteen none of the first.
    let from = |quarter: usize, source: usize| bytes[source].swizzle(U8x16::from_array(GATHER[quarter][source]));
    let zeros = |gathered: U8x16| u64::from(gathered.equal(U8x16::splat(0)).bitmask());
    let first = zeros(from(0, 0) | from(0, 1) | from(0, 2));
    let second = zeros(from(1, 0) | from(1, 1) | from(1, 2) | from(1, 3));
    let third = zeros(from(2, 0) | from(2, 1) | from(2, 2) | from(2, 3));
    let fourth = zeros(from(3, 1) | from(3, 2) | from(3, 3));
    !(first | second << 16 | third << 32 | fourth << 48)
}

/// A table's steps at a quality, as libjpeg scales them.
fn scaled(table: &[u8; 64], quality: u8) -> [u8; 64] {
    let quality = u32::from(quality.clamp(1, 100));
    let percent = if quality < 50 { 5000 / quality } else { 200 - 2 * quality };
    table.map(|step| ((u32::from(step) * percent + 50) / 100).clamp(1, 255) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn division_is_exact_for_every_coefficient_and_step() {
        let coefficients: Vec<i16> = (-8256..8256).collect();
        for step in 1..=255 {
            let quantiser = Quantiser::new([step; 64]);
            for chunk in coefficients.as_chunks::<64>().0 {
                let block = quantiser.quantise(std::array::from_fn(|u| I16x8::load(&chunk[u * 8..])));
                for (place, coefficient) in chunk.iter().enumerate() {
                    let (u, v) = (place / 8, place % 8);
                    let divisor = i32::from(step) * 8;
                    let rounding = i32::from(rounding(u + v, divisor as i16));
                    let size = (i32::from(*coefficient).abs() + rounding) / divisor;
                    assert_eq!(i32::from(block.values[place]), size * i32::from(coefficient.signum()));
                }
            }
        }
    }

    #[test]
    fn less_is_added_at_higher_frequencies_but_a_third_always() {
        let added: Vec<i16> = (0..15).map(|frequency| rounding(frequency, 1400)).collect();
        assert_eq!(added, [700, 610, 590, 570, 550, 530, 510, 490, 490, 490, 490, 490, 490, 490, 490]);
    }

    #[test]
    fn coefficients_are_numbered_in_the_order_of_coding() {
        let quantiser = Quantiser::new([1; 64]);
        for (index, place) in ZIGZAG.into_iter().enumerate() {
            let mut coefficients = [[0; 8]; 8];
            coefficients[usize::from(place % 8)][usize::from(place / 8)] = -2400;
            let block = quantiser.quantise(coefficients.map(I16x8::from_array));
            assert_eq!(block.nonzero(), 1 << index);
            assert_eq!(block.value(index as u32), -300);
        }
    }

    #[test]
    fn steps_rise_as_quality_falls() {
        for table in [&LUMA, &CHROMA] {
            assert_eq!(scaled(table, 50), *table);
            assert_eq!(scaled(table, 100), [1; 64]);
            assert_eq!(scaled(table, 0), scaled(table, 1));
            assert_eq!(scaled(table, 101), scaled(table, 100));
            for quality in 1..100 {
                let (worse, better) = (scaled(table, quality), scaled(table, quality + 1));
                assert!(worse.iter().zip(better).all(|(worse, better)| *worse >= better), "quality {quality}");
            }
        }
    }
}
