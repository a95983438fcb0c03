//! Inks on paper: with a profile, and where none says which those of offset printing on coated paper (ISO 12647-2).
//!
//! The latter by Neugebauer's model: dots of the inks lie over each other by chance, so a tint is the mean of the sixteen overprints
//! by how much of the paper each covers. A dot prints larger than it is meant to be, which is added first.

use lucarne_guest::image::ImageError;

use super::lattice::Lattice;
use super::srgb::{self, Encoder, unit};

/// L*, a* and b* of the overprints of cyan (1), magenta (2) and yellow (4), measured on the paper. ISO 12647-2:2004
/// tables 2 and 3, paper type 1.
const OVERPRINTS: [[f64; 3]; 8] = [
    [95.0, 0.0, -2.0],
    [55.0, -37.0, -50.0],
    [48.0, 74.0, -3.0],
    [24.0, 22.0, -46.0],
    [91.0, -5.0, 93.0],
    [50.0, -68.0, 33.0],
    [47.0, 68.0, 48.0],
    [23.0, 0.0, 0.0],
];

/// Black over nothing, and what is left of the light below it over anything else.
const BLACK: [f64; 3] = [16.0, 0.0, 0.0];
const UNDER_BLACK: f64 = 0.3;

/// How much a dot of half the area grows, of the whole area.
const GAIN: f64 = 0.16;

/// The light of the lightest black that becomes black: L* of 50. What has no darker is no set of inks.
const LIGHTEST_BLACK: f64 = 0.18;

/// Nodes an axis: the model has no detail that would need more.
const NODES: u32 = 9;

/// The lattice of inks whose XYZ at D50 a function gives.
///
/// The darkest that all inks together make becomes black, and all else follows in proportion: black point compensation
/// (ISO 18619), without which a printed black would be a grey on a screen.
///
/// # Errors
/// `too-large` if memory does not suffice.
pub(super) fn lattice(nodes: u32, xyz: impl Fn([f64; 4]) -> [f64; 3]) -> Result<Lattice<4>, ImageError> {
    let encoder = Encoder::new();
    let black = unit(xyz([1.0; 4])[1]).min(LIGHTEST_BLACK);
    Lattice::new(nodes, |inks| {
        let xyz = xyz(inks);
        encoder.levels(std::array::from_fn(|axis| (xyz[axis] - black * srgb::D50[axis]) / (1.0 - black)))
    })
}

/// The colours of offset printing.
///
/// # Errors
/// `too-large` if memory does not suffice.
pub(super) fn offset() -> Result<Lattice<4>, ImageError> {
    let [paper, white] = [OVERPRINTS[0], [100.0, 0.0, 0.0]].map(srgb::from_lab);
    // White is what surrounds a picture on a page: paper counts as that.
    let relative = |lab: [f64; 3]| {
        let xyz = srgb::from_lab(lab);
        std::array::from_fn(|axis| xyz[axis] / paper[axis] * white[axis])
    };
    let overprints: [[f64; 3]; 8] = OVERPRINTS.map(relative);
    let black: [f64; 3] = relative(BLACK);
    lattice(NODES, |inks| {
        let [cyan, magenta, yellow, key] = inks.map(|ink| ink + 4.0 * GAIN * ink * (1.0 - ink));
        let mut xyz = [0.0; 3];
        for (index, overprint) in overprints.iter().enumerate() {
            let area = |ink: f64, bit: usize| if index & bit == 0 { 1.0 - ink } else { ink };
            let area = area(cyan, 1) * area(magenta, 2) * area(yellow, 4);
            for axis in 0..3 {
                let bare = overprint[axis];
                let under = black[axis] * (UNDER_BLACK + (1.0 - UNDER_BLACK) * bare / white[axis]);
                xyz[axis] += area * (bare * (1.0 - key) + under * key);
            }
        }
        xyz
    })
}
