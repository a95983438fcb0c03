//! The configuration: a TOML file becomes a validated [`Config`], or a list of everything that is wrong with it.
//!
//! The file as it stands is a tree with places (`reader`); each section's own file reads it into its part of
//! `Config`, so that an unknown key, a wrong type and a name that nothing has are all found in one go. Sizes and
//! durations carry their units. Relative paths start at the file's folder. Whether folders and components exist, and
//! what the components export, shows when the node is built; nothing here looks.

mod cache;
mod component;
mod images;
mod limits;
mod log;
mod problem;
mod purge;
mod reader;
mod site;
mod units;
mod upstream;

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use ipnet::IpNet;
use thiserror::Error;

pub use self::cache::CacheConfig;
pub use self::component::{BuiltIn, ComponentConfig, ComponentLimits, ComponentSource};
pub use self::images::ImagesConfig;
pub use self::limits::{Limits, Timeouts};
pub use self::log::LogConfig;
pub use self::problem::{Problem, Problems};
pub use self::purge::{InvalidToken, PurgeConfig, PurgeToken, TokenSource};
pub use self::site::SiteConfig;
pub use self::upstream::{InvalidUpstreamUrl, Origin, UpstreamConfig};

use self::component::Components;
use self::reader::{Section, read_document};
use self::site::Names;
use crate::hosts::{HostPattern, Hosts};
use crate::request::NodeName;
use crate::sandbox::World;

/// Everything that a node is told. `lucarne.example.toml` shows each key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Where clients are served. Default 127.0.0.1:8080: a node is not open to the world by accident.
    pub listen: SocketAddr,
    /// Where the admin interface is served; without it there is none. Default none: what it tells is not for clients.
    pub admin: Option<SocketAddr>,
    /// How the node is called in `CDN-Loop` (RFC 8586). Default `lucarne`: nodes that ask each other need different names,
    /// or the second takes the first one's request for a loop.
    pub node_name: NodeName,
    /// The proxies whose word about the client's address is taken. Default none.
    pub trusted_proxies: Vec<IpNet>,
    /// How long a node that is told to stop waits for its requests. Default 30 s: what Kubernetes
    /// allows before it kills.
    pub drain_timeout: Duration,
    /// `[log]`.
    pub log: LogConfig,
    /// `[limits]`.
    pub limits: Limits,
    /// `[timeouts]`, of clients. Those of an upstream are its own.
    pub timeouts: Timeouts,
    /// `[cache]`.
    pub cache: CacheConfig,
    /// `[images]`.
    pub images: ImagesConfig,
    /// `[purge]`.
    pub purge: PurgeConfig,
    /// The components that sites use, by the name under which they do: the name of a table or of a built-in, or a path
    /// as it was written.
    pub components: BTreeMap<String, ComponentConfig>,
    /// The upstreams that sites use, by name.
    pub upstreams: BTreeMap<String, UpstreamConfig>,
    /// The sites, at least one, by host.
    pub sites: Hosts<SiteConfig>,
}

/// The configuration cannot be used.
#[derive(Debug, Error)]
pub enum LoadError {
    /// The file cannot be read.
    #[error("cannot read the configuration {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file has problems.
    #[error("{} cannot be used:\n{problems}", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// All of them.
        problems: Problems,
    },
}

const LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);
const DRAIN_TIMEOUT: Duration = Duration::from_secs(30);
/// What `--origin` is called in logs and metrics.
const ORIGIN: &str = "origin";

impl Config {
    /// Reads the file at `path`.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, or [`Config::parse`] refuses it.
    pub fn load(path: &Path, builtins: &[BuiltIn]) -> Result<Self, LoadError> {
        let text = std::fs::read_to_string(path).map_err(|source| LoadError::Read { path: path.to_owned(), source })?;
        let base = path.parent().unwrap_or(Path::new(""));
        Self::parse(&text, base, builtins).map_err(|problems| LoadError::Invalid { path: path.to_owned(), problems })
    }

    /// Reads a file's text. Relative paths start at `base`; `builtins` are the components that the node has within.
    ///
    /// # Errors
    ///
    /// Every problem that the text has. Text that is not TOML has one.
    pub fn parse(text: &str, base: &Path, builtins: &[BuiltIn]) -> Result<Self, Problems> {
        read_document(text, |root| Self::read(root, base, builtins))
    }

    /// The configuration of a node with one upstream for every host, and the defaults for the rest.
    pub fn for_origin(origin: Origin, listen: SocketAddr) -> Self {
        let built_in = |name: &str, world| (name.to_owned(), ComponentConfig::built_in(name, world));
        let site = SiteConfig {
            hosts: vec![HostPattern::any()],
            router: site::ROUTER.to_owned(),
            cache_policy: site::CACHE_POLICY.to_owned(),
            image: site::IMAGE.to_owned(),
            upstream: ORIGIN.to_owned(),
            viewport_widths: site::VIEWPORT_WIDTHS.to_vec(),
        };
        let mut sites = Hosts::default();
        sites.add(&[HostPattern::any()], site);
        Self {
            listen,
            admin: None,
            node_name: NodeName::default(),
            trusted_proxies: Vec::new(),
            drain_timeout: DRAIN_TIMEOUT,
            log: LogConfig::default(),
            limits: Limits::default(),
            timeouts: Timeouts::default(),
            cache: CacheConfig::default(),
            images: ImagesConfig::default(),
            purge: PurgeConfig::default(),
            components: BTreeMap::from([
                built_in(site::ROUTER, World::Router),
                built_in(site::CACHE_POLICY, World::CachePolicy),
                built_in(site::IMAGE, World::Image),
            ]),
            upstreams: BTreeMap::from([(ORIGIN.to_owned(), origin.into())]),
            sites,
        }
    }

    /// The site for an authority in lower case, without its scheme's default port.
    pub fn site_for(&self, authority: &str) -> Option<&SiteConfig> {
        self.sites.find(authority)
    }

    fn read(root: &mut Section<'_>, base: &Path, builtins: &[BuiltIn]) -> Self {
        let components = Components::read(root, builtins, base);
        let upstreams = root.named("upstream", |_, section| UpstreamConfig::read(section, base));
        let mut names = Names::new(components, upstreams);
        let sites = names.read_sites(root);
        let (components, upstreams) = names.into_used();
        let drain_timeout = root.value("drain-timeout", units::duration(Duration::ZERO..=*units::TIMEOUT.end()));
        let config = Self {
            listen: root.value("listen", units::socket).unwrap_or(LISTEN),
            admin: root.value("admin", units::socket),
            node_name: root.value("node-name", units::node_name).unwrap_or_default(),
            trusted_proxies: root.list("trusted-proxies", units::network).unwrap_or_default(),
            drain_timeout: drain_timeout.unwrap_or(DRAIN_TIMEOUT),
            log: root.table("log", LogConfig::read),
            limits: root.table("limits", Limits::read),
            timeouts: root.table("timeouts", Timeouts::read),
            cache: root.table("cache", |section| CacheConfig::read(section, base)),
            images: root.table("images", ImagesConfig::read),
            purge: root.table("purge", |section| PurgeConfig::read(section, base)),
            components,
            upstreams,
            sites,
        };
        if config.admin == Some(config.listen) {
            root.problem("admin", "is the address of listen; clients must not reach it");
        }
        config
    }
}

#[cfg(test)]
mod tests;
