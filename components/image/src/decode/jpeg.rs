//! JPEG through lucarne-jpeg: planes, as small as will do.

use lucarne_guest::image::ImageError;
use lucarne_jpeg::decode::{self, Chroma, Color, ColorModel, DecodeError, Header, Options, Scale};
use lucarne_jpeg::plane::Plane;

use super::{Decoded, Form, Wanted, check_size};
use crate::colour::{Model, Space, Transform};
use crate::geometry::Size;
use crate::picture::{self, Content, Layer, Picture, Range, Ratio};
use crate::raster::{Channels, Raster};

pub(super) fn decode(source: &[u8], size: Size, wanted: &Wanted<'_>) -> Result<Decoded, ImageError> {
    let refused = |refusal| error(refusal, size);
    let header = Header::read(source).map_err(refused)?;
    check_size(Some((header.width, header.height)), size)?;
    let ratios = ratios(&header, wanted.scale);
    let whole = Ratio::new(1, wanted.scale.divisor());
    let chroma = match wanted.form {
        // At full size no transform has more samples: the kernel interpolates them.
        Form::Stored | Form::WholeChroma if wanted.scale == Scale::Full || wanted.form == Form::Stored => {
            Chroma::Stored
        }
        _ => Chroma::Whole,
    };
    // A file whose luma is coarser than its chroma is valid, and nobody's: all planes are made as large as the picture.
    let chroma = if ratios.first() == Some(&(whole, whole)) { chroma } else { Chroma::Whole };

    let decoded = decode::decode(source, &Options { scale: wanted.scale, chroma, memory: usize::MAX });
    let mut decoded = decoded.map_err(refused)?;
    let truncated = decoded.truncated;
    let layer = |raster: Raster, (across, down): (Ratio, Ratio)| Layer { raster, across, down };
    let content = match (decoded.color, wanted.form, std::mem::take(&mut decoded.planes)) {
        (Color::Grey, _, mut planes) if planes.len() == 1 => {
            Content::Pixels(layer(Raster::of_plane(planes.swap_remove(0)), (whole, whole)))
        }
        (Color::YCbCr, Form::Stored | Form::WholeChroma, planes) => {
            let ratio = |index: usize| if chroma == Chroma::Stored { ratios[index] } else { (whole, whole) };
            let layers = planes.into_iter().enumerate();
            let layers: Vec<_> = layers.map(|(index, plane)| layer(Raster::of_plane(plane), ratio(index))).collect();
            let layers = layers.try_into().map_err(|_| ImageError::Corrupt("a component is missing".into()))?;
            Content::Planes(layers, Range::Full)
        }
        (Color::Cmyk, _, planes) => Content::Pixels(layer(of_inks(&planes, wanted.space)?, (whole, whole))),
        (_, _, planes) => {
            decoded.planes = planes;
            Content::Pixels(layer(picture::rgb(&decoded)?, (whole, whole)))
        }
    };
    Ok(Decoded { truncated, ..Decoded::stored(Picture { size, content }) })
}

/// Whether the picture consists of planes of luma and chroma.
pub(super) fn has_planes(source: &[u8], size: Size) -> Result<bool, ImageError> {
    let header = Header::read(source).map_err(|refusal| error(refusal, size))?;
    Ok(header.color == ColorModel::YCbCr)
}

/// The colours of four planes of ink, which are of one size.
fn of_inks(planes: &[Plane], space: &Space<'_>) -> Result<Raster, ImageError> {
    let [cyan, magenta, yellow, black] = planes else {
        return Err(ImageError::Corrupt("an ink is missing".into()));
    };
    // The sides of a plane are those of a frame, which are of 16 bits.
    let size = Size { width: cyan.width() as u32, height: cyan.height() as u32 };
    let mut raster = Raster::blank(size, Channels::Rgb)?;
    let Some(transform) = Transform::for_source(space, Model::Cmyk)? else { return Ok(raster) };
    let mut inks = vec![[0; 4]; cyan.width()];
    for (y, row) in raster.rows_mut().enumerate() {
        let samples = cyan.row(y).iter().zip(magenta.row(y)).zip(yellow.row(y)).zip(black.row(y));
        for (pixel, (((&cyan, &magenta), &yellow), &black)) in inks.iter_mut().zip(samples) {
            *pixel = [cyan, magenta, yellow, black];
        }
        transform.inks(&inks, row.as_chunks_mut().0);
    }
    Ok(raster)
}

/// How many samples each component has for pixels of the picture, across and down.
fn ratios(header: &Header, scale: Scale) -> Vec<(Ratio, Ratio)> {
    let most = |factor: fn(&decode::Component) -> u8| header.components.iter().map(factor).max().unwrap_or(1);
    let (across, down) = (most(|component| component.horizontal), most(|component| component.vertical));
    let ratio = |factor: u8, most: u8| Ratio::new(factor.into(), u32::from(most) * scale.divisor());
    let components = header.components.iter();
    components.map(|component| (ratio(component.horizontal, across), ratio(component.vertical, down))).collect()
}

fn error(error: DecodeError, size: Size) -> ImageError {
    match error {
        DecodeError::Unsupported(kind) => ImageError::Unsupported(format!("a JPEG of this kind: {kind}")),
        DecodeError::Memory { .. } | DecodeError::Allocation(_) => size.does_not_fit(),
        DecodeError::Work => ImageError::TooLarge(format!("scans: {error}")),
        DecodeError::NotJpeg | DecodeError::NoPicture | DecodeError::Malformed(_) => {
            ImageError::Corrupt(error.to_string())
        }
    }
}
