//! Filters of alpha: each sample as its difference from what its neighbours foretell. RFC 9649 §2.7.1.2.

use std::collections::TryReserveError;

use crate::vp8::filled;

/// What a sample is foretold from. The numbers are the standard's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Filter {
    /// Nothing.
    None = 0,
    /// The sample on the left.
    Horizontal = 1,
    /// The sample above.
    Vertical = 2,
    /// Left and above, less the corner.
    Gradient = 3,
}

impl Filter {
    /// The filter, but none, whose differences are least.
    pub(super) fn promising(samples: &[u8], width: usize) -> Filter {
        let filters = [Filter::Horizontal, Filter::Vertical, Filter::Gradient];
        let sum = |filter: &Filter| {
            let magnitude = |index| u64::from((filter.difference(samples, width, index) as i8).unsigned_abs());
            (0..samples.len()).map(magnitude).sum::<u64>()
        };
        filters.into_iter().min_by_key(sum).unwrap_or(Filter::Gradient)
    }

    /// The differences.
    pub(super) fn apply(self, samples: &[u8], width: usize) -> Result<Vec<u8>, TryReserveError> {
        let mut differences = filled(samples.len(), 0)?;
        for (index, difference) in differences.iter_mut().enumerate() {
            *difference = self.difference(samples, width, index);
        }
        Ok(differences)
    }

    #[inline(always)]
    fn difference(self, samples: &[u8], width: usize, index: usize) -> u8 {
        let sample = samples[index];
        let foretold = match (self, index % width, index / width) {
            (Filter::None, ..) | (_, 0, 0) => 0,
            (_, _, 0) => samples[index - 1],
            (_, 0, _) => samples[index - width],
            (Filter::Horizontal, ..) => samples[index - 1],
            (Filter::Vertical, ..) => samples[index - width],
            (Filter::Gradient, ..) => {
                let sum = i32::from(samples[index - 1]) + i32::from(samples[index - width]);
                (sum - i32::from(samples[index - width - 1])).clamp(0, 255) as u8
            }
        };
        sample.wrapping_sub(foretold)
    }
}
