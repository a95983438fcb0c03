//! Entropy-coded bytes as bits (T.81 F.2.2.5).
//!
//! Bytes are unstuffed ahead of use, sixteen at a time, into a window that runs backwards: the byte that comes first is at
//! the highest address. The next eight bytes of the stream are then one little-endian load, with the bit that comes first
//! on top. Behind the last byte before a marker the window is zero, for longer than any MCU, so that reading needs no
//! check: who reads asks afterwards whether it was too much.

use lucarne_simd::U8x16;

use super::DecodeError;
use super::segments::{marker, next_marker};

/// Addresses at which a load may begin.
const WINDOW: usize = 1 << 16;

/// More bytes than a block can have: 64 symbols of 31 bits.
const BLOCK: usize = 256;

/// The same for an MCU of as many blocks as there can be.
const MARGIN: usize = 64 * BLOCK;

/// Bytes of the stream that the window may hold.
const CAPACITY: usize = WINDOW - MARGIN - 64;

/// The address for a load of the first eight bytes.
const TOP: usize = WINDOW - 1;

/// Bytes before unstuffing, where sixteen are taken at once.
const LANES: usize = 16;

/// Bytes of the stream, the first at the highest address.
pub(super) type Window = [u8; WINDOW + 8];

/// The bits of one scan.
#[derive(Debug)]
pub(super) struct Bits<'a> {
    file: &'a [u8],
    /// The first byte of the file that is not in the window.
    next: usize,
    window: Box<Window>,
    /// Bytes in the window.
    filled: usize,
    /// Whether the file has a marker at `next`, or ends there.
    ended: bool,
    /// More bytes than an MCU of this scan can have.
    margin: usize,
    pub(super) cursor: Cursor,
}

/// A place between two bits. A copy in registers is what makes reading fast.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor {
    /// The bits that come next, from the top.
    bits: u64,
    /// How many of `bits` count. More may be there; they are then right.
    count: u32,
    /// The address to load from.
    at: u32,
    /// Whether a code was met that no table has.
    pub(super) lost: bool,
}

