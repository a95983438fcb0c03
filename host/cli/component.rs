//! `lucarne component`: what a component is, or why it would be refused.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Args, Subcommand};

use crate::cli::offline::Workbench;
use crate::cli::{DataError, with_sources};
use crate::sandbox::Inspection;

/// What can be done with components.
#[derive(Debug, Subcommand)]
pub(super) enum Component {
    /// Say what a component is: world, imports, exports, size, digest; or why it would be refused.
    Inspect(Inspect),
}

/// What `inspect` takes.
#[derive(Debug, Args)]
pub(super) struct Inspect {
    /// The component.
    #[arg(value_name = "FILE.wasm")]
    file: PathBuf,
}

impl Component {
    pub(super) fn run(self) -> Result<()> {
        match self {
            Self::Inspect(inspect) => inspect.run(),
        }
    }
}

impl Inspect {
    fn run(self) -> Result<()> {
        let wasm = std::fs::read(&self.file).with_context(|| format!("cannot read {}", self.file.display()))?;
        let refused = |why: String| DataError(format!("{}: {why}", self.file.display()));
        let inspected = Workbench::new()?.sandbox().inspect(&wasm);
        let inspection = inspected.map_err(|reason| refused(with_sources(&reason)))?;
        let Inspection { world, imports, exports, size, digest } = inspection;
        let list = |names: &[String]| if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        println!("imports {}", list(&imports));
        println!("exports {}", list(&exports));
        println!("size    {size} bytes");
        println!("digest  {digest} (BLAKE3)");
        match world {
            Ok(world) => println!("world   {world}"),
            Err(reason) => return Err(refused(format!("would be refused: {}", with_sources(&reason))).into()),
        }
        Ok(())
    }
}
