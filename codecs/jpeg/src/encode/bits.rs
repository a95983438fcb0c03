//! Bits to bytes (T.81 F.1.2.3): the first bit is the top one, and after a byte of 255 comes a 0.

use super::EncodeError;

/// Writes to the end of a file.
pub(super) struct BitWriter<'a> {
    file: &'a mut Vec<u8>,
    /// Bits that are not in the file yet, the last one lowest.
    waiting: u64,
    /// How many more `waiting` has room for, 1 to 64.
    free: u32,
}

impl<'a> BitWriter<'a> {
    pub(super) fn new(file: &'a mut Vec<u8>) -> BitWriter<'a> {
        BitWriter { file, waiting: 0, free: 64 }
    }

    /// Makes room for so many bytes.
    pub(super) fn reserve(&mut self, bytes: usize) -> Result<(), EncodeError> {
        self.file.try_reserve(bytes).map_err(|_| EncodeError::Memory)
    }

    /// The file's length so far.
    pub(super) fn len(&self) -> usize {
        self.file.len()
    }

    /// Writes the low `count` bits, at most 32; those above are 0.
    #[inline(always)]
    pub(super) fn put(&mut self, bits: u64, count: u32) {
        if count < self.free {
            self.waiting = self.waiting << count | bits;
            self.free -= count;
        } else {
            let over = count - self.free;
            let whole = (self.waiting << (self.free & 63)) | bits >> over;
            self.flush(if self.free == 64 { bits >> over } else { whole });
            self.waiting = bits;
            self.free = 64 - over;
        }
    }

    /// Writes eight bytes.
    #[inline(always)]
    fn flush(&mut self, whole: u64) {
        let bytes = whole.to_be_bytes();
        // A byte of 255 is one whose top bit is set and stays so when 1 is added to it: then it becomes 0.
        if whole & !whole.wrapping_add(0x0101_0101_0101_0101) & 0x8080_8080_8080_8080 == 0 {
            self.file.extend_from_slice(&bytes);
        } else {
            self.stuff(&bytes);
        }
    }

    #[inline(never)]
    fn stuff(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.file.push(*byte);
            if *byte == 0xFF {
                self.file.push(0);
            }
        }
    }

    /// Fills the last byte with ones, and writes what waits.
    pub(super) fn finish(mut self) -> Result<(), EncodeError> {
        self.reserve(16)?;
        let fill = self.free % 8;
        let count = 64 - self.free + fill;
        if count > 0 {
            let whole = (self.waiting << fill | ((1 << fill) - 1)) << (64 - count);
            self.stuff(&whole.to_be_bytes()[..count as usize / 8]);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Bits as a reader of T.81 F.2.2.5 sees them.
    fn read(file: &[u8]) -> Vec<bool> {
        let mut bytes = file.iter();
        let mut bits = Vec::new();
        while let Some(byte) = bytes.next() {
            bits.extend((0..8).rev().map(|bit| byte >> bit & 1 == 1));
            if *byte == 0xFF {
                assert_eq!(bytes.next(), Some(&0), "after a byte of 255 comes a 0");
            }
        }
        bits
    }

    proptest! {
        #[test]
        fn bits_come_back_and_ones_fill_the_last_byte(
            // Many ones, so that many bytes are 255.
            pieces in proptest::collection::vec((any::<u32>(), any::<u32>(), 0u32..=32), 0..200),
        ) {
            let mut file = Vec::new();
            let mut writer = BitWriter::new(&mut file);
            let mut wanted = Vec::new();
            for (some, more, count) in pieces {
                let bits = u64::from(some | more) & ((1 << count) - 1);
                writer.put(bits, count);
                wanted.extend((0..count).rev().map(|bit| bits >> bit & 1 == 1));
            }
            writer.finish().unwrap();
            while wanted.len() % 8 > 0 {
                wanted.push(true);
            }
            prop_assert_eq!(read(&file), wanted);
        }
    }

    #[test]
    fn ones_alone_are_stuffed_wherever_they_begin() {
        for offset in 0..64 {
            let mut file = Vec::new();
            let mut writer = BitWriter::new(&mut file);
            (0..offset).for_each(|_| writer.put(0, 1));
            (0..9).for_each(|_| writer.put(0xFFFF_FFFF, 32));
            writer.finish().unwrap();
            let bits = read(&file);
            assert_eq!(bits.len(), (offset + 288usize).next_multiple_of(8));
            assert!(bits.iter().enumerate().all(|(index, bit)| *bit == (index >= offset)));
        }
    }
}
