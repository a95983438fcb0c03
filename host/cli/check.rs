//! `lucarne check`: everything that is wrong with a configuration, at once.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use crate::cli::offline::Workbench;
use crate::cli::{UsageError, load};

/// What `check` takes.
#[derive(Debug, Args)]
pub(super) struct Check {
    /// The configuration file.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

impl Check {
    pub(super) fn run(self) -> Result<()> {
        let config = load(&self.config)?;
        // The file reads well; now whether the components that it names do.
        let problems = Workbench::of(&config)?.problems(&config);
        if problems.is_empty() {
            println!("{}: no problems, {} site(s)", self.config.display(), config.sites.iter().len());
            return Ok(());
        }
        Err(UsageError(format!("{} cannot be used:\n{}", self.config.display(), problems.join("\n"))).into())
    }
}
