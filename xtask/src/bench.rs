//! `cargo xtask bench`: a benchmark's output under the machine, commit and command that it belongs to.

use anyhow::Result;
use clap::ValueEnum;

use crate::command::{cargo, run, shown};
use crate::{machine, toolchain};

/// What can be measured: each is a `[[bench]]` of the root package.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Bench {
    /// A cached answer, from socket to socket
    Hit,
    /// What a component's decision costs, live and remembered
    Decision,
    /// How the node fares beside a component that misbehaves
    Contain,
    /// Memory of pictures being made
    Memory,
    /// Hit ratios of the memory tier, against theory
    Ratio,
}

pub(crate) fn bench(names: &[Bench]) -> Result<()> {
    toolchain::find_or_install()?;
    for bench in if names.is_empty() { Bench::value_variants() } else { names } {
        let name = match bench {
            Bench::Hit => "hit",
            Bench::Decision => "decision",
            Bench::Contain => "contain",
            Bench::Memory => "memory",
            Bench::Ratio => "ratio",
        };
        let command = cargo(["bench", "--locked", "--bench", name]);
        println!("{}", machine::heading(&shown(&command)));
        run(command)?;
    }
    Ok(())
}
