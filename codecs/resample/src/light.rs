//! The curve of sRGB (IEC 61966-2-1), for averaging light instead of samples.

use crate::{OutOfMemory, WHITE, filled};

/// From samples to light and back. Every sample comes back as it was.
pub(crate) struct Tables {
    /// The light of each sample, 0 to [`WHITE`].
    pub(crate) light: [i16; 256],
    /// The sample nearest to each amount of light.
    samples: Vec<u8>,
}

impl Tables {
    pub(crate) fn new() -> Result<Tables, OutOfMemory> {
        let white = f64::from(WHITE);
        let light = std::array::from_fn(|sample| (of_sample(sample as f64) * white + 0.5).floor() as i16);
        let mut samples = filled(255, WHITE as usize + 1)?;
        let mut amount = 0;
        for sample in 0..255u8 {
            let end = (of_sample(f64::from(sample) + 0.5) * white).ceil() as usize;
            samples[amount..end].fill(sample);
            amount = end;
        }
        Ok(Tables { light, samples })
    }

    /// The sample of an amount of light.
    pub(crate) fn sample(&self, light: i16) -> u8 {
        self.samples[light.clamp(0, WHITE) as usize]
    }
}

/// The light of a sample of 0 to 255, of 1.
fn of_sample(sample: f64) -> f64 {
    let share = sample / 255.0;
    if share <= 0.04045 { share / 12.92 } else { power_2_4((share + 0.055) / 1.055) }
}

/// x to the power of 2.4, for x from 0.09 to 1: x² times the fifth root of x², by Newton's method, because a platform's
/// own power may differ from another's in the last bit.
fn power_2_4(x: f64) -> f64 {
    let square = x * x;
    let mut root = 1.0;
    for _ in 0..12 {
        let cube = root * root * root;
        root -= (cube * root * root - square) / (5.0 * cube * root);
    }
    square * root
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_power_is_the_power() {
        for step in 90..=1000 {
            let x = f64::from(step) / 1000.0;
            assert!((power_2_4(x) - x.powf(2.4)).abs() < 1e-13, "{x}");
        }
    }

    #[test]
    fn every_sample_comes_back() {
        let tables = Tables::new().unwrap();
        assert_eq!((tables.light[0], tables.light[255]), (0, WHITE));
        for sample in 0..=255u8 {
            assert_eq!(tables.sample(tables.light[usize::from(sample)]), sample);
        }
        assert_eq!((tables.sample(-5), tables.sample(i16::MAX)), (0, 255));
    }

    #[test]
    fn half_the_light_is_sample_188() {
        assert_eq!(Tables::new().unwrap().sample(WHITE / 2), 188);
    }
}
