//! Bytes against likeness, over several qualities.

/// What one encoder makes of a picture: SSIM by the logarithm of the bytes, ascending in both.
pub(crate) struct Curve(Vec<(f64, f64)>);

impl Curve {
    /// From bytes and SSIM, in any order. What is larger and no better than another is left out, so that bytes have one
    /// likeness and likeness one number of bytes.
    pub(crate) fn new(points: impl IntoIterator<Item = (usize, f64)>) -> Self {
        let mut points: Vec<(f64, f64)> = points.into_iter().map(|(bytes, ssim)| ((bytes as f64).ln(), ssim)).collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0).then(b.1.total_cmp(&a.1)));
        let mut rising: Vec<(f64, f64)> = Vec::new();
        for point in points {
            if rising.last().is_none_or(|last| point.0 > last.0 && point.1 > last.1) {
                rising.push(point);
            }
        }
        Self(rising)
    }

    /// SSIM at a number of bytes; nothing beyond what was measured.
    pub(crate) fn ssim_at(&self, bytes: usize) -> Option<f64> {
        interpolated(self.0.iter().copied(), (bytes as f64).ln())
    }

    /// Bytes at an SSIM; nothing beyond what was measured.
    pub(crate) fn bytes_at(&self, ssim: f64) -> Option<f64> {
        interpolated(self.0.iter().map(|(bytes, ssim)| (*ssim, *bytes)), ssim).map(f64::exp)
    }

    /// The mean difference in SSIM to another curve over the bytes that both have.
    pub(crate) fn above(&self, other: &Curve) -> Option<f64> {
        const STEPS: u32 = 64;
        let low = self.0.first()?.0.max(other.0.first()?.0);
        let high = self.0.last()?.0.min(other.0.last()?.0);
        if low > high {
            return None;
        }
        let places = (0..=STEPS).map(|step| low + (high - low) * f64::from(step) / f64::from(STEPS));
        let difference = |place: f64| {
            // Rounding may put the last place beyond the last point.
            let [ours, theirs] = [self, other].map(|curve| interpolated(curve.0.iter().copied(), place.min(high)));
            Some(ours? - theirs?)
        };
        let differences: Vec<f64> = places.filter_map(difference).collect();
        Some(differences.iter().sum::<f64>() / differences.len() as f64)
    }
}

/// The second coordinate at a place of the first, on the lines between points.
fn interpolated(points: impl Iterator<Item = (f64, f64)>, place: f64) -> Option<f64> {
    let points: Vec<(f64, f64)> = points.collect();
    if let Some((_, value)) = points.iter().find(|(at, _)| (at - place).abs() < 1e-12) {
        return Some(*value);
    }
    points.windows(2).find(|pair| (pair[0].0..=pair[1].0).contains(&place)).map(|pair| {
        let share = (place - pair[0].0) / (pair[1].0 - pair[0].0);
        pair[0].1 + (pair[1].1 - pair[0].1) * share
    })
}
