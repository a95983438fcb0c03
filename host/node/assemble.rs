//! From names and paths in the configuration to things that run.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use tokio_util::task::TaskTracker;

use crate::builtin;
use crate::cache::{Backoff, FillTable, HitForMiss, MemoryCache, Patience, RecentFailures};
use crate::clock::Clock;
use crate::config::{
    ComponentConfig, ComponentSource, Config, InvalidToken, PurgeToken, SiteConfig, TokenSource, UpstreamConfig,
};
use crate::disk::{DiskConfig, DiskLimits, DiskSetupError, DiskTier, FileSystem, SystemFiles};
use crate::gateway::{Bounds, Decisions, Gateway, ImageQueue, NamedUpstream, PurgeAccess, Purging, SecondTier, Site};
use crate::pages::Pages;
use crate::purge_log::{PurgeLog, PurgeLogError};
use crate::sandbox::{
    CachePolicy, CompiledCache, ComponentSpec, EngineError, ImageLimits, ImageMaker, LoadError, Router, Sandbox,
    SandboxSize, World,
};
use crate::server::ServerSettings;
use crate::telemetry::{AccessLog, Metrics};
use crate::upstream::{
    Capacity, FolderConfig, FolderSetupError, FolderUpstream, HttpConfig, HttpSetupError, HttpUpstream, Upstream,
};

/// What a node is given besides its configuration.
#[derive(Debug, Default)]
pub struct NodeParts {
    /// Where compiled components are kept; none compiles at every start.
    pub compiled: Option<PathBuf>,
    /// Upstreams that take the place of configured ones of the same name.
    pub upstreams: BTreeMap<String, Upstream>,
    /// The file system under the disk tier; none for the system's own.
    pub files: Option<Arc<dyn FileSystem>>,
    /// How long the disk tier is waited for.
    pub disk_limits: DiskLimits,
}

