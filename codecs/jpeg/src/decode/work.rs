//! A bound on how often scans may go over a picture.
//!
//! A scan of a few bytes can go over every block, and a file can have very many such scans.

use super::DecodeError;

/// Blocks that scans may still go over.
#[derive(Debug)]
pub(super) struct Work {
    left: u64,
}

/// How often each block may be gone over: encoders make ten scans of a component, or fifteen.
const TIMES: u64 = 64;

/// How many blocks a scan takes as long as beside its own, for tables and the like.
const SCAN: u64 = 1024;

impl Work {
    /// For a picture of so many blocks, of all components together, in a file of so many bytes.
    pub(super) fn new(blocks: usize, file: usize) -> Work {
        Work { left: TIMES * (blocks as u64 + SCAN) + file as u64 }
    }

    /// Counts a scan over blocks.
    pub(super) fn take(&mut self, blocks: usize) -> Result<(), DecodeError> {
        self.left = self.left.checked_sub(blocks as u64 + SCAN).ok_or(DecodeError::Work)?;
        Ok(())
    }
}
