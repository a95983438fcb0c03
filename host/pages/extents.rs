//! Which parts of a space are free: the smallest that is large enough is given first, and neighbours are joined.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// Free parts of a space.
///
/// INVARIANT: both have the same parts, which do not touch each other.
#[derive(Debug, Default)]
pub(super) struct Extents {
    /// Place → length.
    by_place: BTreeMap<usize, usize>,
    /// Length, place.
    by_length: BTreeSet<(usize, usize)>,
}

impl Extents {
    /// All of a space is free.
    pub(super) fn new(length: usize) -> Self {
        let mut extents = Self::default();
        extents.add(0, length);
        extents
    }

    /// So many bytes, if there are as many in one part.
    pub(super) fn take(&mut self, length: usize) -> Option<Range<usize>> {
        let (found, place) = self.by_length.range((length, 0)..).next().copied()?;
        self.remove(place, found);
        if found > length {
            self.add(place + length, found - length);
        }
        Some(place..place + length)
    }

    /// What was taken is free again.
    pub(super) fn give(&mut self, range: Range<usize>) {
        let (mut start, mut end) = (range.start, range.end);
        if let Some((&before, &length)) = self.by_place.range(..start).next_back()
            && before + length == start
        {
            self.remove(before, length);
            start = before;
        }
        if let Some(&length) = self.by_place.get(&end) {
            self.remove(end, length);
            end += length;
        }
        self.add(start, end - start);
    }

    fn add(&mut self, place: usize, length: usize) {
        self.by_place.insert(place, length);
        self.by_length.insert((length, place));
    }

    fn remove(&mut self, place: usize, length: usize) {
        self.by_place.remove(&place);
        self.by_length.remove(&(length, place));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_taken_is_nobody_elses_and_all_of_it_comes_back(lengths in prop::collection::vec(1..9_usize, 1..60), seed: u64) {
            const SPACE: usize = 100;
            let mut extents = Extents::new(SPACE);
            let mut taken: Vec<Range<usize>> = Vec::new();
            let mut rng = fastrand::Rng::with_seed(seed);
            for length in lengths {
                if !taken.is_empty() && rng.bool() {
                    extents.give(taken.swap_remove(rng.usize(..taken.len())));
                }
                if let Some(range) = extents.take(length) {
                    prop_assert_eq!(range.len(), length);
                    prop_assert!(range.end <= SPACE);
                    prop_assert!(taken.iter().all(|other| other.end <= range.start || range.end <= other.start));
                    taken.push(range);
                }
            }
            taken.into_iter().for_each(|range| extents.give(range));
            prop_assert_eq!(extents.take(SPACE), Some(0..SPACE));
        }
    }
}
