//! `cargo xtask bench` and `soak`: a benchmark's output under the machine, commit and command that it belongs to.

use anyhow::{Context, Result};
use clap::ValueEnum;

use crate::command::{cargo, output, program, run, shown};
use crate::{apt, machine, toolchain};

/// What can be measured: each is a `[[bench]]` of the root package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
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
    /// A hit beside nginx and Varnish
    Peers,
    /// A hit and its memory, from a thousand entries to a million
    Scale,
    /// Twice the load that can be carried
    Overload,
}

/// What `peers` runs besides the node, and what Debian calls the packages.
const PEERS: [(&str, &str); 4] =
    [("nginx", "nginx"), ("varnishd", "varnish"), ("wrk", "wrk"), ("taskset", "util-linux")];

/// Measures `names`, or everything, with these options of the benchmark.
pub(crate) fn bench(names: &[Bench], options: &[String]) -> Result<()> {
    toolchain::find_or_install()?;
    for bench in if names.is_empty() { Bench::value_variants() } else { names } {
        if *bench == Bench::Peers {
            install_peers()?;
        }
        let name = bench.to_possible_value().context("every benchmark has a name")?;
        measure(name.get_name(), options)?;
    }
    Ok(())
}

/// Runs a benchmark under its heading.
pub(crate) fn measure(name: &str, options: &[String]) -> Result<()> {
    let mut command = cargo(["bench", "--locked", "--bench", name]);
    if !options.is_empty() {
        command.arg("--").args(options);
    }
    println!("{}", machine::heading(&shown(&command)));
    run(command)
}

fn install_peers() -> Result<()> {
    let is_missing = |name: &str| output(program("which", [name])).is_none();
    let missing = PEERS.iter().filter(|(name, _)| is_missing(name));
    let packages: Vec<&str> = missing.map(|(_, package)| *package).collect();
    if packages.is_empty() {
        return Ok(());
    }
    eprintln!("installing what the node is compared with");
    apt::install(&packages).with_context(|| format!("the comparison needs {}", packages.join(", ")))
}
