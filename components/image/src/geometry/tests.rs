//! Geometry: a table of plans and sizes, and what holds for all of them.

use lucarne_guest::image::{Crop, CropOffset, CropSize, Fit, Focus, Overflow, Resize};
use proptest::prelude::*;

use super::*;
use crate::fixture;

const FITS: [Fit; 5] = [Fit::Inside, Fit::Cover, Fit::Crop, Fit::Fill, Fit::Pad];

fn generous() -> ImageLimits {
    ImageLimits { source_pixels: u64::MAX, output_pixels: u64::MAX, output_bytes: u64::MAX }
}

fn lay_out(step: Step, width: u32, height: u32) -> Result<Layout, ImageError> {
    Layout::of(&[step], Size { width, height }, &generous())
}

fn sizes() -> impl Strategy<Value = Size> {
    // Cover of the one extreme by the other stays within what memory can address.
    let side = || prop_oneof![1..20u32, 1..700u32];
    (side(), side()).prop_map(|(width, height)| Size { width, height })
}

fn resizes() -> impl Strategy<Value = Resize> {
    (sizes(), prop::sample::select(FITS.to_vec()), any::<bool>(), 0..=10_000u16, 0..=10_000u16).prop_map(
        |(size, fit, enlarge, x, y)| Resize {
            enlarge,
            focus: Focus { x, y },
            ..fixture::resize(size.width, size.height, fit)
        },
    )
}

/// Every value that the types allow, the senseless ones too.
fn steps() -> impl Strategy<Value = Step> {
    let length = || prop_oneof![any::<u32>().prop_map(Length::Pixels), any::<u32>().prop_map(Length::Share)];
    let offset = || prop_oneof![any::<u32>().prop_map(CropOffset::Pixels), any::<u16>().prop_map(CropOffset::Share)];
    let crop_size = prop_oneof![
        (length(), length()).prop_map(CropSize::Box),
        (any::<u32>(), any::<u32>()).prop_map(CropSize::Ratio),
    ];
    let crop = (crop_size, offset(), offset(), any::<bool>()).prop_map(|(size, x, y, clamp)| {
        let overflow = if clamp { Overflow::Clamp } else { Overflow::Refuse };
        Step::Crop(Crop { size, x, y, overflow })
    });
    let sides = (prop::option::of(length()), prop::option::of(length()));
    let fit = prop::sample::select(FITS.to_vec());
    let resize =
        (sides, fit, any::<bool>(), any::<u16>(), any::<u16>()).prop_map(|((width, height), fit, enlarge, x, y)| {
            let focus = Focus { x, y };
            Step::Resize(Resize { width, height, enlarge, focus, ..fixture::resize(1, 1, fit) })
        });
    prop_oneof![crop, resize]
}

/// Whether one side follows from the other in the ratio of `from`, to within the rounding of a pixel.
fn keeps_ratio(size: Size, from: Size) -> bool {
    let (width, height) = (f64::from(size.width), f64::from(size.height));
    let ratio = f64::from(from.width) / f64::from(from.height);
    let follows = |side: f64, exact: f64| (side - exact).abs() <= 0.5001 || (side == 1.0 && exact < 1.0);
    follows(height, width / ratio) || follows(width, height * ratio)
}

