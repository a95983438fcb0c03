//! What a file says of its picture before the first scan.

use super::DecodeError;
use super::frame::Frame;

/// What a file says of its picture before the first scan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Samples a row, at least 1.
    pub width: u32,
    /// Rows, at least 1; from DNL where the frame does not say.
    pub height: u32,
    /// How coefficients are coded.
    pub coding: Coding,
    /// What the components are.
    pub color: ColorModel,
    /// The components in the frame's order.
    pub components: Vec<Component>,
}

/// How coefficients are coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Coding {
    /// SOF0: sequential, at most two tables of a kind.
    Baseline,
    /// SOF1: sequential, up to four tables of a kind.
    Extended,
    /// SOF2: in scans of parts of the spectrum and of the bits.
    Progressive,
}

/// What the components of a file are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ColorModel {
    /// One component.
    Grey,
    /// Luma and two differences.
    YCbCr,
    /// Red, green and blue.
    Rgb,
    /// Four inks.
    Cmyk,
    /// Three inks as luma and two differences, and black.
    Ycck,
}

/// One component of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Component {
    /// The file's number for it.
    pub id: u8,
    /// Relative samples a row, 1 to 4.
    pub horizontal: u8,
    /// Relative rows, 1 to 4.
    pub vertical: u8,
}

impl Header {
    /// Reads the header of a file. Where the frame has no height the first scan is searched for its end.
    ///
    /// # Errors
    /// If the file has no picture that [`decode`](super::decode) could decode.
    pub fn read(file: &[u8]) -> Result<Header, DecodeError> {
        let frame = Frame::read(file)?;
        let components = frame.components.iter().map(|component| component.described).collect();
        let Frame { width, height, coding, color, .. } = frame;
        Ok(Header { width, height, coding, color, components })
    }
}
