//! Bytes against likeness, over several qualities.

/// What one encoder makes of a picture: SSIM by the logarithm of the bytes, ascending in both.
pub struct Curve(Vec<(f64, f64)>);

impl Curve {
    /// From bytes and SSIM, in any order. What is larger and no better than another is left out, so that bytes have one
    /// likeness and likeness one number of bytes.
    #[must_use]
    pub fn new(points: impl IntoIterator<Item = (usize, f64)>) -> Self {
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
    #[must_use]
    pub fn ssim_at(&self, bytes: usize) -> Option<f64> {
        interpolated(self.0.iter().copied(), (bytes as f64).ln())
    }

    /// Bytes at an SSIM; nothing beyond what was measured.
    #[must_use]
    pub fn bytes_at(&self, ssim: f64) -> Option<f64> {
        interpolated(self.0.iter().map(|(bytes, ssim)| (*ssim, *bytes)), ssim).map(f64::exp)
    }

    /// The mean difference in SSIM to another curve over the bytes that both have.
    #[must_use]
    pub fn above(&self, other: &Curve) -> Option<f64> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn likeness_between_two_points_is_on_the_line_over_the_logarithm_of_bytes() {
        let curve = Curve::new([(10_000, 0.9), (1_000, 0.8)]);
        assert!((curve.ssim_at(3_162).unwrap() - 0.85).abs() < 1e-4);
        assert!((curve.bytes_at(0.85).unwrap() - 3_162.3).abs() < 1.0);
        assert_eq!((curve.ssim_at(1_000), curve.bytes_at(0.9).map(f64::round)), (Some(0.8), Some(10_000.0)));
    }

    #[test]
    fn nothing_is_said_beyond_what_was_measured() {
        let curve = Curve::new([(1_000, 0.8), (10_000, 0.9)]);
        assert_eq!((curve.ssim_at(999), curve.ssim_at(10_001)), (None, None));
        assert_eq!((curve.bytes_at(0.79), curve.bytes_at(0.91)), (None, None));
        assert_eq!(curve.above(&Curve::new([(11_000, 0.9), (12_000, 0.91)])), None);
        assert_eq!(curve.above(&Curve::new([])), None);
    }

    #[test]
    fn what_is_larger_and_no_better_is_left_out() {
        let curve = Curve::new([(1_000, 0.8), (2_000, 0.7), (3_000, 0.8), (4_000, 0.9)]);
        assert!((curve.ssim_at(2_000).unwrap() - 0.85).abs() < 1e-9);
    }

    #[test]
    fn a_curve_is_above_another_by_their_mean_distance() {
        let low = Curve::new([(1_000, 0.80), (2_000, 0.84), (4_000, 0.88)]);
        let high = Curve::new([(500, 0.78), (1_000, 0.82), (2_000, 0.86), (4_000, 0.90), (9_000, 0.99)]);
        assert!((high.above(&low).unwrap() - 0.02).abs() < 1e-6);
        assert!((low.above(&high).unwrap() + 0.02).abs() < 1e-6);
    }
}
