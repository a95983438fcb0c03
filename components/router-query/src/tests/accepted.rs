//! Every parameter's accepted values, and what each is in the plan.

use lucarne_guest::router::{
    Color, Crop, CropOffset, CropSize, Effort, Filter, Fit, ImageFormat, ImagePlan, Length, Light, MetadataPolicy,
    Orientation, Overflow, Resize, Step, TruncatedPolicy,
};

use super::{plan_of, resize_of};

#[test]
fn lengths_are_pixels_fractions_or_percentages() {
    for (text, length) in [
        ("1", Length::Pixels(1)),
        ("300", Length::Pixels(300)),
        ("8192", Length::Pixels(8_192)),
        ("0.5", Length::Share(5_000)),
        ("0.50", Length::Share(5_000)),
        ("0.0001", Length::Share(1)),
        ("0.9999", Length::Share(9_999)),
        ("50p", Length::Share(5_000)),
        ("12.5p", Length::Share(1_250)),
        ("0.01p", Length::Share(1)),
        ("99.99p", Length::Share(9_999)),
    ] {
        for name in ["width", "w"] {
            assert_eq!(resize_of(&format!("{name}={text}")).width, Some(length), "{name}={text}");
        }
        for name in ["height", "h"] {
            assert_eq!(resize_of(&format!("{name}={text}")).height, Some(length), "{name}={text}");
        }
    }
    let resize = resize_of("w=1000p&enable=upscale");
    assert_eq!((resize.width, resize.enlarge), (Some(Length::Share(100_000)), true));
}

#[test]
fn one_side_leaves_the_other_to_the_ratio() {
    assert_eq!(resize_of("w=200"), Resize::to_width(200));
    assert_eq!(resize_of("h=200").width, None);
}

#[test]
fn pixel_ratio_multiplies_sides_and_rounds_halves_up() {
    for (query, width) in [
        ("w=100&dpr=1", Length::Pixels(100)),
        ("w=100&dpr=2", Length::Pixels(200)),
        ("w=100&dpr=2.0", Length::Pixels(200)),
        ("w=101&dpr=1.5", Length::Pixels(152)),
        ("w=33&dpr=1.25", Length::Pixels(41)),
        ("w=819&dpr=10", Length::Pixels(8_190)),
        ("w=4096&dpr=2", Length::Pixels(8_192)),
        ("w=25p&dpr=2", Length::Share(5_000)),
        ("w=0.0001&dpr=1.5", Length::Share(2)),
        ("w=100p&dpr=10&enable=upscale", Length::Share(100_000)),
    ] {
        assert_eq!(resize_of(query).width, Some(width), "{query}");
    }
}

#[test]
fn pixel_ratio_leaves_a_cut_alone() {
    assert_eq!(plan_of("crop=100,50&dpr=3"), plan_of("crop=100,50"));
}

#[test]
fn fits() {
    for (text, fit) in [
        ("bounds", Fit::Inside),
        ("inside", Fit::Inside),
        ("contain", Fit::Inside),
        ("cover", Fit::Cover),
        ("crop", Fit::Crop),
        ("fill", Fit::Fill),
        ("pad", Fit::Pad),
    ] {
        let resize = resize_of(&format!("w=300&h=200&fit={text}"));
        let expected = Resize { height: Some(Length::Pixels(200)), fit, ..Resize::to_width(300) };
        assert_eq!(resize, expected, "{text}");
    }
}

#[test]
fn upscale_is_off_unless_enabled() {
    for (query, enlarge) in [("w=300", false), ("w=300&disable=upscale", false), ("w=300&enable=upscale", true)] {
        assert_eq!(resize_of(query).enlarge, enlarge, "{query}");
    }
}

#[test]
fn filters() {
    for (text, filter) in [
        ("nearest", Filter::Nearest),
        ("bilinear", Filter::Linear),
        ("linear", Filter::Linear),
        ("bicubic", Filter::CatmullRom),
        ("cubic", Filter::CatmullRom),
        ("mitchell", Filter::Mitchell),
        ("lanczos", Filter::Lanczos3),
        ("lanczos3", Filter::Lanczos3),
    ] {
        assert_eq!(resize_of(&format!("w=300&resize-filter={text}")).filter, filter, "{text}");
    }
}

