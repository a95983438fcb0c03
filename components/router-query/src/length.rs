//! Lengths: `300` is pixels, `0.5` and `50p` are shares of the picture's own length on the axis.

use lucarne_guest::router::Length;

use crate::number::{decimal, integer};

/// The longest side of a result, in pixels.
pub(crate) const MOST_PIXELS: u32 = 8_192;

/// The greatest share of its own length that a side can be given: `1000p`.
pub(crate) const MOST_SHARE: u32 = 100_000;

/// The longest side that a source can have (JPEG's bound, the greatest of the formats read), in pixels.
pub(crate) const MOST_SOURCE_PIXELS: u32 = 65_535;

/// The whole of the picture's own length.
pub(crate) const WHOLE: u32 = 10_000;

/// What a side of a result may be.
pub(crate) const SIDE: &str = "pixels from 1 to 8192, a fraction such as 0.5, or a percentage such as 50p";

/// A side of a result.
pub(crate) fn side(text: &str) -> Option<Length> {
    length(text, MOST_PIXELS, MOST_SHARE)
}

/// A side of a cut.
pub(crate) fn cut_side(text: &str) -> Option<Length> {
    length(text, MOST_SOURCE_PIXELS, WHOLE)
}

/// A number with `p` is a percentage with at most two decimals; one with a point is a fraction with at most four, no
/// more than the whole; any other is pixels. So `1` is one pixel, and `1.0` and `100p` are the whole.
fn length(text: &str, most_pixels: u32, most_share: u32) -> Option<Length> {
    if let Some(percentage) = text.strip_suffix('p') {
        decimal(percentage, 2, 1..=most_share).map(Length::Share)
    } else if text.contains('.') {
        decimal(text, 4, 1..=WHOLE).map(Length::Share)
    } else {
        integer(text, 1..=most_pixels).map(Length::Pixels)
    }
}
