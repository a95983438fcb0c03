//! `lucarne transform`: one picture from a file, offline.

use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use http::HeaderMap;

use crate::cli::offline::Workbench;
use crate::cli::{DataError, UsageError, load};
use crate::config::{Config, Origin};
use crate::request::RequestHead;
use crate::sandbox::{ImageLimits, RequestView, Route};

/// What `transform` takes.
#[derive(Debug, Args)]
pub(super) struct Transform {
    /// The configuration file whose components, settings and limits hold; without one, the defaults.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The host whose site of the configuration it is.
    #[arg(long, value_name = "HOST", default_value = "localhost", requires = "config")]
    host: String,
    /// The picture.
    #[arg(value_name = "IN")]
    input: PathBuf,
    /// What to make of it, in the words of a URL's query: 'width=320&format=webp'.
    query: String,
}

impl Transform {
    pub(super) fn run(self) -> Result<()> {
        let config = match &self.config {
            Some(path) => load(path)?,
            None => Config::for_origin(Origin::Folder(PathBuf::new()), ([127, 0, 0, 1], 0).into()),
        };
        let query = self.query.strip_prefix('?').unwrap_or(&self.query);
        let head = RequestHead::composed(&self.host, "/picture", Some(query), HeaderMap::new());
        let site = config
            .site_for(head.authority())
            .ok_or_else(|| UsageError(format!("no site has the host {:?}; give one with --host", self.host)))?;
        let loaded = Workbench::of(&config)?.load(&config, site)?;
        let view = RequestView { head: Arc::new(head), widths: Arc::from([]), now: 0 };
        let plan = match loaded.router.route(&view)?.0 {
            Route::Image(image) => image.plan,
            Route::Refuse(refusal) => return Err(UsageError(refusal.detail).into()),
            Route::Pass(_) | Route::Reply(_) => {
                return Err(UsageError(format!("{query:?} asks for nothing; try 'width=320'")).into());
            }
        };
        let source = std::fs::read(&self.input).with_context(|| format!("cannot read {}", self.input.display()))?;
        let limits = ImageLimits {
            source_pixels: config.images.source_pixels,
            output_pixels: config.images.output_pixels,
            output_bytes: config.images.output_bytes,
        };
        let picture = loaded
            .image
            .make(&source, &plan, limits)
            .map_err(|failure| DataError(format!("{}: {failure}", self.input.display())))?;
        if std::io::stdout().is_terminal() {
            bail!("the picture goes to standard output; redirect it to a file");
        }
        std::io::stdout().write_all(&picture.body).context("cannot write the picture")?;
        let size = picture.body.len();
        let truncated = if picture.truncated { ", of a source that ends early" } else { "" };
        eprintln!("{} {}x{}, {size} bytes{truncated}", picture.format.media_type(), picture.width, picture.height);
        Ok(())
    }
}
