//! The tokens of coefficients (RFC 6386 §13): recorded, counted, and written once their probabilities are known.

use std::collections::TryReserveError;

use super::boolean::BoolWriter;
use super::cost;
use super::tables::{BANDS, CATEGORIES, EXTRA_BITS, Probability, TOKEN_UPDATES, TOKENS, TokenProbabilities};

/// What a block holds. RFC 6386 §13.3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Luma whose DC is in the second order.
    LumaWithoutDc,
    /// Luma's DCs in the second order.
    Second,
    /// Chroma.
    Chroma,
    /// Luma with its DC.
    Luma,
}

impl Kind {
    /// The first place that is coded.
    #[inline(always)]
    pub(crate) const fn first(self) -> usize {
        matches!(self, Kind::LumaWithoutDc) as usize
    }
}

/// Nodes of all token trees.
const NODES: usize = 4 * 8 * 3 * 11;

/// No fewer bits than a block can have, which are 16 tokens of up to 7 nodes, 11 extra bits and a sign, and an end; a
/// power of two, so that a mask keeps an index within.
const BLOCK_BITS: usize = 512;

/// Bits that a macroblock can have at most.
const MACROBLOCK_BITS: usize = 25 * (16 * 19 + 1);

/// Set in a record: the bit.
const ONE: u16 = 1 << 15;

/// The lower bits of a record name a node, or from here on a probability that is none of the tokens'.
const FIXED: u16 = NODES as u16;

/// Bits to write, and how often each node was 0 or 1.
pub(crate) struct Tokens {
    records: Vec<u16>,
    counts: Box<[[u32; 2]; NODES]>,
    block: Box<[u16; BLOCK_BITS]>,
}

/// The records of a block under way.
struct Block<'a> {
    records: &'a mut [u16; BLOCK_BITS],
    counts: &'a mut [[u32; 2]; NODES],
    len: usize,
}

impl Tokens {
    pub(crate) fn new() -> Tokens {
        Tokens { records: Vec::new(), counts: Box::new([[0; 2]; NODES]), block: Box::new([0; BLOCK_BITS]) }
    }

    /// Makes room for a macroblock.
    pub(crate) fn reserve(&mut self) -> Result<(), TryReserveError> {
        self.records.try_reserve(MACROBLOCK_BITS)
    }

    /// Records a block's levels, given in the order of coding. RFC 6386 §13.2.
    pub(crate) fn record(&mut self, kind: Kind, context: usize, levels: &[i16; 16], length: u8) {
        let node = |at: usize, context: usize| ((kind as usize * 8 + usize::from(BANDS[at])) * 3 + context) * 11;
        let length = usize::from(length).min(16);
        let mut block = Block { records: &mut self.block, counts: &mut self.counts, len: 0 };
        let mut at = kind.first();
        let mut nodes = node(at, context);
        if length <= at {
            block.node(nodes, false);
        } else {
            block.node(nodes, true);
        }
        while at < length {
            let level = levels[at];
            at += 1;
            let magnitude = level.unsigned_abs();
            block.node(nodes + 1, magnitude != 0);
            if magnitude == 0 {
                nodes = node(at, 0);
                continue;
            }
            block.node(nodes + 2, magnitude > 1);
            if magnitude > 1 {
                block.magnitude(nodes, magnitude);
            }
            block.push(FIXED + 128, level < 0);
            if at < 16 {
                nodes = node(at, usize::from(magnitude.min(2)));
                block.node(nodes, at < length);
            }
        }
        let len = block.len;
        self.records.extend_from_slice(&self.block[..len]);
    }

    /// The probabilities that the counts speak for where it pays to say so, otherwise those of the standard.
    pub(crate) fn probabilities(&self) -> TokenProbabilities {
        let mut probabilities = TOKENS;
        let flat = probabilities.as_flattened_mut().as_flattened_mut().as_flattened_mut();
        let keep = TOKEN_UPDATES.as_flattened().as_flattened().as_flattened();
        for ((probability, &keep), &[zeros, ones]) in flat.iter_mut().zip(keep).zip(self.counts.iter()) {
            let counted = counted(zeros, ones);
            let bits = |probability| {
                u64::from(zeros) * u64::from(cost::bit(false, probability))
                    + u64::from(ones) * u64::from(cost::bit(true, probability))
            };
            let kept = bits(*probability) + u64::from(cost::bit(false, keep));
            let updated = bits(counted) + u64::from(cost::bit(true, keep)) + 8 * 256;
            if updated < kept {
                *probability = counted;
            }
        }
        probabilities
    }

