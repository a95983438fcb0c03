//! Counting bytes before they are allocated.

use super::DecodeError;

/// What decoding may still allocate.
#[derive(Debug)]
pub(super) struct Memory {
    limit: usize,
    used: usize,
}

impl Memory {
    /// All of a limit.
    pub(super) fn new(limit: usize) -> Memory {
        Memory { limit, used: 0 }
    }

    /// Counts bytes that will be allocated.
    pub(super) fn take(&mut self, bytes: usize) -> Result<(), DecodeError> {
        let needed = self.used.saturating_add(bytes);
        if needed > self.limit {
            return Err(DecodeError::Memory { needed, limit: self.limit });
        }
        self.used = needed;
        Ok(())
    }

    /// Counts bytes that are no longer allocated.
    pub(super) fn give(&mut self, bytes: usize) {
        self.used = self.used.saturating_sub(bytes);
    }

    /// An empty vector with room for so many elements.
    pub(super) fn vec<T>(&mut self, elements: usize) -> Result<Vec<T>, DecodeError> {
        let bytes = elements.saturating_mul(size_of::<T>());
        self.take(bytes)?;
        let mut vec = Vec::new();
        vec.try_reserve_exact(elements).map_err(|_| DecodeError::Allocation(bytes))?;
        Ok(vec)
    }
}
