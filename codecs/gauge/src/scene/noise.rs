//! Randomness without state: a number for each place, and planes of it with a spectrum.

/// Thirty-two bits that have no pattern, for two coordinates and a seed (a finaliser in the manner of MurmurHash3).
pub(crate) fn bits(x: u32, y: u32, seed: u32) -> u32 {
    let mut bits = x.wrapping_mul(0x9e37_79b1) ^ y.wrapping_mul(0x85eb_ca77) ^ seed.wrapping_mul(0xc2b2_ae3d);
    for shift in [15, 13] {
        bits = (bits ^ (bits >> shift)).wrapping_mul(0x2c1b_3c6d);
    }
    bits ^ (bits >> 16)
}

/// The same as a number from −1 up to 1.
pub(crate) fn value(x: u32, y: u32, seed: u32) -> f32 {
    (bits(x, y, seed) >> 8) as f32 / (1u32 << 23) as f32 - 1.0
}

/// The same as a number from 0 up to 1.
pub(crate) fn share(x: u32, y: u32, seed: u32) -> f32 {
    value(x, y, seed) * 0.5 + 0.5
}

/// Noise of many frequencies, each an octave above the one before.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Octaves {
    pub(crate) seed: u32,
    /// Pixels between the independent values of the lowest octave.
    pub(crate) period: f32,
    /// By how much each octave is weaker than the one below; 0.5 is a spectrum that falls as nature's do.
    pub(crate) gain: f32,
}

/// No octave has its values nearer to each other than this, in pixels.
const FINEST: f32 = 2.0;

impl Octaves {
    /// A plane of numbers around 0, most of them between −1 and 1.
    pub(crate) fn plane(self, width: usize, height: usize) -> Vec<f32> {
        let mut plane = vec![0.0; width * height];
        let (mut period, mut strength, mut seed) = (self.period.max(FINEST), 1.0, self.seed);
        while period >= FINEST {
            for (y, row) in plane.chunks_exact_mut(width).enumerate() {
                add_octave(row, y, period, strength, seed);
            }
            (period, strength, seed) = (period / 2.0, strength * self.gain, seed.wrapping_add(1));
        }
        plane
    }
}

/// Adds one row of smoothly joined values to `row`.
fn add_octave(row: &mut [f32], y: usize, period: f32, strength: f32, seed: u32) {
    let (cell_y, within_y) = cell(y as f32 / period);
    let down = smooth(within_y);
    let corner = |cell_x: u32| {
        let above = value(cell_x, cell_y, seed);
        (above + (value(cell_x, cell_y + 1, seed) - above) * down) * strength
    };
    let (mut at, mut left, mut right) = (0, corner(0), corner(1));
    for (x, sum) in row.iter_mut().enumerate() {
        let (cell_x, within_x) = cell(x as f32 / period);
        if cell_x != at {
            left = if cell_x == at + 1 { right } else { corner(cell_x) };
            (at, right) = (cell_x, corner(cell_x + 1));
        }
        *sum += left + (right - left) * smooth(within_x);
    }
}

/// The whole and the rest of a coordinate.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "coordinates are not negative")]
fn cell(place: f32) -> (u32, f32) {
    let whole = place as u32;
    (whole, place - whole as f32)
}

fn smooth(t: f32) -> f32 {
    t * t * (3.0 - 2.0 * t)
}