#[test]
fn cuts() {
    use CropOffset::{Pixels as At, Share as Part};
    use Length::{Pixels, Share};
    const CENTRED: CropOffset = Part(5_000);

    let cut = |width, height| CropSize::Box((width, height));
    let ratio = |width, height| CropSize::Ratio((width, height));
    for (text, size, x, y, overflow) in [
        ("640,480", cut(Pixels(640), Pixels(480)), CENTRED, CENTRED, Overflow::Refuse),
        ("65535,1", cut(Pixels(65_535), Pixels(1)), CENTRED, CENTRED, Overflow::Refuse),
        ("0.8,40p", cut(Share(8_000), Share(4_000)), CENTRED, CENTRED, Overflow::Refuse),
        ("640,0.4", cut(Pixels(640), Share(4_000)), CENTRED, CENTRED, Overflow::Refuse),
        ("1:1", ratio(1, 1), CENTRED, CENTRED, Overflow::Refuse),
        ("4:3", ratio(4, 3), CENTRED, CENTRED, Overflow::Refuse),
        ("10000:9999", ratio(10_000, 9_999), CENTRED, CENTRED, Overflow::Refuse),
        ("640,480,x10,y20", cut(Pixels(640), Pixels(480)), At(10), At(20), Overflow::Refuse),
        ("640,480,y20,x10", cut(Pixels(640), Pixels(480)), At(10), At(20), Overflow::Refuse),
        ("640,480,offset-x10,y20", cut(Pixels(640), Pixels(480)), Part(1_000), At(20), Overflow::Refuse),
        ("4:3,offset-x0,offset-y100", ratio(4, 3), Part(0), Part(10_000), Overflow::Refuse),
        ("4:3,offset-x33.33", ratio(4, 3), Part(3_333), CENTRED, Overflow::Refuse),
        ("640,480,safe", cut(Pixels(640), Pixels(480)), CENTRED, CENTRED, Overflow::Clamp),
        ("640,480,safe,x65535", cut(Pixels(640), Pixels(480)), At(65_535), CENTRED, Overflow::Clamp),
    ] {
        let plan = ImagePlan { steps: vec![Step::Crop(Crop { size, x, y, overflow })], ..ImagePlan::default() };
        assert_eq!(plan_of(&format!("crop={text}")), plan, "{text}");
    }
}

#[test]
fn cut_comes_before_resize() {
    for query in ["w=200&crop=1:1", "crop=1:1&w=200"] {
        let steps = plan_of(query).steps;
        assert!(matches!(steps.as_slice(), [Step::Crop(_), Step::Resize(_)]), "{query}: {steps:?}");
    }
}

#[test]
fn orientation_is_the_tag_unless_fixed() {
    assert_eq!(plan_of("w=200").orientation, Orientation::Tagged);
    for value in 1..=8 {
        assert_eq!(plan_of(&format!("orient={value}")).orientation, Orientation::Fixed(value));
    }
}

#[test]
fn colors() {
    for (text, [red, green, blue, alpha]) in [
        ("a2f", [0xaa, 0x22, 0xff, 255]),
        ("A2F", [0xaa, 0x22, 0xff, 255]),
        ("c0ffee", [0xc0, 0xff, 0xee, 255]),
        ("c0ffee80", [0xc0, 0xff, 0xee, 0x80]),
        ("0,0,0", [0, 0, 0, 255]),
        ("1,20,255", [1, 20, 255, 255]),
        ("1,2,3,0", [1, 2, 3, 0]),
        ("1,2,3,1", [1, 2, 3, 255]),
        ("1,2,3,1.0", [1, 2, 3, 255]),
        ("1,2,3,0.5", [1, 2, 3, 128]),
        ("1,2,3,0.0001", [1, 2, 3, 0]),
    ] {
        let background = plan_of(&format!("bg-color={text}")).background;
        assert_eq!(background, Some(Color { red, green, blue, alpha }), "{text}");
    }
}

#[test]
fn formats() {
    for (text, format) in [
        ("jpg", ImageFormat::Jpeg),
        ("jpeg", ImageFormat::Jpeg),
        ("png", ImageFormat::Png),
        ("webp", ImageFormat::Webp),
    ] {
        for name in ["format", "fm"] {
            assert_eq!(plan_of(&format!("{name}={text}")).format, Some(format), "{name}={text}");
        }
    }
    assert_eq!(plan_of("w=200").format, None);
}

#[test]
fn qualities() {
    for value in [1, 75, 100] {
        for name in ["quality", "q"] {
            assert_eq!(plan_of(&format!("{name}={value}")).quality, Some(value), "{name}={value}");
        }
    }
    assert_eq!(plan_of("w=200").quality, None);
}

#[test]
fn loss() {
    assert_eq!(plan_of("format=webp").lossless, None);
    for (text, lossless) in [("true", true), ("false", false)] {
        for format in ["", "format=webp&", "format=auto&"] {
            assert_eq!(plan_of(&format!("{format}lossless={text}")).lossless, Some(lossless), "{format}{text}");
        }
    }
}

#[test]
fn efforts() {
    for (text, effort) in [("speed", Effort::Speed), ("balanced", Effort::Balanced), ("quality", Effort::Quality)] {
        assert_eq!(plan_of(&format!("effort={text}")).effort, effort, "{text}");
    }
}

#[test]
fn lights() {
    for (text, light) in [("stored", Light::Stored), ("linear", Light::Linear)] {
        assert_eq!(plan_of(&format!("w=200&light={text}")).light, light, "{text}");
    }
}

#[test]
fn metadata_policies() {
    for (text, policy) in
        [("none", MetadataPolicy::None), ("copyright", MetadataPolicy::Copyright), ("all", MetadataPolicy::All)]
    {
        assert_eq!(plan_of(&format!("metadata={text}")).metadata, policy, "{text}");
    }
}

#[test]
fn truncated_policies() {
    for (text, policy) in [("accept", TruncatedPolicy::Accept), ("refuse", TruncatedPolicy::Refuse)] {
        assert_eq!(plan_of(&format!("truncated={text}")).truncated, policy, "{text}");
    }
}
