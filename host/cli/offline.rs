//! Components without a node: what `check`, `transform` and `explain` work with.

use std::sync::Arc;

use anyhow::{Context, Result};

use crate::cli::{compiled_directory, with_sources};
use crate::config::{Config, SiteConfig};
use crate::node::{component_spec, open_upstream, sandbox_size};
use crate::sandbox::{CachePolicy, CompiledCache, ImageMaker, Router, Sandbox, SandboxSize, World};

/// A sandbox, and what is loaded into it by name.
pub(super) struct Workbench {
    sandbox: Sandbox,
}

/// A site's components.
pub(super) struct Loaded {
    pub(super) router: Arc<Router>,
    pub(super) policy: Arc<CachePolicy>,
    pub(super) image: Arc<ImageMaker>,
}

impl Workbench {
    /// With room for what this configuration gives its components.
    pub(super) fn of(config: &Config) -> Result<Self> {
        Self::sized(sandbox_size(config, 1))
    }

    /// With room for components at their default limits.
    pub(super) fn new() -> Result<Self> {
        Self::sized(SandboxSize::default())
    }

    fn sized(size: SandboxSize) -> Result<Self> {
        let compiled = CompiledCache::new(compiled_directory().as_deref());
        Ok(Self { sandbox: Sandbox::new(size, compiled)? })
    }

    /// Everything that a start would stumble over, beyond the text of the file.
    pub(super) fn problems(&self, config: &Config) -> Vec<String> {
        let mut problems = Vec::new();
        for (name, component) in &config.components {
            let loaded = component_spec(name, component).map_err(anyhow::Error::from).and_then(|spec| {
                match component.world {
                    World::Router => self.sandbox.router(&spec).map(drop)?,
                    World::CachePolicy => self.sandbox.cache_policy(&spec).map(drop)?,
                    World::Image => self.sandbox.image(&spec).map(drop)?,
                }
                Ok(())
            });
            problems.extend(loaded.err().map(|error| format!("{error:#}")));
        }
        for (name, upstream) in &config.upstreams {
            problems.extend(open_upstream(name, upstream).err().map(|error| with_sources(&error)));
        }
        problems
    }

    pub(super) fn load(&self, config: &Config, site: &SiteConfig) -> Result<Loaded> {
        let spec = |name: &String| {
            let component = config.components.get(name).with_context(|| format!("no component {name}"))?;
            Ok::<_, anyhow::Error>(component_spec(name, component)?)
        };
        Ok(Loaded {
            router: Arc::new(self.sandbox.router(&spec(&site.router)?)?),
            policy: Arc::new(self.sandbox.cache_policy(&spec(&site.cache_policy)?)?),
            image: Arc::new(self.sandbox.image(&spec(&site.image)?)?),
        })
    }

    pub(super) fn sandbox(&self) -> &Sandbox {
        &self.sandbox
    }
}
