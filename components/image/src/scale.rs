//! New samples from old ones: the seam to the resampler.
//!
//! Samples are averaged as they are stored, gamma and all, as nearly every tool does, or as light where the plan says so.
//! Colours are weighted by their alpha, so that what is transparent leaves no fringe. Each plane is scaled by itself, and
//! chroma at once to the size that it is wanted in: a window is the same share of every plane.

use lucarne_guest::image::{Filter, ImageError, Light};
use lucarne_jpeg::encode::Sampling;
use lucarne_resample::{self as resample, Kernel, Resampler, Span};

use crate::geometry::{Rect, Size, UNITS, Window};
use crate::picture::{Content, Layer, Picture, Ratio};
use crate::raster::{Channels, Raster};
use crate::turn::Turn;

/// What is to be made of a part of a picture, all as it is stored.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scaling {
    /// The part that counts: nothing outside has an influence.
    pub(crate) region: Rect,
    /// What of the region is shown.
    pub(crate) window: Window,
    /// Of the result.
    pub(crate) size: Size,
    pub(crate) filter: Filter,
    pub(crate) light: Light,
    /// How large the result's planes of chroma are, if it has any.
    pub(crate) sampling: Sampling,
    /// How the result will be turned: squares of pixels with one sample of chroma begin where they will then.
    pub(crate) turn: Turn,
}

/// One axis of a scaling, of one layer.
struct Axis {
    ratio: Ratio,
    /// Samples of the layer.
    stored: u32,
    /// The region, in pixels.
    start: u32,
    length: u32,
    /// The window in the region, in [`UNITS`].
    window_start: u64,
    window_length: u64,
    /// Pixels of the result.
    pixels: u32,
    /// How many of them have one sample.
    square: u32,
    /// Whether the result will be mirrored on this axis.
    mirrored: bool,
}

/// Makes a picture of a part of another. Planes stay planes.
///
/// # Errors
/// `too-large` if memory does not suffice.
pub(crate) fn scale(picture: Picture, scaling: &Scaling) -> Result<Picture, ImageError> {
    let content = match picture.content {
        Content::Pixels(layer) => Content::Pixels(scale_layer(layer, scaling, [1, 1])?),
        Content::Planes([y, cb, cr], range) => {
            let square = scaling.sampling.factors().map(|factor| factor as u32);
            let cb = scale_layer(cb, scaling, square)?;
            let cr = scale_layer(cr, scaling, square)?;
            Content::Planes([scale_layer(y, scaling, [1, 1])?, cb, cr], range)
        }
    };
    Ok(Picture { size: scaling.size, content })
}

/// Makes a picture of a part of another that consists of pixels of `stored` size, as their rows come: `rows` hands each of
/// them to what it is given, from the top. [`takes_rows`] says where that can be done.
///
/// # Errors
/// Those of `rows`, and `too-large` if memory does not suffice.
pub(crate) fn scale_rows(
    stored: Size,
    channels: Channels,
    scaling: &Scaling,
    rows: impl FnOnce(&mut dyn FnMut(&[u8])) -> Result<(), ImageError>,
) -> Result<Picture, ImageError> {
    let [axis_across, axis_down] = axes([Ratio::ONE; 2], stored, scaling, [1, 1]);
    let ((first, across), (top, down)) = (axis_across.span(), axis_down.span());
    let (resampler, mut raster) = begin(channels, across, down, scaling)?;
    let mut resampling = resampler.begin(raster.samples_mut()).map_err(|_| scaling.size.does_not_fit())?;
    let mut number = 0;
    rows(&mut |row| {
        if (top..top + down.source).contains(&number) {
            resampling.push(&row[first * channels.count()..]);
        }
        number += 1;
    })?;
    Ok(Picture::of(raster))
}

/// Whether [`scale_rows`] makes the same of pixels of `stored` size as [`scale`]: something is to be done, and rows are
/// made first.
pub(crate) fn takes_rows(stored: Size, scaling: &Scaling) -> bool {
    let [axis_across, axis_down] = axes([Ratio::ONE; 2], stored, scaling, [1, 1]);
    let ((_, across), (_, down)) = (axis_across.span(), axis_down.span());
    !(is_all(across, stored.width) && is_all(down, stored.height)) && is_rows_first(across, down)
}

/// `square` is how many pixels share a sample of the result, across and down.
fn scale_layer(layer: Layer, scaling: &Scaling, square: [u32; 2]) -> Result<Layer, ImageError> {
    let stored = layer.raster.size();
    let [axis_across, axis_down] = axes([layer.across, layer.down], stored, scaling, square);
    let ((first, across), (top, down)) = (axis_across.span(), axis_down.span());
    let (across_ratio, down_ratio) = (axis_across.result_ratio(), axis_down.result_ratio());
    if is_all(across, stored.width) && is_all(down, stored.height) {
        return Ok(Layer { across: across_ratio, down: down_ratio, ..layer });
    }
    let begin = top * layer.raster.stride() + first * layer.raster.channels().count();
    let view = (&layer.raster.samples()[begin..], layer.raster.stride());
    let raster = scale_spans(view, layer.raster.channels(), across, down, scaling)?;
    Ok(Layer { raster, across: across_ratio, down: down_ratio })
}

