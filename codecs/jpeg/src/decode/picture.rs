//! What decoding returns.

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
