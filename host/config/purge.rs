//! `[purge]`: who may purge, and where purges are written down.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use ipnet::IpNet;
use thiserror::Error;

use super::reader::Section;
use super::units;

/// Purging. By default nobody may.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PurgeConfig {
    /// What whoever purges has to know: one of these, so that a new token can be introduced before the old one goes.
    /// Default none: then nobody may purge.
    pub tokens: Vec<TokenSource>,
    /// The networks whose clients may purge with the method PURGE. Default none: then there is no such method, since
    /// the socket on which it comes is open to the world.
    pub allow: Vec<IpNet>,
    /// The directory of the purge log. Default that of the disk tier, in which it has a folder; none without a disk tier:
    /// purges are then forgotten when the program ends, and so is what is stored in memory.
    pub log: Option<PathBuf>,
}

/// Where a token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenSource {
    /// In the configuration.
    Written(PurgeToken),
    /// In a file, which is read when the node is built.
    File(PathBuf),
}

/// A token: at least 16 visible ASCII characters, as an `Authorization` field takes them. It is not shown.
#[derive(Clone, PartialEq, Eq)]
pub struct PurgeToken(String);

/// The text is not a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InvalidToken {
    /// It can be guessed.
    #[error("a token has at least {LEAST} characters; `openssl rand -hex 32` makes one")]
    Short,
    /// It cannot be sent.
    #[error("a token has visible ASCII characters only")]
    Unsendable,
}

/// Characters of a token. Sixteen hexadecimal digits are 64 bits: more than can be tried over a network.
const LEAST: usize = 16;

impl FromStr for PurgeToken {
    type Err = InvalidToken;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() < LEAST {
            return Err(InvalidToken::Short);
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(InvalidToken::Unsendable);
        }
        Ok(Self(text.to_owned()))
    }
}

impl PurgeToken {
    /// As it is sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PurgeToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PurgeToken")
    }
}

impl PurgeConfig {
    pub(super) fn read(section: &mut Section<'_>, base: &Path) -> Self {
        // A problem quotes the value, and a token is not to be shown.
        let token = section.value("token", |value| Ok(units::text(value)));
        let token = token.and_then(|text| {
            let token = text.and_then(|text| text.parse::<PurgeToken>().map_err(|invalid| invalid.to_string()));
            token.map_err(|message| section.problem("token", message)).ok()
        });
        let file = section.value("token-file", units::path(base));
        let allow = section.list("allow", units::network).unwrap_or_default();
        if !allow.is_empty() && !section.has("token") && !section.has("token-file") {
            section.problem("allow", "is of no use without token or token-file");
        }
        let tokens = token.map(TokenSource::Written).into_iter().chain(file.map(TokenSource::File)).collect();
        Self { tokens, allow, log: section.value("log", units::path(base)) }
    }
}
