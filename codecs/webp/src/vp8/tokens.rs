//! The tokens of coefficients (RFC 6386 §13): recorded, counted, and written once their probabilities are known.
//!
//! They are recorded in two streams, rows of macroblocks in turn, which become partitions of their own: what a bit is
//! written as depends on the bit before it, so that two streams at once take little longer than one.

mod counts;
mod records;

use std::collections::TryReserveError;

use self::counts::Counts;
use self::records::{BLOCK_BITS, NODES, ONE, Place};
use super::boolean::{BoolWriter, bits_of_two};
use super::tables::{BANDS, Probability, TOKEN_UPDATES, TOKENS, TokenProbabilities};

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

/// Bits that a macroblock can have at most.
const MACROBLOCK_BITS: usize = 25 * (16 * 19 + 1);

/// Macroblocks of pictures whose tokens are worth a second partition, and are sure to fit it: its size has 24 bits, and
/// no macroblock has more than 2 KiB of tokens.
const PARTED: std::ops::RangeInclusive<usize> = 64..=1 << 14;

/// Bits to write, and how often each token came.
pub(crate) struct Tokens {
    streams: [Stream; 2],
    /// The streams in use.
    count: usize,
    /// The one of this row.
    current: usize,
    counts: Counts,
}

/// Records, of which the first `len` count: there is room for a macroblock after them.
#[derive(Default)]
struct Stream {
    records: Vec<u16>,
    len: usize,
}

impl Tokens {
    /// For a picture of so many macroblocks.
    pub(crate) fn new(macroblocks: usize) -> Tokens {
        let count = if PARTED.contains(&macroblocks) { 2 } else { 1 };
        Tokens { streams: Default::default(), count, current: 0, counts: Counts::new() }
    }

    /// Goes to the beginning of a row of macroblocks.
    pub(crate) fn start_row(&mut self, row: usize) {
        self.current = row % self.count;
    }

    /// Makes room for a macroblock.
    pub(crate) fn reserve(&mut self) -> Result<(), TryReserveError> {
        let stream = &mut self.streams[self.current];
        let needed = stream.len + MACROBLOCK_BITS + BLOCK_BITS;
        if needed > stream.records.len() {
            // Some at a time.
            let more = needed + (1 << 14) - stream.records.len();
            stream.records.try_reserve(more)?;
            stream.records.resize(stream.records.len() + more, 0);
        }
        Ok(())
    }

    /// Records a block's levels, given in the order of coding. RFC 6386 §13.2.
    pub(crate) fn record(&mut self, kind: Kind, context: usize, levels: &[i16; 16], length: u8) {
        let stream = &mut self.streams[self.current];
        let Some(records) = stream.records[stream.len..].first_chunk_mut::<BLOCK_BITS>() else {
            unreachable!("there is room for a macroblock")
        };
        let place = |at: usize, context: usize| Place::new(kind, usize::from(BANDS[at.min(16)]), context);
        let length = usize::from(length).min(16);
        let mut at = kind.first();
        let mut here = place(at, context);
        let mut len = 1;
        records[0] = here.end(at < length);
        if at >= length {
            self.counts.end(here);
        }
        while at < length {
            let level = levels[at & 15];
            at += 1;
            len = here.level(records, len, level);
            self.counts.token(here, level);
            here = place(at, usize::from(level.unsigned_abs().min(2)));
            // After a zero there is always another token, and after the last place none.
            records[len & (BLOCK_BITS - 1)] = here.end(at < length);
            len += usize::from(level != 0 && at < 16);
        }
        if length > kind.first() && length < 16 {
            self.counts.end(here);
        }
        stream.len += len;
    }

    /// The probabilities that the counts speak for where it pays to say so, otherwise those of the standard.
    pub(crate) fn probabilities(&self) -> TokenProbabilities {
        self.counts.probabilities()
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

    /// Of the number of partitions, the logarithm to base 2. RFC 6386 §9.5.
    pub(crate) fn partitions(&self) -> u32 {
        self.count as u32 - 1
    }

    /// Writes all that was recorded: the partitions.
    pub(crate) fn write(&self, probabilities: &TokenProbabilities) -> Result<Vec<Vec<u8>>, TryReserveError> {
        let flat = probabilities.as_flattened().as_flattened().as_flattened();
        let mut nodes = [0; 2048];
        nodes[..NODES].copy_from_slice(flat);
        nodes[NODES..].iter_mut().zip(0..=255).for_each(|(node, probability)| *node = probability);
        let bit = |record: u16| -> (bool, Probability) { (record & ONE != 0, nodes[usize::from(record & 2047)]) };

        let [a, b] = self.streams.each_ref().map(|stream| &stream.records[..stream.len]);
        let both = a.len().min(b.len());
        let (mut first, mut second) = (BoolWriter::new(), BoolWriter::new());
        for (a, b) in a[..both].chunks(1 << 14).zip(b[..both].chunks(1 << 14)) {
            // A bit takes at most eight.
            first.reserve(a.len() + 16)?;
            second.reserve(b.len() + 16)?;
            bits_of_two([&mut first, &mut second], a.iter().zip(b).map(|(&a, &b)| [bit(a), bit(b)]));
        }
        for (writer, rest) in [(&mut first, &a[both..]), (&mut second, &b[both..])] {
            for records in rest.chunks(1 << 14) {
                writer.reserve(records.len() + 16)?;
                writer.bits(records.iter().map(|&record| bit(record)));
            }
        }
        Ok([first, second].into_iter().take(self.count).map(BoolWriter::finish).collect())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::cost::{self, Costs};
    use super::records::FIXED;
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
            let mut tokens = Tokens::new(1);
            tokens.reserve().unwrap();
            tokens.record(kind, context, &levels, length);
            let records = &tokens.streams[0].records[..tokens.streams[0].len];
            let flat = TOKENS.as_flattened().as_flattened().as_flattened();
            let probability = |record: u16| match record & 2047 {
                node if node < FIXED => flat[usize::from(node)],
                fixed => (fixed - FIXED) as Probability,
            };
            let cost: u32 = records.iter().map(|&record| cost::bit(record & ONE != 0, probability(record))).sum();
            prop_assert_eq!(Costs::new(&TOKENS).block(kind, context, &levels, length), cost);
            prop_assert!(records.len() < BLOCK_BITS);

            let mut nodes = [[0; 2]; NODES];
            for &record in records.iter().filter(|&&record| record & 2047 < FIXED) {
                nodes[usize::from(record & 2047)][usize::from(record & ONE != 0)] += 1;
            }
            let counted = tokens.counts.of_nodes();
            prop_assert_eq!(counted.as_flattened(), &nodes);
        }
    }
}
