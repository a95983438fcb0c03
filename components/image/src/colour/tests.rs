//! Known colours through known profiles, profiles that change nothing, and those that are none.

use proptest::prelude::*;

use super::fixture::*;
use super::*;

fn of(bytes: &[u8], model: Model) -> Option<Transform> {
    Transform::for_source(&Space::Icc(bytes.into()), model).expect("memory suffices")
}

fn map(transform: &Transform, mut color: [u8; 3]) -> [u8; 3] {
    transform.rgb::<3>(&mut color);
    color
}

fn assert_near(found: [u8; 3], expected: [u8; 3], what: &str) {
    let near = found.iter().zip(expected).all(|(&found, expected)| found.abs_diff(expected) <= 1);
    assert!(near, "{what}: {found:?} is not {expected:?}");
}

#[test]
fn wide_gamuts_come_to_the_colours_that_other_software_says() {
    // By LittleCMS 2.14 (relative colorimetric), from the same primaries and curves.
    let adobe = of(&display(ADOBE, &power(563)), Model::Rgb).expect("other primaries");
    let p3 = of(&display_p3(), Model::Rgb).expect("other primaries");
    for (name, transform, table) in [("P3", &p3, P3_COLORS), ("Adobe", &adobe, ADOBE_COLORS)] {
        for (color, expected) in table {
            assert_near(map(transform, color), expected, &format!("{name} {color:?}"));
        }
    }
}

#[test]
fn greys_stay_grey_in_every_wide_gamut() {
    for profile in [display_p3(), display(ADOBE, &srgb_formula())] {
        let transform = of(&profile, Model::Rgb).expect("other primaries");
        for grey in 0..=255 {
            assert_near(map(&transform, [grey; 3]), [grey; 3], "grey");
        }
    }
}

#[test]
fn what_is_srgb_in_all_but_name_is_left_alone() {
    let curves = [
        srgb_formula(),
        samples(1024, srgb::decode),
        samples(4096, srgb::decode),
        formula(4, &[2.4, 1.0 / 1.055, 0.055 / 1.055, 1.0 / 12.92, 0.040_45, 0.0, 0.0]),
    ];
    for curve in curves {
        assert!(of(&display(srgb::COLORANTS, &curve), Model::Rgb).is_none());
        let grey = profile(b"mntr", b"GRAY", b"XYZ ", &[(b"kTRC", curve)]);
        assert!(of(&grey, Model::Grey).is_none());
    }
    // As some write them, rounded otherwise.
    let rounded = [[0.4361, 0.3851, 0.1431], [0.2225, 0.7169, 0.0606], [0.0139, 0.0971, 0.7141]];
    assert!(of(&display(rounded, &srgb_formula()), Model::Rgb).is_none());
    // A power of 2.2 is not sRGB's curve: shadows differ by several levels.
    let transform = of(&display(srgb::COLORANTS, &power(563)), Model::Rgb).expect("another curve");
    assert_near(map(&transform, [10; 3]), [3; 3], "a shadow");
}

#[test]
fn what_says_nothing_or_srgb_needs_no_transform() {
    for model in [Model::Grey, Model::Rgb] {
        assert!(Transform::for_source(&Space::Srgb, model).expect("no memory is needed").is_none());
    }
}

#[test]
fn every_way_to_write_a_curve_is_read() {
    let curve = |x: f64| x.powf(1.8);
    let written = [
        power(461),
        samples(4096, curve),
        formula(0, &[1.8]),
        formula(1, &[1.8, 1.0, 0.0]),
        formula(2, &[1.8, 1.0, 0.0, 0.0]),
        formula(3, &[1.8, 1.0, 0.0, 0.0, 0.0]),
        formula(4, &[1.8, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0]),
    ];
    for data in written {
        let transform = of(&display(P3, &data), Model::Rgb).expect("other primaries");
        let reference = of(&display(P3, &formula(0, &[1.8])), Model::Rgb).expect("other primaries");
        for color in sampled() {
            assert_near(map(&transform, color), map(&reference, color), "curve");
        }
    }
}

