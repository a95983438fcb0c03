//! The compiler for WebAssembly: found, or else installed where this machine has a way to.
//!
//! Build scripts install nothing, so this comes before every command that compiles components.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use anyhow::Result;
use lucarne_component_build::{DEBIAN_PACKAGES, NoToolchain, TARGET, Toolchain};

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
    const APT: &str = "/usr/bin/apt-get";
    if !Path::new(APT).exists() {
        return Ok(());
    }
    eprintln!("installing Debian's compiler and the sources of its standard library with apt-get");
    let packages = match missing {
        NoToolchain::Library => DEBIAN_PACKAGES.map(str::to_owned).to_vec(),
        NoToolchain::Linker { package, .. } => vec![package.clone()],
    };
    let install = ["install", "-y", "--no-install-recommends"].map(str::to_owned);
    for arguments in [vec!["update".to_owned()], install.into_iter().chain(packages).collect()] {
        run(match is_root() {
            true => program(APT, arguments),
            false => program("sudo", ["-n".to_owned(), APT.to_owned()].into_iter().chain(arguments)),
        })?;
    }
    Ok(())
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}
