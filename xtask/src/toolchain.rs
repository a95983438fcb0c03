//! The compiler for WebAssembly: found, or else installed where this machine has a way to.
//!
//! Build scripts install nothing, so this comes before every command that compiles components.

use anyhow::Result;
use lucarne_component_build::{DEBIAN_PACKAGES, NoToolchain, TARGET, Toolchain};

use crate::apt;
use crate::command::{program, run};

/// A toolchain for components.
pub(crate) fn find_or_install() -> Result<Toolchain> {
    let Err(missing) = Toolchain::find() else { return Ok(Toolchain::find()?) };
    eprintln!("{missing}");

    // A way that fails has said why, and the next one may do; what counts is what is found after it.
    for install in [with_rustup, with_apt] {
        if let Err(error) = install(&missing) {
            eprintln!("{error:#}");
        }
        if let Ok(toolchain) = Toolchain::find() {
            return Ok(toolchain);
        }
    }
    Ok(Toolchain::find()?)
}

fn with_rustup(_: &NoToolchain) -> Result<()> {
    eprintln!("installing the target's standard library with rustup");
    run(program("rustup", ["target", "add", TARGET]))
}

fn with_apt(missing: &NoToolchain) -> Result<()> {
    eprintln!("installing Debian's compiler and the sources of its standard library with apt-get");
    apt::install(&match missing {
        NoToolchain::Library => DEBIAN_PACKAGES.map(str::to_owned).to_vec(),
        NoToolchain::Linker { package, .. } => vec![package.clone()],
    })
}
