//! Which compiler makes WebAssembly on this machine.
//!
//! rustup brings the target's standard library, and `rust-toolchain.toml` asks for it. Where it cannot be had, cargo
//! compiles the library from its sources, which rustup's `rust-src` and Debian's packages contain.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::linker;

/// The target that components are compiled for: no system interface, imports are the world's alone.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// The Debian packages that together build the standard library for [`TARGET`].
pub const DEBIAN_PACKAGES: [&str; 3] = ["cargo-web", "rustc-web", "rust-web-src"];

const DEBIAN_CARGO: &str = "/usr/bin/cargo";
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";

/// A compiler that makes WebAssembly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Toolchain {
    /// The active toolchain has the target's standard library.
    Target {
        /// The active cargo.
        cargo: PathBuf,
        /// The active rustc.
        rustc: PathBuf,
    },
    /// A toolchain with the standard library's sources, which it compiles along.
    BuildStd {
        /// A cargo of the same release as `rustc`.
        cargo: PathBuf,
        /// A rustc whose sysroot holds the sources.
        rustc: PathBuf,
        /// `rust-lld` or `wasm-ld`: a toolchain without the target need not know where one is.
        linker: PathBuf,
    },
}

/// No toolchain can make WebAssembly.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoToolchain {
    /// Neither the target's standard library nor its sources are installed.
    #[error(
        "components need a Rust toolchain for WebAssembly and none is installed; run `rustup target add {TARGET}`, \
         or on Debian `apt-get install --no-install-recommends {}`",
        DEBIAN_PACKAGES.join(" ")
    )]
    Library,
    /// The sources are installed, but nothing links what is compiled from them.
    #[error(
        "components can be compiled by {}, but no rust-lld or wasm-ld is installed to link them; \
         run `rustup target add {TARGET}`, or on Debian `apt-get install {package}`",
        rustc.display()
    )]
    Linker {
        /// The compiler that could be used.
        rustc: PathBuf,
        /// The Debian package that has its linker.
        package: String,
    },
}

impl Toolchain {
    /// Finds the toolchain that costs least: one with the target's library, then the active one with sources, then
    /// Debian's.
    ///
    /// # Errors
    ///
    /// Where there is none; the text names the commands that install one.
    pub fn find() -> Result<Self, NoToolchain> {
        let cargo = program("CARGO", "cargo");
        let rustc = program("RUSTC", "rustc");
        if has_target(&rustc) {
            return Ok(Self::Target { cargo, rustc });
        }

        let active = sysroot(&rustc);
        let debian = sysroot(Path::new(DEBIAN_RUSTC));
        let linkers: Vec<_> = active.iter().chain(&debian).map(PathBuf::as_path).collect();
        let candidates = [(cargo, rustc, &active), (DEBIAN_CARGO.into(), DEBIAN_RUSTC.into(), &debian)];
        let with_sources = candidates.into_iter().find(|(_, _, sysroot)| sysroot.as_deref().is_some_and(has_sources));
        let Some((cargo, rustc, _)) = with_sources else { return Err(NoToolchain::Library) };
        match linker::find(&linkers) {
            Some(linker) => Ok(Self::BuildStd { cargo, rustc, linker }),
            None => Err(NoToolchain::Linker { rustc, package: linker::debian_package() }),
        }
    }
}

fn program(variable: &str, name: &str) -> PathBuf {
    env::var_os(variable).unwrap_or_else(|| OsString::from(name)).into()
}

fn has_target(rustc: &Path) -> bool {
    let mut command = Command::new(rustc);
    command.args(["--print", "target-libdir", "--target", TARGET]);
    let Some(directory) = line(command) else { return false };
    let Ok(entries) = Path::new(&directory).read_dir() else { return false };
    entries.flatten().any(|entry| entry.file_name().as_encoded_bytes().starts_with(b"libstd-"))
}

fn sysroot(rustc: &Path) -> Option<PathBuf> {
    let mut command = Command::new(rustc);
    command.args(["--print", "sysroot"]);
    line(command).map(PathBuf::from)
}

fn has_sources(sysroot: &Path) -> bool {
    sysroot.join("lib/rustlib/src/rust/library/Cargo.lock").is_file()
}

/// What a command prints, if it can be run and succeeds.
fn line(mut command: Command) -> Option<String> {
    let output = command.output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8(output.stdout).ok()?.trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_toolchain_names_the_commands_that_bring_one() {
        let message = NoToolchain::Library.to_string();
        assert!(message.contains("`rustup target add wasm32-unknown-unknown`"), "{message}");
        for package in DEBIAN_PACKAGES {
            assert!(message.contains(package), "{message}");
        }
        assert!(!message.contains('\n'), "{message}");
    }

    #[test]
    fn a_missing_linker_names_the_compiler_that_lacks_it() {
        let message = NoToolchain::Linker { rustc: "/usr/bin/rustc".into(), package: "lld-22".into() }.to_string();
        assert!(message.contains("/usr/bin/rustc") && message.contains("`apt-get install lld-22`"), "{message}");
    }

    #[test]
    fn a_compiler_that_does_not_exist_has_neither_target_nor_sysroot() {
        let rustc = Path::new("/nonexistent/rustc");
        assert!(!has_target(rustc));
        assert_eq!(sysroot(rustc), None);
    }
}