impl<'a> Bits<'a> {
    /// Bits over an allocated window.
    pub(super) fn new(file: &'a [u8]) -> Result<Bits<'a>, DecodeError> {
        let mut window = Vec::new();
        window.try_reserve_exact(WINDOW + 8).map_err(|_| DecodeError::Allocation(WINDOW + 8))?;
        window.resize(WINDOW + 8, 0);
        let window = window.try_into().expect("the vector is as long as the window");
        Ok(Bits { file, next: 0, window, filled: 0, ended: false, margin: MARGIN, cursor: Cursor::START })
    }

    /// Bytes that a value of this type takes.
    pub(super) const SIZE: usize = WINDOW + 8;

    /// Goes to where a scan's data begin.
    pub(super) fn begin(&mut self, at: usize) {
        self.next = at;
        self.filled = 0;
        self.ended = false;
        self.cursor = Cursor::START;
    }

    /// Says of how many blocks an MCU of the scan is.
    pub(super) fn expect(&mut self, blocks: usize) {
        self.margin = (blocks * BLOCK).min(MARGIN);
    }

    /// The window, for a copy of the cursor.
    #[inline(always)]
    pub(super) fn window(&self) -> &Window {
        &self.window
    }

    /// The cursor and what it reads from.
    #[inline(always)]
    pub(super) fn split(&mut self) -> (&mut Cursor, &Window) {
        (&mut self.cursor, &self.window)
    }

    /// Sees to it that an MCU can be read.
    #[inline(always)]
    pub(super) fn prepare(&mut self) {
        if !self.ended && self.filled < self.loaded() + self.margin {
            self.fill();
        }
    }

    /// Whether more was read than there is, or something that means nothing.
    #[inline(always)]
    pub(super) fn overrun(&self) -> bool {
        self.cursor.lost || self.ended && self.loaded() * 8 > self.filled * 8 + self.cursor.count as usize
    }

    /// Where the marker behind the data is, once they are read or given up.
    pub(super) fn end(&mut self) -> usize {
        if !self.ended {
            self.next = next_marker(self.file, self.next).map_or(self.file.len(), |code| code - 1);
            self.ended = true;
        }
        self.next
    }

    /// Goes behind the restart marker that is due, `expected` of 0 to 7, or the first that is plausible. How many
    /// intervals are lost; `None` if there are no more.
    pub(super) fn restart(&mut self, expected: u8) -> Option<u32> {
        let mut at = self.end();
        loop {
            let code = next_marker(self.file, at)?;
            match self.file[code] {
                found @ marker::RST0..=marker::RST7 => {
                    let ahead = (found - marker::RST0).wrapping_sub(expected) & 7;
                    // One that is far ahead is rather one that came too late.
                    if ahead <= 4 {
                        self.begin(code + 1);
                        return Some(u32::from(ahead));
                    }
                }
                // Markers that nothing defines are damage; others end the scan.
                marker::TEM..marker::SOF0 => {}
                _ => return None,
            }
            at = code + 1;
        }
    }

    /// Bytes that have been loaded, or are about to be.
    #[inline(always)]
    fn loaded(&self) -> usize {
        TOP - self.cursor.at as usize
    }

    /// Moves what is left to the window's top and unstuffs more behind it.
    #[inline(never)]
    fn fill(&mut self) {
        let loaded = self.loaded().min(self.filled);
        self.window.copy_within(TOP + 8 - self.filled..TOP + 8 - loaded, TOP + 8 - (self.filled - loaded));
        self.filled -= loaded;
        self.cursor.at += loaded as u32;
        let reverse = U8x16::from_array([15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
        while self.filled < CAPACITY {
            // Plain bytes up to the next 0xFF.
            if let Some(chunk) = self.file.get(self.next..).and_then(<[u8]>::first_chunk::<LANES>) {
                let bytes = U8x16::from_array(*chunk);
                let plain = (bytes.equal(U8x16::splat(0xFF)).bitmask().trailing_zeros() as usize).min(LANES);
                bytes.swizzle(reverse).store(&mut self.window[TOP + 8 - LANES - self.filled..]);
                self.filled += plain;
                self.next += plain;
                if plain == LANES {
                    continue;
                }
            }
            match self.file.get(self.next..).unwrap_or_default() {
                [0xFF, 0, ..] => self.next += 2,
                // Fill bytes before a marker (T.81 B.1.1.2).
                [0xFF, 0xFF, ..] => {
                    self.next += 1;
                    continue;
                }
                [0xFF, ..] | [] => {
                    self.ended = true;
                    break;
                }
                [byte, ..] => {
                    self.window[TOP + 7 - self.filled] = *byte;
                    self.filled += 1;
                    self.next += 1;
                    continue;
                }
            }
            self.window[TOP + 7 - self.filled] = 0xFF;
            self.filled += 1;
        }
        if self.ended {
            self.window[TOP + 8 - self.filled - self.margin..TOP + 8 - self.filled].fill(0);
        }
    }
}

impl Cursor {
    const START: Cursor = Cursor { bits: 0, count: 0, at: TOP as u32, lost: false };

    /// At least 56 bits count afterwards.
    #[inline(always)]
    pub(super) fn refill(&mut self, window: &Window) {
        let at = self.at as usize & (WINDOW - 1);
        let bytes: [u8; 8] = std::array::from_fn(|index| window[at + index]);
        self.bits |= u64::from_le_bytes(bytes) >> self.count;
        self.at = self.at.wrapping_sub((63 - self.count) >> 3);
        self.count |= 56;
    }

    /// At least 32 bits count afterwards.
    #[inline(always)]
    pub(super) fn ensure(&mut self, window: &Window) {
        if self.count < 32 {
            self.refill(window);
        }
    }

    /// The next bits, 0 to 32, as a number.
    #[inline(always)]
    pub(super) fn peek(self, bits: u32) -> u32 {
        ((self.bits >> 1) >> (63 - bits)) as u32
    }

    /// Goes over bits, no more than count.
    #[inline(always)]
    pub(super) fn skip(&mut self, bits: u32) {
        self.bits <<= bits & 63;
        self.count = self.count.wrapping_sub(bits);
    }

    /// Reads bits, 0 to 32 and no more than count.
    #[inline(always)]
    pub(super) fn take(&mut self, bits: u32) -> u32 {
        let value = self.peek(bits);
        self.skip(bits);
        value
    }
}
