//! The reader of bits with probabilities. RFC 6386 §7.

use super::tables::Probability;

/// Reads what [`super::boolean::BoolWriter`] writes. Beyond the end it reads zeros, and knows of it.
///
/// INVARIANT: the upper `bits` bits of `value` are of the bytes, or stand for such beyond their end, and those below are
/// zeros; `range` is 128 to 255 between bits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BoolReader<'a> {
    rest: &'a [u8],
    value: u64,
    range: u32,
    bits: u32,
    /// Bits that were taken from beyond the end.
    missing: u32,
}

/// With no more bits than this more are taken, so that always more are there. A bit with a probability takes 7 at most
/// and looks at 8: so three of them, and a sign, may follow each other.
const LOW: u32 = 32;

impl<'a> BoolReader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        BoolReader { rest: bytes, value: 0, range: 255, bits: 0, missing: 0 }
    }

    /// Whether bits were read that the bytes do not have. Encoders may leave out zeros of the last byte.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.missing > self.bits + 7
    }

    /// Whether no bit beyond the end had a part in what was read. The next is decided by eight.
    pub(crate) fn is_sure(&self) -> bool {
        !self.rest.is_empty() || self.bits >= self.missing + 8
    }

    /// A bit that is 0 with this probability.
    #[inline]
    pub(crate) fn bit(&mut self, probability: Probability) -> bool {
        self.refill();
        self.take(probability)
    }

    /// A bit that is as likely 0 as 1.
    pub(crate) fn flag(&mut self) -> bool {
        self.bit(128)
    }

    /// A number of so many bits, the highest first.
    pub(crate) fn literal(&mut self, bits: u32) -> u32 {
        (0..bits).fold(0, |value, _| value << 1 | u32::from(self.flag()))
    }

    /// A number of so many bits and its sign where a flag says that there is one, otherwise 0. RFC 6386 §9.3.
    pub(crate) fn optional_signed(&mut self, bits: u32) -> i32 {
        if !self.flag() {
            return 0;
        }
        let magnitude = self.literal(bits) as i32;
        if self.flag() { -magnitude } else { magnitude }
    }

    /// Makes sure of more than [`LOW`] bits.
    #[inline(always)]
    pub(crate) fn refill(&mut self) {
        if self.bits <= LOW {
            match self.rest.split_first_chunk() {
                Some((bytes, rest)) => {
                    self.value |= u64::from(u32::from_be_bytes(*bytes)) << (LOW - self.bits);
                    self.bits += 32;
                    self.rest = rest;
                }
                None => *self = self.refilled_at_the_end(),
            }
        }
    }

    /// As [`BoolReader::bit`], of the bits that are there.
    #[inline(always)]
    pub(crate) fn take(&mut self, probability: Probability) -> bool {
        let split = 1 + (((self.range - 1) * u32::from(probability)) >> 8);
        let least = u64::from(split) << 56;
        let bit = self.value >= least;
        if bit {
            self.value -= least;
            self.range -= split;
        } else {
            self.range = split;
        }
        self.normalise();
        bit
    }

    /// A value or its negative, as one of the bits that are there says. No branch: which it is cannot be foreseen.
    #[inline(always)]
    pub(crate) fn signed(&mut self, value: i32) -> i32 {
        let split = (self.range + 1) >> 1;
        let least = u64::from(split) << 56;
        let negative = u32::from(self.value >= least).wrapping_neg();
        self.value -= least & (u64::from(negative) << 32 | u64::from(negative));
        self.range = (split & !negative) | ((self.range - split) & negative);
        self.normalise();
        (value ^ negative.cast_signed()) - negative.cast_signed()
    }

    #[inline(always)]
    fn normalise(&mut self) {
        let shift = self.range.leading_zeros() - 24;
        self.range <<= shift;
        self.value <<= shift;
        self.bits -= shift;
    }

    /// By value, so that the state of those who refill may stay in registers.
    #[cold]
    #[inline(never)]
    fn refilled_at_the_end(mut self) -> Self {
        while self.bits <= LOW {
            match self.rest.split_first() {
                Some((&byte, rest)) => {
                    self.value |= u64::from(byte) << (56 - self.bits);
                    self.rest = rest;
                }
                None => self.missing = self.missing.saturating_add(8),
            }
            self.bits += 8;
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::boolean::BoolWriter;
    use super::*;

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
            prop_assert!(!reader.is_exhausted());
        }

        #[test]
        fn any_bytes_are_read_as_the_standard_prints_it(
            bytes in prop::collection::vec(any::<u8>(), 0..40), probabilities in prop::collection::vec(any::<u8>(), 1..600),
        ) {
            // The first byte of what was written is no 255.
            prop_assume!(bytes.first() != Some(&255));
            let mut reader = BoolReader::new(&bytes);
            let mut plain = super::super::boolean::tests::BoolReader::new(&bytes);
            for (index, &probability) in probabilities.iter().enumerate() {
                let expected = plain.bit(probability);
                if probability == 128 {
                    reader.refill();
                    prop_assert_eq!(reader.signed(1) < 0, expected, "bit {}", index);
                } else {
                    prop_assert_eq!(reader.bit(probability), expected, "bit {}", index);
                }
            }
        }

        #[test]
        fn numbers_are_read_as_they_were_written(value in -63..=63i32, other in 0..128u32) {
            let mut writer = BoolWriter::new();
            writer.optional_signed(value, 6);
            writer.literal(other, 7);
            let bytes = writer.finish();
            let mut reader = BoolReader::new(&bytes);
            prop_assert_eq!((reader.optional_signed(6), reader.literal(7)), (value, other));
        }
    }

    #[test]
    fn who_reads_beyond_the_end_is_told() {
        let mut reader = BoolReader::new(&[0x55; 5]);
        (0..32).for_each(|_| _ = reader.flag());
        assert!(!reader.is_exhausted());
        (0..24).for_each(|_| _ = reader.flag());
        assert!(reader.is_exhausted());
    }

    #[test]
    fn what_is_sure_does_not_depend_on_what_follows() {
        let bytes = [0x93; 40];
        for length in 0..bytes.len() {
            let (mut short, mut whole) = (BoolReader::new(&bytes[..length]), BoolReader::new(&bytes));
            let probability = |index: usize| [128, 255, 250, 3][index % 4];
            let sure = (0..200).take_while(|&index| {
                let bits = (short.bit(probability(index)), whole.bit(probability(index)));
                assert!(bits.0 == bits.1 || !short.is_sure(), "{length}, {index}");
                short.is_sure()
            });
            assert!(sure.count() >= length.saturating_sub(4), "{length}");
        }
    }
}
