//! The two calls of the world, from bytes to result: read the head, lay the plan out on its size, decode, render,
//! encode. What can be refused is refused before a pixel is decoded.

use lucarne_guest::image::{ImageError, ImageInfo, ImageLimits, ImageOutput, ImagePlan, Orientation};

use crate::encode::Encoding;
use crate::geometry::Layout;
use crate::head::Head;
use crate::turn::Turn;
use crate::{background, decode, limits, render};

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
    let encoding = Encoding::choose(plan, head.format)?;
    let layout = Layout::of(&plan.steps, turn.size(head.size), limits)?;
    encoding.check_size(layout.size)?;
    let canvas = background::canvas(plan.background, encoding);

    let stored = decode::decode(source, &head, limits)?;
    let picture = render::render(stored, turn, &layout.operations, canvas)?;
    let body = encoding.encode(picture, canvas, limits)?;
    let (format, truncated) = (encoding.format(), false);
    Ok(ImageOutput { format, width: layout.size.width, height: layout.size.height, body, truncated })
}

#[cfg(test)]
mod tests;
