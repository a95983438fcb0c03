//! How requests are drawn.

use fastrand::Rng;

/// Which of the entries are asked for, and how often.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Drawn {
    Evenly,
    Zipf,
}

impl Drawn {
    /// The number of an entry.
    pub(crate) fn draw(self, rng: &mut Rng, entries: usize) -> usize {
        match self {
            Self::Evenly => rng.usize(..entries),
            Self::Zipf => {
                // The continuous distribution, inverted: P(rank < r) goes as r^(1 - α).
                #[expect(clippy::cast_precision_loss, reason = "millions")]
                let rank = (1.0 + rng.f64() * ((entries as f64 + 1.0).powf(0.1) - 1.0)).powi(10);
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 1 to the entries")]
                let rank = rank as usize;
                // Ranks that follow each other do not stand beside each other in memory.
                rank.min(entries).wrapping_mul(2_654_435_761) % entries
            }
        }
    }
}
