//! What a cargo that builds a component may know of the cargo that started it.
//!
//! A build script's environment describes the program it belongs to: its flags, its wrappers (clippy is one), its
//! profile. None of that may leak into a component, or the same sources would make different components.

use std::env;
use std::ffi::OsStr;
use std::process::Command;

/// What stays, although its prefix goes: where cargo keeps and fetches packages, and the jobs it shares.
const KEPT: [&str; 7] = [
    "CARGO_HOME",
    "CARGO_HTTP_",
    "CARGO_MAKEFLAGS",
    "CARGO_NET_",
    "CARGO_REGISTRIES_",
    "CARGO_REGISTRY_",
    "CARGO_TERM_",
];

/// What goes: cargo's own, rustc's own, and what cargo tells a build script.
const REMOVED_PREFIXES: [&str; 6] = ["CARGO", "RUSTC", "RUSTDOC", "RUSTFLAGS", "DEP_", "CLIPPY_"];
const REMOVED: [&str; 7] = ["DEBUG", "HOST", "NUM_JOBS", "OPT_LEVEL", "OUT_DIR", "PROFILE", "TARGET"];

/// Removes from `command` what describes another build.
pub(crate) fn clean(command: &mut Command) {
    for (name, _) in env::vars_os() {
        if describes_another_build(&name) {
            command.env_remove(name);
        }
    }
}

fn describes_another_build(name: &OsStr) -> bool {
    let name = name.as_encoded_bytes();
    let starts_with = |prefix: &&str| name.starts_with(prefix.as_bytes());
    let removed = REMOVED_PREFIXES.iter().any(starts_with) || REMOVED.iter().any(|other| other.as_bytes() == name);
    removed && !KEPT.iter().any(starts_with)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_builds_variables_are_removed_and_cargos_places_are_kept() {
        for (name, removed) in [
            ("CARGO", true),
            ("CARGO_ENCODED_RUSTFLAGS", true),
            ("CARGO_FEATURE_ROUTER", true),
            ("CARGO_MANIFEST_DIR", true),
            ("CARGO_PROFILE_RELEASE_LTO", true),
            ("CARGO_TARGET_DIR", true),
            ("CLIPPY_ARGS", true),
            ("DEP_RING_ROOT", true),
            ("RUSTC", true),
            ("RUSTC_WORKSPACE_WRAPPER", true),
            ("RUSTDOCFLAGS", true),
            ("RUSTFLAGS", true),
            ("TARGET", true),
            ("CARGO_HOME", false),
            ("CARGO_MAKEFLAGS", false),
            ("CARGO_NET_OFFLINE", false),
            ("HOME", false),
            ("PATH", false),
            ("RUSTUP_HOME", false),
        ] {
            assert_eq!(describes_another_build(OsStr::new(name)), removed, "{name}");
        }
    }
}
