//! The generated side of the boundary. Private to the sandbox: what comes out of it is a stranger's input until
//! `convert` has looked at it.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::all,
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    reason = "generated; the documentation is in wit/. Which lints apply depends on the generator, so none can be expected"
)]

pub(crate) mod router {
    wasmtime::component::bindgen!({
        world: "router",
        path: "wit",
        imports: { default: trappable },
        additional_derives: [PartialEq, Eq, Clone],
    });
}

pub(crate) mod cache_policy {
    wasmtime::component::bindgen!({
        world: "cache-policy",
        path: "wit",
        imports: { default: trappable },
        with: {
            "lucarne:edge/log": crate::sandbox::bindings::router::lucarne::edge::log,
            "lucarne:edge/config": crate::sandbox::bindings::router::lucarne::edge::config,
            "lucarne:edge/imaging": crate::sandbox::bindings::router::lucarne::edge::imaging,
            "lucarne:edge/http": crate::sandbox::bindings::router::lucarne::edge::http,
        },
    });
}

pub(crate) mod image {
    wasmtime::component::bindgen!({
        world: "image",
        path: "wit",
        imports: { default: trappable },
        with: {
            "lucarne:edge/log": crate::sandbox::bindings::router::lucarne::edge::log,
            "lucarne:edge/imaging": crate::sandbox::bindings::router::lucarne::edge::imaging,
        },
    });
}

pub(crate) use cache_policy::lucarne::edge::caching;
pub(crate) use router::lucarne::edge::{config, http, imaging, log, routing};
