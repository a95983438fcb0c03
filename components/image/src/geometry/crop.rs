//! Where a crop cuts.

use lucarne_guest::image::{Crop, CropOffset, CropSize, ImageError, Overflow};

use super::{Rect, Size, WHOLE, pixels, portion};

/// The part of a picture of `size` that a crop keeps.
///
/// # Errors
/// `impossible` for a cut that reaches beyond the picture and must not, or that no pixel remains of.
pub(super) fn rect(crop: &Crop, size: Size) -> Result<Rect, ImageError> {
    let (width, height) = match crop.size {
        CropSize::Box((width, height)) => (pixels(width, size.width)?, pixels(height, size.height)?),
        CropSize::Ratio((across, down)) => largest(across.into(), down.into(), size)?,
    };
    let x = offset(crop.x, width, size.width);
    let y = offset(crop.y, height, size.height);
    let free_width = u64::from(size.width).saturating_sub(x);
    let free_height = u64::from(size.height).saturating_sub(y);
    match crop.overflow {
        Overflow::Refuse if width > free_width || height > free_height => Err(ImageError::Impossible(format!(
            "a cut of {width}x{height} at {x},{y} reaches beyond the picture, which has {size}"
        ))),
        Overflow::Clamp if free_width == 0 || free_height == 0 => {
            Err(ImageError::Impossible(format!("a cut at {x},{y} begins beyond the picture, which has {size}")))
        }
        // What is free is part of a side, so it fits its type.
        Overflow::Refuse | Overflow::Clamp => Ok(Rect {
            x: x as u32,
            y: y as u32,
            width: width.min(free_width) as u32,
            height: height.min(free_height) as u32,
        }),
    }
}

/// The largest width and height within `size` whose ratio is as near to `across` : `down` as pixels allow.
fn largest(across: u64, down: u64, size: Size) -> Result<(u64, u64), ImageError> {
    if across == 0 || down == 0 {
        return Err(ImageError::Impossible(format!("a ratio of {across}:{down} makes no picture")));
    }
    let (width, height) = (u64::from(size.width), u64::from(size.height));
    if u128::from(width) * u128::from(down) <= u128::from(height) * u128::from(across) {
        Ok((width, portion(width, down, across).max(1)))
    } else {
        Ok((portion(height, across, down).max(1), height))
    }
}

/// Where a cut of `length` begins on an axis of `axis` pixels.
fn offset(offset: CropOffset, length: u64, axis: u32) -> u64 {
    match offset {
        CropOffset::Pixels(pixels) => pixels.into(),
        CropOffset::Share(share) => portion(u64::from(axis).saturating_sub(length), share.into(), WHOLE),
    }
}
