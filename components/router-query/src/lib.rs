//! The router that reads the wanted picture from the query of the picture's own URL: `/cat.jpg?width=300&format=auto`.
//!
//! The grammar is a part of the Fastly Image Optimizer's with a few additions; each value's module says exactly what it
//! accepts. A request without any parameter of the grammar passes through. A bad value is refused, and never ignored:
//! an ignored one would cache the wrong picture under a URL that looks right.
//!
//! This file only connects [`route`] to the world `router`. It reads the path, the query and, where the query asks for
//! negotiation, the best image format: each read keys the decision, so nothing else is read.

mod color;
mod crop;
mod encoding;
mod length;
mod number;
mod parameters;
mod plan;
mod query;
mod rejected;
mod route;
mod settings;

#[cfg(test)]
mod tests;

use lucarne_guest::router::{Guest, Refusal, Request, Route, config, log};

pub use crate::route::route;
pub use crate::settings::{BadSetting, SETTINGS, Settings};

/// The component.
pub struct QueryRouter;

impl Guest for QueryRouter {
    fn route(request: &Request) -> Result<Route, Refusal> {
        let query = request.query();
        route(&request.path(), query.as_deref(), settings, |offers| request.negotiate_image(offers))
    }
}

/// The settings in force. A bad one counts as absent: a router cannot stop the node, only say what is wrong.
fn settings() -> Settings {
    let (settings, problems) = Settings::read(config::values);
    for problem in problems {
        log::log(log::Level::Error, &problem.to_string());
    }
    settings
}

#[cfg(target_family = "wasm")]
lucarne_guest::router::export!(QueryRouter);
