//! GIF through gif: the first frame on the logical screen, transparent where the frame does not reach.

use gif::{ColorOutput, DecodeOptions, DecodingError, MemoryLimit};
use lucarne_guest::image::{ImageError, ImageLimits};

use super::check_size;
use crate::geometry::Size;
use crate::limits;
use crate::raster::{Channels, Raster};

pub(super) fn decode(source: &[u8], size: Size, limits: &ImageLimits) -> Result<Raster, ImageError> {
    let mut options = DecodeOptions::new();
    options.set_color_output(ColorOutput::RGBA);
    // It holds for metadata: the frame is decoded into memory of our own.
    options.set_memory_limit(MemoryLimit::Bytes(std::num::NonZeroU64::MIN.saturating_add(source.len() as u64)));
    let mut decoder = options.read_info(source).map_err(error)?;
    check_size(Some((decoder.width().into(), decoder.height().into())), size)?;

    let no_frame = || ImageError::Corrupt("there is no frame".into());
    let frame = decoder.next_frame_info().map_err(error)?.ok_or_else(no_frame)?;
    let (left, top) = (usize::from(frame.left), usize::from(frame.top));
    let frame_size = Size { width: frame.width.into(), height: frame.height.into() };
    if frame_size.pixels() == 0 {
        return Err(no_frame());
    }
    limits::check_source(frame_size, limits)?;
    let mut raster = Raster::blank(frame_size, Channels::Rgba)?;
    decoder.read_into_buffer(raster.samples_mut()).map_err(error)?;
    if (left, top, frame_size) == (0, 0, size) {
        return Ok(raster);
    }

    let mut screen = Raster::blank(size, Channels::Rgba)?;
    let count = Channels::Rgba.count();
    for (row, from) in screen.rows_mut().skip(top).zip(raster.rows()) {
        // What lies beyond the screen is not seen.
        let row = row.get_mut(left * count..).unwrap_or_default();
        let seen = row.len().min(from.len());
        row[..seen].copy_from_slice(&from[..seen]);
    }
    Ok(screen)
}

fn error(error: DecodingError) -> ImageError {
    ImageError::Corrupt(error.to_string())
}
