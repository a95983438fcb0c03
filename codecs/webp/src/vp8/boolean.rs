//! The coder of bits with probabilities. RFC 6386 §7.

use std::collections::TryReserveError;

use super::tables::Probability;

/// Writes bits so that each takes about as much as its probability says.
pub(crate) struct BoolWriter {
    bytes: Vec<u8>,
    state: State,
}

/// INVARIANT: `low` holds the bits that are settled but for a carry, `pending` of them, above the 8 that `range` speaks
/// of; `range` is 128 to 255 between bits.
#[derive(Clone, Copy)]
struct State {
    low: u64,
    range: u32,
    pending: u32,
}

/// Bits that wait at most before four bytes of them are written.
const PENDING: u32 = 32;

impl State {
    /// Takes a bit; four bytes and perhaps a carry above them when they are settled.
    #[inline(always)]
    fn bit(&mut self, bit: bool, probability: Probability) -> Option<u64> {
        let split = 1 + (((self.range - 1) * u32::from(probability)) >> 8);
        // No branch: which bit comes is what is not known.
        let ones = u32::from(bit).wrapping_neg();
        self.low += u64::from(split & ones);
        self.range = (split & !ones) | ((self.range - split) & ones);
        let shift = self.range.leading_zeros() - 24;
        self.range <<= shift;
        self.low <<= shift;
        self.pending += shift;
        if self.pending < PENDING {
            return None;
        }
        self.pending -= PENDING;
        let settled = self.low >> (self.pending + 8);
        self.low &= (1 << (self.pending + 8)) - 1;
        Some(settled)
    }
}

impl BoolWriter {
    pub(crate) fn new() -> BoolWriter {
        BoolWriter { bytes: Vec::new(), state: State { low: 0, range: 255, pending: 0 } }
    }

    /// A bit that is 0 with this probability, which is not 0.
    #[inline]
    pub(crate) fn bit(&mut self, bit: bool, probability: Probability) {
        if let Some(settled) = self.state.bit(bit, probability) {
            self.settle(settled);
        }
    }

    /// Bits with their probabilities, as [`BoolWriter::bit`].
    #[inline(always)]
    pub(crate) fn bits(&mut self, bits: impl Iterator<Item = (bool, Probability)>) {
        // The state stays in registers.
        let mut state = self.state;
        for (bit, probability) in bits {
            if let Some(settled) = state.bit(bit, probability) {
                self.settle(settled);
            }
        }
        self.state = state;
    }

    /// A number of so many bits, each as likely 0 as 1; the highest first.
    pub(crate) fn literal(&mut self, value: u32, bits: u32) {
        for place in (0..bits).rev() {
            self.bit(value >> place & 1 == 1, 128);
        }
    }

    /// A flag, and where it is set a number of so many bits and its sign.
    pub(crate) fn optional_signed(&mut self, value: i32, bits: u32) {
        self.literal(u32::from(value != 0), 1);
        if value != 0 {
            self.literal(value.unsigned_abs(), bits);
            self.literal(u32::from(value < 0), 1);
        }
    }

    /// Makes room, so that the next bits do not ask for memory.
    pub(crate) fn reserve(&mut self, bytes: usize) -> Result<(), TryReserveError> {
        self.bytes.try_reserve(bytes)
    }

    /// All bytes.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        // What is pending, and the 8 bits that a decoder looks ahead.
        let needed = self.bytes.len() + (self.state.pending + 8).div_ceil(8) as usize;
        (0..PENDING + 8).for_each(|_| self.bit(false, 128));
        self.bytes.truncate(needed);
        self.bytes
    }

    #[inline(never)]
    fn settle(&mut self, settled: u64) {
        if settled >> PENDING != 0 {
            for byte in self.bytes.iter_mut().rev() {
                *byte = byte.wrapping_add(1);
                if *byte != 0 {
                    break;
                }
            }
        }
        self.bytes.extend_from_slice(&(settled as u32).to_be_bytes());
    }
}

/// Bits of two writers at once, as [`BoolWriter::bit`]: what one does need not wait for the other.
#[inline(always)]
pub(crate) fn bits_of_two(writers: [&mut BoolWriter; 2], bits: impl Iterator<Item = [(bool, Probability); 2]>) {
    let [first, second] = writers;
    let (mut a, mut b) = (first.state, second.state);
    for [of_a, of_b] in bits {
        let (settled_a, settled_b) = (a.bit(of_a.0, of_a.1), b.bit(of_b.0, of_b.1));
        if let Some(settled) = settled_a {
            first.settle(settled);
        }
        if let Some(settled) = settled_b {
            second.settle(settled);
        }
    }
    (first.state, second.state) = (a, b);
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The decoder of RFC 6386 §7.3, bit by bit.
    pub(crate) struct BoolReader<'a> {
        bytes: std::slice::Iter<'a, u8>,
        value: u32,
        range: u32,
        used: u32,
    }

    impl<'a> BoolReader<'a> {
        pub(crate) fn new(bytes: &'a [u8]) -> Self {
            let mut bytes = bytes.iter();
            let mut next = || u32::from(bytes.next().copied().unwrap_or(0));
            let value = next() << 8 | next();
            BoolReader { bytes, value, range: 255, used: 0 }
        }

        pub(crate) fn bit(&mut self, probability: u8) -> bool {
            let split = 1 + (((self.range - 1) * u32::from(probability)) >> 8);
            let bit = self.value >= split << 8;
            if bit {
                self.range -= split;
                self.value -= split << 8;
            } else {
                self.range = split;
            }
            while self.range < 128 {
                self.value <<= 1;
                self.range <<= 1;
                self.used += 1;
                if self.used == 8 {
                    self.used = 0;
                    self.value |= u32::from(self.bytes.next().copied().unwrap_or(0));
                }
            }
            bit
        }
    }

    proptest! {
        #[test]
        fn bits_are_read_as_they_were_written(bits in prop::collection::vec((any::<bool>(), 1..=255u8), 0..2000)) {
            let mut writer = BoolWriter::new();
            bits.iter().for_each(|&(bit, probability)| writer.bit(bit, probability));
            let bytes = writer.finish();
            let mut reader = BoolReader::new(&bytes);
            for (index, &(bit, probability)) in bits.iter().enumerate() {
                prop_assert_eq!(reader.bit(probability), bit, "bit {}", index);
            }
        }
    }

    #[test]
    fn a_carry_runs_through_all_bytes_of_ones() {
        // Likely zeros after one unlikely one drive the settled bits to all ones; the last bit carries.
        for ones in 1..200 {
            let bits: Vec<bool> = (0..ones).map(|_| true).chain([false, true, true]).collect();
            let mut writer = BoolWriter::new();
            bits.iter().for_each(|&bit| writer.bit(bit, 1));
            let bytes = writer.finish();
            let mut reader = BoolReader::new(&bytes);
            assert!(bits.iter().all(|&bit| reader.bit(1) == bit), "{ones}");
        }
    }

    #[test]
    fn probable_bits_take_little_room() {
        let mut writer = BoolWriter::new();
        (0..80_000).for_each(|_| writer.bit(false, 200));
        let expected = 80_000.0 * (256.0f64 / 200.0).log2() / 8.0;
        assert!((writer.finish().len() as f64) < expected * 1.05 + 8.0);
    }
}
