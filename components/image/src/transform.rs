//! The two calls of the world, from bytes to result: read the head, lay the plan out on its size, decode, render,
//! encode. What can be refused is refused before a pixel is decoded.

use lucarne_guest::image::{ImageError, ImageInfo, ImageLimits, ImageOutput, ImagePlan, Light, Orientation};
use lucarne_jpeg::encode::Sampling;

use crate::colour::{Model, Space, Transform};
use crate::decode::{Decoded, Form, Stage};
use crate::encode::Encoding;
use crate::geometry::{Layout, Size};
use crate::head::Head;
use crate::metadata::Metadata;
use crate::render::{First, WantedContent};
use crate::turn::Turn;
use crate::{background, decode, limits, render, shrink};

/// Reads the head of a picture, decoding no pixels.
///
/// # Errors
/// `unrecognized` and `corrupt` as the bytes deserve, `unsupported` for a picture that could not be decoded, and
/// `too-large` beyond the limit of source pixels.
pub fn inspect(source: &[u8], limits: &ImageLimits) -> Result<ImageInfo, ImageError> {
    let head = Head::read(source)?;
    limits::check_source(head.size, limits)?;
    Ok(ImageInfo {
        format: head.format,
        width: head.size.width,
        height: head.size.height,
        orientation: head.turn.exif(),
    })
}

/// Carries out a plan on a picture.
///
/// # Errors
/// Every case of [`ImageError`]; whatever the bytes and the plan are, it does not panic.
pub fn transform(source: &[u8], plan: &ImagePlan, limits: &ImageLimits) -> Result<ImageOutput, ImageError> {
    let head = Head::read(source)?;
    limits::check_source(head.size, limits)?;
    let turn = match plan.orientation {
        Orientation::Tagged => head.turn,
        Orientation::Fixed(value) => Turn::from_exif(value)
            .ok_or_else(|| ImageError::Impossible(format!("orientation {value} is not one of 1 to 8")))?,
    };
    let has_planes = decode::has_planes(source, &head)?;
    let encoding = Encoding::choose(plan, head.format, has_planes)?;
    let layout = Layout::of(&plan.steps, turn.size(head.size), limits)?;
    encoding.check_size(layout.size)?;
    let canvas = background::canvas(plan.background, encoding);

    let space = head.space(source);
    let transform = match space {
        Space::Srgb => None,
        _ if has_planes => Transform::for_source(&space, Model::Rgb)?,
        _ => None,
    };
    let content = if transform.is_some() { WantedContent::Pixels } else { encoding.content() };
    let form = match (plan.light, content.sampling(&layout.operations)) {
        (Light::Linear, _) => Form::Pixels,
        (Light::Stored, Sampling::S444) => Form::WholeChroma,
        (Light::Stored, Sampling::S422 | Sampling::S420) => Form::Stored,
    };
    let scale = shrink::scale(&layout.operations, plan.effort, plan.light);
    let first = First::of(head.size, turn, &layout.operations, plan.light);
    let scaling = first.map(|first| first.scaling);
    let wanted = decode::Wanted { scale, form, space: &space, scaling, truncated: plan.truncated };
    let Decoded { picture, truncated, stage } = decode::decode(source, &head, &wanted, limits)?;

    // Of pixels, their channels say what the profile has to be for. What is mapped is mapped as pixels, whatever the
    // encoder takes.
    let transform = match (transform, picture.channels()) {
        (None, Some(channels)) => {
            Transform::for_source(&space, if channels.is_grey() { Model::Grey } else { Model::Rgb })?
        }
        (transform, _) => transform,
    };
    let content = if transform.is_some() { WantedContent::Pixels } else { content };
    let wanted = render::Wanted { canvas, light: plan.light, content, transform };
    let operations = match (stage, first) {
        (Stage::Scaled, Some(first)) => &layout.operations[first.operations..],
        _ => &layout.operations,
    };
    let picture = render::render(picture, turn, operations, wanted)?;
    let metadata = Metadata::of(plan.metadata, &head, source);
    let body = encoding.encode(picture, canvas, &metadata, limits)?;
    let (format, Size { width, height }) = (encoding.format(), layout.size);
    Ok(ImageOutput { format, width, height, body, truncated })
}

#[cfg(test)]
mod tests;
