//! Text, in a face of strokes: twelve letters, which look like a language from afar.

use super::drawing::{Color, Point, path};
use super::noise::bits;
use crate::pixels::Pixels;

/// A letter: strokes of points on a grid of 4 by 6, from the top left.
type Letter = &'static [&'static [(u8, u8)]];

const LETTERS: [Letter; 12] = [
    &[&[(0, 6), (2, 0), (4, 6)], &[(1, 4), (3, 4)]],
    &[&[(4, 0), (0, 0), (0, 6), (4, 6)], &[(0, 3), (3, 3)]],
    &[&[(0, 6), (0, 0), (4, 6), (4, 0)]],
    &[&[(0, 0), (4, 0)], &[(2, 0), (2, 6)]],
    &[&[(0, 0), (0, 6)], &[(4, 0), (4, 6)], &[(0, 3), (4, 3)]],
    &[&[(0, 1), (1, 0), (3, 0), (4, 1), (4, 5), (3, 6), (1, 6), (0, 5), (0, 1)]],
    &[&[(4, 1), (3, 0), (1, 0), (0, 1), (0, 2), (4, 4), (4, 5), (3, 6), (1, 6), (0, 5)]],
    &[&[(0, 6), (0, 0), (3, 0), (4, 1), (4, 2), (3, 3), (0, 3)], &[(2, 3), (4, 6)]],
    &[&[(2, 2), (2, 6)], &[(2, 0), (2, 1)]],
    &[&[(0, 0), (0, 6), (4, 6)]],
    &[&[(0, 0), (0, 5), (1, 6), (3, 6), (4, 5), (4, 0)]],
    &[&[(0, 2), (0, 6)], &[(0, 3), (1, 2), (3, 2), (4, 3), (4, 6)]],
];

/// Where a line of text stands, and how it looks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line {
    /// The top left corner.
    pub(crate) at: Point,
    /// Pixels from the top of a letter to its foot.
    pub(crate) size: f32,
    /// Pixels that it may be long.
    pub(crate) length: f32,
    pub(crate) color: Color,
    pub(crate) seed: u32,
}

/// Writes words until the line is full.
pub(crate) fn write(picture: &mut Pixels, line: Line) {
    let unit = line.size / 6.0;
    let mut x = line.at.0;
    let mut until_space = 3;
    for index in 0.. {
        if x + 4.0 * unit > line.at.0 + line.length {
            break;
        }
        let random = bits(index, 0, line.seed);
        if until_space == 0 {
            until_space = 2 + random % 8;
        } else {
            until_space -= 1;
            for stroke in LETTERS[random as usize % LETTERS.len()] {
                let place =
                    |(across, down): &(u8, u8)| (x + f32::from(*across) * unit, line.at.1 + f32::from(*down) * unit);
                let points: Vec<Point> = stroke.iter().map(place).collect();
                path(picture, &points, unit * 0.9, line.color);
            }
        }
        x += 5.5 * unit;
    }
}
