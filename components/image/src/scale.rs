//! New samples from old ones: the seam to the resampler.
//!
//! Samples are averaged as they are stored, gamma and all, as nearly every tool does. Colours are weighted by their
//! alpha, so that what is transparent leaves no fringe.

use fast_image_resize::images::{TypedCroppedImage, TypedImage, TypedImageRef};
use fast_image_resize::pixels::{U8, U8x2, U8x3, U8x4};
use fast_image_resize::{FilterType, PixelTrait, ResizeAlg, ResizeOptions, Resizer};
use lucarne_guest::image::{Filter, ImageError};

use crate::geometry::{Rect, Size, UNITS, Window};
use crate::raster::{Channels, Raster};

/// Makes a picture of `size` from what `window` shows of `region`. Nothing outside the region has an influence.
///
/// # Errors
/// `too-large` if memory does not suffice.
pub(crate) fn scale(
    raster: &Raster,
    region: Rect,
    window: Window,
    size: Size,
    filter: Filter,
) -> Result<Raster, ImageError> {
    // The resampler goes over columns first. Its picture in between has the width of the region and the height of the
    // result, which for a flat picture made tall is more than either; rows first, it is then less than either.
    let columns_first = u64::from(region.width) * u64::from(size.height);
    if columns_first <= size.pixels().max(region.size().pixels()) {
        return resample(raster, region, window, size, filter);
    }
    let narrow = Size { width: size.width, height: region.height };
    let rows = Window { top: 0, height: u64::from(region.height) * UNITS, ..window };
    let columns = Window { left: 0, width: u64::from(size.width) * UNITS, ..window };
    let between = resample(raster, region, rows, narrow, filter)?;
    resample(&between, Rect::whole(narrow), columns, size, filter)
}

/// Typed by the channels, so that the resampler's other depths, and half a mebibyte of tables, are not linked.
fn resample(raster: &Raster, region: Rect, window: Window, size: Size, filter: Filter) -> Result<Raster, ImageError> {
    let algorithm = match filter {
        Filter::Nearest => ResizeAlg::Nearest,
        Filter::Linear => ResizeAlg::Convolution(FilterType::Bilinear),
        Filter::CatmullRom => ResizeAlg::Convolution(FilterType::CatmullRom),
        Filter::Mitchell => ResizeAlg::Convolution(FilterType::Mitchell),
        Filter::Lanczos3 => ResizeAlg::Convolution(FilterType::Lanczos3),
    };
    let pixels = |units: u64| units as f64 / UNITS as f64;
    let options = ResizeOptions::new().resize_alg(algorithm).use_alpha(raster.channels().has_alpha()).crop(
        pixels(window.left),
        pixels(window.top),
        pixels(window.width),
        pixels(window.height),
    );
    let mut scaled = Raster::blank(size, raster.channels())?;
    match raster.channels() {
        Channels::Grey => resample_as::<U8>(raster, region, &options, &mut scaled),
        Channels::GreyAlpha => resample_as::<U8x2>(raster, region, &options, &mut scaled),
        Channels::Rgb => resample_as::<U8x3>(raster, region, &options, &mut scaled),
        Channels::Rgba => resample_as::<U8x4>(raster, region, &options, &mut scaled),
    }
    Ok(scaled)
}

/// Fills `scaled`; `P` has as many samples as both rasters have channels.
fn resample_as<P: PixelTrait>(raster: &Raster, region: Rect, options: &ResizeOptions, scaled: &mut Raster) {
    let Size { width, height } = raster.size();
    let stored = TypedImageRef::<P>::from_buffer(width, height, raster.samples())
        .expect("a raster has the bytes that its size and channels say");
    let source = TypedCroppedImage::from_ref(&stored, region.x, region.y, region.width, region.height)
        .expect("a region lies within its raster");
    let Size { width, height } = scaled.size();
    let mut result = TypedImage::<P>::from_buffer(width, height, scaled.samples_mut())
        .expect("a raster has the bytes that its size and channels say");
    Resizer::new().resize_typed(&source, &mut result, options).expect("a window lies within its region");
}
