//! Pass or picture, what the source is asked with, what is read of the request, and the settings.

use std::cell::Cell;

use lucarne_guest::router::{
    Effort, ImageFormat, ImagePlan, Light, MetadataPolicy, Resize, Route, Step, Target, TruncatedPolicy,
};

use super::{PATH, image_of, no_webp, plan_under, read, routed, settings};
use crate::{BadSetting, SETTINGS, Settings, route};

#[test]
fn query_without_image_parameter_passes_unchanged() {
    for query in
        ["", "&", "page=2", "Width=1", "WIDTH=1", "%77=1", "width2=1", "=w", "a=w=1", "a;w=1", "blur=5", "+w=1"]
    {
        let target = Target { path: PATH.to_owned(), query: Some(query.to_owned()) };
        assert_eq!(routed(query), Ok(Route::Pass(target)), "{query}");
    }
    let target = Target { path: PATH.to_owned(), query: None };
    let passed = route(PATH, None, Settings::default, no_webp);
    assert_eq!(passed, Ok(Route::Pass(target)));
}

#[test]
fn passing_needs_neither_settings_nor_negotiation() {
    let passed = route(PATH, Some("v=1"), || panic!("settings"), |_| panic!("negotiation"));
    assert!(matches!(passed, Ok(Route::Pass(_))));
}

#[test]
fn source_is_the_same_path_without_the_query() {
    for query in ["w=200", "w=200&v=3", "v=3&&w=200&"] {
        let image = image_of(query);
        assert_eq!(image.source, Target { path: PATH.to_owned(), query: None }, "{query}");
        assert_eq!(image.not_after, None);
    }
}

#[test]
fn named_parameters_are_forwarded_as_sent_and_in_order() {
    for (query, source) in [
        ("w=1", None),
        ("v=3&w=1", Some("v=3")),
        ("w=1&token=a%2Cb&x=1&v=3", Some("token=a%2Cb&v=3")),
        ("v=3&w=1&token&v=%zz", Some("v=3&token&v=%zz")),
        ("V=3&%76=3&w=1", None),
    ] {
        let image = match route(PATH, Some(query), || settings(&[("forward-query", &["token", "v"])]), no_webp) {
            Ok(Route::Image(image)) => image,
            other => panic!("{query}: {other:?}"),
        };
        assert_eq!(image.source.query.as_deref(), source, "{query}");
    }
}

#[test]
fn client_is_asked_only_where_its_answer_counts() {
    for (query, asked, without_webp) in [
        ("w=200", false, None),
        ("format=auto", true, None),
        ("fm=auto&auto=webp", true, None),
        ("auto=webp", true, None),
        ("auto=avif", false, None),
        ("format=png&auto=webp", true, Some(ImageFormat::Png)),
        ("format=png&auto=avif", false, Some(ImageFormat::Png)),
        ("format=webp&auto=webp", false, Some(ImageFormat::Webp)),
        ("format=png", false, Some(ImageFormat::Png)),
    ] {
        let offered = Cell::new(false);
        let negotiate = |offers: &[ImageFormat]| {
            assert_eq!(offers, [ImageFormat::Webp]);
            offered.set(true);
            None
        };
        match route(PATH, Some(query), Settings::default, negotiate) {
            Ok(Route::Image(image)) => assert_eq!(image.plan.format, without_webp, "{query}"),
            other => panic!("{query}: {other:?}"),
        }
        assert_eq!(offered.get(), asked, "{query}");
    }
}

#[test]
fn refusal_does_not_depend_on_the_client() {
    for query in ["format=auto&w=0", "w=8000&dpr=2&auto=webp", "fit=crop&auto=webp"] {
        let refused = route(PATH, Some(query), Settings::default, |_| panic!("negotiation"));
        assert!(refused.is_err(), "{query}");
    }
}

#[test]
fn quality_setting_is_that_of_what_is_written_with_loss() {
    for (query, quality) in [
        ("w=200", Some(82)),
        ("w=200&q=82", Some(82)),
        ("w=200&q=50", Some(50)),
        ("format=jpg", Some(82)),
        ("format=auto", Some(82)),
        ("format=webp", Some(82)),
        ("format=webp&lossless=false", Some(82)),
        ("format=webp&lossless=true", None),
        ("format=png", None),
    ] {
        assert_eq!(plan_under(query, settings(&[("quality", &["82"])])).quality, quality, "{query}");
    }
}

#[test]
fn settings_hold_where_the_query_does_not_say() {
    let owner: &[(&str, &[&str])] = &[
        ("quality", &["70"]),
        ("lossless", &["false"]),
        ("effort", &["speed"]),
        ("light", &["linear"]),
        ("metadata", &["copyright"]),
        ("truncated", &["accept"]),
    ];
    let expected = ImagePlan {
        steps: vec![Step::Resize(Resize::to_width(200))],
        quality: Some(70),
        lossless: Some(false),
        effort: Effort::Speed,
        light: Light::Linear,
        metadata: MetadataPolicy::Copyright,
        truncated: TruncatedPolicy::Accept,
        ..ImagePlan::default()
    };
    assert_eq!(plan_under("w=200", settings(owner)), expected);
    let said = "w=200&q=71&lossless=true&effort=balanced&light=stored&metadata=none&truncated=refuse";
    let expected = ImagePlan {
        steps: vec![Step::Resize(Resize::to_width(200))],
        quality: Some(71),
        lossless: Some(true),
        ..ImagePlan::default()
    };
    assert_eq!(plan_under(said, settings(owner)), expected);
}

#[test]
fn bad_settings_are_named_and_count_as_absent() {
    let forwarded = settings(&[("forward-query", &["v"])]);
    for name in ["", "a b", "a&b", "a=b", "a#b", "é", "a\n"] {
        let problems = vec![BadSetting::Name(name.to_owned())];
        assert_eq!(read(&[("forward-query", &[name, "v"])]), (forwarded.clone(), problems), "{name}");
    }
    for name in ["w", "width", "auto", "bg-color", "truncated"] {
        let problems = vec![BadSetting::Parameter(name.to_owned())];
        assert_eq!(read(&[("forward-query", &[name, "v"])]), (forwarded.clone(), problems), "{name}");
    }
    let table: [(&str, &str, &[&[&str]]); 6] = [
        ("quality", "an integer from 1 to 100", &[&["0"], &["101"], &["high"], &[""], &["80", "90"]]),
        ("lossless", "true or false", &[&["yes"], &["True"], &[""], &["true", "true"]]),
        ("effort", "speed, balanced or quality", &[&["fast"], &["Speed"], &["speed", "quality"]]),
        ("light", "stored or linear", &[&["gamma"], &[""]]),
        ("metadata", "none, copyright or all", &[&["keep"], &["copyright,all"]]),
        ("truncated", "accept or refuse", &[&["true"], &["ignore"]]),
    ];
    for (name, accepted, values) in table {
        for given in values {
            let (settings, problems) = read(&[(name, given)]);
            assert_eq!(settings, Settings::default(), "{name}");
            let lines: Vec<_> = problems.iter().map(ToString::to_string).collect();
            assert_eq!(lines, [format!("setting {name}: {given:?} is ignored; give {accepted}")]);
        }
    }
}

#[test]
fn every_setting_read_is_listed() {
    let (_, problems) = Settings::read(|name| {
        assert!(SETTINGS.contains(&name), "{name}");
        Vec::new()
    });
    assert_eq!(problems, []);
}
