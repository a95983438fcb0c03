//! New samples from old ones: the seam to the resampler.
//!
//! Samples are averaged as they are stored, gamma and all, as nearly every tool does. Colours are weighted by their
//! alpha, so that what is transparent leaves no fringe.

use fast_image_resize::images::{CroppedImage, Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
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

fn resample(raster: &Raster, region: Rect, window: Window, size: Size, filter: Filter) -> Result<Raster, ImageError> {
    let kind = match raster.channels() {
        Channels::Grey => PixelType::U8,
        Channels::GreyAlpha => PixelType::U8x2,
        Channels::Rgb => PixelType::U8x3,
        Channels::Rgba => PixelType::U8x4,
    };
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
    let Size { width, height } = raster.size();
    let stored = ImageRef::new(width, height, raster.samples(), kind)
        .expect("a raster has the bytes that its size and channels say");
    let source = CroppedImage::new(&stored, region.x, region.y, region.width, region.height)
        .expect("a region lies within its raster");
    let mut result = Image::from_slice_u8(size.width, size.height, scaled.samples_mut(), kind)
        .expect("a raster has the bytes that its size and channels say");
    Resizer::new()
        .resize(&source, &mut result, &options)
        .expect("both pictures have one pixel type, and a window lies within its region");
    Ok(scaled)
}
