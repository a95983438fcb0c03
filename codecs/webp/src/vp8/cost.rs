//! What bits and tokens cost, in 1/256 of a bit.

use super::tables::{BANDS, CATEGORIES, EXTRA_BITS, Probability, TokenProbabilities};
use super::tokens::Kind;

/// The cost of a bit by the probability of its value in 1/256; of 0, as of 1.
const BIT: [u16; 257] = bit_costs();

/// What values of 67 and more have in common, but for their extra bits.
const MAX_VARIABLE: usize = 67;

/// By magnitude: the token, its extra bits and sign, and, but for context 0, that the block has not ended before.
pub(crate) type LevelCosts = [u16; MAX_VARIABLE + 1];

/// The cost of levels and of ends of blocks, as probabilities of tokens have them.
pub(crate) struct Costs {
    /// By kind, band and context.
    levels: Box<[[[LevelCosts; 3]; 8]; 4]>,
    /// By kind, band and context: that the block has ended, and that it has not.
    ends: [[[[u16; 2]; 3]; 8]; 4],
}

/// The cost of a bit that is 0 with a probability.
#[inline(always)]
pub(crate) const fn bit(value: bool, probability: Probability) -> u32 {
    let of_value = if value { 256 - probability as usize } else { probability as usize };
    BIT[of_value] as u32
}

impl Costs {
    pub(crate) fn new(probabilities: &TokenProbabilities) -> Costs {
        let mut costs = Costs { levels: Box::new([[[[0; MAX_VARIABLE + 1]; 3]; 8]; 4]), ends: [[[[0; 2]; 3]; 8]; 4] };
        costs.update(probabilities);
        costs
    }

    /// Takes other probabilities.
    pub(crate) fn update(&mut self, probabilities: &TokenProbabilities) {
        let nodes = probabilities.as_flattened().as_flattened();
        let levels = self.levels.as_flattened_mut().as_flattened_mut();
        let ends = self.ends.as_flattened_mut().as_flattened_mut();
        for (index, ((nodes, levels), ends)) in nodes.iter().zip(levels).zip(ends).enumerate() {
            *ends = [bit(false, nodes[0]) as u16, bit(true, nodes[0]) as u16];
            let context = index % 3;
            let before = if context == 0 { 0 } else { ends[1] };
            levels[0] = before + bit(false, nodes[1]) as u16;
            let tokens = token_costs(nodes);
            for (magnitude, level) in levels.iter_mut().enumerate().skip(1) {
                let extra = if magnitude < MAX_VARIABLE { EXTRA[magnitude] } else { 0 };
                *level = before + tokens[token(magnitude)] + extra;
            }
        }
    }

    /// The cost of a block.
    #[inline(always)]
    pub(crate) fn block(&self, kind: Kind, context: usize, levels: &[i16; 16], length: u8) -> u32 {
        let first = kind.first();
        let kind = kind as usize & 3;
        let mut context = context.min(2);
        let mut at = first;
        let length = usize::from(length);
        let ends = &self.ends[kind];
        if length <= first {
            return u32::from(ends[usize::from(BANDS[first] & 7)][context][0]);
        }
        let mut cost = if context == 0 { u32::from(ends[usize::from(BANDS[first] & 7)][0][1]) } else { 0 };
        let table = &self.levels[kind];
        while at < length && at < 16 {
            let magnitude = usize::from(levels[at].unsigned_abs());
            cost += u32::from(table[usize::from(BANDS[at] & 7)][context][magnitude.min(MAX_VARIABLE)]);
            if magnitude >= MAX_VARIABLE {
                cost += large(magnitude);
            }
            context = magnitude.min(2);
            at += 1;
        }
        if length < 16 {
            cost += u32::from(ends[usize::from(BANDS[length & 15] & 7)][context][0]);
        }
        cost
    }

    /// The costs of a kind's levels, and of ends of its blocks (that there is one, and that there is none), by band and
    /// context.
    #[inline(always)]
    pub(crate) fn of(&self, kind: Kind) -> (&[[LevelCosts; 3]; 8], &[[[u16; 2]; 3]; 8]) {
        (&self.levels[kind as usize & 3], &self.ends[kind as usize & 3])
    }
}