/// Why a node cannot start.
#[derive(Debug, Error)]
pub enum StartError {
    /// The address is taken, or not of this machine.
    #[error("cannot listen on {address}")]
    Listen {
        /// Of the socket.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// There is no WebAssembly engine.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// A component's file cannot be read.
    #[error("cannot read the component {name} from {}", path.display())]
    ComponentFile {
        /// In the configuration.
        name: String,
        /// Where it should be.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A component is refused.
    #[error(transparent)]
    Component(#[from] LoadError),
    /// The program has no such component.
    #[error("this program has no built-in component {0}")]
    NoBuiltIn(String),
    /// An upstream cannot be opened.
    #[error("upstream {name}")]
    Http {
        /// In the configuration.
        name: String,
        /// Why.
        source: HttpSetupError,
    },
    /// A folder cannot be opened.
    #[error("upstream {name}")]
    Folder {
        /// In the configuration.
        name: String,
        /// Why.
        source: FolderSetupError,
    },
    /// The file with the token cannot be read.
    #[error("cannot read the purge token from {}", path.display())]
    TokenFile {
        /// Where it should be.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// What is in the file is no token.
    #[error("the purge token in {} cannot be used", path.display())]
    Token {
        /// Where it is.
        path: PathBuf,
        /// Why.
        source: InvalidToken,
    },
    /// There is no disk tier.
    #[error("cannot open the disk tier of the cache")]
    Disk(#[from] DiskSetupError),
    /// Purges cannot be written down.
    #[error(transparent)]
    PurgeLog(#[from] PurgeLogError),
    /// A configuration that was not made by the reader names something that it does not have.
    #[error("the configuration names {0}, and does not have it")]
    Dangling(String),
}

/// Where in the folder of the disk tier purges are written down, if no other place is configured.
const PURGES: &str = "purges";

/// Components by name, loaded.
struct Components {
    routers: BTreeMap<String, Arc<Router>>,
    policies: BTreeMap<String, Arc<CachePolicy>>,
    makers: BTreeMap<String, Arc<ImageMaker>>,
}

/// For how long a failed transform stands. Short: a component that is mended has another digest anyway, and a picture
/// that is mended too, so this bounds only what an accident of the machine costs.
const FAILED_TRANSFORM: Duration = Duration::from_secs(60);

/// Puts the gateway together.
pub(crate) fn gateway(config: &Config, parts: NodeParts, clock: Clock) -> Result<Gateway, StartError> {
    let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let places = config.images.concurrency.unwrap_or(cores);
    let compiled = CompiledCache::new(parts.compiled.as_deref());
    let sandbox = Sandbox::new(sandbox_size(config, places), compiled)?;
    let components = Components::load(config, &sandbox)?;
    let upstreams = open_upstreams(config, parts.upstreams)?;
    let sites = config.sites.try_map(|site| components.site(site, &upstreams).map(Arc::new))?;
    let metrics = Arc::new(Metrics::default());
    let disk = config.cache.disk.as_ref().map(|disk| open_disk(disk, parts.disk_limits, parts.files)).transpose()?;
    let purging = purging(config, &clock)?;
    if let (Some(disk), Some(log)) = (&disk, &purging.log)
        && !log.is_complete()
    {
        // Nothing is read of it from here on; its files are deleted in the background.
        drop(disk.clear());
    }
    let patience = Patience { lock_wait: config.cache.lock_wait, lock_age: config.cache.lock_age };
    Ok(Gateway {
        sites,
        decisions: Decisions::new(config.cache.decisions),
        cache: MemoryCache::new(config.cache.memory, Arc::clone(&purging.purges)),
        pages: Arc::new(Pages::new(config.cache.memory)),
        disk: disk.map(SecondTier::new),
        purging,
        fills: FillTable::new(patience),
        source_fills: FillTable::new(patience),
        passes: HitForMiss::new(config.cache.hit_for_miss),
        backoff: Backoff::default(),
        failed_transforms: RecentFailures::new(FAILED_TRANSFORM),
        failed_fetches: RecentFailures::new(config.cache.error_ttl),
        images: ImageQueue::new(places, config.images.queue, config.images.wait, Arc::clone(&metrics)),
        bounds: bounds(config),
        name: config.node_name.clone(),
        clock,
        metrics,
        tasks: TaskTracker::new(),
    })
}

/// What a connection may cost.
pub(super) fn server_settings(config: &Config) -> ServerSettings {
    ServerSettings {
        connections: config.limits.connections,
        streams: config.limits.streams,
        header_bytes: usize::try_from(config.limits.header_bytes).unwrap_or(usize::MAX),
        header_read: config.timeouts.header_read,
        idle: config.timeouts.idle,
        minimum_rate: config.limits.minimum_rate,
        stall: config.timeouts.stall,
        trusted_proxies: config.trusted_proxies.clone(),
        access: config.log.access.map(AccessLog::standard_output),
    }
}

fn open_disk(
    config: &DiskConfig,
    limits: DiskLimits,
    files: Option<Arc<dyn FileSystem>>,
) -> Result<DiskTier, DiskSetupError> {
    DiskTier::open_on(config, limits, files.unwrap_or_else(|| Arc::new(SystemFiles)))
}

fn purging(config: &Config, clock: &Clock) -> Result<Purging, StartError> {
    let tokens = config.purge.tokens.iter().map(purge_token).collect::<Result<Vec<_>, _>>()?;
    let access = PurgeAccess::new(tokens.iter().map(PurgeToken::as_str), config.purge.allow.clone());
    // What outlives the program must not outlive its purge.
    let beside = config.cache.disk.as_ref().map(|disk| disk.path.join(PURGES));
    let Some(directory) = config.purge.log.clone().or(beside) else {
        return Ok(Purging { access, ..Purging::default() });
    };
    let (log, purges) = PurgeLog::open(&directory, clock.now().unix_seconds())?;
    Ok(Purging { purges, log: Some(log), access })
}

/// A token, from the configuration or the file that it names. White space around it in the file does not count.
pub(crate) fn purge_token(source: &TokenSource) -> Result<PurgeToken, StartError> {
    match source {
        TokenSource::Written(token) => Ok(token.clone()),
        TokenSource::File(path) => {
            let text =
                std::fs::read_to_string(path).map_err(|source| StartError::TokenFile { path: path.clone(), source })?;
            text.trim().parse().map_err(|source| StartError::Token { path: path.clone(), source })
        }
    }
}

fn bounds(config: &Config) -> Bounds {
    Bounds {
        target: usize::try_from(config.limits.url_bytes).unwrap_or(usize::MAX),
        request_body: config.limits.request_body,
        object: config.cache.object,
        source: config.images.source_bytes,
        image: ImageLimits {
            source_pixels: config.images.source_pixels,
            output_pixels: config.images.output_pixels,
            output_bytes: config.images.output_bytes,
        },
        image_default_ttl: config.cache.image_default_ttl,
        jitter_percent: config.cache.jitter_percent,
    }
}

/// Slots are as large as the largest component needs.
pub(crate) fn sandbox_size(config: &Config, places: usize) -> SandboxSize {
    let mut size = SandboxSize { image_slots: u32::try_from(places).unwrap_or(u32::MAX), ..SandboxSize::default() };
    for component in config.components.values() {
        let memory = usize::try_from(component.limits.memory).unwrap_or(usize::MAX);
        let slot = match component.world {
            World::Router | World::CachePolicy => &mut size.policy_memory,
            World::Image => &mut size.image_memory,
        };
        *slot = (*slot).max(memory);
    }
    size
}

impl Components {
    fn load(config: &Config, sandbox: &Sandbox) -> Result<Self, StartError> {
        let mut loaded = Self { routers: BTreeMap::new(), policies: BTreeMap::new(), makers: BTreeMap::new() };
        for (name, component) in &config.components {
            let spec = component_spec(name, component)?;
            match component.world {
                World::Router => drop(loaded.routers.insert(name.clone(), Arc::new(sandbox.router(&spec)?))),
                World::CachePolicy => {
                    drop(loaded.policies.insert(name.clone(), Arc::new(sandbox.cache_policy(&spec)?)));
                }
                World::Image => drop(loaded.makers.insert(name.clone(), Arc::new(sandbox.image(&spec)?))),
            }
        }
        Ok(loaded)
    }

    fn site(&self, site: &SiteConfig, upstreams: &BTreeMap<String, Arc<NamedUpstream>>) -> Result<Site, StartError> {
        let name = site.hosts.first().map_or_else(String::new, ToString::to_string);
        Ok(Site::new(
            name,
            named(&self.routers, &site.router)?,
            named(&self.policies, &site.cache_policy)?,
            named(&self.makers, &site.image)?,
            named(upstreams, &site.upstream)?,
            site.viewport_widths.clone().into(),
        ))
    }
}

/// A component as the sandbox takes it.
pub(crate) fn component_spec(name: &str, component: &ComponentConfig) -> Result<ComponentSpec, StartError> {
    let wasm = match &component.source {
        ComponentSource::BuiltIn(built_in) => {
            Cow::Borrowed(builtin::wasm(built_in).ok_or_else(|| StartError::NoBuiltIn(built_in.clone()))?)
        }
        ComponentSource::File(path) => std::fs::read(path)
            .map(Cow::Owned)
            .map_err(|source| StartError::ComponentFile { name: name.to_owned(), path: path.clone(), source })?,
    };
    Ok(ComponentSpec {
        name: name.to_owned(),
        wasm,
        settings: component.settings.clone(),
        memory: usize::try_from(component.limits.memory).ok(),
        time: Some(component.limits.time),
    })
}

fn open_upstreams(
    config: &Config,
    mut given: BTreeMap<String, Upstream>,
) -> Result<BTreeMap<String, Arc<NamedUpstream>>, StartError> {
    let mut open = BTreeMap::new();
    for (name, upstream) in &config.upstreams {
        let preserve_host = matches!(upstream, UpstreamConfig::Http { preserve_host: true, .. });
        let upstream = match given.remove(name) {
            Some(given) => given,
            None => open_upstream(name, upstream)?,
        };
        open.insert(name.clone(), Arc::new(NamedUpstream { name: name.clone(), upstream, preserve_host }));
    }
    Ok(open)
}

/// Opens an upstream as configured.
pub(crate) fn open_upstream(name: &str, upstream: &UpstreamConfig) -> Result<Upstream, StartError> {
    match upstream {
        UpstreamConfig::Http {
            url,
            preserve_host,
            ca,
            connect_timeout,
            first_byte_timeout,
            between_bytes_timeout,
            concurrency,
            queue,
            wait,
        } => {
            let config = HttpConfig {
                preserve_host: *preserve_host,
                ca: ca.clone(),
                connect_timeout: *connect_timeout,
                first_byte_timeout: *first_byte_timeout,
                between_bytes_timeout: *between_bytes_timeout,
                capacity: Capacity { concurrency: *concurrency, queue: *queue, wait: *wait },
                ..HttpConfig::new(url.clone())
            };
            let http = HttpUpstream::new(config);
            http.map(Upstream::Http).map_err(|source| StartError::Http { name: name.to_owned(), source })
        }
        UpstreamConfig::Folder { path, max_age } => {
            let folder = FolderUpstream::new(FolderConfig { path: path.clone(), max_age: *max_age });
            folder.map(Upstream::Folder).map_err(|source| StartError::Folder { name: name.to_owned(), source })
        }
    }
}

fn named<T>(things: &BTreeMap<String, Arc<T>>, name: &str) -> Result<Arc<T>, StartError> {
    things.get(name).map(Arc::clone).ok_or_else(|| StartError::Dangling(name.to_owned()))
}
