//! Steps of coefficients, and division by them. RFC 6386 §9.6 and §14.1.

use lucarne_simd::{I16x8, U8x16};

use super::block::Wide;
use super::tables::{AC_STEPS, DC_STEPS, ZIGZAG};

/// The greatest level that a token can say. RFC 6386 §13.2.
const MAX_LEVEL: i16 = 2047;

/// The steps of one kind of coefficients.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Steps {
    pub(crate) dc: i16,
    pub(crate) ac: i16,
    /// What is added before dividing: less than half a step, as small levels cost more than they mend.
    rounding: Wide,
    /// Half a step.
    halves: Wide,
    reciprocals: Wide,
    steps: Wide,
}

/// All steps of a segment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Quantiser {
    /// Luma.
    pub(crate) luma: Steps,
    /// The second order of luma's DCs.
    pub(crate) second: Steps,
    /// Chroma.
    pub(crate) chroma: Steps,
}

/// A block's levels, and what a decoder makes of them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Coded {
    /// Levels in the order of coding.
    pub(crate) levels: [i16; 16],
    /// How many of them there are until only zeros follow.
    pub(crate) length: u8,
    /// The coefficients, in the block's order.
    pub(crate) coefficients: Wide,
}

/// Rounding of DC and AC in 1/256 of a step.
#[derive(Debug, Clone, Copy)]
struct Rounding(i32, i32);

impl Quantiser {
    /// For a quantiser index, 0 to 127.
    pub(crate) fn new(index: i32) -> Quantiser {
        let index = index.clamp(0, 127) as usize;
        let (dc, ac) = (DC_STEPS[index], AC_STEPS[index]);
        let second_ac = (i32::from(ac) * 155 / 100).max(8) as i16;
        Quantiser {
            luma: Steps::new(dc, ac, Rounding(96, 110)),
            second: Steps::new(2 * dc, second_ac, Rounding(96, 108)),
            chroma: Steps::new(dc.min(132), ac, Rounding(110, 115)),
        }
    }
}

const LOW_OF_LOW: [u8; 16] = zigzag_bytes(0, 0);
const LOW_OF_HIGH: [u8; 16] = zigzag_bytes(0, 8);
const HIGH_OF_LOW: [u8; 16] = zigzag_bytes(8, 0);
const HIGH_OF_HIGH: [u8; 16] = zigzag_bytes(8, 8);

/// Where the bytes of eight coefficients in the order of coding are among those of eight in the block's order.
const fn zigzag_bytes(first: usize, from: u8) -> [u8; 16] {
    let mut bytes = [255; 16];
    let mut lane = 0;
    while lane < 8 {
        let place = ZIGZAG[first + lane];
        if place >= from && place < from + 8 {
            bytes[2 * lane] = 2 * (place - from);
            bytes[2 * lane + 1] = 2 * (place - from) + 1;
        }
        lane += 1;
    }
    bytes
}

impl Steps {
    fn new(dc: i16, ac: i16, rounding: Rounding) -> Steps {
        let spread = |dc: i16, ac: i16| [I16x8::from_array([dc, ac, ac, ac, ac, ac, ac, ac]), I16x8::splat(ac)];
        let rounded = |step: i16, part: i32| ((i32::from(step) * part) >> 8) as i16;
        let reciprocal = |step: i16| (65536 / i32::from(step)) as i16;
        Steps {
            dc,
            ac,
            halves: spread(dc / 2, ac / 2),
            rounding: spread(rounded(dc, rounding.0), rounded(ac, rounding.1)),
            reciprocals: spread(reciprocal(dc), reciprocal(ac)),
            steps: spread(dc, ac),
        }
    }

    /// Levels of coefficients, rounded down more often than up.
    #[inline(always)]
    pub(crate) fn quantise(&self, coefficients: Wide) -> Coded {
        self.divide(coefficients, self.rounding)
    }

    /// The nearest levels of coefficients.
    #[inline(always)]
    pub(crate) fn nearest(&self, coefficients: Wide) -> Coded {
        self.divide(coefficients, self.halves)
    }

    #[inline(always)]
    fn divide(&self, coefficients: Wide, rounding: Wide) -> Coded {
        let levels = [0, 1].map(|half| {
            let coefficient = coefficients[half];
            let magnitude = coefficient.abs() + rounding[half];
            let reciprocal = self.reciprocals[half];
            let first = magnitude.mul_low(reciprocal).shr::<16>();
            let level = first.narrow(magnitude.mul_high(reciprocal).shr::<16>()).min(I16x8::splat(MAX_LEVEL));
            let sign = coefficient.shr::<15>();
            (level ^ sign) - sign
        });
        let [first, second] = zigzag(levels);
        let zeros = first.abs().to_bytes(second.abs()).equal(U8x16::splat(0)).bitmask();
        Coded {
            levels: array([first, second]),
            length: 16 - (!zeros).leading_zeros() as u8,
            coefficients: [levels[0] * self.steps[0], levels[1] * self.steps[1]],
        }
    }
}

/// Coefficients in the order of coding.
#[inline(always)]
pub(crate) fn in_order(coefficients: Wide) -> [i16; 16] {
    array(zigzag(coefficients))
}

#[inline(always)]
fn zigzag([low, high]: Wide) -> Wide {
    let (low, high) = (low.as_bytes(), high.as_bytes());
    let order = |from_low, from_high| {
        let low = low.swizzle(U8x16::from_array(from_low));
        (low | high.swizzle(U8x16::from_array(from_high))).as_i16()
    };
    [order(LOW_OF_LOW, LOW_OF_HIGH), order(HIGH_OF_LOW, HIGH_OF_HIGH)]
}

#[inline(always)]
fn array([first, second]: Wide) -> [i16; 16] {
    let mut values = [0; 16];
    first.store(&mut values[..8]);
    second.store(&mut values[8..]);
    values
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn levels_are_the_nearest_or_the_next_smaller(values in prop::array::uniform16(-16320..=16320i16), index in 0..128) {
            let quantiser = Quantiser::new(index);
            for steps in [quantiser.luma, quantiser.second, quantiser.chroma] {
                let coded = steps.quantise([I16x8::load(&values[..8]), I16x8::load(&values[8..])]);
                for (place, level) in ZIGZAG.iter().zip(coded.levels) {
                    let step = i32::from(if *place == 0 { steps.dc } else { steps.ac });
                    let exact = i32::from(values[usize::from(*place)]);
                    let nearest = ((exact.abs() * 2 + step) / (2 * step)).min(2047);
                    let level = i32::from(level);
                    prop_assert!(level.abs() <= nearest && level.abs() >= nearest - 1 && level * exact >= 0);
                }
                let length = coded.levels.iter().rposition(|&level| level != 0).map_or(0, |last| last + 1);
                prop_assert_eq!(usize::from(coded.length), length);
            }
        }
    }

    #[test]
    fn what_a_decoder_makes_of_levels_is_in_the_order_of_the_block() {
        let steps = Quantiser::new(40).luma;
        let values: [i16; 16] = std::array::from_fn(|i| 300 + 100 * i as i16);
        let coded = steps.quantise([I16x8::load(&values[..8]), I16x8::load(&values[8..])]);
        let dequantised = [coded.coefficients[0].to_array(), coded.coefficients[1].to_array()].concat();
        for (order, place) in ZIGZAG.into_iter().enumerate() {
            let step = if place == 0 { steps.dc } else { steps.ac };
            assert_eq!(dequantised[usize::from(place)], coded.levels[order] * step);
        }
    }
}
