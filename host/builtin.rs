//! The components that are part of the program.

use lucarne_bundle::{COMPONENTS, World as BundledWorld};

use crate::config::BuiltIn;
use crate::sandbox::World;

/// What a configuration may name without a file.
#[must_use]
pub fn builtins() -> Vec<BuiltIn> {
    let known = COMPONENTS.iter().map(|component| BuiltIn {
        name: component.name,
        world: match component.world {
            BundledWorld::Router => World::Router,
            BundledWorld::CachePolicy => World::CachePolicy,
            BundledWorld::Image => World::Image,
        },
        settings: component.settings,
    });
    known.collect()
}

/// The bytes of a built-in.
#[must_use]
pub fn wasm(name: &str) -> Option<&'static [u8]> {
    COMPONENTS.iter().find(|component| component.name == name).map(|component| component.wasm)
}
