//! Colours behind a picture: the canvas of a padded one, and what shows through where a format has no alpha.

use lucarne_guest::image::{Color, ImageError};

use crate::encode::Encoding;
use crate::geometry::Size;
use crate::raster::{Channels, Raster};

const WHITE: Color = Color { red: 255, green: 255, blue: 255, alpha: 255 };
const TRANSPARENT: Color = Color { red: 0, green: 0, blue: 0, alpha: 0 };

/// The colour that a plan's background comes to. Without alpha, a translucent one is laid over white.
pub(crate) fn canvas(background: Option<Color>, encoding: Encoding) -> Color {
    match background {
        Some(color) if encoding.has_alpha() => color,
        None if encoding.has_alpha() => TRANSPARENT,
        Some(color) => over(color, WHITE),
        None => WHITE,
    }
}

/// A canvas of one colour with the picture at `x`, `y`, where it fits. The picture's own transparency stays.
///
/// # Errors
/// `too-large` if memory does not suffice.
pub(crate) fn pad(picture: &Raster, canvas: Size, x: u32, y: u32, color: Color) -> Result<Raster, ImageError> {
    let alpha = color.alpha != 255 || picture.channels().has_alpha();
    let channels = match (is_grey(color) && picture.channels().is_grey(), alpha) {
        (true, false) => Channels::Grey,
        (true, true) => Channels::GreyAlpha,
        (false, false) => Channels::Rgb,
        (false, true) => Channels::Rgba,
    };
    let mut padded = Raster::blank(canvas, channels)?;
    let count = channels.count();
    for pixel in padded.samples_mut().chunks_exact_mut(count) {
        write(color, pixel);
    }
    let from_count = picture.channels().count();
    for (row, from) in padded.rows_mut().skip(y as usize).zip(picture.rows()) {
        let row = &mut row[x as usize * count..];
        if channels == picture.channels() {
            row[..from.len()].copy_from_slice(from);
        } else {
            for (pixel, from) in row.chunks_exact_mut(count).zip(from.chunks_exact(from_count)) {
                write(read(from), pixel);
            }
        }
    }
    Ok(padded)
}

/// The picture laid over an opaque colour, without alpha; a picture without alpha as it is.
///
/// # Errors
/// `too-large` if memory does not suffice.
pub(crate) fn flatten(picture: Raster, color: Color) -> Result<Raster, ImageError> {
    if !picture.channels().has_alpha() {
        return Ok(picture);
    }
    let channels = if picture.channels().is_grey() && is_grey(color) { Channels::Grey } else { Channels::Rgb };
    let mut flat = Raster::blank(picture.size(), channels)?;
    let from = picture.samples().chunks_exact(picture.channels().count());
    for (pixel, from) in flat.samples_mut().chunks_exact_mut(channels.count()).zip(from) {
        write(over(read(from), color), pixel);
    }
    Ok(flat)
}

fn is_grey(color: Color) -> bool {
    color.red == color.green && color.green == color.blue
}

/// A colour laid over an opaque one.
fn over(front: Color, back: Color) -> Color {
    let alpha = u32::from(front.alpha);
    let mix = |front: u8, back: u8| ((u32::from(front) * alpha + u32::from(back) * (255 - alpha) + 127) / 255) as u8;
    Color {
        red: mix(front.red, back.red),
        green: mix(front.green, back.green),
        blue: mix(front.blue, back.blue),
        alpha: 255,
    }
}

fn read(pixel: &[u8]) -> Color {
    match *pixel {
        [grey] => Color { red: grey, green: grey, blue: grey, alpha: 255 },
        [grey, alpha] => Color { red: grey, green: grey, blue: grey, alpha },
        [red, green, blue] => Color { red, green, blue, alpha: 255 },
        [red, green, blue, alpha] => Color { red, green, blue, alpha },
        _ => TRANSPARENT,
    }
}

/// What the pixel has no channel for is left out; a grey pixel takes the red of a grey colour.
fn write(color: Color, pixel: &mut [u8]) {
    match pixel {
        [grey] => *grey = color.red,
        [grey, alpha] => (*grey, *alpha) = (color.red, color.alpha),
        [red, green, blue] => (*red, *green, *blue) = (color.red, color.green, color.blue),
        [red, green, blue, alpha] => (*red, *green, *blue, *alpha) = (color.red, color.green, color.blue, color.alpha),
        _ => {}
    }
}
