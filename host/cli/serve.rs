//! `lucarne serve` and `lucarne demo`: a node until a signal.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{ArgGroup, Args};
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::{compiled_directory, load, runtime};
use crate::clock::Clock;
use crate::config::{Config, Origin};
use crate::demo;
use crate::node::{Node, NodeParts};
use crate::telemetry;
use crate::upstream::{MemoryUpstream, Upstream};

/// What `serve` takes.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("what").required(true))]
pub(super) struct Serve {
    /// The configuration file.
    #[arg(long, value_name = "FILE", group = "what")]
    config: Option<PathBuf>,
    /// The one origin to serve, with defaults for everything else: an http or https URL, or a folder.
    #[arg(long, value_name = "URL-OR-FOLDER", group = "what")]
    origin: Option<Origin>,
    /// Where clients are served, with --origin.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080", conflicts_with = "config")]
    listen: SocketAddr,
}

/// What `demo` takes.
#[derive(Debug, Args)]
pub(super) struct Demo {
    /// Where the gallery is served.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
}

impl Serve {
    pub(super) fn run(self) -> Result<()> {
        let config = match (self.config, self.origin) {
            (Some(path), _) => load(&path)?,
            (None, Some(origin)) => Config::for_origin(origin, self.listen),
            // INVARIANT: clap demands one of them.
            (None, None) => anyhow::bail!("give --config or --origin"),
        };
        let parts = NodeParts { compiled: compiled_directory(), ..NodeParts::default() };
        serve(&config, parts, |address| format!("serving on http://{address}"))
    }
}

impl Demo {
    pub(super) fn run(self) -> Result<()> {
        // The folder stands for the pictures in the program, which take its place below.
        let mut config = Config::for_origin(Origin::Folder(PathBuf::new()), self.listen);
        config.log.access = None;
        let pictures = Upstream::Memory(MemoryUpstream::new(demo::FILES));
        let upstreams: BTreeMap<_, _> = config.upstreams.keys().cloned().zip([pictures]).collect();
        let parts = NodeParts { compiled: compiled_directory(), upstreams, ..NodeParts::default() };
        serve(&config, parts, |address| demo::hints(&format!("http://{address}")))
    }
}

fn serve(config: &Config, parts: NodeParts, greeting: impl FnOnce(SocketAddr) -> String) -> Result<()> {
    telemetry::install_logs(config.log.format, config.log.level);
    runtime()?.block_on(async {
        let node = Node::bind(config, parts, Clock::default()).await?;
        let mut terminate = signal(SignalKind::terminate()).context("SIGTERM cannot be awaited")?;
        eprintln!("{}", greeting(node.address()));
        if let Some(admin) = node.admin_address() {
            eprintln!("admin interface on http://{admin}");
        }
        node.run(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
        })
        .await;
        Ok(())
    })
}
