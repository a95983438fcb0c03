//! Which component to load, and what it is to the rest of the node once it is loaded.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::cache::Digest;
use crate::sandbox::limits::Limits;

/// A component's settings: names to values, as `config.values` answers them.
pub type Settings = BTreeMap<String, Vec<String>>;

/// A component to be loaded.
#[derive(Debug, Clone)]
pub struct ComponentSpec {
    /// The name in configuration, logs and metrics.
    pub name: String,
    /// The component's bytes.
    pub wasm: Cow<'static, [u8]>,
    /// What its owner set.
    pub settings: Settings,
    /// Bytes of memory, where the owner set them.
    pub memory: Option<usize>,
    /// CPU time a call, where the owner set it.
    pub time: Option<Duration>,
}

/// The worlds of `wit/worlds.wit`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum World {
    /// Decides where a request goes.
    Router,
    /// Decides what may be stored and served.
    CachePolicy,
    /// Makes pictures.
    Image,
}

/// What a loaded component is.
#[derive(Debug)]
pub struct Identity {
    /// The name in configuration, logs and metrics.
    pub name: Arc<str>,
    /// Of the component's bytes.
    pub digest: Digest,
    /// What its owner set.
    pub settings: Settings,
    /// What one call may use.
    pub limits: Limits,
}

impl Identity {
    pub(super) fn of(spec: &ComponentSpec, defaults: Limits) -> Arc<Self> {
        let time = spec.time.unwrap_or(defaults.time);
        // Who is given more CPU time has to be given the time to use it.
        let wall = defaults.wall.max(time.saturating_mul(Limits::WALL_FACTOR));
        let limits = Limits { memory: spec.memory.unwrap_or(defaults.memory), time, wall, ..defaults };
        let (name, settings) = (spec.name.as_str().into(), spec.settings.clone());
        Arc::new(Self { name, digest: Digest::of(&spec.wasm), settings, limits })
    }

    /// Everything about the component that its decisions depend on.
    #[must_use]
    pub fn fingerprint(&self) -> Digest {
        let settings = format!("{:?}", self.settings);
        Digest::of_parts(&[self.digest.as_bytes(), settings.as_bytes()])
    }
}

impl World {
    /// The world's name in WIT.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Router => "router",
            Self::CachePolicy => "cache-policy",
            Self::Image => "image",
        }
    }

    /// The interfaces that a component of this world may import.
    #[must_use]
    pub fn granted(self) -> &'static [&'static str] {
        match self {
            Self::Router => &["log", "config", "http", "imaging", "routing"],
            Self::CachePolicy => &["log", "config", "http", "imaging", "caching"],
            Self::Image => &["log", "imaging"],
        }
    }

    /// The functions that it must export.
    #[must_use]
    pub fn exports(self) -> &'static [&'static str] {
        match self {
            Self::Router => &["route"],
            Self::CachePolicy => &["lookup", "store"],
            Self::Image => &["inspect", "transform"],
        }
    }
}

impl fmt::Display for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
