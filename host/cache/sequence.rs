//! The purge sequence: what is purged and what is stored are ordered by it.

use std::fmt;

/// A place in the sequence of purges. Whatever is fetched carries the one that was current when its fetch began, and is
/// valid only if nothing that covers it was purged later.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Sequence(pub u64);

impl fmt::Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
