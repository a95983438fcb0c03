//! `[[site]]`: for which hosts which components decide, and where the content is.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use toml::de::DeValue;

use super::component::{ComponentConfig, Components};
use super::reader::{Section, did_you_mean};
use super::units;
use super::upstream::UpstreamConfig;
use crate::hosts::{HostPattern, Hosts, InvalidHostPattern};
use crate::sandbox::World;

/// What one site is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteConfig {
    /// The hosts that it answers for; at least one, and none that another site has.
    pub hosts: Vec<HostPattern>,
    /// Decides where a request goes. Default the built-in `query`. INVARIANT: a key of [`Config`](super::Config)'s
    /// `components`, as are the next two.
    pub router: String,
    /// Decides what may be stored. Default the built-in `http`, which is RFC 9111.
    pub cache_policy: String,
    /// Makes pictures. Default the built-in `image`.
    pub image: String,
    /// Where the content comes from. Default the only upstream. INVARIANT: a key of [`Config`](super::Config)'s
    /// `upstreams`.
    pub upstream: String,
    /// The widths, in pixels and ascending, to which a client's viewport width is rounded up. Default 320 to 3840 in
    /// nine steps, the usual screens: each step may become a variant of each picture, so few are better.
    pub viewport_widths: Vec<u32>,
}

/// What a site has that names nothing else; a node without a file has the same.
pub(super) const ROUTER: &str = "query";
pub(super) const CACHE_POLICY: &str = "http";
pub(super) const IMAGE: &str = "image";
pub(super) const VIEWPORT_WIDTHS: [u32; 9] = [320, 640, 768, 1024, 1366, 1600, 1920, 2560, 3840];

/// What sites refer to, and what they have claimed so far.
pub(super) struct Names<'c> {
    components: Components<'c>,
    /// `None` for an upstream that is wrong, which is noted already.
    upstreams: BTreeMap<String, Option<UpstreamConfig>>,
    used_upstreams: BTreeSet<String>,
    hosts: HashSet<HostPattern>,
}

impl<'c> Names<'c> {
    pub(super) fn new(components: Components<'c>, upstreams: BTreeMap<String, Option<UpstreamConfig>>) -> Self {
        Self { components, upstreams, used_upstreams: BTreeSet::new(), hosts: HashSet::new() }
    }

    /// Reads every `[[site]]`.
    pub(super) fn read_sites(&mut self, root: &mut Section<'_>) -> Hosts<SiteConfig> {
        let sites = root.tables("site", |section| SiteConfig::read(section, self));
        if sites.as_ref().is_some_and(Vec::is_empty) {
            root.problem("site", "there is no site; add [[site]] with hosts = [\"*\"]");
        }
        let mut hosts = Hosts::default();
        for site in sites.into_iter().flatten() {
            hosts.add(&site.hosts.clone(), site);
        }
        hosts
    }

    /// The components and upstreams that sites use; what none uses was only checked.
    pub(super) fn into_used(self) -> (BTreeMap<String, ComponentConfig>, BTreeMap<String, UpstreamConfig>) {
        let used = |name: &str| self.used_upstreams.contains(name);
        let upstreams = self.upstreams.into_iter().filter(|(name, _)| used(name));
        let upstreams = upstreams.filter_map(|(name, upstream)| Some((name, upstream?))).collect();
        (self.components.into_used(), upstreams)
    }

    fn host(&mut self, value: &DeValue<'_>) -> Result<HostPattern, String> {
        let pattern: HostPattern =
            units::text(value)?.parse().map_err(|error: InvalidHostPattern| error.to_string())?;
        if !self.hosts.insert(pattern.clone()) {
            return Err("stands here for the second time; a host belongs to one site".to_owned());
        }
        Ok(pattern)
    }

    fn component(&mut self, section: &mut Section<'_>, key: &'static str, default: &str, world: World) -> String {
        let named = section.value(key, |value| {
            let name = units::text(value)?;
            self.components.refer(&name, world)?;
            Ok(name)
        });
        if !section.has(key)
            && let Err(end) = self.components.refer(default, world)
        {
            section.problem(key, format!("the default {default:?} {end}"));
        }
        named.unwrap_or_else(|| default.to_owned())
    }

    /// `None` where the site's upstream is not known, which is noted.
    fn upstream(&mut self, section: &mut Section<'_>) -> Option<String> {
        let names = || self.upstreams.keys().map(String::as_str);
        let named = section.value("upstream", |value| {
            let name = units::text(value)?;
            if !self.upstreams.contains_key(&name) {
                return Err(format!("is no upstream; {}", did_you_mean(&name, names())));
            }
            Ok(name)
        });
        if !section.has("upstream") && self.upstreams.len() != 1 {
            section.problem(
                "upstream",
                match self.upstreams.len() {
                    0 => "there is no upstream; add [upstream.origin] with url or path".to_owned(),
                    _ => format!("which one? there are {}", names().collect::<Vec<_>>().join(", ")),
                },
            );
            return None;
        }
        let name = if section.has("upstream") { named? } else { self.upstreams.keys().next()?.clone() };
        self.used_upstreams.insert(name.clone());
        Some(name)
    }
}

impl SiteConfig {
    fn read(section: &mut Section<'_>, names: &mut Names<'_>) -> Self {
        let hosts = section.list("hosts", |value| names.host(value));
        if !section.has("hosts") {
            section.problem("hosts", "is missing; write it like hosts = [\"img.example.com\"], or [\"*\"] for all");
        }
        if section.is_empty_list("hosts") {
            section.problem("hosts", "is empty, so the site would never answer");
        }
        Self {
            hosts: hosts.unwrap_or_default(),
            router: names.component(section, "router", ROUTER, World::Router),
            cache_policy: names.component(section, "cache-policy", CACHE_POLICY, World::CachePolicy),
            image: names.component(section, "image", IMAGE, World::Image),
            upstream: names.upstream(section).unwrap_or_default(),
            viewport_widths: read_viewport_widths(section),
        }
    }
}

fn read_viewport_widths(section: &mut Section<'_>) -> Vec<u32> {
    let mut least = 1;
    let widths = section.list("viewport-widths", |value| {
        let width = units::count(1..=WIDEST)(value)?;
        if width < least {
            return Err("is not more than the width before it".to_owned());
        }
        least = width + 1;
        Ok(width)
    });
    if section.is_empty_list("viewport-widths") {
        section.problem("viewport-widths", "is empty; leave it out for the usual widths");
    }
    widths.unwrap_or_else(|| VIEWPORT_WIDTHS.to_vec())
}

/// Wider than any screen.
const WIDEST: u64 = 65_535;
