//! What a component is, for people: world, imports, exports, size, digest.

use wasmtime::component::Component;

use crate::cache::Digest;
use crate::sandbox::Sandbox;
use crate::sandbox::load::{Refused, check_file, check_shape, shape};
use crate::sandbox::spec::World;

/// What a component is.
#[derive(Debug)]
pub struct Inspection {
    /// The world it fits, or why it fits none.
    pub world: Result<World, Refused>,
    /// Interfaces that it imports.
    pub imports: Vec<String>,
    /// Functions that it exports.
    pub exports: Vec<String>,
    /// Bytes.
    pub size: usize,
    /// Of its bytes.
    pub digest: Digest,
}

impl Sandbox {
    /// Looks into a component without running it.
    ///
    /// # Errors
    /// If the file is no component at all, or does not compile.
    pub fn inspect(&self, wasm: &[u8]) -> Result<Inspection, Refused> {
        check_file(wasm)?;
        let engine = &self.engines.policy;
        let component = Component::from_binary(engine, wasm).map_err(Refused::Compile)?;
        let (imports, exports) = shape(engine, &component);
        let worlds = [World::Router, World::CachePolicy, World::Image];
        // The world it means to be is the one whose functions it has; without any, a router is what people write.
        let meant = |world: &World| world.exports().iter().any(|name| exports.iter().any(|export| export == name));
        let world = worlds.into_iter().find(meant).unwrap_or(World::Router);
        let world = check_shape(engine, &component, world).map(|()| world);
        Ok(Inspection { world, imports, exports, size: wasm.len(), digest: Digest::of(wasm) })
    }
}
