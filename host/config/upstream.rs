//! `[upstream.NAME]`: where a site's content comes from, an HTTP server or a folder. It connects to neither.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use http::Uri;
use thiserror::Error;

use super::reader::Section;
use super::units::{self, TIMEOUT};

/// Where content comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UpstreamConfig {
    /// From an HTTP server.
    Http {
        /// Scheme, authority and a path that goes before every target. INVARIANT: `http` or `https`, with an
        /// authority, without user information and query.
        url: Uri,
        /// Whether the Host sent is the client's rather than the upstream's. Default false: an origin usually answers
        /// to its own name only. If true, the authority becomes part of the cache key.
        preserve_host: bool,
        /// A file of PEM certificates to trust in place of the public roots. Default none.
        ca: Option<PathBuf>,
        /// How long a connection may take to be made, TLS included. Default 1 s: a slower origin is down.
        connect_timeout: Duration,
        /// From the request's last byte to the response's first. Default 10 s: an origin may have to work for it.
        first_byte_timeout: Duration,
        /// Between two reads of the response. Default 15 s: a stalled transfer holds up all who wait for it.
        between_bytes_timeout: Duration,
        /// Exchanges at once. Default 256: what a usual origin bears, and a purge of everything asks for.
        concurrency: usize,
        /// How many more may wait; one more is answered with 503. Default 1024: four times as many as are served.
        queue: usize,
        /// For how long one waits before it is answered with 503. Default 5 s: people leave after that.
        wait: Duration,
    },
    /// From files.
    Folder {
        /// The folder; nothing outside of it is served.
        path: PathBuf,
        /// Freshness lifetime of a file, in whole seconds. Default 60 s: a file that is replaced shows within a minute,
        /// and asking again costs one look at its date.
        max_age: Duration,
    },
}

/// The one upstream of a node that has no configuration file: `lucarne serve --origin`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// An HTTP server. INVARIANT: as [`UpstreamConfig::Http`]'s `url`.
    Url(Uri),
    /// A folder.
    Folder(PathBuf),
}

/// The text is not the URL of an upstream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InvalidUpstreamUrl {
    /// Neither `http://` nor `https://` with a name behind it.
    #[error("is not a URL; write it like \"https://origin.example/pictures\"")]
    Malformed,
    /// It names a user.
    #[error("has user information, which is not sent; leave it out")]
    UserInformation,
    /// It has a query or a fragment, which could not go before a target.
    #[error("has a query or a fragment; only a path can go before what is asked for")]
    QueryOrFragment,
}

const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
const FIRST_BYTE_TIMEOUT: Duration = Duration::from_secs(10);
const BETWEEN_BYTES_TIMEOUT: Duration = Duration::from_secs(15);
const CONCURRENCY: usize = 256;
const QUEUE: usize = 1024;
const WAIT: Duration = Duration::from_secs(5);
const MAX_AGE: Duration = Duration::from_secs(60);

impl UpstreamConfig {
    /// `None` where the section does not say which kind it is, which is noted.
    pub(super) fn read(section: &mut Section<'_>, base: &Path) -> Option<Self> {
        let url = section.value("url", |value| parse_url(&units::text(value)?).map_err(|error| error.to_string()));
        let path = section.value("path", units::path(base));
        let preserve_host = section.value("preserve-host", units::boolean);
        let ca = section.value("ca", units::path(base));
        let connect_timeout = section.value("connect-timeout", units::duration(TIMEOUT));
        let first_byte_timeout = section.value("first-byte-timeout", units::duration(TIMEOUT));
        let between_bytes_timeout = section.value("between-bytes-timeout", units::duration(TIMEOUT));
        let concurrency = section.value("concurrency", units::count(1..=65_536));
        let queue = section.value("queue", units::count(0..=1_048_576));
        let wait = section.value("wait", units::duration(TIMEOUT));
        let max_age = section.value("max-age", units::lifetime);
        match (section.has("url"), section.has("path")) {
            (true, false) => {
                refuse(section, &["max-age"], "is for a folder; an HTTP server states lifetimes itself");
                let url = url?;
                if ca.is_some() && url.scheme_str() == Some("http") {
                    section.problem("ca", "is for an https URL");
                }
                Some(Self::Http {
                    preserve_host: preserve_host.unwrap_or(false),
                    ca,
                    connect_timeout: connect_timeout.unwrap_or(CONNECT_TIMEOUT),
                    first_byte_timeout: first_byte_timeout.unwrap_or(FIRST_BYTE_TIMEOUT),
                    between_bytes_timeout: between_bytes_timeout.unwrap_or(BETWEEN_BYTES_TIMEOUT),
                    concurrency: concurrency.unwrap_or(CONCURRENCY),
                    queue: queue.unwrap_or(QUEUE),
                    wait: wait.unwrap_or(WAIT),
                    url,
                })
            }
            (false, true) => {
                let http = [
                    "preserve-host",
                    "ca",
                    "connect-timeout",
                    "first-byte-timeout",
                    "between-bytes-timeout",
                    "concurrency",
                    "queue",
                    "wait",
                ];
                refuse(section, &http, "is for an HTTP server, and this upstream is a folder");
                Some(Self::Folder { path: path?, max_age: max_age.unwrap_or(MAX_AGE) })
            }
            (true, true) => {
                section.problem("path", "stands beside url; give one of them");
                None
            }
            (false, false) => {
                section.own_problem("needs url, for an HTTP server, or path, for a folder");
                None
            }
        }
    }
}

impl From<Origin> for UpstreamConfig {
    fn from(origin: Origin) -> Self {
        match origin {
            Origin::Url(url) => Self::Http {
                url,
                preserve_host: false,
                ca: None,
                connect_timeout: CONNECT_TIMEOUT,
                first_byte_timeout: FIRST_BYTE_TIMEOUT,
                between_bytes_timeout: BETWEEN_BYTES_TIMEOUT,
                concurrency: CONCURRENCY,
                queue: QUEUE,
                wait: WAIT,
            },
            Origin::Folder(path) => Self::Folder { path, max_age: MAX_AGE },
        }
    }
}

impl FromStr for Origin {
    type Err = InvalidUpstreamUrl;

    /// What has `://` in it is a URL, anything else a folder.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.contains("://") { parse_url(text).map(Self::Url) } else { Ok(Self::Folder(text.into())) }
    }
}

fn parse_url(text: &str) -> Result<Uri, InvalidUpstreamUrl> {
    // `Uri` drops a fragment in silence.
    if text.contains(['?', '#']) {
        return Err(InvalidUpstreamUrl::QueryOrFragment);
    }
    let url: Uri = text.parse().map_err(|_| InvalidUpstreamUrl::Malformed)?;
    let http = matches!(url.scheme_str(), Some("http" | "https"));
    match url.authority() {
        Some(authority) if authority.as_str().contains('@') => Err(InvalidUpstreamUrl::UserInformation),
        Some(authority) if http && !authority.host().is_empty() => Ok(url),
        _ => Err(InvalidUpstreamUrl::Malformed),
    }
}

fn refuse(section: &Section<'_>, keys: &[&str], message: &str) {
    for key in keys.iter().filter(|key| section.has(key)) {
        section.problem(key, message);
    }
}
