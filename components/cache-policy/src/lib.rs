//! The cache policy `http`: RFC 9111 for a shared cache, as plans that the host obeys.
//!
//! This file only joins the world to the modules, which know neither the host nor the clock and are tested natively.
//! `lookup` reads a request's directives; `storable` decides on a response, asking one module a question: how long it
//! is fresh, how old it arrived, what it allows when stale, what selects it, which fields stay out, what purges it.

pub mod directives;
pub mod structured;
pub mod targeted;

mod age;
mod dates;
mod delta_seconds;
mod freshness;
mod head;
mod lookup;
mod omit;
mod request;
mod settings;
mod stale;
mod status;
mod storable;
mod tags;
mod vary;

#[cfg(test)]
mod differential;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod properties;

use lucarne_guest::cache_policy::{Guest, LookupPlan, Request, ResponseHead, StorageDecision, config, log};

use crate::request::RequestHead;
use crate::settings::Settings;

pub use crate::settings::SETTINGS;

#[cfg(target_family = "wasm")]
lucarne_guest::cache_policy::export!(CachePolicy);

/// The component.
#[derive(Debug)]
pub struct CachePolicy;

impl Guest for CachePolicy {
    fn lookup(request: &Request) -> LookupPlan {
        lookup::plan(request)
    }

    fn store(request: &Request, response: ResponseHead) -> StorageDecision {
        let settings = Settings::read(config::values, |invalid| log::log(log::Level::Warn, &invalid.to_string()));
        storable::decide(request, &response, &settings)
    }
}

impl RequestHead for Request {
    fn method(&self) -> String {
        self.method()
    }

    fn header(&self, name: &str) -> Option<Vec<u8>> {
        self.header(name)
    }

    fn has_header(&self, name: &str) -> bool {
        self.has_header(name)
    }
}
