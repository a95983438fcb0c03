//! PNG through png: palettes are expanded, 16 bits are rounded to 8, checksums are verified.

use std::io::Cursor;

use lucarne_guest::image::ImageError;
use png::{BitDepth, ColorType, Decoder, DecodingError, InterlaceInfo, Limits, Reader, Transformations};

use super::{check_size, missing};
use crate::geometry::Size;
use crate::raster::{Channels, Raster};

/// Bytes of a pixel at its widest: four channels of 16 bits.
const WIDEST_PIXEL: usize = 8;

/// A file whose head was read.
type Rows<'a> = Reader<Cursor<&'a [u8]>>;

pub(super) fn decode(source: &[u8], size: Size) -> Result<Raster, ImageError> {
    let (mut reader, channels) = open(source, size)?;
    let mut raster = Raster::blank(size, channels)?;
    match (reader.output_color_type().1, reader.info().interlaced) {
        (BitDepth::Sixteen, false) => read_deep_rows(&mut reader, &mut raster)?,
        (BitDepth::Sixteen, true) => read_deep_frame(&mut reader, &mut raster)?,
        _ => read_frame(&mut reader, raster.samples_mut(), size)?,
    }
    Ok(raster)
}

/// The rows that are there; of an interlaced picture, what they show of all.
pub(super) fn decode_part(source: &[u8], size: Size) -> Result<Raster, ImageError> {
    let (mut reader, channels) = open(source, size)?;
    let (_, depth) = reader.output_color_type();
    check_size(
        reader.info().frame_control.map_or(Some(reader.info().size()), |frame| Some((frame.width, frame.height))),
        size,
    )?;
    let mut raster = missing(size, channels)?;
    let stride = raster.stride();
    let bits = 8 * channels.count() as u8;
    let mut shallow = Vec::new();
    let mut found = 0;
    while let Ok(Some(row)) = reader.next_interlaced_row() {
        let samples = if depth == BitDepth::Sixteen {
            shallow.resize(row.data().len() / 2, 0);
            round(row.data(), &mut shallow);
            &shallow
        } else {
            row.data()
        };
        match row.interlace() {
            InterlaceInfo::Adam7(pass) => {
                png::splat_interlaced_row(raster.samples_mut(), stride, samples, pass, bits);
            }
            InterlaceInfo::Null(_) => {
                if let Some(row) = raster.rows_mut().nth(found) {
                    row.copy_from_slice(samples);
                }
            }
        }
        found += 1;
    }
    if found == 0 { Err(ImageError::Corrupt("there is no row".into())) } else { Ok(raster) }
}

/// A reader that has come to the pixels, and what they consist of.
fn open(source: &[u8], size: Size) -> Result<(Rows<'_>, Channels), ImageError> {
    // What the decoder keeps besides is chunks of the file, and a row.
    let bytes = source.len().saturating_add((size.width as usize).saturating_mul(WIDEST_PIXEL));
    let mut decoder = Decoder::new_with_limits(Cursor::new(source), Limits { bytes });
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    decoder.set_transformations(Transformations::EXPAND);
    let reader = decoder.read_info().map_err(error)?;
    check_size(Some(reader.info().size()), size)?;
    let (color, _) = reader.output_color_type();
    let channels = match color {
        ColorType::Grayscale => Channels::Grey,
        ColorType::GrayscaleAlpha => Channels::GreyAlpha,
        ColorType::Rgb => Channels::Rgb,
        ColorType::Rgba => Channels::Rgba,
        ColorType::Indexed => return Err(ImageError::Unsupported("a PNG without its palette".into())),
    };
    Ok((reader, channels))
}

fn read_frame(reader: &mut Rows<'_>, bytes: &mut [u8], size: Size) -> Result<(), ImageError> {
    let frame = reader.next_frame(bytes).map_err(error)?;
    // The first frame of an animation may claim to be smaller than the picture, but must not.
    check_size(Some((frame.width, frame.height)), size)
}

/// Row by row, so that only one has 16 bits.
fn read_deep_rows(reader: &mut Rows<'_>, raster: &mut Raster) -> Result<(), ImageError> {
    let ends_early = || ImageError::Corrupt("the pixels end early".into());
    let size = raster.size();
    for row in raster.rows_mut() {
        let deep = reader.next_row().map_err(error)?.ok_or_else(ends_early)?;
        if deep.data().len() != row.len() * 2 {
            return check_size(None, size);
        }
        round(deep.data(), row);
    }
    // What follows the last row is checked too, as it is for a frame that is read at once.
    reader.finish().map_err(error)
}

/// Passes go over the picture several times: it is put together at 16 bits.
fn read_deep_frame(reader: &mut Rows<'_>, raster: &mut Raster) -> Result<(), ImageError> {
    let size = raster.size();
    let mut deep = Vec::new();
    deep.try_reserve_exact(raster.samples().len() * 2).map_err(|_| size.does_not_fit())?;
    deep.resize(raster.samples().len() * 2, 0);
    read_frame(reader, &mut deep, size)?;
    round(&deep, raster.samples_mut());
    Ok(())
}

/// The nearest of 256 levels to each of 65,536: 257 of these are one of those.
fn round(deep: &[u8], samples: &mut [u8]) {
    for (sample, deep) in samples.iter_mut().zip(deep.as_chunks::<2>().0) {
        *sample = ((u32::from(u16::from_be_bytes(*deep)) + 128) / 257) as u8;
    }
}

fn error(error: DecodingError) -> ImageError {
    match error {
        DecodingError::LimitsExceeded => ImageError::TooLarge("memory: a chunk does not fit".into()),
        error => ImageError::Corrupt(error.to_string()),
    }
}
