//! What decoding returns.

use super::memory::Memory;
use super::{DecodeError, color};
use crate::plane::Plane;

/// A decoded picture, plane by plane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Samples a row, at the scale that was asked for.
    pub width: u32,
    /// Rows, at the scale that was asked for.
    pub height: u32,
    /// What the planes are.
    pub color: Color,
    /// One plane a component, in the order of the colour's name.
    pub planes: Vec<Plane>,
    /// Whether something is missing: the file ends early or is damaged. What is missing is grey, or coarser than it
    /// would be.
    pub truncated: bool,
}

/// What the planes of a picture are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Color {
    /// One plane of luma, full range.
    Grey,
    /// Luma and two differences, BT.601, full range, as in JFIF.
    YCbCr,
    /// Red, green and blue.
    Rgb,
    /// Ink, whatever way the file stores it: 0 is none and 255 is full.
    Cmyk,
}

impl Picture {
    /// Red, green and blue, pixel by pixel in turn: three bytes a pixel, rows without gaps. Planes that are smaller than the
    /// picture are repeated; [`Chroma::Whole`](super::Chroma::Whole) interpolates them before. Inks are mixed as if they
    /// were ideal.
    ///
    /// # Errors
    /// If the result is larger than `memory` bytes.
    pub fn to_rgb(&self, memory: usize) -> Result<Vec<u8>, DecodeError> {
        let (width, height) = (self.width as usize, self.height as usize);
        let mut memory = Memory::new(memory);
        let mut rgb = memory.vec(3 * width * height)?;
        let mut rows = [const { Vec::new() }; 4];
        for row in &mut rows[..self.planes.len().min(4)] {
            *row = memory.vec(width)?;
        }
        for y in 0..height {
            for (row, plane) in rows.iter_mut().zip(&self.planes) {
                self.copy_row(plane, y, row);
            }
            let first = rgb.len();
            rgb.resize(first + 3 * width, 0);
            let [a, b, c, d] = &mut rows;
            match self.color {
                Color::Grey => color::planes_to_rgb(a, a, a, &mut rgb[first..]),
                Color::YCbCr => color::ycc_to_rgb(a, b, c, &mut rgb[first..]),
                Color::Rgb => color::planes_to_rgb(a, b, c, &mut rgb[first..]),
                Color::Cmyk => {
                    [&mut *a, b, c].into_iter().for_each(|ink| mix(ink, d));
                    color::planes_to_rgb(a, b, c, &mut rgb[first..]);
                }
            }
        }
        Ok(rgb)
    }

    /// A row of the picture from a plane, which may be smaller.
    fn copy_row(&self, plane: &Plane, y: usize, row: &mut Vec<u8>) {
        let (width, height) = (self.width as usize, self.height as usize);
        let source = plane.row(y * plane.height() / height);
        row.clear();
        if plane.width() == width {
            row.extend_from_slice(source);
        } else {
            row.extend((0..width).map(|x| source[x * plane.width() / width]));
        }
    }
}

/// The light that an ink and black leave.
fn mix(ink: &mut [u8], black: &[u8]) {
    for (ink, &black) in ink.iter_mut().zip(black) {
        let light = u16::from(255 - *ink) * u16::from(255 - black) + 128;
        *ink = ((light + (light >> 8)) >> 8) as u8;
    }
}
