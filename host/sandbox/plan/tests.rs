//! Equal plans have equal texts, and no two that differ share one.

use std::collections::HashMap;

use super::*;
use crate::sandbox::bindings::imaging::{Color, Focus, ImageFormat as GuestFormat, Resize};

const RESIZE: Resize = Resize {
    width: Some(Length::Pixels(20)),
    height: None,
    fit: Fit::Inside,
    filter: Filter::Lanczos3,
    enlarge: false,
    focus: Focus { x: 5_000, y: 5_000 },
};

fn plain() -> GuestPlan {
    GuestPlan {
        orientation: Orientation::Tagged,
        steps: vec![Step::Resize(RESIZE)],
        background: None,
        format: None,
        quality: None,
        lossless: None,
        effort: Effort::Balanced,
        light: Light::Stored,
        metadata: MetadataPolicy::None,
        truncated: TruncatedPolicy::Refuse,
    }
}

fn text(plan: &GuestPlan) -> String {
    ImagePlan::checked(plan.clone()).unwrap().canonical().to_owned()
}

#[test]
fn only_what_differs_from_the_default_is_in_words() {
    assert_eq!(text(&plain()), "resize(width=20px inside lanczos3) encode(as-source)");
    let plan = GuestPlan {
        orientation: Orientation::Fixed(6),
        background: Some(Color { red: 255, green: 128, blue: 0, alpha: 16 }),
        format: Some(GuestFormat::Webp),
        quality: Some(70),
        lossless: Some(false),
        effort: Effort::Quality,
        light: Light::Linear,
        metadata: MetadataPolicy::Copyright,
        truncated: TruncatedPolicy::Accept,
        ..plain()
    };
    let words = "orient(6) resize(width=20px inside lanczos3) background(ff800010) truncated(accept) light(linear) \
                 effort(quality) metadata(copyright) encode(image/webp q=70 lossy)";
    assert_eq!(text(&plan), words);
}

#[test]
fn plans_that_differ_in_one_choice_have_different_texts() {
    let mut texts = HashMap::new();
    let formats = [None, Some(GuestFormat::Jpeg), Some(GuestFormat::Webp)];
    for (format, quality) in formats.into_iter().flat_map(|format| [None, Some(80)].map(|quality| (format, quality))) {
        for lossless in [None, Some(false), Some(true)] {
            for effort in [Effort::Speed, Effort::Balanced, Effort::Quality] {
                for light in [Light::Stored, Light::Linear] {
                    for metadata in [MetadataPolicy::None, MetadataPolicy::Copyright, MetadataPolicy::All] {
                        for truncated in [TruncatedPolicy::Accept, TruncatedPolicy::Refuse] {
                            let plan =
                                GuestPlan { format, quality, lossless, effort, light, metadata, truncated, ..plain() };
                            assert_eq!(texts.insert(text(&plan), plan.clone()), None, "{}", text(&plan));
                        }
                    }
                }
            }
        }
    }
    assert_eq!(texts.len(), 3 * 2 * 3 * 3 * 2 * 3 * 2);
}
