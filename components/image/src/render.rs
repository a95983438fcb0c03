//! Carries out a layout on a picture.
//!
//! A cut only narrows the view, and the turn waits until the picture is smallest or a canvas needs it upright, so
//! most plans read each stored sample once and copy nothing. Planes become pixels only where a canvas, a profile or the
//! format asks for pixels.

use lucarne_guest::image::{Color, Filter, ImageError, Light};
use lucarne_jpeg::encode::Sampling;

use crate::colour::Transform;
use crate::geometry::{Operation, Rect, Size, Window};
use crate::picture::{Content, Layer, Picture, Ratio};
use crate::raster::{Channels, Raster};
use crate::scale::Scaling;
use crate::turn::Turn;
use crate::{background, scale};

/// What is wanted besides the operations.
#[derive(Debug)]
pub(crate) struct Wanted {
    pub(crate) canvas: Color,
    pub(crate) light: Light,
    pub(crate) content: WantedContent,
    /// What makes pixels sRGB, if they are not; then `content` is pixels.
    pub(crate) transform: Option<Transform>,
}

/// What the encoder takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WantedContent {
    Pixels,
    /// Planes, if the picture consists of them; else pixels.
    Planes(Sampling),
}

/// A picture of which a region counts, and that is still to be turned.
struct View {
    picture: Picture,
    /// In pixels of the picture as it is stored.
    region: Rect,
    turn: Turn,
}

impl WantedContent {
    /// How large chroma is best made: what becomes pixels later needs it whole.
    pub(crate) fn sampling(self, operations: &[Operation]) -> Sampling {
        match self {
            WantedContent::Planes(sampling) if !operations.iter().any(needs_pixels) => sampling,
            WantedContent::Planes(_) | WantedContent::Pixels => Sampling::S444,
        }
    }
}

/// The first resize of a layout, if only cuts come before it: a decoder that makes row after row can do that as it goes,
/// where there is light to average only as it is stored.
#[derive(Debug, Clone, Copy)]
pub(crate) struct First {
    /// What becomes of pixels of the size for which it was made.
    pub(crate) scaling: Scaling,
    /// How many operations are done with it.
    pub(crate) operations: usize,
}

impl First {
    /// The first resize of pixels of `stored` size, for which, turned, the layout was made.
    pub(crate) fn of(stored: Size, turn: Turn, operations: &[Operation], light: Light) -> Option<First> {
        let mut region = Rect::whole(stored);
        for (index, operation) in operations.iter().enumerate() {
            match *operation {
                Operation::Cut(rect) => region = cut(region, turn, rect),
                Operation::Scale { window, size, filter } if light == Light::Stored && !grows(region, size) => {
                    let scaling = scaling(region, turn, window, size, filter, light, Sampling::S444);
                    let first = First { scaling, operations: index + 1 };
                    return scale::takes_rows(stored, &scaling).then_some(first);
                }
                Operation::Scale { .. } | Operation::Pad { .. } => return None,
            }
        }
        None
    }
}

/// Makes the picture of a layout from a stored one. The layout was made for the size of `stored`, turned.
///
/// # Errors
/// `too-large` if memory does not suffice.
pub(crate) fn render(
    stored: Picture,
    turn: Turn,
    operations: &[Operation],
    wanted: Wanted,
) -> Result<Picture, ImageError> {
    let sampling = wanted.content.sampling(operations);
    let mut transform = wanted.transform;
    let mut to_srgb = |pixels| match transform.take() {
        Some(transform) => mapped(pixels, &transform),
        None => pixels,
    };
    // Light is that of sRGB. What is averaged as it is stored is mapped when it is smallest.
    let stored = if wanted.light == Light::Linear { stored.map_pixels(|pixels| Ok(to_srgb(pixels)))? } else { stored };
    let mut view = View::of(stored, turn);
    for operation in operations {
        view = match *operation {
            Operation::Cut(rect) => view.cut(rect),
            Operation::Scale { window, size, filter } => view.scale(window, size, filter, wanted.light, sampling)?,
            Operation::Pad { canvas, x, y } => {
                let pixels = to_srgb(view.pixels()?);
                let padded = background::pad(&pixels, canvas, x, y, wanted.canvas)?;
                View::of(Picture::of(padded), Turn::NONE)
            }
        };
    }
    match wanted.content {
        WantedContent::Planes(sampling) => view.upright(sampling),
        WantedContent::Pixels => Ok(Picture::of(to_srgb(view.pixels()?))),
    }
}

fn mapped(mut pixels: Raster, transform: &Transform) -> Raster {
    match pixels.channels() {
        Channels::Grey => transform.grey::<1>(pixels.samples_mut()),
        Channels::GreyAlpha => transform.grey::<2>(pixels.samples_mut()),
        Channels::Rgb => transform.rgb::<3>(pixels.samples_mut()),
        Channels::Rgba => transform.rgb::<4>(pixels.samples_mut()),
    }
    pixels
}

