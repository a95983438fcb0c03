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
