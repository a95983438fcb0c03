//! What size a resize makes, and of which part of the picture.

use lucarne_guest::image::{Fit, Focus, ImageError, ImageLimits, Resize};

use super::{Layout, Rect, Size, UNITS, WHOLE, Window, pixels, portion};
use crate::limits;

/// Width and height of a box or of a result, not yet held against a limit.
type Sides = (u64, u64);

/// Appends to a layout what a resize does to its picture.
///
/// Without `enlarge`, no side grows: a result is the box scaled down until the picture fills it.
///
/// # Errors
/// `impossible` without a length, `too-large` if the result or its canvas has too many pixels.
pub(super) fn lay_out(resize: &Resize, layout: &mut Layout, limits: &ImageLimits) -> Result<(), ImageError> {
    let from = layout.size;
    let width = resize.width.map(|length| pixels(length, from.width)).transpose()?;
    let height = resize.height.map(|length| pixels(length, from.height)).transpose()?;
    let sides = match (width, height) {
        (None, None) => return Err(ImageError::Impossible("a resize names neither width nor height".into())),
        (Some(width), None) => by_width(from, if resize.enlarge { width } else { width.min(from.width.into()) }),
        (None, Some(height)) => by_height(from, if resize.enlarge { height } else { height.min(from.height.into()) }),
        (Some(width), Some(height)) => {
            let sides = (width, height);
            match resize.fit {
                Fit::Inside | Fit::Pad => inside(from, sides, resize.enlarge),
                Fit::Cover => cover(from, sides, resize.enlarge),
                Fit::Crop | Fit::Fill => fillable(from, sides, resize.enlarge),
            }
        }
    };
    let size = limits::check_output(sides.0, sides.1, limits)?;
    match (resize.fit, width, height) {
        (Fit::Crop, Some(_), Some(_)) => {
            let window = window(from, size, resize.focus);
            if (window.width, window.height) == (u64::from(size.width) * UNITS, u64::from(size.height) * UNITS) {
                layout.cut(whole_pixels(window, size));
            } else {
                layout.scale(window, size, resize.filter);
            }
        }
        (Fit::Pad, Some(width), Some(height)) => {
            let canvas = limits::check_output(width, height, limits)?;
            layout.scale(Window::whole(from), size, resize.filter);
            layout.pad(canvas);
        }
        _ => layout.scale(Window::whole(from), size, resize.filter),
    }
    Ok(())
}

/// The largest sides within the box, in the picture's ratio.
fn inside(from: Size, (width, height): Sides, enlarge: bool) -> Sides {
    if !enlarge && width >= from.width.into() && height >= from.height.into() {
        return (from.width.into(), from.height.into());
    }
    if is_wider((width, height), from) { by_height(from, height) } else { by_width(from, width) }
}

/// The smallest sides that cover the box, in the picture's ratio.
fn cover(from: Size, (width, height): Sides, enlarge: bool) -> Sides {
    if !enlarge && (width > from.width.into() || height > from.height.into()) {
        return (from.width.into(), from.height.into());
    }
    if is_wider((width, height), from) { by_width(from, width) } else { by_height(from, height) }
}

/// The box, or the largest of its ratio that is no larger than the picture on either axis.
fn fillable(from: Size, (width, height): Sides, enlarge: bool) -> Sides {
    let (from_width, from_height) = (from.width.into(), from.height.into());
    if enlarge || (width <= from_width && height <= from_height) {
        (width, height)
    } else if is_wider((width, height), from) {
        (from_width, portion(height, from_width, width).max(1))
    } else {
        (portion(width, from_height, height).max(1), from_height)
    }
}

/// What a picture cut to the ratio of `size` shows, as near to the focus as its edges allow.
fn window(from: Size, size: Size, focus: Focus) -> Window {
    let whole = Window::whole(from);
    let (width, height) = if is_wider((size.width.into(), size.height.into()), from) {
        (whole.width, portion(whole.width, size.height.into(), size.width.into()).clamp(1, whole.height))
    } else {
        (portion(whole.height, size.width.into(), size.height.into()).clamp(1, whole.width), whole.height)
    };
    Window { left: start(whole.width, width, focus.x), top: start(whole.height, height, focus.y), width, height }
}

/// Where `length` begins on an axis if its middle is at the focus, or as near as the ends of the axis allow.
fn start(axis: u64, length: u64, focus: u16) -> u64 {
    portion(axis, focus.into(), WHOLE).saturating_sub(length / 2).min(axis - length)
}

/// A window of as many pixels as `size` has, moved to the nearest whole ones: a cut resamples nothing.
fn whole_pixels(window: Window, size: Size) -> Rect {
    let nearest = |units: u64| ((units + UNITS / 2) / UNITS) as u32;
    Rect { x: nearest(window.left), y: nearest(window.top), width: size.width, height: size.height }
}

/// Whether a box has a larger ratio of width to height than a picture, or the same.
fn is_wider((width, height): Sides, from: Size) -> bool {
    u128::from(width) * u128::from(from.height) >= u128::from(height) * u128::from(from.width)
}

/// A width, and the height that follows.
fn by_width(from: Size, width: u64) -> Sides {
    (width, portion(width, from.height.into(), from.width.into()).max(1))
}

/// A height, and the width that follows.
fn by_height(from: Size, height: u64) -> Sides {
    (portion(height, from.width.into(), from.height.into()).max(1), height)
}
