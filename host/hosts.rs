//! Which site answers for an authority: the most specific pattern wins, whatever the order in the file.

use std::collections::HashMap;
use std::fmt;
use std::net::Ipv6Addr;
use std::str::FromStr;

use thiserror::Error;

/// What a site answers for: `*`, `*.example.com`, `example.com` or `example.com:8080`. In lower case.
///
/// A name without a port answers on every port, since a node behind a load balancer cannot know which one the client
/// used. A wildcard stands for one or more labels.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HostPattern(Pattern);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Pattern {
    Any,
    /// What follows `*.`.
    Suffix(String),
    /// With its port, if it has one.
    Exact(String),
}

/// The text is not a host pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InvalidHostPattern {
    /// It is not a name, an address or a wildcard.
    #[error("is not a host; write it like \"img.example.com\", \"img.example.com:8080\", \"*.example.com\" or \"*\"")]
    Malformed,
    /// It has letters that a request cannot have.
    #[error("is not in ASCII; write the name as requests have it, with xn--")]
    NotAscii,
    /// 80 or 443, which requests leave out.
    #[error("has a default port, which requests leave out; leave it out too, and it stands for every port")]
    DefaultPort,
    /// `*.example.com:8080`.
    #[error("has a port behind a wildcard; leave the port out")]
    WildcardPort,
}

/// A value for each host pattern.
///
/// INVARIANT: every index in the tables is one of `values`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hosts<T> {
    values: Vec<T>,
    exact: HashMap<String, usize>,
    suffixes: HashMap<String, usize>,
    any: Option<usize>,
}

impl FromStr for HostPattern {
    type Err = InvalidHostPattern;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if !text.is_ascii() {
            return Err(InvalidHostPattern::NotAscii);
        }
        let text = text.to_ascii_lowercase();
        if text == "*" {
            return Ok(Self(Pattern::Any));
        }
        let (name, port) = split_port(&text);
        if let Some(suffix) = name.strip_prefix("*.") {
            return match (is_name(suffix), port) {
                (false, _) => Err(InvalidHostPattern::Malformed),
                (true, Some(_)) => Err(InvalidHostPattern::WildcardPort),
                (true, None) => Ok(Self(Pattern::Suffix(suffix.to_owned()))),
            };
        }
        if !is_name(name) && !is_ipv6(name) {
            return Err(InvalidHostPattern::Malformed);
        }
        match port.map(str::parse::<u16>) {
            Some(Ok(80 | 443)) => Err(InvalidHostPattern::DefaultPort),
            Some(Ok(0) | Err(_)) => Err(InvalidHostPattern::Malformed),
            Some(Ok(port)) => Ok(Self(Pattern::Exact(format!("{name}:{port}")))),
            None => Ok(Self(Pattern::Exact(name.to_owned()))),
        }
    }
}

impl HostPattern {
    /// The pattern that every authority matches.
    pub fn any() -> Self {
        Self(Pattern::Any)
    }
}

impl fmt::Display for HostPattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Pattern::Any => formatter.write_str("*"),
            Pattern::Suffix(suffix) => write!(formatter, "*.{suffix}"),
            Pattern::Exact(authority) => formatter.write_str(authority),
        }
    }
}

impl<T> Default for Hosts<T> {
    fn default() -> Self {
        Self { values: Vec::new(), exact: HashMap::new(), suffixes: HashMap::new(), any: None }
    }
}

impl<T> Hosts<T> {
    /// Adds a value for these patterns. A pattern that has a value already keeps it.
    pub fn add<'p>(&mut self, patterns: impl IntoIterator<Item = &'p HostPattern>, value: T) {
        let index = self.values.len();
        self.values.push(value);
        for HostPattern(pattern) in patterns {
            match pattern {
                Pattern::Any => self.any.get_or_insert(index),
                Pattern::Suffix(suffix) => self.suffixes.entry(suffix.clone()).or_insert(index),
                Pattern::Exact(authority) => self.exact.entry(authority.clone()).or_insert(index),
            };
        }
    }

    /// The value for an authority in lower case, without its scheme's default port. Exact before the longest wildcard
    /// before `*`; with a port before without. Allocates nothing.
    pub fn find(&self, authority: &str) -> Option<&T> {
        if self.exact.is_empty() && self.suffixes.is_empty() {
            return self.any.and_then(|index| self.values.get(index));
        }
        let (name, _) = split_port(authority);
        // The shortest suffixes come last, so the first that is found is the longest.
        let suffixes = || name.match_indices('.').map(|(dot, _)| &name[dot + 1..]);
        let index = self
            .exact
            .get(authority)
            .or_else(|| self.exact.get(name))
            .or_else(|| suffixes().find_map(|suffix| self.suffixes.get(suffix)))
            .or(self.any.as_ref())?;
        self.values.get(*index)
    }

    /// The values, in the order in which they were added.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &T> {
        self.values.iter()
    }

    /// The same hosts with what `make` makes of each value: what is configured becomes what runs.
    ///
    /// # Errors
    ///
    /// The first error of `make`.
    pub fn try_map<U, E>(&self, make: impl FnMut(&T) -> Result<U, E>) -> Result<Hosts<U>, E> {
        Ok(Hosts {
            values: self.values.iter().map(make).collect::<Result<_, E>>()?,
            exact: self.exact.clone(),
            suffixes: self.suffixes.clone(),
            any: self.any,
        })
    }
}

/// Splits at the colon before a port; the colons of an IPv6 address are within brackets.
fn split_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name, Some(port)),
        _ => (authority, None),
    }
}

/// Whether it is a host name or an IPv4 address: labels of 1 to 63 letters, digits, `-` and `_`, 253 in all.
fn is_name(name: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let label = |label: &str| (1..=63).contains(&label.len()) && label.bytes().all(letter);
    name.len() <= 253 && name.split('.').all(label)
}

fn is_ipv6(name: &str) -> bool {
    let address = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    address.is_some_and(|address| address.parse::<Ipv6Addr>().is_ok())
}
