//! The components that come with Lucarne, as bytes and what the node must know of them.
//!
//! This crate contains none of the components' code and does not know how they are run. It is built by compiling them
//! to WebAssembly: see `build.rs`.

/// A component that is part of the program.
#[derive(Debug, Clone, Copy)]
pub struct Component {
    /// What the configuration calls it.
    pub name: &'static str,
    /// The world that it implements.
    pub world: World,
    /// A component in binary form.
    pub wasm: &'static [u8],
    /// The settings that it reads: others are mistakes of the configuration.
    pub settings: &'static [&'static str],
}

/// A world of the package `lucarne:edge`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum World {
    /// Decides where a request goes.
    Router,
    /// Decides what may be stored and served.
    CachePolicy,
    /// Makes pictures.
    Image,
}

macro_rules! wasm {
    ($crate_name:literal) => {
        include_bytes!(concat!(env!("OUT_DIR"), "/", $crate_name, ".wasm"))
    };
}

/// Plans pictures from the query of a URL.
pub static QUERY: Component = Component {
    name: "query",
    world: World::Router,
    wasm: wasm!("router-query"),
    settings: &["forward-query", "quality", "lossless", "effort", "light", "metadata", "truncated"],
};

/// Caches as HTTP says (RFC 9111).
pub static HTTP: Component = Component {
    name: "http",
    world: World::CachePolicy,
    wasm: wasm!("cache-policy"),
    settings: &[
        "heuristic-percent",
        "heuristic-max",
        "stale-while-revalidate",
        "stale-if-error",
        "set-cookie",
        "decline-statuses",
    ],
};

/// Makes pictures in the formats of the web.
pub static IMAGE: Component = Component { name: "image", world: World::Image, wasm: wasm!("image"), settings: &[] };

/// The router that the documentation writes step by step; the demo runs it, a configuration cannot name it.
pub static EXAMPLE_ROUTER: Component =
    Component { name: "example", world: World::Router, wasm: wasm!("example-router"), settings: &[] };

/// What a configuration can name without a file.
pub static COMPONENTS: [&Component; 3] = [&QUERY, &HTTP, &IMAGE];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_component_is_a_component_and_not_a_core_module() {
        // The binary format of components: magic, version 13, layer 1.
        for component in COMPONENTS.iter().chain(&[&EXAMPLE_ROUTER]) {
            assert!(component.wasm.starts_with(b"\0asm\x0d\x00\x01\x00"), "{}", component.name);
        }
    }

    #[test]
    fn names_are_unique() {
        let mut names: Vec<_> = COMPONENTS.iter().map(|component| component.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), COMPONENTS.len());
    }
}
