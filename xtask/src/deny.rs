//! cargo-deny, at one release: licences, duplicate versions, sources.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::command::{cargo, output, program, root, run};

/// Known to build with the compiler of `rust-toolchain.toml`.
const VERSION: &str = "0.20.2";

/// Checks what `deny.toml` says. Advisories change without a commit and need the network, so they are asked for.
pub(crate) fn check(advisories: bool) -> Result<()> {
    let mut checks = vec!["licenses", "bans", "sources"];
    checks.extend(advisories.then_some("advisories"));
    // Through cargo's own name for the subcommand, it finds the cargo to ask for the dependency graph.
    let mut command = program(installed()?, ["--workspace", "--locked", "check"]);
    command.args(checks);
    run(command)
}

/// The one on the `PATH` if it is of this release, else the one under `target/tools`, installed where it is missing.
fn installed() -> Result<PathBuf> {
    let tools = root().join("target/tools");
    let own = tools.join("bin/cargo-deny");
    for candidate in [Path::new("cargo-deny"), &own] {
        if output(program(candidate, ["--version"])).is_some_and(|line| line.ends_with(VERSION)) {
            return Ok(candidate.to_owned());
        }
    }
    eprintln!("cargo-deny {VERSION} is not installed; installing it under target/tools, once (minutes)");
    let mut install = cargo(["install", "--locked", "cargo-deny", "--version", VERSION, "--no-default-features"]);
    install.arg("--root").arg(&tools);
    run(install)?;
    Ok(own)
}
