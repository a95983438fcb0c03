//! From a plan's steps and a picture's size to exact sizes and positions. Integers alone, and no pixels.
//!
//! Sizes here are those of the upright picture; what is stored sideways is the business of `turn` and `render`.

mod crop;
mod resize;

use std::fmt;

use lucarne_guest::image::{Filter, ImageError, ImageLimits, Length, Step};

use crate::limits;

/// How many units of a [`Window`] a pixel has.
pub(crate) const UNITS: u64 = 1 << 16;

/// The whole, in ten-thousandths.
const WHOLE: u64 = 10_000;

/// Width and height in pixels, both at least 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) width: u32,
    pub(crate) height: u32,
}

/// A part of a picture, in pixels from its top left corner; at least one pixel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rect {
    pub(crate) x: u32,
    pub(crate) y: u32,
    pub(crate) width: u32,
    pub(crate) height: u32,
}

/// A part of a picture whose edges may lie within pixels, in [`UNITS`] from its top left corner.
///
/// Fixed point, so that a window can be mirrored and compared without rounding; every edge is exact in an `f64`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) left: u64,
    pub(crate) top: u64,
    pub(crate) width: u64,
    pub(crate) height: u64,
}

/// One thing to do to the picture that the operations before it made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Operation {
    /// Keep this part.
    Cut(Rect),
    /// Make a picture of `size` from what the window shows.
    Scale { window: Window, size: Size, filter: Filter },
    /// Put the picture on a canvas, its top left corner at `x`, `y`.
    Pad { canvas: Size, x: u32, y: u32 },
}

/// What a plan comes to on a picture of one size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Layout {
    /// Operations that change nothing are left out.
    pub(crate) operations: Vec<Operation>,
    /// The size of the result; while the layout is made, of the picture so far.
    pub(crate) size: Size,
}

impl Size {
    /// Width × height.
    pub(crate) fn pixels(self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }

    /// Memory does not suffice for a picture of this size.
    pub(crate) fn does_not_fit(self) -> ImageError {
        ImageError::TooLarge(format!("memory: {self} does not fit"))
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.width, self.height)
    }
}

impl Rect {
    /// All of a picture.
    pub(crate) fn whole(size: Size) -> Rect {
        Rect { x: 0, y: 0, width: size.width, height: size.height }
    }

    pub(crate) fn size(self) -> Size {
        Size { width: self.width, height: self.height }
    }
}

impl Window {
    /// All of a picture.
    pub(crate) fn whole(size: Size) -> Window {
        Window { left: 0, top: 0, width: u64::from(size.width) * UNITS, height: u64::from(size.height) * UNITS }
    }
}

impl Layout {
    /// Lays steps out on a picture.
    ///
    /// # Errors
    /// `impossible` if a step does not suit the picture, `too-large` if any picture on the way has too many pixels.
    pub(crate) fn of(steps: &[Step], size: Size, limits: &ImageLimits) -> Result<Layout, ImageError> {
        let mut layout = Layout { operations: Vec::new(), size };
        for step in steps {
            match step {
                Step::Crop(crop) => layout.cut(crop::rect(crop, layout.size)?),
                Step::Resize(resize) => resize::lay_out(resize, &mut layout, limits)?,
            }
        }
        limits::check_output(layout.size.width.into(), layout.size.height.into(), limits)?;
        Ok(layout)
    }

    fn cut(&mut self, rect: Rect) {
        if rect.size() != self.size {
            self.operations.push(Operation::Cut(rect));
            self.size = rect.size();
        }
    }

    fn scale(&mut self, window: Window, size: Size, filter: Filter) {
        if size != self.size || window != Window::whole(self.size) {
            self.operations.push(Operation::Scale { window, size, filter });
            self.size = size;
        }
    }

    fn pad(&mut self, canvas: Size) {
        if canvas != self.size {
            let x = (canvas.width - self.size.width) / 2;
            let y = (canvas.height - self.size.height) / 2;
            self.operations.push(Operation::Pad { canvas, x, y });
            self.size = canvas;
        }
    }
}

/// A length in pixels, at least 1, of an axis that has `axis` pixels.
fn pixels(length: Length, axis: u32) -> Result<u64, ImageError> {
    match length {
        Length::Pixels(0) | Length::Share(0) => Err(ImageError::Impossible("a length of 0 makes no picture".into())),
        Length::Pixels(pixels) => Ok(pixels.into()),
        Length::Share(share) => Ok(portion(axis.into(), share.into(), WHOLE).max(1)),
    }
}

/// `of` × `numerator` ÷ `denominator`, rounded half away from zero.
fn portion(of: u64, numerator: u64, denominator: u64) -> u64 {
    let product = u128::from(of) * u128::from(numerator);
    let denominator = u128::from(denominator);
    u64::try_from((product + denominator / 2) / denominator).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
