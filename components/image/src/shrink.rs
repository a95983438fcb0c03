//! How much smaller a decoder may make a picture before the kernel sees it.
//!
//! A JPEG's transform can be left with fewer points, which saves most of its time. What is decoded has to have more
//! samples than the result has pixels, and how many more is a matter of [`Effort`].

use lucarne_guest::image::{Effort, Filter, Light};
use lucarne_jpeg::decode::Scale;

use crate::geometry::{Operation, UNITS};

/// The smallest scale that a layout allows.
///
/// `balanced` and `speed` take an nth only of what becomes at most an n + 1st, as sharp does. `quality` leaves 1.5
/// samples a pixel. The nearest sample and the mean of light are of what is stored: nothing may be averaged before.
pub(crate) fn scale(operations: &[Operation], effort: Effort, light: Light) -> Scale {
    let resized = operations.iter().find(|operation| !matches!(operation, Operation::Cut(_)));
    let Some(&Operation::Scale { window, size, filter }) = resized else { return Scale::Full };
    if light == Light::Linear || filter == Filter::Nearest {
        return Scale::Full;
    }
    let fits = |scale: &Scale| {
        let nth = u64::from(scale.divisor());
        let (samples, pixels) = match effort {
            Effort::Speed | Effort::Balanced => (nth + 1, 1),
            Effort::Quality => (3 * nth, 2),
        };
        // Twice the sides: one that follows from the other may be half a pixel longer than their ratio says.
        let enough = |shown: u64, halves: u64| 2 * shown * pixels >= halves * UNITS * samples;
        let (width, height) = (2 * u64::from(size.width), 2 * u64::from(size.height));
        enough(window.width, width) && enough(window.height, height - 1)
            || enough(window.width, width - 1) && enough(window.height, height)
    };
    Scale::ALL.into_iter().rev().find(fits).unwrap_or(Scale::Full)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::{Rect, Size, Window};

    fn to(size: u32) -> Operation {
        let window = Window::whole(Size { width: 4000, height: 3000 });
        Operation::Scale { window, size: Size { width: size, height: size * 3 / 4 }, filter: Filter::Lanczos3 }
    }

    #[test]
    fn the_scale_is_the_smallest_that_leaves_enough() {
        let cases = [
            (4000, Scale::Full, Scale::Full),
            (1340, Scale::Full, Scale::Full),
            (1332, Scale::Half, Scale::Half),
            (804, Scale::Half, Scale::Half),
            (800, Scale::Quarter, Scale::Half),
            (664, Scale::Quarter, Scale::Quarter),
            (448, Scale::Quarter, Scale::Quarter),
            (444, Scale::Eighth, Scale::Quarter),
            (332, Scale::Eighth, Scale::Eighth),
            (4, Scale::Eighth, Scale::Eighth),
        ];
        for (width, balanced, quality) in cases {
            assert_eq!(scale(&[to(width)], Effort::Balanced, Light::Stored), balanced, "{width}");
            assert_eq!(scale(&[to(width)], Effort::Speed, Light::Stored), balanced, "{width}");
            assert_eq!(scale(&[to(width)], Effort::Quality, Light::Stored), quality, "{width}");
        }
    }

    #[test]
    fn a_side_that_was_rounded_up_costs_no_scale() {
        let window = Window::whole(Size { width: 4000, height: 2994 });
        let rounded = |size| [Operation::Scale { window, size, filter: Filter::Lanczos3 }];
        let cases = [((800, 599), Scale::Quarter), ((801, 599), Scale::Half), ((800, 600), Scale::Half)];
        for ((width, height), expected) in cases {
            let size = Size { width, height };
            assert_eq!(scale(&rounded(size), Effort::Balanced, Light::Stored), expected, "{size}");
        }
    }

    #[test]
    fn only_what_is_averaged_anyway_is_averaged_before() {
        assert_eq!(scale(&[to(40)], Effort::Speed, Light::Linear), Scale::Full);
        let Operation::Scale { window, size, .. } = to(40) else { unreachable!("it is a resize") };
        let nearest = Operation::Scale { window, size, filter: Filter::Nearest };
        assert_eq!(scale(&[nearest], Effort::Speed, Light::Stored), Scale::Full);
        assert_eq!(scale(&[], Effort::Speed, Light::Stored), Scale::Full);
    }

    #[test]
    fn a_cut_is_seen_through_and_a_canvas_is_not() {
        let cut = Operation::Cut(Rect { x: 0, y: 0, width: 4000, height: 3000 });
        let pad = Operation::Pad { canvas: Size { width: 5000, height: 5000 }, x: 0, y: 0 };
        assert_eq!(scale(&[cut.clone(), to(400)], Effort::Balanced, Light::Stored), Scale::Eighth);
        assert_eq!(scale(&[pad, to(400)], Effort::Balanced, Light::Stored), Scale::Full);
    }
}
