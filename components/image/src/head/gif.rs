//! GIF by its blocks (GIF89a specification, §17 to §27).

use lucarne_guest::image::ImageError;

use super::{ends_before, size};
use crate::geometry::Size;

/// Signature, version and logical screen descriptor.
const FILE_HEADER: usize = 13;

/// What is left of a file.
struct Blocks<'a> {
    rest: &'a [u8],
}

/// The size of the logical screen.
pub(super) fn read(source: &[u8]) -> Result<Size, ImageError> {
    let &[_, _, _, _, _, _, w0, w1, h0, h1, ..] = source else {
        return Err(ends_before("the size of the picture"));
    };
    size(u16::from_le_bytes([w0, w1]).into(), u16::from_le_bytes([h0, h1]).into())
}

/// Whether the trailer follows a frame.
pub(super) fn check_whole(source: &[u8]) -> Result<(), ImageError> {
    match walk(source) {
        Some(0) => Err(ImageError::Corrupt("there is no frame".into())),
        Some(_) => Ok(()),
        None => Err(ends_before("its trailer")),
    }
}

/// The frames before the trailer, if it is reached.
fn walk(source: &[u8]) -> Option<usize> {
    let mut blocks = Blocks { rest: source };
    let screen = blocks.take(FILE_HEADER)?;
    blocks.skip_colors(screen[10])?;
    let mut frames = 0;
    loop {
        match blocks.take(1)?[0] {
            // An extension: its label, then its data.
            0x21 => {
                blocks.take(1)?;
                blocks.skip_data()?;
            }
            // A frame: its descriptor, its colours, the size of its codes, its data.
            0x2c => {
                let descriptor = blocks.take(9)?;
                blocks.skip_colors(descriptor[8])?;
                blocks.take(1)?;
                blocks.skip_data()?;
                frames += 1;
            }
            0x3b => return Some(frames),
            // Between blocks nothing is allowed; a stray terminator is common, and what else it may be the decoder says.
            _ => {}
        }
    }
}

impl<'a> Blocks<'a> {
    fn take(&mut self, bytes: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(bytes)?;
        self.rest = rest;
        Some(taken)
    }

    /// A table of colours, if the flags of its descriptor announce one.
    fn skip_colors(&mut self, flags: u8) -> Option<()> {
        let colors = if flags & 0x80 == 0 { 0 } else { 2 << (flags & 7) };
        self.take(3 * colors).map(drop)
    }

    /// Sub-blocks up to the empty one.
    fn skip_data(&mut self) -> Option<()> {
        loop {
            let length = self.take(1)?[0];
            self.take(length.into())?;
            if length == 0 {
                return Some(());
            }
        }
    }
}
