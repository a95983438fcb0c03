//! Where components run: loaded from bytes, called with limits, and contained when they fail.
//!
//! The rest of the node sees routers, cache policies and image makers as Rust types. Bindings are private here, and
//! every value that a guest returns passes through `convert`.

mod bindings;
mod cache_policy;
mod call;
mod compiled;
mod convert;
mod decision;
mod engine;
mod failure;
mod image;
mod inspect;
mod limits;
mod load;
mod plan;
mod read;
mod remembered;
mod router;
mod spec;

pub use cache_policy::{CachePolicy, ResponseHead};
pub use compiled::CompiledCache;
pub use decision::{ImageRoute, Refusal, Reply, Route, Target};
pub use failure::{ComponentFailure, FailureReason};
pub use image::{ImageFailure, ImageLimits, ImageMaker, Picture};
pub use inspect::Inspection;
pub use limits::Limits;
pub use load::{LoadError, Refused};
pub use plan::{ImagePlan, InvalidPlan};
pub use read::{Answer, Getter, Read, RequestView};
pub use remembered::{Generation, Remembered};
pub use router::Router;
pub use spec::{ComponentSpec, Identity, Settings, World};

use std::sync::Arc;

use engine::Engines;
use load::Loaded;
use thiserror::Error;

/// Engines and compiled code: what components are loaded into.
pub struct Sandbox {
    engines: Arc<Engines>,
    compiled: CompiledCache,
}

/// What the engines have to hold.
#[derive(Debug, Clone, Copy)]
pub struct SandboxSize {
    /// How many pictures are made at once.
    pub image_slots: u32,
    /// The most memory that a router or cache policy is given, bytes.
    pub policy_memory: usize,
    /// The most memory that an image component is given, bytes.
    pub image_memory: usize,
}

/// The engines could not be made.
#[derive(Debug, Error)]
#[error("the WebAssembly engine cannot start")]
pub struct EngineError(#[source] wasmtime::Error);

impl Default for SandboxSize {
    fn default() -> Self {
        Self { image_slots: 1, policy_memory: Limits::POLICY.memory, image_memory: Limits::IMAGE.memory }
    }
}

impl Sandbox {
    /// Reserves address space for so many instances; memory is taken when they run.
    ///
    /// # Errors
    /// If the machine has no such address space, or lacks what the engines need.
    pub fn new(size: SandboxSize, compiled: CompiledCache) -> Result<Self, EngineError> {
        let engines = Engines::new(size.policy_memory, size.image_memory, size.image_slots).map_err(EngineError)?;
        Ok(Self { engines: Arc::new(engines), compiled })
    }

    /// Loads a router.
    ///
    /// # Errors
    /// Why it is refused.
    pub fn router(&self, spec: &ComponentSpec) -> Result<Router, LoadError> {
        Router::new(Loaded::new(&self.engines, &self.compiled, spec, World::Router)?)
    }

    /// Loads a cache policy.
    ///
    /// # Errors
    /// Why it is refused.
    pub fn cache_policy(&self, spec: &ComponentSpec) -> Result<CachePolicy, LoadError> {
        CachePolicy::new(Loaded::new(&self.engines, &self.compiled, spec, World::CachePolicy)?)
    }

    /// Loads an image component.
    ///
    /// # Errors
    /// Why it is refused.
    pub fn image(&self, spec: &ComponentSpec) -> Result<ImageMaker, LoadError> {
        ImageMaker::new(Loaded::new(&self.engines, &self.compiled, spec, World::Image)?)
    }
}
