//! Kernels: how much a sample weighs at a distance, in samples of the coarser side.

/// How new samples are computed from old ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kernel {
    /// The nearest sample as it is.
    Nearest,
    /// A triangle: linear interpolation when a picture grows.
    Linear,
    /// The cubic of Catmull and Rom: B = 0, C = ½.
    CatmullRom,
    /// The cubic of Mitchell and Netravali: B = C = ⅓.
    Mitchell,
    /// A sinc within the middle lobe of one three times as wide.
    Lanczos3,
}

impl Kernel {
    /// The distance from which on nothing weighs.
    pub(crate) fn support(self) -> f64 {
        match self {
            Kernel::Nearest => 0.5,
            Kernel::Linear => 1.0,
            Kernel::CatmullRom | Kernel::Mitchell => 2.0,
            Kernel::Lanczos3 => 3.0,
        }
    }

    /// The weight at a distance.
    pub(crate) fn weight(self, distance: f64) -> f64 {
        let x = distance.abs();
        if x > self.support() {
            return 0.0;
        }
        match self {
            Kernel::Nearest => 1.0,
            Kernel::Linear => 1.0 - x,
            Kernel::CatmullRom => cubic(0.0, 0.5, x),
            Kernel::Mitchell => cubic(1.0 / 3.0, 1.0 / 3.0, x),
            Kernel::Lanczos3 => lanczos3(x),
        }
    }
}

/// The family of cubics of Mitchell and Netravali (1988).
fn cubic(b: f64, c: f64, x: f64) -> f64 {
    let (square, cube) = (x * x, x * x * x);
    let sum = if x < 1.0 {
        (12.0 - 9.0 * b - 6.0 * c) * cube + (-18.0 + 12.0 * b + 6.0 * c) * square + (6.0 - 2.0 * b)
    } else {
        (-b - 6.0 * c) * cube + (6.0 * b + 30.0 * c) * square + (-12.0 * b - 48.0 * c) * x + (8.0 * b + 24.0 * c)
    };
    sum / 6.0
}

/// sinc(x) × sinc(x ÷ 3), for x from 0 to 3.
fn lanczos3(x: f64) -> f64 {
    if x == 0.0 {
        return 1.0;
    }
    let angle = x * (std::f64::consts::PI / 3.0);
    let third = sine(angle);
    // sin 3α = 3 sin α − 4 sin³ α
    let whole = third * (3.0 - 4.0 * third * third);
    3.0 * whole * third / (9.0 * angle * angle)
}

/// The sine of 0 to π. A platform's own may differ from another's in the last bit, and this one may not.
fn sine(angle: f64) -> f64 {
    let angle = angle.min(std::f64::consts::PI - angle);
    let square = angle * angle;
    // The series; the first term that is left out is below 10⁻¹¹ at a quarter turn.
    const TERMS: [f64; 7] = [
        1.0 / 1_307_674_368_000.0,
        1.0 / 6_227_020_800.0,
        1.0 / 39_916_800.0,
        1.0 / 362_880.0,
        1.0 / 5_040.0,
        1.0 / 120.0,
        1.0 / 6.0,
    ];
    angle * (1.0 - square * TERMS.into_iter().reduce(|sum, term| term - square * sum).unwrap_or(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Kernel; 5] = [Kernel::Nearest, Kernel::Linear, Kernel::CatmullRom, Kernel::Mitchell, Kernel::Lanczos3];

    #[test]
    fn the_sine_is_the_sine() {
        for step in 0..=3000 {
            let angle = f64::from(step) / 3000.0 * std::f64::consts::PI;
            assert!((sine(angle) - angle.sin()).abs() < 1e-11, "{angle}");
        }
    }

    #[test]
    fn weights_are_the_published_ones() {
        let cases = [
            (Kernel::Linear, 0.25, 0.75),
            (Kernel::CatmullRom, 0.5, 0.5625),
            (Kernel::CatmullRom, 1.5, -0.0625),
            (Kernel::Mitchell, 0.0, 8.0 / 9.0),
            (Kernel::Mitchell, 1.0, 1.0 / 18.0),
            (Kernel::Lanczos3, 0.5, 0.607_927_101_854_026_7),
            (Kernel::Lanczos3, 1.5, -0.135_094_911_523_117_03),
            (Kernel::Lanczos3, 2.0, 0.0),
        ];
        for (kernel, distance, weight) in cases {
            assert!((kernel.weight(distance) - weight).abs() < 1e-10, "{kernel:?} {}", kernel.weight(distance));
            assert_eq!(kernel.weight(-distance).to_bits(), kernel.weight(distance).to_bits());
        }
    }

    #[test]
    fn nothing_weighs_beyond_the_support() {
        for kernel in ALL {
            assert_eq!(kernel.weight(kernel.support() + 1e-9), 0.0, "{kernel:?}");
            assert_ne!(kernel.weight(kernel.support() - 1e-3), 0.0, "{kernel:?}");
        }
    }
}
