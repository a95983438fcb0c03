//! `lucarne check`: everything that is wrong with a configuration, at once.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use crate::cli::offline::Workbench;
use crate::cli::{UsageError, load};
use crate::config::Config;
use crate::sandbox::World;

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
            notes(&config).for_each(|note| println!("note: {note}"));
            return Ok(());
        }
        Err(UsageError(format!("{} cannot be used:\n{}", self.config.display(), problems.join("\n"))).into())
    }
}

/// Bytes of a pixel of what is decoded as a whole: red, green, blue and transparency.
const PIXEL: u64 = 4;

/// What is allowed and may not be meant: sources that the memory of those who decode them cannot hold.
fn notes(config: &Config) -> impl Iterator<Item = String> {
    let pixels = config.images.source_pixels;
    let decoded = pixels.saturating_mul(PIXEL);
    let scarce = config
        .components
        .iter()
        .filter(move |(_, component)| component.world == World::Image && component.limits.memory < decoded);
    scarce.map(move |(name, component)| {
        let (memory, decoded) = (component.limits.memory >> 20, decoded >> 20);
        format!(
            "images.source-pixels allows {pixels} pixels, {decoded} MiB at four bytes each, and \
             component.{name}.limits.memory is {memory} MiB; a source that does not fit is answered with 422"
        )
    })
}
