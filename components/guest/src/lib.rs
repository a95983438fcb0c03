//! What a component is written with: one module a world, and the allocator they share.
//!
//! A component enables the feature of its world, implements that module's `Guest` and calls its `export!`. The
//! bindings also compile for the host's target, where the imports panic: logic is written over the records, takes what
//! it needs of a request as arguments or through a trait of its own, and is tested natively.

#[cfg(target_family = "wasm")]
mod arena;
#[cfg(feature = "router")]
mod plans;

/// The world `router`: decides where a request goes.
#[cfg(feature = "router")]
pub mod router {
    #[doc(hidden)]
    pub mod generated {
        wit_bindgen::generate!({
            world: "router",
            path: "../../wit",
            additional_derives: [PartialEq, Eq, Clone],
            generate_unused_types: true,
            pub_export_macro: true,
            export_macro_name: "export_router",
            default_bindings_module: "lucarne_guest::router::generated",
        });
    }
    pub use generated::lucarne::edge::http::{Field, Request};
    pub use generated::lucarne::edge::imaging::*;
    pub use generated::lucarne::edge::routing::{ImageRoute, Refusal, Reply, Route, Target};
    pub use generated::lucarne::edge::{config, log};
    pub use generated::{Guest, export_router as export};
}

/// The world `cache-policy`: decides what may be stored and served.
#[cfg(feature = "cache-policy")]
pub mod cache_policy {
    #[doc(hidden)]
    pub mod generated {
        wit_bindgen::generate!({
            world: "cache-policy",
            path: "../../wit",
            additional_derives: [PartialEq, Eq, Clone],
            generate_unused_types: true,
            pub_export_macro: true,
            export_macro_name: "export_cache_policy",
            default_bindings_module: "lucarne_guest::cache_policy::generated",
        });
    }
    pub use generated::lucarne::edge::caching::*;
    pub use generated::lucarne::edge::http::{Field, Request};
    pub use generated::lucarne::edge::{config, log};
    pub use generated::{Guest, export_cache_policy as export};
}

/// The world `image`: makes pictures.
#[cfg(feature = "image")]
pub mod image {
    #[doc(hidden)]
    pub mod generated {
        wit_bindgen::generate!({
            world: "image",
            path: "../../wit",
            additional_derives: [PartialEq, Eq, Clone],
            generate_unused_types: true,
            pub_export_macro: true,
            export_macro_name: "export_image",
            default_bindings_module: "lucarne_guest::image::generated",
        });
    }
    pub use generated::lucarne::edge::imaging::*;
    pub use generated::lucarne::edge::log;
    pub use generated::{Guest, export_image as export};
}
