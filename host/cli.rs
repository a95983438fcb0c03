//! The command line: what a person types, and what the program exits with.

mod check;
mod component;
mod explain;
mod offline;
mod purge;
mod serve;
mod transform;

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use thiserror::Error;

use crate::builtin::builtins;
use crate::config::Config;

/// An edge node for images, programmable with WebAssembly.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve a configuration, or a single origin.
    Serve(serve::Serve),
    /// Serve the built-in pictures with a gallery page.
    Demo(serve::Demo),
    /// Say everything that is wrong with a configuration; exits with 64 if anything is.
    Check(check::Check),
    /// Make one picture from a file, offline, with the same components as a node.
    Transform(transform::Transform),
    /// Say what the components would decide about a request.
    Explain(explain::Explain),
    /// Have a running node purge what it has stored.
    Purge(purge::Purge),
    /// Look into components.
    #[command(subcommand)]
    Component(component::Component),
}

/// How the program ends when it fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// The configuration or the command line is wrong (`EX_USAGE`).
    Usage,
    /// What was given to work on is wrong (`EX_DATAERR`).
    Data,
    /// Anything else.
    Failure,
}

/// The configuration, or what was typed, cannot be used.
#[derive(Debug, Error)]
#[error("{0}")]
struct UsageError(String);

/// The input cannot be worked on.
#[derive(Debug, Error)]
#[error("{0}")]
struct DataError(String);

impl Cli {
    /// Does what was typed.
    ///
    /// # Errors
    /// What to print; [`Exit::of`] says what to exit with.
    pub fn run(self) -> Result<()> {
        match self.command {
            Command::Serve(serve) => serve.run(),
            Command::Demo(demo) => demo.run(),
            Command::Check(check) => check.run(),
            Command::Transform(transform) => transform.run(),
            Command::Explain(explain) => explain.run(),
            Command::Purge(purge) => purge.run(),
            Command::Component(component) => component.run(),
        }
    }
}

impl Exit {
    /// What an error means for the one who called.
    #[must_use]
    pub fn of(error: &anyhow::Error) -> Self {
        if error.is::<UsageError>() {
            Self::Usage
        } else if error.is::<DataError>() {
            Self::Data
        } else {
            Self::Failure
        }
    }

    /// The process's exit status.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Usage => 64,
            Self::Data => 65,
            Self::Failure => 1,
        }
    }
}

/// Reads a configuration; what is wrong with it is wrong with the call.
fn load(path: &std::path::Path) -> Result<Config> {
    Config::load(path, &builtins()).map_err(|error| UsageError(with_sources(&error)).into())
}

/// Where compiled components are kept: `$LUCARNE_CACHE_DIR`, or the user's cache directory.
fn compiled_directory() -> Option<PathBuf> {
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let own = variable("LUCARNE_CACHE_DIR");
    let cache = variable("XDG_CACHE_HOME").or_else(|| variable("HOME").map(|home| home.join(".cache")));
    own.or_else(|| cache.map(|cache| cache.join("lucarne"))).map(|directory| directory.join("compiled"))
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().context("the runtime cannot start")
}

fn with_sources(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
