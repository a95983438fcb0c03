//! The access log: one line a request, on standard output.

use std::borrow::Cow;
use std::io::Write;
use std::net::IpAddr;
use std::sync::mpsc::SyncSender;
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
    /// `h1` or `h2`.
    pub version: &'static str,
    /// What was answered.
    pub status: u16,
    /// Bytes of content, where they are known in advance.
    pub bytes: Option<u64>,
    /// What the cache did.
    pub cache: &'a str,
    /// From the request's head to the answer's head.
    pub took: Duration,
}

/// Writes access lines, on a thread of its own: a slow reader of the log slows no request.
#[derive(Debug)]
pub struct AccessLog {
    format: LogFormat,
    lines: SyncSender<String>,
}

/// Lines that may wait to be written; more are lost rather than waited for.
const WAITING: usize = 8192;

impl AccessLog {
    /// On standard output. The thread ends with the log.
    #[must_use]
    pub fn standard_output(format: LogFormat) -> Self {
        let (lines, waiting) = std::sync::mpsc::sync_channel::<String>(WAITING);
        let writing = std::thread::Builder::new().name("access-log".into()).spawn(move || {
            for line in waiting {
                // A log that cannot be written must not end the node that it tells of.
                let _written = writeln!(std::io::stdout().lock(), "{line}");
            }
        });
        if let Err(error) = writing {
            tracing::error!(%error, "there will be no access log");
        }
        Self { format, lines }
    }

    /// Writes a line, some time soon.
    pub fn write(&self, line: &AccessLine<'_>) {
        if self.lines.try_send(line.text(self.format)).is_err() {
            tracing::debug!("an access line is lost: the log is not read fast enough");
        }
    }
}

impl AccessLine<'_> {
    fn text(&self, format: LogFormat) -> String {
        let at = humantime::format_rfc3339_millis(self.at);
        let took = self.took.as_secs_f64() * 1000.0;
        let Self { client, method, version, status, bytes, cache, .. } = self;
        let (authority, target) = (printable(self.authority), printable(self.target));
        match format {
            LogFormat::Json => serde_json::json!({
                "at": at.to_string(), "client": client, "method": method, "authority": authority,
                "target": target, "version": version, "status": status, "bytes": bytes, "cache": cache, "ms": took,
            })
            .to_string(),
            LogFormat::Text => {
                let bytes = bytes.map_or("-".to_owned(), |bytes| bytes.to_string());
                format!("{at} {client} {method} {authority}{target} {version} {status} {bytes} {cache} {took:.1}ms")
            }
        }
    }
}

/// A stranger's text as one word of printable ASCII: all else is written as URLs write it. What is beyond ASCII could end
/// a line for some readers of a log, or tell their terminal what to do.
#[must_use]
pub fn printable(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return text.into();
    }
    let escaped = |byte: u8| {
        if byte.is_ascii_graphic() { char::from(byte).to_string() } else { format!("%{byte:02X}") }
    };
    text.bytes().map(escaped).collect::<String>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_everything_in_either_form() {
        let line = AccessLine {
            at: SystemTime::UNIX_EPOCH,
            client: [192, 0, 2, 1].into(),
            method: "GET",
            authority: "a.example",
            target: "/x?w=1",
            version: "h1",
            status: 200,
            bytes: Some(9),
            cache: "hit",
            took: Duration::from_micros(1500),
        };
        let text = "1970-01-01T00:00:00.000Z 192.0.2.1 GET a.example/x?w=1 h1 200 9 hit 1.5ms";
        assert_eq!(line.text(LogFormat::Text), text);
        let json: serde_json::Value = serde_json::from_str(&line.text(LogFormat::Json)).expect("valid JSON");
        assert_eq!((&json["status"], &json["ms"], &json["cache"]), (&200.into(), &1.5.into(), &"hit".into()));
    }

    #[test]
    fn a_stranger_s_text_is_one_word_of_its_line() {
        for (given, written) in [
            ("/a.jpg?width=3&s=x", "/a.jpg?width=3&s=x"),
            ("/a\n2026 WARN forged", "/a%0A2026%20WARN%20forged"),
            ("/\u{1b}[2J\u{9b}\u{85}é\u{2028}\u{202e}", "/%1B[2J%C2%9B%C2%85%C3%A9%E2%80%A8%E2%80%AE"),
        ] {
            assert_eq!(printable(given), written);
            let line = AccessLine {
                at: SystemTime::UNIX_EPOCH,
                client: [192, 0, 2, 1].into(),
                method: "GET",
                authority: given,
                target: given,
                version: "h1",
                status: 400,
                bytes: None,
                cache: "none",
                took: Duration::ZERO,
            };
            let text = line.text(LogFormat::Text);
            assert_eq!(text.split_whitespace().nth(3), Some(format!("{written}{written}").as_str()), "{text}");
            assert!(line.text(LogFormat::Json).is_ascii(), "{text}");
        }
    }
}
