//! From a file to planes.
//!
//! The decoder reads 8-bit baseline, extended and progressive files with Huffman codes, at full size or at a half, a
//! quarter or an eighth of it. A smaller scale is not a reduction afterwards: coefficients that it does not need are
//! skipped while they are read, and the inverse transform has fewer points. A file that is damaged or ends early gives
//! what is there, and a flag.
//!
//! It does not read metadata, apply profiles or turn pictures; it never panics on input, and allocates nothing before the
//! caller's limit has been asked.

mod error;
mod header;
mod picture;
mod scale;

mod bits;
mod canvas;
mod decoder;
mod frame;
mod huffman;
mod inverse;
mod mcus;
mod memory;
mod scan;
mod segments;
mod sequential;
mod tables;

pub use error::{DecodeError, Unsupported};
pub use header::{Coding, ColorModel, Component, Header};
pub use picture::{Color, Picture};
pub use scale::Scale;

/// What is wanted of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// How large the picture is to be, relative to what is stored.
    pub scale: Scale,
    /// How large the planes of subsampled components are to be.
    pub chroma: Chroma,
    /// How many bytes decoding may allocate at any time, what it returns included, the file not.
    pub memory: usize,
}

/// How large the planes of subsampled components are to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chroma {
    /// As the file's sampling says: of 4:2:0 half as wide and half as high as luma, at every scale.
    Stored,
    /// As large as the picture: by an inverse transform of more points where the scale leaves room for it, else by
    /// interpolation.
    Whole,
}

/// The picture in a file.
///
/// # Errors
/// If the file has no picture that this decoder knows, or the limits do not suffice. Damage after the beginning of the
/// first scan is not an error: see [`Picture::truncated`].
pub fn decode(file: &[u8], options: &Options) -> Result<Picture, DecodeError> {
    let frame = frame::Frame::read(file)?;
    if frame.coding == Coding::Progressive {
        return Err(DecodeError::NoPicture);
    }
    let mut memory = memory::Memory::new(options.memory);
    let (planes, truncated) = decoder::planes(file, &frame, options, &mut memory)?;
    let color = match frame.color {
        ColorModel::Grey => Color::Grey,
        ColorModel::YCbCr => Color::YCbCr,
        ColorModel::Rgb => Color::Rgb,
        ColorModel::Cmyk | ColorModel::Ycck => Color::Cmyk,
    };
    Ok(Picture {
        width: options.scale.size(frame.width),
        height: options.scale.size(frame.height),
        color,
        planes,
        truncated,
    })
}
