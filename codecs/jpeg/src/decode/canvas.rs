//! Where a component's samples are written: its plane, as far as it has grown.

use super::DecodeError;
use super::frame::{Frame, FrameComponent};
use super::inverse::{Points, Samples};
use super::memory::Memory;
use super::{Chroma, Scale};
use crate::plane::Plane;

/// A sample where the file has nothing.
const GREY: u8 = 128;

/// How a component's blocks lie, and how large they become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    /// Blocks in a row of an MCU, and rows of them.
    pub(super) factors: (usize, usize),
    /// Blocks in a row that the picture has, and rows of them: what a scan of this component alone holds.
    pub(super) blocks: (usize, usize),
    /// As `blocks`, to the end of the last MCU.
    pub(super) padded: (usize, usize),
    /// What a block becomes.
    pub(super) points: Points,
    /// Samples in a row, and rows, at this scale.
    pub(super) size: (usize, usize),
    /// What it takes to be as large as the picture.
    pub(super) ratio: (Ratio, Ratio),
}

/// How many samples of the picture one of a component stands for, in one direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ratio {
    picture: usize,
    component: usize,
}

/// A plane that grows downwards as it is decoded. What is not written is grey.
#[derive(Debug)]
pub(super) struct Canvas {
    layout: Layout,
    stride: usize,
    samples: Vec<u8>,
}

impl Layout {
    /// The layouts of a frame's components, and how many MCUs there are in a row and rows of them.
    pub(super) fn of(frame: &Frame, scale: Scale, chroma: Chroma) -> (Vec<Layout>, (usize, usize)) {
        let (width, height) = (frame.width as usize, frame.height as usize);
        let most = frame.factors();
        let mcus = (width.div_ceil(8 * most.0), height.div_ceil(8 * most.1));
        let layout = |component: &FrameComponent| {
            let factors = component.factors();
            let points = match chroma {
                Chroma::Stored => Points { x: scale.points(), y: scale.points() },
                Chroma::Whole => Points { x: points(scale, factors.0, most.0), y: points(scale, factors.1, most.1) },
            };
            let side = |length: usize, factor: usize, most: usize, points: usize| {
                (length * factor * points).div_ceil(8 * most)
            };
            Layout {
                factors,
                blocks: (side(width, factors.0, most.0, 1), side(height, factors.1, most.1, 1)),
                padded: (mcus.0 * factors.0, mcus.1 * factors.1),
                points,
                size: (side(width, factors.0, most.0, points.x), side(height, factors.1, most.1, points.y)),
                ratio: (
                    Ratio { picture: scale.points() * most.0, component: points.x * factors.0 },
                    Ratio { picture: scale.points() * most.1, component: points.y * factors.1 },
                ),
            }
        };
        (frame.components.iter().map(layout).collect(), mcus)
    }
}

/// The points at which a component is as large as the picture, or else as near to that as whole multiples come.
fn points(scale: Scale, factor: usize, most: usize) -> usize {
    let mut points = scale.points();
    while points < 8 && (scale.points() * most).is_multiple_of(factor * points * 2) {
        points *= 2;
    }
    points
}

impl Ratio {
    /// Whether there are as many samples, or half as many, as the picture has.
    pub(super) fn is_simple(self) -> bool {
        self.picture == self.component || self.is_double()
    }

    /// Whether there are half as many samples as the picture has.
    pub(super) fn is_double(self) -> bool {
        self.picture == 2 * self.component
    }

    /// Where the sample is that covers one of the picture.
    pub(super) fn source(self, place: usize) -> usize {
        place * self.component / self.picture
    }
}

impl Canvas {
    /// A canvas that will not allocate any more.
    pub(super) fn new(layout: Layout, memory: &mut Memory) -> Result<Canvas, DecodeError> {
        let stride = layout.padded.0 * layout.points.x;
        let samples = memory.vec(stride * layout.padded.1 * layout.points.y)?;
        Ok(Canvas { layout, stride, samples })
    }

    /// Grows to the end of a row of blocks.
    #[inline]
    pub(super) fn reach(&mut self, block_row: usize) {
        let end = (block_row + 1) * self.layout.points.y * self.stride;
        if self.samples.len() < end {
            self.samples.resize(end, GREY);
        }
    }

    /// What a block becomes.
    #[inline(always)]
    pub(super) fn points(&self) -> Points {
        self.layout.points
    }

    /// Where a block goes.
    ///
    /// # Panics
    /// If the canvas does not reach so far.
    #[inline(always)]
    pub(super) fn block(&mut self, column: usize, row: usize) -> Samples<'_> {
        let first = row * self.layout.points.y * self.stride + column * self.layout.points.x;
        Samples { bytes: &mut self.samples[first..], stride: self.stride }
    }

    /// The plane, whatever of it has been written.
    pub(super) fn finish(mut self) -> Plane {
        if let Some(last) = self.layout.padded.1.checked_sub(1) {
            self.reach(last);
        }
        let (width, height) = self.layout.size;
        Plane::new(width, height, self.stride, self.samples).expect("a layout is at least as large as its picture")
    }
}