#[test]
fn grey_profiles_give_light_or_lightness() {
    let bytes = profile(b"mntr", b"GRAY", b"XYZ ", &[(b"kTRC", power(256))]);
    let transform = of(&bytes, Model::Grey).expect("a straight curve");
    let mut samples = [0, 55, 128, 255];
    transform.grey::<1>(&mut samples);
    assert_eq!(samples, [0, 128, 188, 255]);
    let mut with_alpha = [55, 7, 128, 200];
    transform.grey::<2>(&mut with_alpha);
    assert_eq!(with_alpha, [128, 7, 188, 200]);

    let lab = profile(b"prtr", b"GRAY", b"Lab ", &[(b"kTRC", power(256))]);
    let transform = of(&lab, Model::Grey).expect("lightness is not sRGB's curve");
    let mut samples = [0, 128, 255];
    transform.grey::<1>(&mut samples);
    // L* of 50.2 is sRGB's 119.
    assert_eq!(samples, [0, 119, 255]);
}

#[test]
fn grey_pictures_may_have_a_profile_for_three_channels() {
    let transform = of(&display(srgb::COLORANTS, &power(256)), Model::Grey).expect("a straight curve");
    let mut samples = [0, 55, 255];
    transform.grey::<1>(&mut samples);
    assert_eq!(samples, [0, 128, 255]);
    assert!(of(&display_p3(), Model::Grey).is_none(), "its greys are those of sRGB");
}

#[test]
fn alpha_is_left_as_it_is() {
    let transform = of(&display_p3(), Model::Rgb).expect("other primaries");
    let mut pixels = [200, 100, 50, 17, 10, 20, 30, 255];
    transform.rgb::<4>(&mut pixels);
    assert_eq!((pixels[3], pixels[7]), (17, 255));
    assert_eq!(pixels[..3], map(&transform, [200, 100, 50]));
}

/// XYZ of an sRGB colour from 0 to 1, as `lut16Type` writes it.
fn written_xyz(color: [f64; 3]) -> [f64; 3] {
    let light = color.map(srgb::decode);
    srgb::COLORANTS.map(|row| (0..3).map(|k| row[k] * light[k]).sum::<f64>() * 32768.0 / 65535.0)
}

#[test]
fn tables_are_looked_up_in_either_form() {
    // A table whose channels have changed places shows that every axis is taken for what it is.
    let turned = |[r, g, b]: [f64; 3]| written_xyz([b, r, g]);
    for data in [lists(33, turned), elements(33, turned)] {
        let transform = of(&profile(b"scnr", b"RGB ", b"XYZ ", &[(b"A2B0", data)]), Model::Rgb).expect("a change");
        for color in sampled() {
            let [r, g, b] = color;
            let found = map(&transform, color);
            let far = found.iter().zip([b, r, g]).any(|(&found, expected)| found.abs_diff(expected) > 2);
            assert!(!far, "{color:?} became {found:?}");
        }
    }
}

#[test]
fn a_table_that_changes_nothing_is_left_out() {
    let same = elements(33, written_xyz);
    assert!(of(&profile(b"mntr", b"RGB ", b"XYZ ", &[(b"A2B0", same)]), Model::Rgb).is_none());
}

#[test]
fn lab_is_read_in_both_encodings() {
    // Lightness falls with black alone; white is without ink.
    let lightness = |[_, _, _, key]: [f64; 4]| 1.0 - key;
    let legacy = |inks| [lightness(inks) * 65280.0 / 65535.0, 128.0 * 256.0 / 65535.0, 128.0 * 256.0 / 65535.0];
    let current = |inks| [lightness(inks), 128.0 / 255.0, 128.0 / 255.0];
    for data in [lists(5, legacy), elements(5, current)] {
        let transform = of(&profile(b"prtr", b"CMYK", b"Lab ", &[(b"A2B0", data)]), Model::Cmyk).expect("inks");
        let mut colors = [[0; 3]; 3];
        transform.inks(&[[90, 80, 70, 0], [0, 0, 0, 255], [1, 2, 3, 127]], &mut colors);
        for (found, expected) in colors.into_iter().zip([[255; 3], [0; 3], [120; 3]]) {
            assert_near(found, expected, "lightness");
        }
    }
}

