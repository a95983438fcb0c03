//! Builds the components that `src/lib.rs` embeds.
//!
//! They share one target directory beside the profiles of the program, so that `cargo test` and `cargo build --release`
//! compile the guests once. Nothing is installed from here: without a toolchain for WebAssembly this fails, and says
//! which command brings one.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs};

use anyhow::{Context, Result};
use lucarne_component_build::{Toolchain, build_component};

/// Directories beside this one. `guest` and the workspace's files are inputs of all.
const COMPONENTS: [&str; 4] = ["cache-policy", "example-router", "image", "router-query"];

/// What the image component is made of besides its own sources, in the directory of codecs.
const CODECS: [&str; 4] = ["jpeg", "resample", "simd", "webp"];

fn main() -> ExitCode {
    match bundle() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("cargo::error={error:#}");
            ExitCode::FAILURE
        }
    }
}

fn bundle() -> Result<()> {
    let components = PathBuf::from(variable("CARGO_MANIFEST_DIR")?).join("..");
    let out = PathBuf::from(variable("OUT_DIR")?);
    let workspace = components.join("..");

    println!("cargo::rerun-if-changed=build.rs");
    for input in ["wit", "Cargo.toml", "Cargo.lock"] {
        rerun_if_changed(&workspace.join(input));
    }
    let codecs = CODECS.iter().map(|name| workspace.join("codecs").join(name));
    for package in COMPONENTS.iter().chain(&["guest"]).map(|name| components.join(name)).chain(codecs) {
        rerun_if_changed(&package.join("src"));
        rerun_if_changed(&package.join("Cargo.toml"));
    }

    let toolchain = Toolchain::find()?;
    let target_dir = target_dir(&out).join("components");
    for name in COMPONENTS {
        let component = build_component(&toolchain, &components.join(name), &target_dir)?;
        let file = out.join(name).with_extension("wasm");
        fs::write(&file, component).with_context(|| format!("cannot write {}", file.display()))?;
    }
    Ok(())
}

fn variable(name: &str) -> Result<OsString> {
    env::var_os(name).with_context(|| format!("cargo sets {name} for build scripts"))
}

fn rerun_if_changed(path: &Path) {
    println!("cargo::rerun-if-changed={}", path.display());
}

/// The directory that holds those of the profiles: `OUT_DIR` is `TARGET_DIR/PROFILE/build/…/out`.
fn target_dir(out: &Path) -> &Path {
    let from_build = out.ancestors().skip_while(|directory| directory.file_name() != Some(OsStr::new("build")));
    from_build.into_iter().nth(2).unwrap_or(out)
}
