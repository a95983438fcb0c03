//! How much room there is for modes, so that their partition keeps within what its size can say (RFC 6386 §9.1: 19 bits).
//!
//! Only pictures of many megapixels come near to that. There each macroblock is given its share, and what one does not
//! use the next may.

use super::macroblock::Macroblock;
use super::modes;

/// Bytes that the partition of modes may have.
pub(crate) const MAX_BYTES: usize = (1 << 19) - 1;

/// Bytes kept for the frame's header, of which probabilities of tokens are the most, and for what the coder of bits loses.
const KEPT: usize = 16 << 10;

/// The most that modes of sixteen blocks, and chroma's, are taken to cost, in 1/256 of a bit.
const ALL_MODES: i64 = 16 * 12 * 256;

/// The most that a mode of luma as a whole and one of chroma cost.
const WHOLE_MODES: i64 = 8 * 256;

/// The most that the segment and the flag of an empty macroblock cost on average.
const FLAGS: i64 = 3 * 256;

/// The cost of a macroblock whose modes are the cheapest.
const CHEAPEST: i64 = 4 * 256;

/// Which modes there is room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Freedom {
    /// All.
    Parts,
    /// Those of luma as a whole, and of chroma.
    Whole,
    /// The cheapest of these alone.
    Cheapest,
}

/// Room for modes that is left, in 1/256 of a bit.
pub(crate) struct Room {
    share: i64,
    left: i64,
    flags: bool,
}

impl Room {
    /// For a picture of so many macroblocks.
    pub(crate) fn new(macroblocks: usize) -> Room {
        Room::of_bytes(MAX_BYTES - KEPT, macroblocks)
    }

    fn of_bytes(bytes: usize, macroblocks: usize) -> Room {
        let share = (bytes as i64 * 8 * 256) / macroblocks as i64;
        let flags = share >= CHEAPEST + FLAGS;
        Room { share: if flags { share - FLAGS } else { share }, left: 0, flags }
    }

    /// Whether there may be segments, and flags of empty macroblocks.
    pub(crate) fn has_flags(&self) -> bool {
        self.flags
    }

    /// What the next macroblock may do.
    pub(crate) fn freedom(&self) -> Freedom {
        match self.left + self.share {
            left if left >= ALL_MODES => Freedom::Parts,
            left if left >= WHOLE_MODES => Freedom::Whole,
            _ => Freedom::Cheapest,
        }
    }

    /// Takes what the next macroblock's modes cost.
    pub(crate) fn spend(&mut self, done: &Macroblock, modes_above: &[u8; 4], modes_left: &[u8; 4]) {
        let cost = modes::luma_cost(&done.luma, *modes_above, *modes_left) + modes::chroma_cost(done.chroma);
        self.left += self.share - i64::from(cost);
    }
}

#[cfg(test)]
mod tests {
    use super::super::predict::Mode;
    use super::*;

    #[test]
    fn the_largest_picture_has_room_for_the_cheapest_modes() {
        let largest = 1024 * 1024;
        let mut room = Room::new(largest);
        assert!(!room.has_flags());
        assert!(modes::whole_cost(Mode::Dc) + modes::chroma_cost(Mode::Dc) <= CHEAPEST as u32);
        assert!(room.share >= i64::from(modes::whole_cost(Mode::Dc) + modes::chroma_cost(Mode::Dc)));
        room.left = -room.share;
        assert_eq!(room.freedom(), Freedom::Cheapest);
    }

    #[test]
    fn whole_modes_cost_no_more_than_is_kept_for_them() {
        for luma in Mode::ALL {
            for chroma in Mode::ALL {
                assert!(i64::from(modes::whole_cost(luma) + modes::chroma_cost(chroma)) <= WHOLE_MODES);
            }
        }
    }

    #[test]
    fn pictures_of_some_megapixels_may_do_as_they_like() {
        let room = Room::new(2_000_000 / 256);
        assert!(room.has_flags());
        assert_eq!(room.freedom(), Freedom::Parts);
    }
}
