//! The program: reads the command line, does what it says, and turns errors into an exit status.

use std::process::ExitCode;

use clap::Parser;
use lucarne::cli::{Cli, Exit};

fn main() -> ExitCode {
    match Cli::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("lucarne: {error:#}");
            ExitCode::from(Exit::of(&error).code())
        }
    }
}