/// The cost of a magnitude.
#[inline(always)]
pub(crate) fn level_cost(costs: &LevelCosts, magnitude: usize) -> i64 {
    let cost = i64::from(costs[magnitude.min(MAX_VARIABLE)]);
    if magnitude >= MAX_VARIABLE { cost + i64::from(large(magnitude)) } else { cost }
}

/// Tokens but the end and 0: the values 1 to 4, then the categories.
const TOKENS: usize = 10;

/// The token of a magnitude of 1 or more, counted from that of 1.
const fn token(magnitude: usize) -> usize {
    match magnitude {
        0..=4 => magnitude - 1,
        5..=6 => 4,
        7..=10 => 5,
        11..=18 => 6,
        19..=34 => 7,
        35..=66 => 8,
        _ => 9,
    }
}

/// The cost of each token's nodes from the second on. RFC 6386 §13.2.
fn token_costs(nodes: &[Probability; 11]) -> [u16; TOKENS] {
    let path = |steps: &[(bool, usize)]| steps.iter().map(|&(value, node)| bit(value, nodes[node]) as u16).sum();
    const Y: bool = true;
    const N: bool = false;
    [
        path(&[(Y, 1), (N, 2)]),
        path(&[(Y, 1), (Y, 2), (N, 3), (N, 4)]),
        path(&[(Y, 1), (Y, 2), (N, 3), (Y, 4), (N, 5)]),
        path(&[(Y, 1), (Y, 2), (N, 3), (Y, 4), (Y, 5)]),
        path(&[(Y, 1), (Y, 2), (Y, 3), (N, 6), (N, 7)]),
        path(&[(Y, 1), (Y, 2), (Y, 3), (N, 6), (Y, 7)]),
        path(&[(Y, 1), (Y, 2), (Y, 3), (Y, 6), (N, 8), (N, 9)]),
        path(&[(Y, 1), (Y, 2), (Y, 3), (Y, 6), (N, 8), (Y, 9)]),
        path(&[(Y, 1), (Y, 2), (Y, 3), (Y, 6), (Y, 8), (N, 10)]),
        path(&[(Y, 1), (Y, 2), (Y, 3), (Y, 6), (Y, 8), (Y, 10)]),
    ]
}

/// The cost of extra bits and sign of magnitudes below 67.
const EXTRA: [u16; MAX_VARIABLE] = {
    let mut costs = [0; MAX_VARIABLE];
    let mut magnitude = 1;
    while magnitude < MAX_VARIABLE {
        costs[magnitude] = extra(magnitude);
        magnitude += 1;
    }
    costs
};

#[cold]
fn large(magnitude: usize) -> u32 {
    u32::from(extra(magnitude))
}

const fn extra(magnitude: usize) -> u16 {
    let sign = 256;
    if magnitude < 5 {
        return sign;
    }
    let category = token(magnitude) - 4;
    let (value, bits) = (magnitude - CATEGORIES[category] as usize, EXTRA_BITS[category]);
    let mut cost = sign;
    let mut place = 0;
    while place < bits.len() {
        cost += bit(value >> (bits.len() - 1 - place) & 1 == 1, bits[place]) as u16;
        place += 1;
    }
    cost
}

const fn bit_costs() -> [u16; 257] {
    let mut costs = [0; 257];
    let mut probability = 1;
    while probability <= 256 {
        costs[probability] = 8 * 256 - log2(probability as u64);
        probability += 1;
    }
    costs[0] = costs[1];
    costs
}

/// The logarithm to base 2 of 1 to 256, in 1/256, rounded.
const fn log2(value: u64) -> u16 {
    let whole = value.ilog2();
    // The mantissa, 1 to 2, in 1/2³¹; squaring it brings out one bit of the logarithm after the other.
    let mut mantissa = value << (31 - whole);
    let mut logarithm = whole as u64;
    let mut place = 0;
    while place < 10 {
        mantissa = (mantissa * mantissa) >> 31;
        logarithm <<= 1;
        if mantissa >> 32 != 0 {
            logarithm |= 1;
            mantissa >>= 1;
        }
        place += 1;
    }
    ((logarithm + 2) >> 2) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_cost_their_entropy() {
        for probability in 1..=255u8 {
            let exact = -256.0 * (f64::from(probability) / 256.0).log2();
            assert!((f64::from(bit(false, probability)) - exact).abs() <= 0.8, "{probability}");
            assert_eq!(bit(true, probability), u32::from(BIT[256 - usize::from(probability)]));
        }
    }
}
