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
mod coefficients;
mod color;
mod decoder;
mod frame;
mod huffman;
mod inverse;
mod mcus;
mod memory;
mod progressive;
mod scan;
mod script;
mod segments;
mod sequential;
mod tables;
mod upsample;
mod work;

pub use error::{DecodeError, Unsupported};
pub use header::{Coding, ColorModel, Component, Header};
pub use picture::{Color, Picture};
pub use scale::Scale;

use crate::plane::Plane;
use canvas::Layout;
use decoder::Decoder;
use frame::Frame;
use memory::Memory;
use upsample::upsample;

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
    let frame = Frame::read(file)?;
    let mut memory = Memory::new(options.memory);
    // Inks that are stored as luma and differences can only be had whole.
    let chroma = if frame.color == ColorModel::Ycck { Chroma::Whole } else { options.chroma };
    let (layouts, mcus) = Layout::of(&frame, options.scale, chroma);
    let mut decoder = Decoder::new(file, &frame, (&layouts, mcus), &mut memory)?;
    decoder.run()?;
    let (planes, truncated) = decoder.finish(&mut memory)?;
    let (width, height) = (options.scale.size(frame.width), options.scale.size(frame.height));
    let size = (width as usize, height as usize);
    let planes = planes.into_iter().zip(&layouts).map(|(plane, layout)| match chroma {
        Chroma::Whole if (plane.width(), plane.height()) != size => upsample(plane, layout.ratio, size, &mut memory),
        _ => Ok(plane),
    });
    let mut planes = planes.collect::<Result<Vec<_>, _>>()?;
    let color = match frame.color {
        ColorModel::Grey => Color::Grey,
        ColorModel::YCbCr => Color::YCbCr,
        ColorModel::Rgb => Color::Rgb,
        ColorModel::Cmyk | ColorModel::Ycck => {
            to_ink(&frame, &mut planes);
            Color::Cmyk
        }
    };
    Ok(Picture { width, height, color, planes, truncated })
}

/// Four components as ink, whatever they are stored as.
fn to_ink(frame: &Frame, planes: &mut [Plane]) {
    let [cyan, magenta, yellow, black] = planes else { return };
    let invert = |plane: &mut Plane| plane.samples_mut().iter_mut().for_each(|sample| *sample = !*sample);
    match (frame.color, frame.inverted) {
        // What is stored for an ink is the light that it leaves, and of that the other; so that is ink again.
        (ColorModel::Ycck, _) => {
            for y in 0..cyan.height() {
                color::ycc_to_planes(cyan.row_mut(y), magenta.row_mut(y), yellow.row_mut(y));
            }
            invert(black);
        }
        (_, true) => [cyan, magenta, yellow, black].into_iter().for_each(invert),
        (_, false) => {}
    }
}

#[cfg(test)]
mod tests;
