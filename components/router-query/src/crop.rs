//! Cuts: `W,H` or `A:B`, then where the cut begins and whether it may shrink.

use lucarne_guest::router::{Crop, CropOffset, CropSize, Overflow};

use crate::length::{MOST_SOURCE_PIXELS, WHOLE, cut_side};
use crate::number::{decimal, integer};

/// What a cut may be.
pub(crate) const CROP: &str = "width,height (each as pixels, 0.5 or 50p) or a ratio such as 4:3, \
    then any of ,x40 or ,offset-x25 (percent), ,y40 or ,offset-y25, and ,safe";

/// Half of the free space on either side.
pub(crate) const CENTRED: CropOffset = CropOffset::Share(5_000);

/// The greatest term of a ratio.
const MOST_RATIO: u32 = 10_000;

/// A cut around the centre where it does not say otherwise. What follows the size may come in any order, each once.
pub(crate) fn crop(text: &str) -> Option<Crop> {
    let mut parts = text.split(',');
    let first = parts.next()?;
    let size = match first.split_once(':') {
        Some((width, height)) => ratio(width, height)?,
        None => CropSize::Box((cut_side(first)?, cut_side(parts.next()?)?)),
    };
    let (mut x, mut y, mut overflow) = (None, None, None);
    for part in parts {
        if part == "safe" {
            once(&mut overflow, Overflow::Clamp)?;
        } else if let Some(percentage) = part.strip_prefix("offset-x") {
            once(&mut x, offset_share(percentage)?)?;
        } else if let Some(percentage) = part.strip_prefix("offset-y") {
            once(&mut y, offset_share(percentage)?)?;
        } else if let Some(pixels) = part.strip_prefix('x') {
            once(&mut x, offset_pixels(pixels)?)?;
        } else if let Some(pixels) = part.strip_prefix('y') {
            once(&mut y, offset_pixels(pixels)?)?;
        } else {
            return None;
        }
    }
    Some(Crop {
        size,
        x: x.unwrap_or(CENTRED),
        y: y.unwrap_or(CENTRED),
        overflow: overflow.unwrap_or(Overflow::Refuse),
    })
}

fn ratio(width: &str, height: &str) -> Option<CropSize> {
    let (width, height) = (integer(width, 1..=MOST_RATIO)?, integer(height, 1..=MOST_RATIO)?);
    let divisor = greatest_common_divisor(width, height);
    Some(CropSize::Ratio((width / divisor, height / divisor)))
}

fn greatest_common_divisor(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

fn offset_share(percentage: &str) -> Option<CropOffset> {
    let share = decimal(percentage, 2, 0..=WHOLE)?;
    u16::try_from(share).ok().map(CropOffset::Share)
}

fn offset_pixels(pixels: &str) -> Option<CropOffset> {
    integer(pixels, 0..=MOST_SOURCE_PIXELS).map(CropOffset::Pixels)
}

/// Fills a slot; `None` where it is taken.
fn once<T>(slot: &mut Option<T>, value: T) -> Option<()> {
    slot.replace(value).is_none().then_some(())
}
