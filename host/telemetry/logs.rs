//! Where log lines go: standard error, as text or JSON. The level can be overridden by `LUCARNE_LOG`.

use std::io::IsTerminal as _;

use tracing::Level;
use tracing_subscriber::EnvFilter;

/// How a log line is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Sends this process's log lines to standard error. A second call changes nothing.
pub fn install(format: LogFormat, level: Level) {
    let filter = EnvFilter::try_from_env("LUCARNE_LOG").unwrap_or_else(|_| EnvFilter::new(level.as_str()));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let lines = lines.with_ansi(std::io::stderr().is_terminal());
    let installed = match format {
        LogFormat::Text => lines.try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    };
    if let Err(error) = installed {
        tracing::debug!(%error, "logs were installed before");
    }
}
