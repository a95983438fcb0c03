//! Profiles of three curves and a matrix, in integers.
//!
//! What each level of a channel adds to red, green and blue is in a table, as one vector. A pixel is the sum of three of
//! them and a look into sRGB's curve: no multiplication is left.

use lucarne_simd::I32x4;

use super::srgb;

/// Bits of an amount of light. sRGB's curve is steepest near black, where 14 bits are five steps a level.
const LIGHT_BITS: u32 = 14;
const LIGHTS: usize = 1 << LIGHT_BITS;

/// Bits behind the point while amounts are added.
const FRACTION_BITS: u32 = 10;

/// Tables of one transform, 28 KiB.
#[derive(Clone)]
pub(super) struct Shaper {
    /// For each channel and level, what it adds to red, green and blue. INVARIANT: three of them do not overflow.
    parts: [[[i32; 4]; 256]; 3],
    /// The level of an amount of light.
    levels: [u8; LIGHTS],
}

impl Shaper {
    /// From each channel's curve, which gives an amount of it, and the matrix from these amounts to sRGB's.
    pub(super) fn new(curves: [impl Fn(f64) -> f64; 3], matrix: &[[f64; 3]; 3]) -> Shaper {
        const ONE: f64 = ((LIGHTS - 1) << FRACTION_BITS) as f64;
        // A quarter of what fits, which is some thirty times the light that sRGB has.
        const MOST: f64 = (1 << 29) as f64;
        let mut parts = [[[0; 4]; 256]; 3];
        for (channel, (curve, levels)) in curves.iter().zip(&mut parts).enumerate() {
            for (level, part) in levels.iter_mut().enumerate() {
                let amount = curve(level as f64 / 255.0);
                for (row, part) in matrix.iter().zip(part) {
                    *part = (row[channel] * amount * ONE).clamp(-MOST, MOST) as i32;
                }
            }
        }
        // One channel carries the half that rounds.
        for part in parts[1].as_flattened_mut() {
            *part += 1 << (FRACTION_BITS - 1);
        }
        Shaper { parts, levels: levels() }
    }

    /// The colour of a pixel.
    #[inline(always)]
    pub(super) fn map(&self, [red, green, blue]: [u8; 3]) -> [u8; 3] {
        let part = |channel: usize, level: u8| I32x4::from_array(self.parts[channel][usize::from(level)]);
        let sum = part(0, red) + part(1, green) + part(2, blue);
        let lights = sum.shr::<FRACTION_BITS>().max(I32x4::splat(0)).min(I32x4::splat(LIGHTS as i32 - 1));
        let [red, green, blue, _] = lights.to_array();
        [red, green, blue].map(|light| self.levels[light as usize % LIGHTS])
    }
}

impl std::fmt::Debug for Shaper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shaper").finish_non_exhaustive()
    }
}

/// sRGB's curve, by the amounts of light between its levels.
fn levels() -> [u8; LIGHTS] {
    let mut levels = [255; LIGHTS];
    let mut begin = 0;
    for level in 0..255_u8 {
        let end = srgb::decode((f64::from(level) + 0.5) / 255.0) * (LIGHTS - 1) as f64;
        let end = end as usize + 1;
        levels[begin..end].fill(level);
        begin = end;
    }
    levels
}
