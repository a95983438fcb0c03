//! PNG through png: palettes are expanded, 16 bits are rounded to 8, checksums are verified.
//!
//! That is done beforehand, where it is faster. Only in a file with a wrong one does the decoder look again, and says what
//! that comes to: a chunk that it can do without is left out.

use std::io::Cursor;

use lucarne_guest::image::ImageError;
use png::{
    BitDepth, ColorType, DecodeOptions, Decoder, DecodingError, Info, InterlaceInfo, Limits, Reader, Transformations,
};

use super::{Decoded, Stage, check_size, missing};
use crate::geometry::Size;
use crate::head::is_sound_png;
use crate::picture::Picture;
use crate::raster::{Channels, Raster};
use crate::scale::{self, Scaling};

/// A file whose head was read.
type Rows<'a> = Reader<Cursor<&'a [u8]>>;

/// Bytes of a pixel at its widest: four channels of 16 bits.
const WIDEST_PIXEL: usize = 8;

/// The picture, or what `scaling` makes of its rows, if they come in order.
pub(super) fn decode(source: &[u8], size: Size, scaling: Option<&Scaling>) -> Result<Decoded, ImageError> {
    let (mut reader, channels) = open(source, size)?;
    if let (Some(scaling), false) = (scaling, reader.info().interlaced) {
        let picture = scale::scale_rows(size, channels, scaling, |take| read_rows(&mut reader, size, take))?;
        return Ok(Decoded { stage: Stage::Scaled, ..Decoded::stored(picture) });
    }
    let mut raster = Raster::blank(size, channels)?;
    match (reader.output_color_type().1, reader.info().interlaced) {
        (BitDepth::Sixteen, false) => {
            let mut rows = raster.rows_mut();
            read_rows(&mut reader, size, &mut |row| {
                rows.next().expect("a picture has its rows").copy_from_slice(row);
            })?;
        }
        (BitDepth::Sixteen, true) => read_deep_frame(&mut reader, &mut raster)?,
        _ => read_frame(&mut reader, raster.samples_mut(), size)?,
    }
    Ok(Decoded::stored(Picture::of(raster)))
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
    // What the decoder keeps besides is a chunk of the file, in a buffer that doubles, and a row.
    let bytes = source.len().saturating_mul(2).saturating_add((size.width as usize).saturating_mul(WIDEST_PIXEL));
    let mut options = DecodeOptions::default();
    options.set_ignore_text_chunk(true);
    options.set_ignore_iccp_chunk(true);
    options.set_ignore_crc(is_sound_png(source));
    let mut decoder = Decoder::new_with_options(Cursor::new(source), options);
    decoder.set_limits(Limits { bytes });
    decoder.set_transformations(Transformations::EXPAND);
    let reader = decoder.read_info().map_err(error)?;
    check_size(Some(reader.info().size()), size)?;
    check_palette(reader.info())?;
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

/// A palette is 1 to 256 colours of three bytes (PNG third edition §11.2.2); the decoder relies on that where it is used.
fn check_palette(info: &Info<'_>) -> Result<(), ImageError> {
    let palette = info.palette.as_deref().filter(|_| info.color_type == ColorType::Indexed);
    if palette.is_some_and(|colors| colors.len() % 3 != 0 || colors.len() > 3 * 256) {
        return Err(ImageError::Corrupt("its palette is not of whole colours, 256 at most".into()));
    }
    Ok(())
}

fn read_frame(reader: &mut Rows<'_>, bytes: &mut [u8], size: Size) -> Result<(), ImageError> {
    let frame = reader.next_frame(bytes).map_err(error)?;
    // The first frame of an animation may claim to be smaller than the picture, but must not.
    check_size(Some((frame.width, frame.height)), size)
}

/// Hands over row by row, so that only one has 16 bits.
fn read_rows(reader: &mut Rows<'_>, size: Size, take: &mut dyn FnMut(&[u8])) -> Result<(), ImageError> {
    let (color, depth) = reader.output_color_type();
    let samples = size.width as usize * color.samples();
    let mut shallow = Vec::new();
    shallow.try_reserve_exact(samples).map_err(|_| size.does_not_fit())?;
    shallow.resize(samples, 0);
    for _ in 0..size.height {
        let ends_early = || ImageError::Corrupt("the pixels end early".into());
        let row = reader.next_row().map_err(error)?.ok_or_else(ends_early)?;
        match (depth, row.data().len()) {
            (BitDepth::Sixteen, bytes) if bytes == 2 * samples => {
                round(row.data(), &mut shallow);
                take(&shallow);
            }
            (BitDepth::Eight, bytes) if bytes == samples => take(row.data()),
            _ => return check_size(None, size),
        }
    }
    // What follows the last row is checked too, as it is for a frame that is read at once.
    reader.next_row().map(|_| ()).map_err(error)
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
