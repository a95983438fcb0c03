//! `cargo xtask fuzz`, and the replay of the corpora that every check run makes.
//!
//! The targets are libFuzzer's. cargo-fuzz adds AddressSanitizer and needs a nightly
//! compiler; without either, the pinned compiler's coverage flags alone make a fuzzer.

use std::path::PathBuf;
use std::process::Command;
use std::{env, fs};

use anyhow::{Context, Result, bail};

use crate::command::{cargo, output, program, root, run, target_dir};

const PACKAGE: &str = "lucarne-fuzz";

/// What libFuzzer needs of LLVM: a counter at each edge, the table of edges, and the operands of comparisons.
const COVERAGE: [&str; 7] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Cdebug-assertions",
    "-Ccodegen-units=1",
];

/// Fuzzes `only` or every target, each for `seconds`. The committed corpus is read; what is found, inputs that reach new
/// code and those that crash, is left under `target/fuzz/TARGET`, to be committed by hand where it is worth it.
pub(crate) fn fuzz(only: Option<&str>, seconds: u64) -> Result<()> {
    needs_compiler_of_cxx()?;
    let nightly = output(program("rustup", ["run", "nightly", "cargo", "fuzz", "--version"])).is_some();
    let targets = match only {
        Some(target) => vec![target.to_owned()],
        None => targets()?,
    };
    for target in targets {
        let mut command = if nightly { with_cargo_fuzz(&target)? } else { with_coverage_flags(&target)? };
        command.arg(format!("-max_total_time={seconds}")).arg(artifacts(&target)?);
        run(command)?;
    }
    Ok(())
}

/// Compiles every target without instrumentation and runs it once over each file of its corpus.
pub(crate) fn replay() -> Result<()> {
    needs_compiler_of_cxx()?;
    run(cargo(["build", "--locked", "--package", PACKAGE, "--bins"]))?;
    for target in targets()? {
        // No runs but those over the corpus, which are made without counting them.
        let mut command = cargo(["run", "--quiet", "--locked", "--package", PACKAGE, "--bin", &target, "--"]);
        command.arg("-runs=0").arg(artifacts(&target)?).arg(corpus(&target));
        run(command)?;
    }
    Ok(())
}

fn with_cargo_fuzz(target: &str) -> Result<Command> {
    let mut command = program("rustup", ["run", "nightly", "cargo", "fuzz", "run", target]);
    command.arg(found(target)?).arg(corpus(target)).arg("--");
    Ok(command)
}

/// A target triple is named so that the flags do not reach build scripts and macros, which have no fuzzer to link.
fn with_coverage_flags(target: &str) -> Result<Command> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = output(program(rustc, ["-vV"])).context("cannot run rustc")?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc -vV names no host")?;
    let mut command = cargo(["run", "--release", "--package", PACKAGE, "--target", host, "--bin", target, "--"]);
    command.arg(found(target)?).arg(corpus(target)).env("RUSTFLAGS", COVERAGE.join(" "));
    Ok(command)
}

fn corpus(target: &str) -> String {
    format!("fuzz/corpus/{target}")
}

/// libFuzzer adds what it finds to the first directory that it is given.
fn found(target: &str) -> Result<PathBuf> {
    work(target, "found")
}

/// The option that says where crashing inputs go: a prefix of file names.
fn artifacts(target: &str) -> Result<String> {
    Ok(format!("-artifact_prefix={}/", work(target, "crashes")?.display()))
}

fn work(target: &str, kind: &str) -> Result<PathBuf> {
    let directory = target_dir().join("fuzz").join(target).join(kind);
    fs::create_dir_all(&directory).with_context(|| format!("cannot create {}", directory.display()))?;
    Ok(directory)
}

/// The names of the files in `fuzz/fuzz_targets`.
fn targets() -> Result<Vec<String>> {
    let directory = root().join("fuzz/fuzz_targets");
    let entries = fs::read_dir(&directory).with_context(|| format!("cannot read {}", directory.display()))?;
    let mut names = Vec::new();
    for entry in entries {
        let path = entry?.path();
        names.extend(path.file_stem().and_then(|stem| stem.to_str()).map(str::to_owned));
    }
    names.sort();
    Ok(names)
}

/// libFuzzer is C++ and is compiled along.
fn needs_compiler_of_cxx() -> Result<()> {
    let compiler = env::var("CXX").unwrap_or_else(|_| "c++".to_owned());
    if output(program(&compiler, ["--version"])).is_none() {
        bail!("the fuzz targets need a C++ compiler for libFuzzer and `{compiler}` does not run; install g++ or clang");
    }
    Ok(())
}
