//! The access log: one line a request, on standard output.

use std::io::Write;
use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use crate::telemetry::LogFormat;

/// What is written about a request.
#[derive(Debug)]
pub struct AccessLine<'a> {
    /// When it came.
    pub at: SystemTime,
    /// Who sent it, as far as trusted proxies tell.
    pub client: IpAddr,
    /// The method.
    pub method: &'a str,
    /// The authority that was asked for.
    pub authority: &'a str,
    /// Path and query as sent.
    pub target: &'a str,
    /// What was answered.
    pub status: u16,
    /// Bytes of content, where they are known in advance.
    pub bytes: Option<u64>,
    /// What the cache did.
    pub cache: &'a str,
    /// From the request's head to the answer's head.
    pub took: Duration,
}

impl AccessLine<'_> {
    /// Writes the line.
    pub fn write(&self, format: LogFormat) {
        let at = humantime::format_rfc3339_millis(self.at);
        let took = self.took.as_secs_f64() * 1000.0;
        let line = match format {
            LogFormat::Json => serde_json::json!({
                "at": at.to_string(), "client": self.client, "method": self.method, "authority": self.authority,
                "target": self.target, "status": self.status, "bytes": self.bytes, "cache": self.cache, "ms": took,
            })
            .to_string(),
            LogFormat::Text => {
                let bytes = self.bytes.map_or("-".to_owned(), |bytes| bytes.to_string());
                let Self { client, method, authority, target, status, cache, .. } = self;
                format!("{at} {client} {method} {authority}{target} {status} {bytes} {cache} {took:.1}ms")
            }
        };
        // A log that cannot be written must not fail the request that it tells of.
        let _written = writeln!(std::io::stdout().lock(), "{line}");
    }
}
