//! GIF through image: the first frame on the logical screen, transparent where the frame does not reach. A part of one
//! through gif, which is below image, row by row.

use std::io::Cursor;

use gif::{ColorOutput, DecodeOptions, DecodingError};
use image::codecs::gif::GifDecoder;
use image::error::ImageError as Failure;
use image::{ImageDecoder, Limits};
use lucarne_guest::image::{ImageError, ImageLimits};

use super::{check_size, missing};
use crate::geometry::Size;
use crate::raster::{Channels, Raster};

pub(super) fn decode(source: &[u8], size: Size, limits: &ImageLimits) -> Result<Raster, ImageError> {
    let mut decoder = GifDecoder::new(Cursor::new(source)).map_err(error)?;
    check_size(Some(decoder.dimensions()), size)?;
    // A frame that does not fill the screen is decoded beside it, and may be as large as a source may.
    let mut beside = Limits::no_limits();
    beside.max_alloc = Some(limits.source_pixels.saturating_mul(Channels::Rgba.count() as u64));
    decoder.set_limits(beside).map_err(error)?;
    let mut screen = Raster::blank(size, Channels::Rgba)?;
    decoder.read_image(screen.samples_mut()).map_err(error)?;
    Ok(screen)
}

/// The rows of the first frame that are there.
pub(super) fn decode_part(source: &[u8], size: Size) -> Result<Raster, ImageError> {
    let corrupt = |error: DecodingError| ImageError::Corrupt(error.to_string());
    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::RGBA);
    let mut decoder = options.read_info(Cursor::new(source)).map_err(corrupt)?;
    check_size(Some((decoder.width().into(), decoder.height().into())), size)?;
    let no_rows = || ImageError::Corrupt("there is no row of a frame".into());
    let frame = decoder.next_frame_info().map_err(corrupt)?.ok_or_else(no_rows)?;
    let [left, top, height] = [frame.left, frame.top, frame.height].map(usize::from);
    let order = order(height, frame.interlaced);

    let mut screen = missing(size, Channels::Rgba)?;
    let mut row = vec![0; decoder.line_length()];
    let mut found = 0;
    for (first, stands_for) in order {
        row.fill(0);
        if !matches!(decoder.fill_buffer(&mut row), Ok(true)) {
            break;
        }
        found += 1;
        let end = (first + stands_for).min(height);
        for seen in screen.rows_mut().skip(top + first).take(end - first) {
            let seen = seen.get_mut(left * Channels::Rgba.count()..).unwrap_or_default();
            seen.iter_mut().zip(&row).for_each(|(seen, &sample)| *seen = sample);
        }
    }
    if found == 0 { Err(no_rows()) } else { Ok(screen) }
}

/// In what order rows are stored, and for how many each stands until the others are there (GIF89a, appendix E).
fn order(height: usize, interlaced: bool) -> impl Iterator<Item = (usize, usize)> {
    // The first row, how far it is to the next, and for how many it stands.
    const AS_SEEN: &[[usize; 3]] = &[[0, 1, 1]];
    const INTERLACED: &[[usize; 3]] = &[[0, 8, 8], [4, 8, 4], [2, 4, 2], [1, 2, 1]];
    let passes = if interlaced { INTERLACED } else { AS_SEEN };
    passes
        .iter()
        .flat_map(move |&[first, step, stands_for]| (first..height).step_by(step).map(move |row| (row, stands_for)))
}

fn error(error: Failure) -> ImageError {
    match error {
        Failure::Limits(_) => ImageError::TooLarge("source-pixels: a frame is larger than they allow".into()),
        Failure::Parameter(_) => ImageError::Corrupt("there is no frame".into()),
        error => ImageError::Corrupt(error.to_string()),
    }
}
