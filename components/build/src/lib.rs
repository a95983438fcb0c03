//! Builds components: finds a toolchain for WebAssembly, compiles a guest crate with it, wraps what comes out.
//!
//! The bundle's build script, `cargo xtask` and the tests build components this way and no other. Nothing is installed
//! here: where a toolchain is missing, [`NoToolchain`] says which commands bring one.

mod component;
mod environment;
mod linker;
mod toolchain;

pub use component::{BuildError, NotAComponent, build_component, componentize};
pub use toolchain::{DEBIAN_PACKAGES, NoToolchain, TARGET, Toolchain};
