//! What is asked for: independent requests (IRM) over objects whose popularity is Zipf's, of equal or log-normal sizes.
//!
//! Everything follows from a seed, so two runs ask the same.

use std::f64::consts::TAU;

use fastrand::Rng;

/// Objects: how popular each is, and how large.
pub(crate) struct Population {
    /// Probabilities, in descending order.
    pub(crate) popularity: Vec<f64>,
    /// Bytes, in no relation to popularity.
    pub(crate) sizes: Vec<usize>,
}

/// How sizes are spread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sizes {
    /// 32 KiB each, a usual picture.
    Equal,
    /// A median of 24 KiB, a standard deviation of 1 in the logarithm; none above 1 MiB.
    LogNormal,
}

/// Requests without end.
pub(crate) struct Requests {
    cumulative: Vec<f64>,
    rng: Rng,
}

impl Population {
    /// So many objects; the popularity of the one at rank `r` goes as `r^-alpha`.
    pub(crate) fn zipf(objects: usize, alpha: f64, sizes: Sizes, seed: u64) -> Self {
        let shares: Vec<f64> = (1..=objects).map(|rank| real(rank).powf(-alpha)).collect();
        let whole: f64 = shares.iter().sum();
        let mut rng = Rng::with_seed(seed);
        let size = |_| match sizes {
            Sizes::Equal => 32 << 10,
            Sizes::LogNormal => log_normal(&mut rng),
        };
        Self { sizes: (0..objects).map(size).collect(), popularity: shares.iter().map(|share| share / whole).collect() }
    }

    /// Requests for these objects.
    pub(crate) fn requests(&self, seed: u64) -> Requests {
        let cumulative = self.popularity.iter().scan(0.0, |sum, share| {
            *sum += share;
            Some(*sum)
        });
        Requests { cumulative: cumulative.collect(), rng: Rng::with_seed(seed) }
    }
}

impl Iterator for Requests {
    type Item = usize;

    /// The rank of what is asked for, from 0.
    fn next(&mut self) -> Option<usize> {
        let drawn = self.rng.f64();
        let rank = self.cumulative.partition_point(|sum| *sum <= drawn);
        // The sums may end a little below 1.
        Some(rank.min(self.cumulative.len() - 1))
    }
}

/// Box and Muller's way to a normal number.
fn log_normal(rng: &mut Rng) -> usize {
    let normal = (-2.0 * (1.0 - rng.f64()).ln()).sqrt() * (TAU * rng.f64()).cos();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to a million")]
    let size = (24.0 * 1024.0 * normal.exp()).clamp(1.0, 1024.0 * 1024.0) as usize;
    size
}

/// A count as a real number.
#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
pub(crate) fn real(count: usize) -> f64 {
    count as f64
}
