//! The content of a stored response: in memory, or on the disk, from where it is read as it is sent.
//!
//! What is in memory is shared by all who want it. What is on the disk is never in memory as a whole, and so on no shelf
//! of the memory tier. Nothing here reads.

use bytes::Bytes;

use crate::disk;

/// The content of a stored response.
#[derive(Debug, Clone)]
pub enum Content {
    /// All of it.
    Memory(Bytes),
    /// Where it is, open to be read.
    Disk(disk::Content),
}

impl Content {
    /// Its bytes.
    #[must_use]
    pub fn len(&self) -> u64 {
        match self {
            Self::Memory(bytes) => bytes.len() as u64,
            Self::Disk(content) => content.len(),
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All of it, if it is in memory.
    #[must_use]
    pub fn held(&self) -> Option<&Bytes> {
        match self {
            Self::Memory(bytes) => Some(bytes),
            Self::Disk(_) => None,
        }
    }

    /// Bytes of memory that it takes as long as nobody reads it.
    pub(super) fn weight(&self) -> usize {
        self.held().map_or(0, Bytes::len)
    }
}

impl From<Bytes> for Content {
    fn from(bytes: Bytes) -> Self {
        Self::Memory(bytes)
    }
}