#[test]
fn inks_without_a_profile_look_printed() {
    let plain = Transform::for_source(&Space::Srgb, Model::Cmyk).expect("memory suffices").expect("inks have one");
    let of_inks = |inks: [u8; 4]| {
        let mut color = [[0; 3]];
        plain.inks(&[inks], &mut color);
        color[0]
    };
    assert_eq!(of_inks([0; 4]), [255; 3], "paper is white");
    let [r, g, b] = of_inks([255, 0, 0, 0]);
    assert!(r < 20 && (120..180).contains(&g) && b > 200, "cyan is no electric blue: {r},{g},{b}");
    let [r, g, b] = of_inks([0, 255, 0, 0]);
    assert!(r > 190 && g < 40 && (90..160).contains(&b), "magenta: {r},{g},{b}");
    let [r, g, b] = of_inks([0, 0, 255, 0]);
    assert!(r > 240 && g > 215 && b < 40, "yellow: {r},{g},{b}");
    let black = of_inks([0, 0, 0, 255]);
    assert!(black.iter().all(|level| (20..50).contains(level)), "black ink alone is not quite black: {black:?}");
    assert!(of_inks([255; 4]).iter().all(|level| *level < 10), "all inks are");
    for axis in 0..4 {
        let luma = |amount: u8| {
            let mut inks = [0; 4];
            inks[axis] = amount;
            let [r, g, b] = of_inks(inks).map(u32::from);
            2 * r + 7 * g + b
        };
        for amount in 1..=255 {
            assert!(luma(amount) <= luma(amount - 1) + 4, "more of ink {axis} is never lighter ({amount})");
        }
    }
}

#[test]
fn the_words_of_a_png_are_applied() {
    let measured = |gamma, primaries, model| {
        Transform::for_source(&Space::Measured(Measured { gamma, primaries }), model).expect("memory suffices")
    };
    const SRGB: [[u32; 2]; 4] = [[31270, 32900], [64000, 33000], [30000, 60000], [15000, 6000]];
    const P3: [[u32; 2]; 4] = [[31270, 32900], [68000, 32000], [26500, 69000], [15000, 6000]];
    assert!(measured(None, None, Model::Rgb).is_none());
    assert!(measured(Some(45_455), Some(SRGB), Model::Rgb).is_none());
    assert!(measured(None, Some(SRGB), Model::Rgb).is_none());
    let straight = measured(Some(100_000), None, Model::Rgb).expect("light");
    assert_eq!(map(&straight, [55; 3]), [128; 3]);
    let mut samples = [55];
    measured(Some(100_000), Some(SRGB), Model::Grey).expect("light").grey::<1>(&mut samples);
    assert_eq!(samples, [128]);
    let by_words = measured(None, Some(P3), Model::Rgb).expect("other primaries");
    let by_profile = of(&display_p3(), Model::Rgb).expect("other primaries");
    for color in sampled() {
        assert_near(map(&by_words, color), map(&by_profile, color), "primaries");
    }
    // What describes no space, and no curve.
    assert!(measured(Some(0), None, Model::Rgb).is_none());
    for primaries in [[[0; 2]; 4], [[31270, 32900]; 4], [[31270, 0], [64000, 33000], [30000, 60000], [15000, 6000]]] {
        assert!(measured(None, Some(primaries), Model::Rgb).is_none(), "{primaries:?}");
    }
}

