//! Carries out a layout on pixels.
//!
//! A cut only narrows the view, and the turn waits until the picture is smallest or a canvas needs it upright, so
//! most plans read each stored pixel once and copy nothing.

use lucarne_guest::image::{Color, ImageError};

use crate::geometry::{Operation, Rect, Window};
use crate::raster::Raster;
use crate::turn::Turn;
use crate::{background, scale};

/// A picture of which a region counts, and that is still to be turned.
struct View {
    raster: Raster,
    /// In the raster as it is stored.
    region: Rect,
    turn: Turn,
}

/// Makes the picture of a layout from a stored one. The layout was made for the size of `stored`, turned.
///
/// # Errors
/// `too-large` if memory does not suffice.
pub(crate) fn render(
    stored: Raster,
    turn: Turn,
    operations: &[Operation],
    canvas_color: Color,
) -> Result<Raster, ImageError> {
    let mut view = View::of(stored, turn);
    for operation in operations {
        view = match *operation {
            Operation::Cut(rect) => view.cut(rect),
            Operation::Scale { window, size, filter } => {
                // Turning costs by the pixel: before a picture grows, after it shrinks.
                let view = if size.pixels() > view.region.size().pixels() {
                    View::of(view.upright()?, Turn::NONE)
                } else {
                    view
                };
                let window = view.stored_window(window);
                let raster = scale::scale(&view.raster, view.region, window, view.turn.size(size), filter)?;
                View::of(raster, view.turn)
            }
            Operation::Pad { canvas, x, y } => {
                View::of(background::pad(&view.upright()?, canvas, x, y, canvas_color)?, Turn::NONE)
            }
        };
    }
    view.upright()
}

impl View {
    fn of(raster: Raster, turn: Turn) -> View {
        let region = Rect::whole(raster.size());
        View { raster, region, turn }
    }

    fn cut(self, rect: Rect) -> View {
        let part = self.turn.stored_rect(rect, self.region.size());
        let region = Rect { x: self.region.x + part.x, y: self.region.y + part.y, ..part };
        View { region, ..self }
    }

    /// Relative to the region.
    fn stored_window(&self, window: Window) -> Window {
        self.turn.stored_window(window, self.region.size())
    }

    /// The region alone, turned.
    fn upright(self) -> Result<Raster, ImageError> {
        if self.turn == Turn::NONE && self.region == Rect::whole(self.raster.size()) {
            return Ok(self.raster);
        }
        self.raster.upright(self.region, self.turn)
    }
}