/// What each operation shows lies within the picture it works on; the size after the last.
fn trace(from: Size, layout: &Layout) -> Result<Size, TestCaseError> {
    let mut size = from;
    for operation in &layout.operations {
        size = match *operation {
            Operation::Cut(rect) => {
                prop_assert!(rect.width >= 1 && rect.height >= 1);
                prop_assert!(u64::from(rect.x) + u64::from(rect.width) <= size.width.into());
                prop_assert!(u64::from(rect.y) + u64::from(rect.height) <= size.height.into());
                rect.size()
            }
            Operation::Scale { window, size: to, .. } => {
                let whole = Window::whole(size);
                prop_assert!(window.width >= 1 && window.height >= 1);
                prop_assert!(window.left + window.width <= whole.width);
                prop_assert!(window.top + window.height <= whole.height);
                to
            }
            Operation::Pad { canvas, x, y } => {
                prop_assert!(u64::from(x) + u64::from(size.width) <= canvas.width.into());
                prop_assert!(u64::from(y) + u64::from(size.height) <= canvas.height.into());
                canvas
            }
        };
        prop_assert!(size.width >= 1 && size.height >= 1);
    }
    Ok(size)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_resize_keeps_what_its_fit_promises(from in sizes(), resize in resizes()) {
        let Resize { width: Some(Length::Pixels(width)), height: Some(Length::Pixels(height)), .. } = resize else {
            return Err(TestCaseError::reject("both sides are pixels"));
        };
        let layout = lay_out(Step::Resize(resize), from.width, from.height).expect("within generous limits");
        let size = layout.size;
        prop_assert_eq!(trace(from, &layout)?, size);

        let fits_picture = width <= from.width && height <= from.height;
        let asked = Size { width, height };
        let exact = size == asked;
        match resize.fit {
            Fit::Inside => {
                prop_assert!(size.width <= width && size.height <= height);
                prop_assert!(size.width == width || size.height == height || (!resize.enlarge && size == from));
            }
            Fit::Cover => {
                let covers = size.width >= width && size.height >= height;
                prop_assert!(covers || (!resize.enlarge && size == from));
                prop_assert!(size.width == width || size.height == height || size == from);
            }
            Fit::Crop | Fit::Fill => {
                prop_assert!(exact || !(resize.enlarge || fits_picture));
                prop_assert!(keeps_ratio(size, asked));
                // As large as the ratio of the box allows.
                prop_assert!(exact || size.width == from.width || size.height == from.height);
            }
            Fit::Pad => prop_assert!(exact),
        }
        if matches!(resize.fit, Fit::Inside | Fit::Cover) {
            prop_assert!(keeps_ratio(size, from), "{} from {}", size, from);
        }
        if !resize.enlarge && resize.fit != Fit::Pad {
            prop_assert!(size.width <= from.width && size.height <= from.height);
        }
    }

    #[test]
    fn padding_enlarges_the_canvas_and_not_the_picture(from in sizes(), resize in resizes()) {
        let resize = Resize { fit: Fit::Pad, enlarge: false, ..resize };
        let layout = lay_out(Step::Resize(resize), from.width, from.height).expect("within generous limits");
        for operation in &layout.operations {
            if let Operation::Scale { size, .. } = operation {
                prop_assert!(size.width <= from.width && size.height <= from.height);
            }
        }
    }

    #[test]
    fn one_side_draws_the_other_after_it(from in sizes(), side in 1..700u32, enlarge: bool, wide: bool, fit in 0..5usize) {
        let length = Some(Length::Pixels(side));
        let (width, height) = if wide { (length, None) } else { (None, length) };
        let resize = Resize { width, height, enlarge, ..fixture::resize(1, 1, FITS[fit]) };
        let size = lay_out(Step::Resize(resize), from.width, from.height).expect("within generous limits").size;
        let (given, axis) = if wide { (size.width, from.width) } else { (size.height, from.height) };
        prop_assert_eq!(given, if enlarge { side } else { side.min(axis) });
        prop_assert!(keeps_ratio(size, from));
    }

    #[test]
    fn a_cut_of_a_box_that_fits_is_that_box(from in sizes(), part in sizes(), x in 0..=10_000u16, y in 0..=10_000u16) {
        let (width, height) = (part.width.min(from.width), part.height.min(from.height));
        let crop = Crop {
            size: CropSize::Box((Length::Pixels(width), Length::Pixels(height))),
            x: CropOffset::Share(x),
            y: CropOffset::Share(y),
            overflow: Overflow::Refuse,
        };
        let layout = lay_out(Step::Crop(crop), from.width, from.height).expect("the box fits");
        prop_assert_eq!(layout.size, Size { width, height });
        trace(from, &layout)?;
    }

    #[test]
    fn a_cut_to_a_ratio_has_it_and_spans_the_picture(from in sizes(), ratio in sizes()) {
        let crop = Crop {
            size: CropSize::Ratio((ratio.width, ratio.height)),
            x: CropOffset::Share(5000),
            y: CropOffset::Share(5000),
            overflow: Overflow::Refuse,
        };
        let size = lay_out(Step::Crop(crop), from.width, from.height).expect("a ratio fits").size;
        prop_assert!(size.width == from.width || size.height == from.height);
        prop_assert!(keeps_ratio(size, ratio), "{} of {} as {}", size, from, ratio);
    }

    #[test]
    fn no_step_of_any_value_leaves_the_picture(from in sizes(), steps in prop::collection::vec(steps(), 0..5)) {
        for limits in [generous(), fixture::limits()] {
            match Layout::of(&steps, from, &limits) {
                Ok(layout) => prop_assert_eq!(trace(from, &layout)?, layout.size),
                Err(ImageError::Impossible(_) | ImageError::TooLarge(_)) => {}
                Err(other) => prop_assert!(false, "{other:?}"),
            }
        }
    }
}