#[test]
fn what_is_no_profile_for_the_model_counts_as_none() {
    let p3 = display_p3();
    let table = profile(b"prtr", b"CMYK", b"Lab ", &[(b"A2B0", lists(3, |_: [f64; 4]| [0.5; 3]))]);
    let without_curve = profile(b"mntr", b"RGB ", b"XYZ ", &[(b"rXYZ", xyz([0.4; 3]))]);
    let abstract_one = profile(b"abst", b"RGB ", b"Lab ", &[(b"A2B0", lists(3, |_: [f64; 3]| [0.5; 3]))]);
    let other_shape = profile(b"mntr", b"RGB ", b"Lab ", &[(b"A2B0", lists(3, |_: [f64; 4]| [0.5; 3]))]);
    let no_nodes = profile(b"mntr", b"RGB ", b"Lab ", &[(b"A2B0", lists(0, |_: [f64; 3]| [0.5; 3]))]);
    for bytes in [&table, &without_curve, &abstract_one, &other_shape, &no_nodes, &vec![], &vec![0; 4096]] {
        assert!(of(bytes, Model::Rgb).is_none());
    }
    let plain = Transform::for_source(&Space::Srgb, Model::Cmyk).expect("memory suffices").expect("inks have one");
    for bytes in [&p3, &vec![]] {
        let transform = of(bytes, Model::Cmyk).expect("inks have one");
        let (mut found, mut expected) = ([[0; 3]], [[0; 3]]);
        transform.inks(&[[10, 200, 90, 30]], &mut found);
        plain.inks(&[[10, 200, 90, 30]], &mut expected);
        assert_eq!(found, expected);
    }
    let mut large = p3;
    large.resize(MOST_PROFILE_BYTES + 1, 0);
    assert!(of(&large, Model::Rgb).is_none());
}

/// Profiles of each form, small.
fn small_profiles() -> Vec<(Vec<u8>, Model)> {
    let lab = |_: [f64; 4]| [0.5; 3];
    vec![
        (display_p3(), Model::Rgb),
        (display(ADOBE, &samples(9, |x| x * x)), Model::Rgb),
        (profile(b"mntr", b"GRAY", b"XYZ ", &[(b"kTRC", power(300))]), Model::Grey),
        (profile(b"mntr", b"RGB ", b"XYZ ", &[(b"A2B0", elements(2, written_xyz))]), Model::Rgb),
        (profile(b"prtr", b"CMYK", b"Lab ", &[(b"A2B0", lists(2, lab))]), Model::Cmyk),
    ]
}

/// Makes the transform of a profile if there is one, or looks into its table, without a lattice of it.
fn exercise(bytes: &[u8], model: Model) {
    let table = Profile::parse(bytes).and_then(|profile| Some((profile.inputs(), Table::of(&profile)?)));
    match table {
        Some((4, table)) => {
            for point in [[0.0; 4], [1.0; 4], [0.3, 0.9, 0.0, 0.5]] {
                Encoder::new().levels(table.xyz(&point));
            }
        }
        Some((_, table)) => {
            for point in [[0.0; 3], [1.0; 3], [0.3, 0.9, 0.5]] {
                Encoder::new().levels(table.xyz(&point));
            }
        }
        None if model == Model::Cmyk => {}
        None => {
            let Some(transform) = of(bytes, model) else { return };
            match model {
                Model::Grey => transform.grey::<1>(&mut [0, 128, 255]),
                _ => transform.rgb::<3>(&mut [0, 0, 0, 255, 255, 255, 255, 0, 1]),
            }
        }
    }
}

#[test]
fn profiles_that_end_early_are_read_without_panic() {
    for (bytes, model) in small_profiles() {
        for length in 0..bytes.len() {
            exercise(&bytes[..length], model);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn profiles_that_were_changed_are_read_without_panic(
        index in 0..5_usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let (mut bytes, model) = small_profiles().swap_remove(index);
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        exercise(&bytes, model);
    }
}

/// Source and result.
type Colors = [([u8; 3], [u8; 3]); 6];

const P3_COLORS: Colors = [
    ([200, 100, 50], [215, 93, 31]),
    ([50, 200, 100], [0, 204, 86]),
    ([30, 60, 190], [17, 61, 198]),
    ([128, 128, 128], [128, 128, 128]),
    ([180, 170, 20], [182, 170, 0]),
    ([230, 120, 160], [247, 112, 161]),
];
const ADOBE_COLORS: Colors = [
    ([200, 100, 50], [227, 100, 42]),
    ([50, 200, 100], [0, 201, 92]),
    ([30, 60, 190], [0, 57, 195]),
    ([128, 128, 128], [129, 129, 129]),
    ([180, 170, 20], [185, 172, 0]),
    ([230, 120, 160], [255, 121, 163]),
];
