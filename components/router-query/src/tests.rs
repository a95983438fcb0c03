//! What queries mean, as tables, and what holds for all of them, as properties.

mod accepted;
mod canonical;
mod decisions;
mod properties;
mod refused;

use lucarne_guest::router::{ImageFormat, ImagePlan, ImageRoute, Refusal, Resize, Route, Step};

use crate::{Settings, route};

const PATH: &str = "/cats/one.jpg";

/// The route of a query, for a client that reads WebP, without settings.
fn routed(query: &str) -> Result<Route, Refusal> {
    route(PATH, Some(query), Settings::default, |offers| offers.first().copied())
}

fn image_of(query: &str) -> ImageRoute {
    match routed(query) {
        Ok(Route::Image(image)) => image,
        other => panic!("{query}: {other:?}"),
    }
}

fn plan_of(query: &str) -> ImagePlan {
    image_of(query).plan
}

fn resize_of(query: &str) -> Resize {
    match plan_of(query).steps.as_slice() {
        [Step::Resize(resize)] => *resize,
        other => panic!("{query}: {other:?}"),
    }
}

fn refusal_of(query: &str) -> Refusal {
    match routed(query) {
        Err(refusal) => refusal,
        other => panic!("{query}: {other:?}"),
    }
}

/// Settings with these values.
fn settings(values: &[(&str, &[&str])]) -> Settings {
    let (settings, problems) = read(values);
    assert_eq!(problems, []);
    settings
}

fn read(values: &[(&str, &[&str])]) -> (Settings, Vec<crate::BadSetting>) {
    Settings::read(|name| {
        let given = values.iter().find(|(given, _)| *given == name);
        given.iter().flat_map(|(_, values)| values.iter()).map(ToString::to_string).collect()
    })
}

/// The plan of a query under these settings, for a client that reads no WebP.
fn plan_under(query: &str, settings: Settings) -> ImagePlan {
    match route(PATH, Some(query), || settings, no_webp) {
        Ok(Route::Image(image)) => image.plan,
        other => panic!("{query}: {other:?}"),
    }
}

fn no_webp(_: &[ImageFormat]) -> Option<ImageFormat> {
    None
}