/// The axes of a scaling, across and down, of a layer of `stored` samples.
fn axes(ratios: [Ratio; 2], stored: Size, scaling: &Scaling, square: [u32; 2]) -> [Axis; 2] {
    let Scaling { region, window, size, turn, .. } = *scaling;
    let across = Axis {
        ratio: ratios[0],
        stored: stored.width,
        start: region.x,
        length: region.width,
        window_start: window.left,
        window_length: window.width,
        pixels: size.width,
        square: square[0],
        mirrored: turn.mirrors_x(),
    };
    let down = Axis {
        ratio: ratios[1],
        stored: stored.height,
        start: region.y,
        length: region.height,
        window_start: window.top,
        window_length: window.height,
        pixels: size.height,
        square: square[1],
        mirrored: turn.mirrors_y(),
    };
    [across, down]
}

/// Whether a span is all of an axis, sample for sample.
fn is_all(span: Span, stored: u32) -> bool {
    let samples = stored as usize;
    span == Span { source: samples, start: 0.0, length: f64::from(stored), result: samples }
}

/// Whether rows are made first. That they are as wide as the source costs time where a flat picture is made tall.
fn is_rows_first(across: Span, down: Span) -> bool {
    let cells = |a: usize, b: usize| a as u64 * b as u64;
    cells(across.source, down.result) <= cells(across.result, down.result).max(cells(across.source, down.source))
}

/// What is not made of rows first is made narrow first.
fn scale_spans(
    (samples, stride): (&[u8], usize),
    channels: Channels,
    across: Span,
    down: Span,
    scaling: &Scaling,
) -> Result<Raster, ImageError> {
    if is_rows_first(across, down) {
        return run((samples, stride), channels, across, down, scaling);
    }
    let same = |length: usize| Span { source: length, start: 0.0, length: length as f64, result: length };
    let narrow = run((samples, stride), channels, across, same(down.source), scaling)?;
    run((narrow.samples(), narrow.stride()), channels, same(across.result), down, scaling)
}

fn run(
    (samples, stride): (&[u8], usize),
    channels: Channels,
    across: Span,
    down: Span,
    scaling: &Scaling,
) -> Result<Raster, ImageError> {
    let (resampler, mut raster) = begin(channels, across, down, scaling)?;
    resampler.resample(samples, stride, raster.samples_mut()).map_err(|_| scaling.size.does_not_fit())?;
    Ok(raster)
}

/// What carries a scaling out, and what it is to fill.
fn begin(channels: Channels, across: Span, down: Span, scaling: &Scaling) -> Result<(Resampler, Raster), ImageError> {
    let kernel = match scaling.filter {
        Filter::Nearest => Kernel::Nearest,
        Filter::Linear => Kernel::Linear,
        Filter::CatmullRom => Kernel::CatmullRom,
        Filter::Mitchell => Kernel::Mitchell,
        Filter::Lanczos3 => Kernel::Lanczos3,
    };
    let light = match scaling.light {
        Light::Stored => resample::Light::Stored,
        Light::Linear => resample::Light::Linear,
    };
    // A result is bounded in pixels, so its sides fit their type.
    let raster = Raster::blank(Size { width: across.result as u32, height: down.result as u32 }, channels)?;
    let resampler = Resampler::new(channels, kernel, light, across, down).map_err(|_| scaling.size.does_not_fit())?;
    Ok((resampler, raster))
}

impl Axis {
    /// Where the samples begin that may have an influence, and the span from there.
    fn span(&self) -> (usize, Span) {
        let (start, end) = (self.ratio.place(self.start), self.ratio.place(self.start + self.length));
        let first = (start.floor() as u32).min(self.stored - 1);
        let last = (end.ceil() as u32).clamp(first + 1, self.stored);
        let units = |units: u64| self.ratio.samples(units as f64 / UNITS as f64);

        let result = self.pixels.div_ceil(self.square);
        let length = units(self.window_length);
        let pixel = length / f64::from(self.pixels);
        let before = pixel * f64::from(self.before());
        let start = start + units(self.window_start) - f64::from(first) - before;
        let length = length + pixel * f64::from(self.beyond());
        (first as usize, Span { source: (last - first) as usize, start, length, result: result as usize })
    }

    /// How the result's samples lie.
    fn result_ratio(&self) -> Ratio {
        Ratio::new(1, self.square).beginning(self.before())
    }

    /// By how many pixels the squares are more than the result.
    fn beyond(&self) -> u32 {
        self.pixels.next_multiple_of(self.square) - self.pixels
    }

    /// How many of them lie before it: the last square reaches beyond the picture; mirrored, it is the first.
    fn before(&self) -> u32 {
        if self.mirrored { self.beyond() } else { 0 }
    }
}
