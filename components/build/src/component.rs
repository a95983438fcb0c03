//! From a guest crate to a component.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use serde_json::Value;
use wit_component::ComponentEncoder;

use crate::environment;
use crate::toolchain::{TARGET, Toolchain};

/// SIMD is in every engine that runs components here, and codecs live off it.
const FLAGS: &str = "-Ctarget-feature=+simd128";

/// The profile of components, whatever the workspace says of its programs. Names of functions stay: a trap's backtrace
/// is made of them.
const PROFILE: [(&str, &str); 8] = [
    ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "1"),
    ("CARGO_PROFILE_RELEASE_DEBUG", "none"),
    ("CARGO_PROFILE_RELEASE_DEBUG_ASSERTIONS", "false"),
    ("CARGO_PROFILE_RELEASE_LTO", "fat"),
    ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "3"),
    ("CARGO_PROFILE_RELEASE_OVERFLOW_CHECKS", "false"),
    ("CARGO_PROFILE_RELEASE_PANIC", "abort"),
    ("CARGO_PROFILE_RELEASE_STRIP", "debuginfo"),
];

/// A component was not built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// cargo did not start.
    #[error("cannot run {}", cargo.display())]
    Cargo {
        /// What was run.
        cargo: PathBuf,
        /// Why it did not start.
        source: io::Error,
    },
    /// The crate does not compile; cargo has said why on standard error.
    #[error("{} does not compile for {TARGET}: {status}", package.display())]
    Compile {
        /// The crate's directory.
        package: PathBuf,
        /// How cargo ended.
        status: ExitStatus,
    },
    /// The crate compiles to no module.
    #[error("{} makes no module; put `crate-type = [\"cdylib\"]` under [lib] in its Cargo.toml", package.display())]
    NoModule {
        /// The crate's directory.
        package: PathBuf,
    },
    /// The module that cargo named cannot be read.
    #[error("cannot read {}", module.display())]
    Read {
        /// The module's file.
        module: PathBuf,
        /// Why it cannot be read.
        source: io::Error,
    },
    /// The module is no component's.
    #[error("{} is not the module of a component: {reason}", package.display())]
    Module {
        /// The crate's directory.
        package: PathBuf,
        /// Which promise of its world the module breaks.
        reason: NotAComponent,
    },
}

/// A core module that implements no world.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct NotAComponent(String);

/// Builds the crate in the directory `package` and wraps its module as a component.
///
/// Every component is built by a cargo of its own: two worlds in one invocation would share one `lucarne-guest` with
/// both features, and a module would carry both worlds. Their directory `target_dir` may be the same; cargo locks it.
///
/// # Errors
///
/// Where the crate does not compile, or is no component. What the compiler says is on standard error.
pub fn build_component(toolchain: &Toolchain, package: &Path, target_dir: &Path) -> Result<Vec<u8>, BuildError> {
    let mut command = cargo(toolchain);
    command.args(["build", "--release", "--target", TARGET, "--message-format", "json-render-diagnostics"]);
    command.arg("--manifest-path").arg(package.join("Cargo.toml"));
    command.arg("--target-dir").arg(target_dir);
    if package.ancestors().any(|directory| directory.join("Cargo.lock").is_file()) {
        command.arg("--locked");
    }
    if matches!(toolchain, Toolchain::BuildStd { .. }) {
        command.arg("-Zbuild-std=std,panic_abort");
    }

    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|source| BuildError::Cargo { cargo: command.get_program().into(), source })?;
    if !output.status.success() {
        return Err(BuildError::Compile { package: package.to_owned(), status: output.status });
    }
    let module = module_in(&output.stdout).ok_or_else(|| BuildError::NoModule { package: package.to_owned() })?;
    let bytes = std::fs::read(&module).map_err(|source| BuildError::Read { module, source })?;
    componentize(&bytes).map_err(|reason| BuildError::Module { package: package.to_owned(), reason })
}

/// Wraps a core module that `lucarne-guest` made, and validates the component.
///
/// # Errors
///
/// Where the module carries no world, or does not import and export what its world says.
pub fn componentize(module: &[u8]) -> Result<Vec<u8>, NotAComponent> {
    ComponentEncoder::default()
        .validate(true)
        .module(module)
        .and_then(ComponentEncoder::encode)
        .map_err(|error| NotAComponent(format!("{error:#}")))
}

/// The toolchain's cargo, in an environment that says nothing of any other build.
fn cargo(toolchain: &Toolchain) -> Command {
    let (Toolchain::Target { cargo, rustc } | Toolchain::BuildStd { cargo, rustc, .. }) = toolchain;
    let mut command = Command::new(cargo);
    environment::clean(&mut command);
    command.env("RUSTC", rustc).env("RUSTFLAGS", FLAGS).envs(PROFILE);
    if let Toolchain::BuildStd { linker, .. } = toolchain {
        command.env("RUSTC_BOOTSTRAP", "1").env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
    }
    command
}

/// The last module among cargo's messages: dependencies come first.
fn module_in(messages: &[u8]) -> Option<PathBuf> {
    messages
        .rsplit(|byte| *byte == b'\n')
        .filter_map(|line| serde_json::from_slice::<Value>(line).ok())
        .filter(|message| message["reason"] == "compiler-artifact")
        .find_map(|message| {
            let files = message["filenames"].as_array()?.iter().filter_map(Value::as_str);
            files.map(PathBuf::from).find(|file| file.extension() == Some(OsStr::new("wasm")))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_module_that_cargo_names_is_the_packages_own() {
        let messages = br#"{"reason":"compiler-artifact","filenames":["/t/dependency.wasm"]}
{"reason":"compiler-artifact","filenames":["/t/libpackage.rlib","/t/package.wasm"]}
{"reason":"compiler-artifact","filenames":["/t/libother.rlib"]}
{"reason":"build-finished","success":true}
"#;
        assert_eq!(module_in(messages), Some(PathBuf::from("/t/package.wasm")));
        assert_eq!(module_in(br#"{"reason":"build-finished","success":true}"#), None);
    }

    #[test]
    fn a_module_without_a_world_is_refused() {
        for module in [&b""[..], b"\0asm", b"not a module"] {
            assert!(componentize(module).is_err(), "{module:?}");
        }
    }
}
