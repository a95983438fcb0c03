//! What holds for every query.

use lucarne_guest::router::{CropSize, ImageRoute, Length, Refusal, Route, Step};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::{image_of, no_webp, routed, settings};
use crate::length::{MOST_PIXELS, MOST_SHARE, MOST_SOURCE_PIXELS, WHOLE};
use crate::route;

/// One good pair of each parameter: `(names, value)`.
const PAIRS: &[(&[&str], &str)] = &[
    (&["width", "w"], "300"),
    (&["height", "h"], "25.5p"),
    (&["dpr"], "1.75"),
    (&["fit"], "bounds"),
    (&["enable"], "upscale"),
    (&["crop"], "4:3,x10,offset-y25,safe"),
    (&["orient"], "6"),
    (&["resize-filter"], "mitchell"),
    (&["bg-color"], "10,20,30,0.5"),
    (&["format", "fm"], "jpg"),
    (&["auto"], "webp,avif"),
    (&["quality", "q"], "80"),
    (&["lossless"], "false"),
    (&["effort"], "quality"),
    (&["light"], "linear"),
    (&["metadata"], "all"),
    (&["truncated"], "accept"),
];

/// A query of words that are nearly right, so that more than the first comparison is reached.
fn nearly() -> impl Strategy<Value = String> {
    const NAMES: &[&str] = &[
        "width",
        "w",
        "height",
        "h",
        "dpr",
        "fit",
        "enable",
        "disable",
        "crop",
        "orient",
        "resize-filter",
        "bg-color",
        "format",
        "fm",
        "auto",
        "quality",
        "q",
        "lossless",
        "effort",
        "light",
        "metadata",
        "truncated",
        "v",
        "",
    ];
    let name = select(NAMES);
    let value = prop_oneof![
        "[0-9.,:px%-]{0,12}",
        "[0-9]{1,5}(\\.[0-9]{1,4})?p?",
        "[0-9]{1,5}p?,[0-9]{1,5}p?(,x[0-9]{1,5})?(,offset-y[0-9]{1,3})?(,safe)?",
        "[0-9]{1,5}:[0-9]{1,5}",
        "[0-9a-fA-F]{0,9}",
        select(
            &[
                "upscale", "crop", "pad", "bounds", "auto", "jpg", "webp", "lanczos", "true", "quality", "linear",
                "accept", "é", "%ff"
            ][..]
        )
        .prop_map(str::to_owned),
    ];
    vec((name, value), 0..6).prop_map(|pairs| {
        let pieces: Vec<_> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pieces.join("&")
    })
}

fn escaped(value: &str) -> String {
    value.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

fn assert_within_bounds(image: &ImageRoute) {
    for step in &image.plan.steps {
        let (sides, most_pixels, most_share) = match step {
            Step::Resize(resize) => {
                assert!(resize.width.is_some() || resize.height.is_some());
                (vec![resize.width, resize.height], MOST_PIXELS, MOST_SHARE)
            }
            Step::Crop(crop) => match crop.size {
                CropSize::Box((width, height)) => (vec![Some(width), Some(height)], MOST_SOURCE_PIXELS, WHOLE),
                CropSize::Ratio((width, height)) => {
                    assert!(width > 0 && height > 0);
                    (vec![], 0, 0)
                }
            },
        };
        for side in sides.into_iter().flatten() {
            let (length, most) = match side {
                Length::Pixels(pixels) => (pixels, most_pixels),
                Length::Share(share) => (share, most_share),
            };
            assert!((1..=most).contains(&length), "{step:?}");
        }
    }
    assert!(image.plan.quality.is_none_or(|quality| (1..=100).contains(&quality)));
}

fn assert_one_short_line(refusal: &Refusal) {
    assert_eq!(refusal.status, 400);
    assert!(refusal.detail.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()), "{refusal:?}");
    assert!(refusal.detail.len() < 1_024, "{refusal:?}");
}

proptest! {
    #[test]
    fn any_query_is_answered_within_bounds(query in prop_oneof![any::<String>(), nearly()]) {
        match routed(&query) {
            Ok(Route::Image(image)) => assert_within_bounds(&image),
            Ok(Route::Pass(target)) => prop_assert_eq!(target.query, Some(query)),
            Ok(other) => panic!("{other:?}"),
            Err(refusal) => assert_one_short_line(&refusal),
        }
    }

    #[test]
    fn order_and_alias_do_not_change_the_plan(
        pairs in subsequence(PAIRS, 1..=PAIRS.len()).prop_shuffle(),
        alias in any::<prop::sample::Index>(),
    ) {
        let spelled = |pairs: &[(&[&str], &str)], alias: &dyn Fn(usize) -> usize| {
            let pieces: Vec<_> =
                pairs.iter().map(|(names, value)| format!("{}={value}", names[alias(names.len())])).collect();
            pieces.join("&")
        };
        let shuffled = spelled(&pairs, &|names| alias.index(names));
        let mut sorted = pairs;
        sorted.sort_by_key(|(names, _)| names[0]);
        prop_assert_eq!(image_of(&shuffled), image_of(&spelled(&sorted, &|_| 0)));
    }

    #[test]
    fn percent_encoding_of_values_does_not_change_the_decision(query in nearly()) {
        // Values that have escapes of their own would be escaped twice.
        prop_assume!(!query.contains('%'));
        let pieces: Vec<_> = query
            .split('&')
            .filter_map(|piece| piece.split_once('='))
            .map(|(name, value)| format!("{name}={}", escaped(value)))
            .collect();
        match (routed(&query), routed(&pieces.join("&"))) {
            (Ok(Route::Pass(_)), Ok(Route::Pass(_))) | (Err(_), Err(_)) => {}
            (plain, encoded) => prop_assert_eq!(plain, encoded),
        }
    }

    #[test]
    fn unknown_parameters_change_nothing(
        query in nearly(),
        unknown in vec("u[a-z]{0,4}(=[ -%'-~]{0,8})?", 0..4),
        place in any::<prop::sample::Index>(),
    ) {
        let mut pieces: Vec<_> = query.split('&').collect();
        let place = place.index(pieces.len() + 1);
        pieces.splice(place..place, unknown.iter().map(String::as_str));
        match (routed(&query), routed(&pieces.join("&"))) {
            (Ok(Route::Pass(_)), Ok(Route::Pass(_))) => {}
            (plain, more) => prop_assert_eq!(plain, more),
        }
    }

    #[test]
    fn client_changes_nothing_but_the_format_and_what_follows_from_it(query in nearly()) {
        let without = route("/", Some(&query), || settings(&[("quality", &["82"])]), no_webp);
        let with = route("/", Some(&query), || settings(&[("quality", &["82"])]), |offers| offers.first().copied());
        match (without, with) {
            (Ok(Route::Image(without)), Ok(Route::Image(with))) => {
                prop_assert_eq!(without.source, with.source);
                prop_assert_eq!(without.plan.steps, with.plan.steps);
                prop_assert_eq!(without.plan.orientation, with.plan.orientation);
                prop_assert_eq!(without.plan.effort, with.plan.effort);
                prop_assert_eq!(without.plan.light, with.plan.light);
                prop_assert_eq!(without.plan.metadata, with.plan.metadata);
                prop_assert_eq!(without.plan.truncated, with.plan.truncated);
            }
            (without, with) => prop_assert_eq!(without, with),
        }
    }
}