#[test]
fn resizes_of_a_picture_of_400_by_300_come_to_these_sizes() {
    let cases = [
        (200, 200, Fit::Inside, false, (200, 150)),
        (200, 200, Fit::Cover, false, (267, 200)),
        (200, 200, Fit::Crop, false, (200, 200)),
        (200, 100, Fit::Fill, false, (200, 100)),
        (200, 200, Fit::Pad, false, (200, 200)),
        (800, 100, Fit::Inside, false, (133, 100)),
        (800, 800, Fit::Inside, false, (400, 300)),
        (800, 800, Fit::Inside, true, (800, 600)),
        (800, 100, Fit::Cover, false, (400, 300)),
        (800, 800, Fit::Crop, false, (300, 300)),
        (800, 200, Fit::Crop, false, (400, 100)),
        (800, 200, Fit::Fill, false, (400, 100)),
        (800, 200, Fit::Fill, true, (800, 200)),
        (800, 800, Fit::Pad, false, (800, 800)),
        (1, 1000, Fit::Fill, false, (1, 300)),
    ];
    for (width, height, fit, enlarge, expected) in cases {
        let resize = Resize { enlarge, ..fixture::resize(width, height, fit) };
        let size = lay_out(Step::Resize(resize), 400, 300).expect("within generous limits").size;
        assert_eq!((size.width, size.height), expected, "{width}x{height} {fit:?} {enlarge}");
    }
}

#[test]
fn lengths_round_half_away_and_never_to_nothing() {
    let cases = [
        (Length::Share(5000), None, (2, 2)),
        (Length::Share(1), None, (1, 1)),
        (Length::Pixels(2), None, (2, 2)),
        (Length::Share(10_000), Some(Length::Share(5000)), (3, 2)),
    ];
    for (width, height, expected) in cases {
        let resize = Resize { width: Some(width), height, ..fixture::resize(1, 1, Fit::Fill) };
        let size = lay_out(Step::Resize(resize), 3, 3).expect("within generous limits").size;
        assert_eq!((size.width, size.height), expected, "{width:?} {height:?}");
    }
}

#[test]
fn the_cut_follows_the_focus_until_an_edge_stops_it() {
    let cases = [(0, 0), (2500, 0), (5000, 100), (7500, 200), (10_000, 200), (u16::MAX, 200)];
    for (x, left) in cases {
        let resize = Resize { focus: Focus { x, y: 5000 }, ..fixture::resize(100, 100, Fit::Crop) };
        let layout = lay_out(Step::Resize(resize), 400, 200).expect("within generous limits");
        let window = Window { left: left * UNITS, top: 0, width: 200 * UNITS, height: 200 * UNITS };
        let expected = Operation::Scale { window, size: Size { width: 100, height: 100 }, filter: Filter::Lanczos3 };
        assert_eq!(layout.operations, [expected], "{x}");
    }
}

#[test]
fn a_cut_at_the_size_of_the_picture_resamples_nothing() {
    let layout = lay_out(Step::Resize(fixture::resize(99, 100, Fit::Crop)), 200, 100).expect("within generous limits");
    assert_eq!(layout.operations, [Operation::Cut(Rect { x: 51, y: 0, width: 99, height: 100 })]);
}

#[test]
fn a_step_that_changes_nothing_is_left_out() {
    for fit in FITS {
        let layout = lay_out(Step::Resize(fixture::resize(40, 30, fit)), 40, 30).expect("within generous limits");
        assert_eq!(layout.operations, [], "{fit:?}");
    }
}

