//! sRGB itself (IEC 61966-2-1), seen from the D50 of ICC: its curve, its matrix, and tables of its curve.

/// Levels that [`Encoder`] gives to one of 255.
pub(super) const PARTS: i16 = 64;

/// XYZ of the D50 of ICC (ICC.1:2022 §7.2.16).
pub(super) const D50: [f64; 3] = [0.9642, 1.0, 0.8249];

/// XYZ of full red, green and blue, one column each, adapted to D50 by Bradford's method, as profiles of sRGB have them.
pub(super) const COLORANTS: [[f64; 3]; 3] = [
    [0.436_065_7, 0.385_147_1, 0.143_066_4],
    [0.222_488_4, 0.716_873_2, 0.060_607_9],
    [0.013_916_0, 0.097_076_4, 0.714_096_1],
];

/// A value as one from 0 to 1; what is no number is 0.
pub(super) fn unit(value: f64) -> f64 {
    if value > 0.0 { value.min(1.0) } else { 0.0 }
}

/// Light of a value.
pub(super) fn decode(value: f64) -> f64 {
    if value <= 0.040_45 { value / 12.92 } else { libm::pow((value + 0.055) / 1.055, 2.4) }
}

/// The value of an amount of light.
fn encode(light: f64) -> f64 {
    if light <= 0.003_130_8 { light * 12.92 } else { 1.055 * libm::pow(light, 1.0 / 2.4) - 0.055 }
}

/// The level of 255 that is nearest to an amount of light.
pub(super) fn level(light: f64) -> u8 {
    (encode(unit(light)) * 255.0 + 0.5) as u8
}

/// Light of a CIE lightness of 0 to 100.
pub(super) fn lightness(lightness: f64) -> f64 {
    from_cube_root((lightness + 16.0) / 116.0)
}

/// XYZ of CIE L*, a* and b*, both at D50.
pub(super) fn from_lab([l, a, b]: [f64; 3]) -> [f64; 3] {
    let y = (l + 16.0) / 116.0;
    let roots = [y + a / 500.0, y, y - b / 200.0];
    std::array::from_fn(|axis| D50[axis] * from_cube_root(roots[axis]))
}

fn from_cube_root(root: f64) -> f64 {
    if root > 6.0 / 29.0 { root * root * root } else { (root - 4.0 / 29.0) * (108.0 / 841.0) }
}

/// The matrix from amounts of primaries to sRGB's: `colorants` has XYZ of full red, green and blue, one column each.
pub(super) fn from_xyz(colorants: [[f64; 3]; 3]) -> [[f64; 3]; 3] {
    // INVARIANT: sRGB's primaries span all colours.
    let inverse = invert(COLORANTS).expect("the matrix of sRGB can be inverted");
    product(inverse, colorants)
}

/// XYZ at D50 of full red, green and blue, from x and y of white, red, green and blue; none if there is no such space.
pub(super) fn colorants([white, primaries @ ..]: [[f64; 2]; 4]) -> Option<[[f64; 3]; 3]> {
    let xyz = |[x, y]: [f64; 2]| (y > 0.0).then(|| [x / y, 1.0, (1.0 - x - y) / y]);
    let [red, green, blue] = primaries.map(xyz);
    let (columns, white) = ([red?, green?, blue?], xyz(white)?);
    let directions = std::array::from_fn(|row| columns.map(|column| column[row]));
    let amounts = times(invert(directions)?, white);
    let scaled = directions.map(|row| std::array::from_fn(|column| row[column] * amounts[column]));
    Some(product(adaptation(white)?, scaled))
}

/// Bradford's adaptation to D50 (ICC.1:2022, annex E).
fn adaptation(white: [f64; 3]) -> Option<[[f64; 3]; 3]> {
    const CONES: [[f64; 3]; 3] = [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]];
    let (from, to) = (times(CONES, white), times(CONES, D50));
    if from.contains(&0.0) {
        return None;
    }
    let scaled = std::array::from_fn(|row| CONES[row].map(|value| value * to[row] / from[row]));
    Some(product(invert(CONES)?, scaled))
}

fn product(left: [[f64; 3]; 3], right: [[f64; 3]; 3]) -> [[f64; 3]; 3] {
    left.map(|row| std::array::from_fn(|column| (0..3).map(|k| row[k] * right[k][column]).sum()))
}

/// A matrix times a vector.
fn times(matrix: [[f64; 3]; 3], vector: [f64; 3]) -> [f64; 3] {
    matrix.map(|[a, b, c]| a * vector[0] + b * vector[1] + c * vector[2])
}

fn invert(m: [[f64; 3]; 3]) -> Option<[[f64; 3]; 3]> {
    let minor = |r: usize, c: usize| {
        let (r0, r1, c0, c1) = ((r + 1) % 3, (r + 2) % 3, (c + 1) % 3, (c + 2) % 3);
        m[r0][c0] * m[r1][c1] - m[r0][c1] * m[r1][c0]
    };
    let determinant = (0..3).map(|c| m[0][c] * minor(0, c)).sum::<f64>();
    let usable = determinant.is_finite() && determinant.abs() > 1e-9;
    usable.then(|| std::array::from_fn(|row| std::array::from_fn(|column| minor(column, row) / determinant)))
}

/// From XYZ to sRGB for many colours.
pub(super) struct Encoder {
    matrix: [[f64; 3]; 3],
    /// sRGB's curve at even steps of the root of light, between which it is nearly straight.
    values: Vec<f64>,
}

impl Encoder {
    /// At 512 steps no value is off by a tenth of what it is rounded to.
    const STEPS: usize = 512;

    pub(super) fn new() -> Encoder {
        let root = |step: usize| step as f64 / Self::STEPS as f64;
        let values = (0..=Self::STEPS).map(|step| encode(root(step) * root(step))).collect();
        Encoder { matrix: from_xyz([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]), values }
    }

    /// Levels of 255 in [`PARTS`], from 0 to 255 × `PARTS`, of an XYZ at D50.
    pub(super) fn levels(&self, xyz: [f64; 3]) -> [i16; 3] {
        times(self.matrix, xyz).map(|light| {
            let place = unit(light).sqrt() * Self::STEPS as f64;
            let index = place as usize;
            let value = match self.values.get(index..index + 2) {
                Some(&[low, high]) => low + (high - low) * (place - index as f64),
                _ => 1.0,
            };
            (value * 255.0 * f64::from(PARTS) + 0.5) as i16
        })
    }
}