/// Whether an operation is one on pixels.
fn needs_pixels(operation: &Operation) -> bool {
    matches!(operation, Operation::Pad { .. })
}

impl View {
    fn of(picture: Picture, turn: Turn) -> View {
        let region = Rect::whole(picture.size);
        View { picture, region, turn }
    }

    fn cut(self, rect: Rect) -> View {
        View { region: cut(self.region, self.turn, rect), ..self }
    }

    /// `window` and `size` are those of the upright picture.
    fn scale(
        self,
        window: Window,
        size: Size,
        filter: Filter,
        light: Light,
        sampling: Sampling,
    ) -> Result<View, ImageError> {
        // Turning costs by the pixel: before a picture grows, after it shrinks.
        let view = match self.picture.content {
            Content::Pixels(_) if grows(self.region, size) => View::of(self.upright(sampling)?, Turn::NONE),
            Content::Pixels(_) | Content::Planes(..) => self,
        };
        let View { picture, region, turn } = view;
        let scaling = scaling(region, turn, window, size, filter, light, sampling);
        Ok(View::of(scale::scale(picture, &scaling)?, turn))
    }

    /// The region alone, turned, as pixels.
    fn pixels(self) -> Result<Raster, ImageError> {
        self.upright(Sampling::S444)?.into_pixels()
    }

    /// The region alone, turned; chroma, if there is any, as `sampling` says.
    fn upright(self, sampling: Sampling) -> Result<Picture, ImageError> {
        let View { picture, region, turn } = self;
        let view = if is_aligned(&picture, region, turn, sampling) {
            View { picture, region, turn }
        } else {
            let (window, size) = (Window::whole(region.size()), region.size());
            let (filter, light) = (Filter::Linear, Light::Stored);
            let scaling = Scaling { region, window, size, filter, light, sampling, turn };
            View::of(scale::scale(picture, &scaling)?, turn)
        };
        let View { picture, region, turn } = view;
        let size = turn.size(region.size());
        let content = match picture.content {
            Content::Pixels(layer) => Content::Pixels(upright(layer, region, turn)?),
            Content::Planes([y, cb, cr], range) => {
                let layers = [upright(y, region, turn)?, upright(cb, region, turn)?, upright(cr, region, turn)?];
                Content::Planes(layers, range)
            }
        };
        Ok(Picture { size, content })
    }
}

/// A part, as it is seen upright, of a region.
fn cut(region: Rect, turn: Turn, rect: Rect) -> Rect {
    let part = turn.stored_rect(rect, region.size());
    Rect { x: region.x + part.x, y: region.y + part.y, ..part }
}

/// Whether a region becomes a larger picture.
fn grows(region: Rect, size: Size) -> bool {
    size.pixels() > region.size().pixels()
}

/// `window` and `size` are those of the upright picture.
fn scaling(
    region: Rect,
    turn: Turn,
    window: Window,
    size: Size,
    filter: Filter,
    light: Light,
    sampling: Sampling,
) -> Scaling {
    let window = turn.stored_window(window, region.size());
    Scaling { region, window, size: turn.size(size), filter, light, sampling, turn }
}

/// Whether each layer of a picture has the samples that the result will have: chroma as it is wanted, and no sample of it
/// for pixels inside and outside of the region.
fn is_aligned(picture: &Picture, region: Rect, turn: Turn, sampling: Sampling) -> bool {
    let Content::Planes([_, cb, _], _) = &picture.content else { return true };
    let [across, down] = sampling.factors().map(|factor| factor as u32);
    let first = |start: u32, length: u32, mirrored: bool| if mirrored { start + length } else { start };
    cb.across.divides(across, first(region.x, region.width, turn.mirrors_x()))
        && cb.down.divides(down, first(region.y, region.height, turn.mirrors_y()))
}

/// The part of a layer that shows the region, turned. Where it is aligned, samples across its end count.
fn upright(layer: Layer, region: Rect, turn: Turn) -> Result<Layer, ImageError> {
    let axis = |ratio: Ratio, start: u32, length: u32| {
        let first = ratio.place(start).floor() as u32;
        (first, ratio.place(start + length).ceil() as u32 - first)
    };
    let (x, width) = axis(layer.across, region.x, region.width);
    let (y, height) = axis(layer.down, region.y, region.height);
    let part = Rect { x, y, width, height };
    // Squares begin with the picture now.
    let (across, down) = if turn.swaps() { (layer.down, layer.across) } else { (layer.across, layer.down) };
    let (across, down) = (across.beginning(0), down.beginning(0));
    let raster = if turn == Turn::NONE && part == Rect::whole(layer.raster.size()) {
        layer.raster
    } else {
        layer.raster.upright(part, turn)?
    };
    Ok(Layer { raster, across, down })
}