    /// Writes which probabilities are not the standard's. RFC 6386 §13.4.
    pub(crate) fn write_probabilities(writer: &mut BoolWriter, probabilities: &TokenProbabilities) {
        let flat = |table: &TokenProbabilities| table.as_flattened().as_flattened().as_flattened().to_vec();
        for ((new, old), keep) in flat(probabilities).into_iter().zip(flat(&TOKENS)).zip(flat(&TOKEN_UPDATES)) {
            writer.bit(new != old, keep);
            if new != old {
                writer.literal(u32::from(new), 8);
            }
        }
    }

    /// Writes all that was recorded.
    pub(crate) fn write(
        &self,
        writer: &mut BoolWriter,
        probabilities: &TokenProbabilities,
    ) -> Result<(), TryReserveError> {
        let flat = probabilities.as_flattened().as_flattened().as_flattened();
        let mut nodes = [0; 2048];
        nodes[..NODES].copy_from_slice(flat);
        nodes[NODES..].iter_mut().zip(0..=255).for_each(|(node, probability)| *node = probability);
        for records in self.records.chunks(1 << 14) {
            // A bit takes at most eight.
            writer.reserve(records.len() + 16)?;
            writer.bits(records.iter().map(|&record| (record & ONE != 0, nodes[usize::from(record & 2047)])));
        }
        Ok(())
    }
}

impl Block<'_> {
    /// A magnitude of 2 or more, from the fourth node of its tree.
    fn magnitude(&mut self, nodes: usize, magnitude: u16) {
        self.node(nodes + 3, magnitude > 4);
        if magnitude <= 4 {
            self.node(nodes + 4, magnitude > 2);
            if magnitude > 2 {
                self.node(nodes + 5, magnitude > 3);
            }
            return;
        }
        self.node(nodes + 6, magnitude > 10);
        let category = if magnitude <= 10 {
            self.node(nodes + 7, magnitude > 6);
            usize::from(magnitude > 6)
        } else {
            let category = 2 + CATEGORIES[3..].iter().filter(|&&least| magnitude >= least).count();
            self.node(nodes + 8, category > 3);
            self.node(nodes + if category > 3 { 10 } else { 9 }, category % 2 == 1);
            category
        };
        let (value, probabilities) = (magnitude - CATEGORIES[category], EXTRA_BITS[category]);
        for (place, &probability) in (0..probabilities.len()).rev().zip(probabilities) {
            self.push(FIXED + u16::from(probability), (value >> place) & 1 == 1);
        }
    }

    #[inline(always)]
    fn node(&mut self, node: usize, bit: bool) {
        self.counts[node][usize::from(bit)] += 1;
        self.push(node as u16, bit);
    }

    #[inline(always)]
    fn push(&mut self, record: u16, bit: bool) {
        self.records[self.len & (BLOCK_BITS - 1)] = record | u16::from(bit) << 15;
        self.len += 1;
    }
}

/// The probability of 0 that fits the counts best.
fn counted(zeros: u32, ones: u32) -> Probability {
    let all = u64::from(zeros) + u64::from(ones);
    if all == 0 {
        return 255;
    }
    ((u64::from(zeros) * 256 + all / 2) / all).clamp(1, 255) as Probability
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::cost::Costs;
    use super::*;

    fn level() -> impl Strategy<Value = i16> {
        prop_oneof![4 => Just(0), 4 => -3..=3i16, 2 => -70..=70i16, 1 => -2047..=2047i16]
    }

    proptest! {
        #[test]
        fn a_block_costs_what_its_records_cost(
            mut levels in prop::array::uniform16(level()), context in 0..3usize, luma in any::<bool>(), kept in 0..=16usize,
        ) {
            let kind = if luma { Kind::LumaWithoutDc } else { Kind::Chroma };
            levels[..kind.first()].fill(0);
            levels[kept..].fill(0);
            let length = levels.iter().rposition(|&level| level != 0).map_or(0, |last| last + 1) as u8;
            let mut tokens = Tokens::new();
            tokens.record(kind, context, &levels, length);
            let flat = TOKENS.as_flattened().as_flattened().as_flattened();
            let probability = |record: u16| match record & 2047 {
                node if node < FIXED => flat[usize::from(node)],
                fixed => (fixed - FIXED) as Probability,
            };
            let cost: u32 =
                tokens.records.iter().map(|&record| cost::bit(record & ONE != 0, probability(record))).sum();
            prop_assert_eq!(Costs::new(&TOKENS).block(kind, context, &levels, length), cost);
            prop_assert!(tokens.records.len() < BLOCK_BITS);
        }
    }
}
