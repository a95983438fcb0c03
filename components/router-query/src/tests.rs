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
fn settings(forward_query: &[&str], quality: &[&str]) -> Settings {
    let (settings, problems) = read(forward_query, quality);
    assert_eq!(problems, []);
    settings
}

fn read(forward_query: &[&str], quality: &[&str]) -> (Settings, Vec<crate::BadSetting>) {
    Settings::read(|name| {
        let values = match name {
            "forward-query" => forward_query,
            "quality" => quality,
            other => panic!("{other} is not a setting"),
        };
        values.iter().map(ToString::to_string).collect()
    })
}

fn no_webp(_: &[ImageFormat]) -> Option<ImageFormat> {
    None
}