#[test]
fn cuts_beyond_the_picture_are_refused_or_clamped() {
    let whole = Length::Share(10_000);
    let cases = [
        // width, x, overflow, the cut that is made
        (Length::Pixels(30), 80, Overflow::Refuse, None),
        (Length::Pixels(30), 80, Overflow::Clamp, Some((80, 20))),
        (Length::Pixels(30), 70, Overflow::Refuse, Some((70, 30))),
        (Length::Pixels(u32::MAX), u32::MAX, Overflow::Refuse, None),
        (Length::Pixels(30), 100, Overflow::Clamp, None),
        (Length::Share(20_000), 0, Overflow::Refuse, None),
        (Length::Share(20_000), 40, Overflow::Clamp, Some((40, 60))),
        (Length::Pixels(0), 0, Overflow::Clamp, None),
    ];
    for (width, x, overflow, expected) in cases {
        let crop =
            Crop { size: CropSize::Box((width, whole)), x: CropOffset::Pixels(x), y: CropOffset::Pixels(0), overflow };
        let made = lay_out(Step::Crop(crop), 100, 50).map(|layout| layout.operations);
        match expected {
            Some((x, width)) => assert_eq!(made, Ok(vec![Operation::Cut(Rect { x, y: 0, width, height: 50 })])),
            None => assert!(matches!(made, Err(ImageError::Impossible(_))), "{width:?} at {x}: {made:?}"),
        }
    }
}

#[test]
fn a_refused_cut_names_the_size_of_the_picture() {
    let crop = Crop {
        size: CropSize::Box((Length::Pixels(30), Length::Pixels(30))),
        x: CropOffset::Pixels(80),
        y: CropOffset::Pixels(0),
        overflow: Overflow::Refuse,
    };
    let Err(ImageError::Impossible(text)) = lay_out(Step::Crop(crop), 100, 50) else { panic!("the cut is refused") };
    assert!(text.contains("100x50"), "{text}");
}

#[test]
fn senseless_steps_are_impossible() {
    let centred = |size| {
        Step::Crop(Crop { size, x: CropOffset::Share(5000), y: CropOffset::Share(5000), overflow: Overflow::Clamp })
    };
    let cases = [
        Step::Resize(Resize { width: None, height: None, ..fixture::resize(1, 1, Fit::Inside) }),
        Step::Resize(fixture::resize(0, 10, Fit::Inside)),
        Step::Resize(Resize { width: Some(Length::Share(0)), ..fixture::resize(1, 1, Fit::Inside) }),
        centred(CropSize::Ratio((0, 1))),
        centred(CropSize::Ratio((1, 0))),
    ];
    for step in cases {
        let made = lay_out(step, 10, 10);
        assert!(matches!(made, Err(ImageError::Impossible(_))), "{step:?}: {made:?}");
    }
}

#[test]
fn a_picture_on_the_way_is_held_against_the_limit() {
    let limits = ImageLimits { output_pixels: 100, ..generous() };
    let enlarged = |width, height, fit| Step::Resize(Resize { enlarge: true, ..fixture::resize(width, height, fit) });
    let cases = [
        (vec![], 11, 10),
        (vec![enlarged(11, 10, Fit::Fill)], 2, 2),
        (vec![enlarged(11, 10, Fit::Fill), enlarged(1, 1, Fit::Fill)], 2, 2),
        (vec![enlarged(2, 100, Fit::Pad), enlarged(1, 1, Fit::Fill)], 1, 1),
        (vec![enlarged(1, 11, Fit::Cover)], 10, 1),
        (vec![enlarged(u32::MAX, u32::MAX, Fit::Fill)], 1, 1),
    ];
    for (steps, width, height) in cases {
        let made = Layout::of(&steps, Size { width, height }, &limits);
        let Err(ImageError::TooLarge(text)) = &made else { panic!("{steps:?} on {width}x{height}: {made:?}") };
        assert!(text.starts_with("output-pixels: "), "{text}");
    }
    let cut = [Step::Resize(fixture::resize(10, 10, Fit::Crop))];
    assert!(Layout::of(&cut, Size { width: 1000, height: 500 }, &limits).is_ok(), "only what is made counts");
}
