//! `[log]`: what the node says about itself and about each request.

use tracing::Level;

use super::reader::Section;
use super::units;
use crate::telemetry::LogFormat;

/// What the node logs, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogConfig {
    /// The form of the node's own log. Default `Text`: a person reads it first.
    pub format: LogFormat,
    /// The least severe level that is logged. Default `INFO`.
    pub level: Level,
    /// The form of the line that each request leaves; `None` (`"off"`) for no such line. Default `Text`: without it, a
    /// new node that answers says nothing.
    pub access: Option<LogFormat>,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self { format: LogFormat::Text, level: Level::INFO, access: Some(LogFormat::Text) }
    }
}

impl LogConfig {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        let default = Self::default();
        let formats = [("text", LogFormat::Text), ("json", LogFormat::Json)];
        let access = [("off", None), ("text", Some(LogFormat::Text)), ("json", Some(LogFormat::Json))];
        let levels = [
            ("error", Level::ERROR),
            ("warn", Level::WARN),
            ("info", Level::INFO),
            ("debug", Level::DEBUG),
            ("trace", Level::TRACE),
        ];
        Self {
            format: section.value("format", units::word(&formats)).unwrap_or(default.format),
            level: section.value("level", units::word(&levels)).unwrap_or(default.level),
            access: section.value("access", units::word(&access)).unwrap_or(default.access),
        }
    }
}
