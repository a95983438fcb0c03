//! What is done to the sources of Lucarne: `cargo xtask COMMAND`.
//!
//! One file a command; `command.rs` runs other programs and `toolchain.rs` sees to the compiler for WebAssembly.

mod apt;
mod bench;
mod build;
mod check;
mod codecs;
mod command;
mod component;
mod conformance;
mod deny;
mod fuzz;
mod machine;
mod npm;
mod soak;
mod toolchain;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

/// Builds, checks, fuzzes and measures Lucarne.
#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
enum Task {
    /// Build the program: target/release/lucarne
    Build,
    /// Build the program and run its demonstration, which says what to try
    Demo {
        /// The address to listen on
        #[arg(long, default_value = "127.0.0.1:8080")]
        listen: SocketAddr,
    },
    /// Run every check, as CI does; the first that fails ends the run
    Test {
        /// Also ask the RustSec database for advisories (needs the network)
        #[arg(long)]
        advisories: bool,
    },
    /// Run the public suite for HTTP caches against a node, and compare with what passed before
    Conformance(conformance::Options),
    /// Fuzz one target, or all in turn
    Fuzz {
        /// A target of fuzz/Cargo.toml
        target: Option<String>,
        /// How long to fuzz each target
        #[arg(long, default_value_t = 60)]
        seconds: u64,
    },
    /// Measure, in a form to keep under benches/results/
    Bench(bench::Options),
    /// Run a node under mixed load before an origin that fails, and check every answer
    Soak {
        /// How long
        #[arg(long, default_value_t = 30.0)]
        minutes: f64,
        /// Options of the run, after "--"
        #[arg(last = true)]
        options: Vec<String>,
    },
    /// Build a guest crate of yours into a component
    Component {
        /// The crate's directory
        directory: PathBuf,
        /// The file to write
        #[arg(short, long)]
        output: PathBuf,
    },
}

/// Says why it failed and not where: what fails is another program.
fn main() -> ExitCode {
    match run(Task::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> Result<()> {
    match task {
        Task::Build => build::build(),
        Task::Demo { listen } => build::demo(listen),
        Task::Test { advisories } => check::check(advisories),
        Task::Conformance(options) => conformance::conformance(&options),
        Task::Fuzz { target, seconds } => fuzz::fuzz(target.as_deref(), seconds),
        Task::Bench(options) => bench::bench(&options),
        Task::Soak { minutes, options } => soak::soak(minutes, &options),
        Task::Component { directory, output } => component::component(&directory, &output),
    }
}
