//! How much of the disk may be used: the configured size, and less for a while when the disk has no room for that.

use super::place::Blocks;

/// Bytes used and allowed. INVARIANT: least ≤ `allowed` ≤ `configured`.
#[derive(Debug)]
pub(super) struct Budget {
    configured: u64,
    allowed: u64,
    used: u64,
}

/// A full disk is left this part of what is used now.
const SHRINK: u64 = 16;
/// What is written after that brings back this part of its size: a disk that stays as small is found full again only
/// after it has been written to sixteen times as much.
const REGROW: u64 = 16;
/// The part of the configured size that is always tried, since only a write can show that there is room again.
const LEAST: u64 = 64;

impl Budget {
    pub(super) fn new(configured: u64) -> Self {
        Self { configured, allowed: configured, used: 0 }
    }

    pub(super) fn used(&self) -> u64 {
        self.used
    }

    pub(super) fn allowed(&self) -> u64 {
        self.allowed
    }

    pub(super) fn is_exceeded(&self) -> bool {
        self.used > self.allowed
    }

    pub(super) fn take(&mut self, blocks: Blocks) {
        self.used = self.used.saturating_add(blocks.bytes());
    }

    pub(super) fn give_back(&mut self, blocks: Blocks) {
        self.used = self.used.saturating_sub(blocks.bytes());
    }

    /// The disk had no room for what is used and what was to come.
    pub(super) fn shrink(&mut self) {
        let room = self.used.min(self.allowed);
        self.allowed = (room - room / SHRINK).max(self.configured / LEAST);
    }

    /// An entry was written.
    pub(super) fn regrow(&mut self, blocks: Blocks) {
        self.allowed = self.allowed.saturating_add(blocks.bytes() / REGROW).min(self.configured);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCK: u64 = 4096;

    #[test]
    fn a_full_disk_leaves_less_than_is_used_and_never_nothing() {
        let mut budget = Budget::new(64 * BLOCK);
        budget.take(Blocks(32));
        budget.shrink();
        assert_eq!(budget.allowed(), 30 * BLOCK);
        assert!(budget.is_exceeded());
        budget.give_back(Blocks(32));
        budget.shrink();
        assert_eq!(budget.allowed(), BLOCK);
    }

    #[test]
    fn what_is_written_brings_the_budget_back_to_what_is_configured() {
        let mut budget = Budget::new(64 * BLOCK);
        budget.shrink();
        budget.regrow(Blocks(16));
        assert_eq!(budget.allowed(), 2 * BLOCK);
        budget.regrow(Blocks(u32::MAX));
        assert_eq!(budget.allowed(), 64 * BLOCK);
    }
}
