//! `cargo xtask test`: everything that has to hold at every commit, in the order that finds mistakes soonest.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::command::{cargo, run};
use crate::{codecs, conformance, deny, fuzz, toolchain};

struct Check {
    name: &'static str,
    run: Box<dyn Fn() -> Result<()>>,
}

pub(crate) fn check(advisories: bool) -> Result<()> {
    let checks = [
        Check::new("toolchain", || toolchain::find_or_install().map(drop)),
        Check::new("fmt", || run(cargo(["fmt", "--all", "--check"]))),
        Check::new("clippy", || run(clippy())),
        Check::new("doc", || run(doc())),
        Check::new("test", || run(workspace_tests())),
        Check::new("codecs", codecs::check),
        Check::new("loom", || run(cargo(["test", "--package", "lucarne-loom", "--release", "--locked"]))),
        Check::new("conformance", conformance::check),
        Check::new("fuzz corpora", fuzz::replay),
        Check::new("deny", move || deny::check(advisories)),
    ];

    let mut passed = Vec::new();
    for check in &checks {
        eprintln!("\n=== {} ===", check.name);
        let (result, took) = timed(&check.run);
        if result.is_err() {
            summary(&passed);
            eprintln!("FAILED {:>8.1?}  {}", took, check.name);
        }
        result.with_context(|| format!("check `{}` failed", check.name))?;
        passed.push((check.name, took));
    }
    summary(&passed);
    eprintln!("all {} checks passed", passed.len());
    Ok(())
}

impl Check {
    fn new(name: &'static str, run: impl Fn() -> Result<()> + 'static) -> Self {
        Self { name, run: Box::new(run) }
    }
}

fn clippy() -> Command {
    cargo(["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"])
}

fn doc() -> Command {
    let mut command = cargo(["doc", "--no-deps", "--workspace", "--locked"]);
    command.env("RUSTDOCFLAGS", "-Dwarnings");
    command
}

/// All tests but those that need a build or programs of their own.
pub(crate) fn workspace_tests() -> Command {
    cargo(["test", "--workspace", "--exclude", "lucarne-loom", "--exclude", codecs::PACKAGE, "--locked"])
}

fn summary(passed: &[(&str, Duration)]) {
    eprintln!("\n=== summary ===");
    for (name, took) in passed {
        eprintln!("passed {took:>8.1?}  {name}");
    }
}

#[expect(clippy::disallowed_methods, reason = "how long a check takes is what is shown; nothing depends on it")]
fn timed(run: impl Fn() -> Result<()>) -> (Result<()>, Duration) {
    let start = Instant::now();
    let result = run();
    (result, start.elapsed())
}
