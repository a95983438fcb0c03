//! Profiles that are tables: `lut8Type`, `lut16Type` and `lutAToBType` (ICC.1:2022 §10.10 to §10.12).
//!
//! A table is looked into for the nodes of a lattice and never for pixels, so clarity comes before speed here.

use super::curve::{Curve, Depth, Samples};
use super::icc::{Connection, Profile, fixed, u16_at, u32_at};
use super::srgb::{self, unit};

/// From device to connection.
#[derive(Debug)]
pub(super) struct Table<'a> {
    inputs: Vec<Curve<'a>>,
    grid: Option<Grid<'a>>,
    /// Curves and a matrix behind the grid.
    middle: Option<([Curve<'a>; 3], Matrix)>,
    outputs: [Curve<'a>; 3],
    meaning: Meaning,
}

/// Rows of three factors and what is added.
type Matrix = [[f64; 4]; 3];

/// Outputs at the steps of each input. INVARIANT: it has as many samples as its sizes multiply to, by 3.
#[derive(Debug)]
struct Grid<'a> {
    /// Nodes of each axis, at least 1; the last axis' are side by side.
    sizes: Vec<usize>,
    samples: Samples<'a>,
}

/// What outputs from 0 to 1 are (ICC.1:2022 §6.3.4.2).
#[derive(Debug, Clone, Copy)]
enum Meaning {
    Xyz,
    Lab,
    /// L* of 100 is at 0xff00 of 0xffff: all `lut16Type` have it so.
    LegacyLab,
}

impl<'a> Table<'a> {
    /// The table of a profile for perceptual rendering, else for any.
    pub(super) fn of(profile: &Profile<'a>) -> Option<Table<'a>> {
        let data = [b"A2B0", b"A2B1", b"A2B2"].into_iter().find_map(|name| profile.tag(name))?;
        let kind = data.first_chunk()?;
        let shape = (usize::from(*data.get(8)?), *data.get(9)?);
        if shape != (profile.inputs(), 3) {
            return None;
        }
        let meaning = match (profile.connection, kind) {
            (Connection::Xyz, _) => Meaning::Xyz,
            (Connection::Lab, b"mft2") => Meaning::LegacyLab,
            (Connection::Lab, _) => Meaning::Lab,
        };
        match kind {
            b"mft1" => Self::of_lists(data, Depth::One, (256, 256), 48, profile.inputs(), meaning),
            b"mft2" => {
                let entries = (u16_at(data, 48)?.into(), u16_at(data, 50)?.into());
                Self::of_lists(data, Depth::Two, entries, 52, profile.inputs(), meaning)
            }
            b"mAB " => Self::of_elements(data, profile.inputs(), meaning),
            _ => None,
        }
    }

    /// `lut8Type` and `lut16Type`: lists of so many entries before and behind a grid. Their matrix is for inputs in XYZ.
    fn of_lists(
        data: &'a [u8],
        depth: Depth,
        (before, behind): (usize, usize),
        header: usize,
        inputs: usize,
        meaning: Meaning,
    ) -> Option<Table<'a>> {
        let mut rest = data.get(header..)?;
        let mut take = |count: usize| {
            let samples = Samples::new(rest, depth, count)?;
            rest = rest.get(count * depth.bytes()..)?;
            Some(samples)
        };
        let curves: Option<Vec<_>> = (0..inputs).map(|_| take(before).map(Curve::Samples)).collect();
        let sizes = vec![usize::from(*data.get(10)?); inputs];
        let samples = take(Grid::samples(&sizes)?)?;
        let outputs = [take(behind)?, take(behind)?, take(behind)?].map(Curve::Samples);
        Some(Table { inputs: curves?, grid: Some(Grid { sizes, samples }), middle: None, outputs, meaning })
    }

    /// `lutAToBType`: curves, a grid, curves, a matrix, curves, of which only the last have to be there.
    fn of_elements(data: &'a [u8], inputs: usize, meaning: Meaning) -> Option<Table<'a>> {
        let element = |at: usize| match u32_at(data, at)? as usize {
            0 => Some(None),
            offset => data.get(offset..).map(Some),
        };
        let [outputs, matrix, middle, grid, first] =
            [element(12)?, element(16)?, element(20)?, element(24)?, element(28)?];
        let outputs = Curve::parse_several(outputs?)?;
        let middle = match (middle, matrix) {
            (Some(middle), Some(matrix)) => Some((Curve::parse_several(middle)?, read_matrix(matrix)?)),
            _ => None,
        };
        let (first, grid) = match (first, grid) {
            (Some(first), Some(grid)) => {
                let curves = match inputs {
                    3 => Curve::parse_several::<3>(first)?.to_vec(),
                    _ => Curve::parse_several::<4>(first)?.to_vec(),
                };
                (curves, Some(Grid::parse(grid, inputs)?))
            }
            _ if inputs == 3 => (Vec::new(), None),
            _ => return None,
        };
        Some(Table { inputs: first, grid, middle, outputs, meaning })
    }

    /// XYZ at D50 of a colour whose channels are from 0 to 1.
    pub(super) fn xyz<const D: usize>(&self, color: &[f64; D]) -> [f64; 3] {
        let mut color = *color;
        for (value, curve) in color.iter_mut().zip(&self.inputs) {
            *value = curve.at(*value);
        }
        let mut values = match &self.grid {
            Some(grid) => grid.between(&color),
            None => [color[0], color[1], color[2]],
        };
        if let Some((curves, matrix)) = &self.middle {
            let [x, y, z] = std::array::from_fn(|channel| curves[channel].at(values[channel]));
            values = matrix.map(|[a, b, c, added]| a * x + b * y + c * z + added);
        }
        let values: [f64; 3] = std::array::from_fn(|channel| self.outputs[channel].at(unit(values[channel])));
        self.meaning.xyz(values)
    }
}

impl Meaning {
    fn xyz(self, values: [f64; 3]) -> [f64; 3] {
        let lab = |[l, a, b]: [f64; 3], most: f64| {
            srgb::from_lab([l * most * 100.0, a * most * 255.0 - 128.0, b * most * 255.0 - 128.0])
        };
        match self {
            Meaning::Xyz => values.map(|value| value * (65535.0 / 32768.0)),
            Meaning::Lab => lab(values, 1.0),
            Meaning::LegacyLab => lab(values, 65535.0 / 65280.0),
        }
    }
}

impl<'a> Grid<'a> {
    /// Samples of a grid with three outputs.
    fn samples(sizes: &[usize]) -> Option<usize> {
        sizes.iter().try_fold(3_usize, |total, size| total.checked_mul(*size)).filter(|total| *total > 0)
    }

    /// The grid of a `lutAToBType`.
    fn parse(data: &'a [u8], inputs: usize) -> Option<Grid<'a>> {
        let sizes: Vec<_> = data.get(..inputs)?.iter().map(|size| usize::from(*size)).collect();
        let depth = match data.get(16)? {
            1 => Depth::One,
            2 => Depth::Two,
            _ => return None,
        };
        let samples = Samples::new(data.get(20..)?, depth, Self::samples(&sizes)?)?;
        Some(Grid { sizes, samples })
    }

    /// The outputs at a point, from the corners of the simplex in which it lies: see [`lattice`](super::lattice).
    fn between<const D: usize>(&self, point: &[f64; D]) -> [f64; 3] {
        let mut at = 0;
        let mut axes = [(0.0, 0); D];
        let mut stride = 3;
        for (axis, size) in self.sizes.iter().enumerate().rev() {
            let place = unit(point[axis]) * (size - 1) as f64;
            let node = (place as usize).min(size.saturating_sub(2));
            at += node * stride;
            // An axis of one node has no way to go.
            axes[axis] = (place - node as f64, if *size > 1 { stride } else { 0 });
            stride *= size;
        }
        // In a network, as in a lattice: there are few axes and many nodes.
        for round in 0..D {
            for axis in (round % 2..D - 1).step_by(2) {
                if axes[axis].0 < axes[axis + 1].0 {
                    axes.swap(axis, axis + 1);
                }
            }
        }
        let mut sums = [0.0; 3];
        let mut left = 1.0;
        for (way, stride) in axes.into_iter().chain([(0.0, 0)]) {
            for (channel, sum) in sums.iter_mut().enumerate() {
                *sum += self.samples.get(at + channel) * (left - way);
            }
            left = way;
            at += stride;
        }
        sums
    }
}

/// Nine factors by rows, then three that are added.
fn read_matrix(data: &[u8]) -> Option<Matrix> {
    let mut matrix = [[0.0; 4]; 3];
    for (index, row) in matrix.iter_mut().enumerate() {
        for (column, value) in row.iter_mut().enumerate() {
            let at = if column < 3 { 3 * index + column } else { 9 + index };
            *value = fixed(data, 4 * at)?;
        }
    }
    Some(matrix)
}
