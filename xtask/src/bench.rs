//! `cargo xtask bench` and `soak`: a benchmark's output under the machine, commit and command that it belongs to.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};

use crate::command::{cargo, run, shown};
use crate::{codecs, machine, npm, toolchain};

#[derive(Args, Debug)]
pub(crate) struct Options {
    /// What to measure; everything if nothing is named
    names: Vec<Bench>,
    /// A folder of pictures, for benchmarks that make some: images and memory
    #[arg(long, value_name = "DIR")]
    pictures: Option<PathBuf>,
    /// With images: bytes and likeness over many qualities and kinds of pictures, instead of time
    #[arg(long)]
    quality: bool,
    /// With images: servers instead of libraries
    #[arg(long)]
    server: bool,
    /// Options of the benchmark, after "--"
    #[arg(last = true)]
    options: Vec<String>,
}

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
    /// Hits in memory while the disk is slow
    SlowDisk,
    /// Pictures beside sharp's: time, bytes, likeness, memory
    Images,
}

/// What `peers` runs besides the node, and what Debian calls the packages.
const PEERS: [(&str, &str); 4] =
    [("nginx", "nginx"), ("varnishd", "varnish"), ("wrk", "wrk"), ("taskset", "util-linux")];

/// What `slow-disk` runs besides the node: that which makes the disk slow.
const SLOW_DISK: [(&str, &str); 2] = [("strace", "strace"), ("taskset", "util-linux")];

/// What `images` runs besides the component, and where its packages are pinned.
const IMAGE_PEERS: (&str, &str) = ("benches/images/npm", "image-peers");

/// Measures what is named, or everything.
pub(crate) fn bench(options: &Options) -> Result<()> {
    toolchain::find_or_install()?;
    for bench in if options.names.is_empty() { Bench::value_variants() } else { &options.names } {
        let mut arguments = options.options.clone();
        if let (Some(folder), Bench::Images | Bench::Memory) = (&options.pictures, bench) {
            arguments.extend(["--pictures".to_owned(), absolute(folder)?]);
        }
        match bench {
            Bench::Peers => codecs::install_missing(&PEERS).context("what the node is compared with")?,
            Bench::SlowDisk => codecs::install_missing(&SLOW_DISK).context("what makes the disk slow")?,
            Bench::Images => {
                let (sources, name) = IMAGE_PEERS;
                arguments.extend(["--modules".to_owned(), npm::find_or_install(sources, name)?.display().to_string()]);
                let parts = [(options.quality, "--quality"), (options.server, "--server")];
                arguments.extend(parts.into_iter().filter(|(asked, _)| *asked).map(|(_, part)| part.to_owned()));
            }
            _ => {}
        }
        let name = bench.to_possible_value().context("every benchmark has a name")?;
        measure(name.get_name(), &arguments)?;
    }
    Ok(())
}

/// Benchmarks run in the root of the sources, wherever this program was started.
fn absolute(folder: &Path) -> Result<String> {
    let folder = folder.canonicalize().with_context(|| format!("cannot read {}", folder.display()))?;
    Ok(folder.display().to_string())
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
