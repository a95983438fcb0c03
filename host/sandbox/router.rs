//! A router: where a request goes, decided in a sandbox of its own.

use wasmtime::component::Resource;

use crate::sandbox::bindings::router::RouterPre;
use crate::sandbox::call::Call;
use crate::sandbox::convert;
use crate::sandbox::decision::Route;
use crate::sandbox::failure::ComponentFailure;
use crate::sandbox::load::{LoadError, Loaded};
use crate::sandbox::read::{Read, RequestView};
use crate::sandbox::spec::{Identity, World};

/// A loaded router.
pub struct Router {
    loaded: Loaded,
    pre: RouterPre<Call>,
}

impl Router {
    pub(super) fn new(loaded: Loaded) -> Result<Self, LoadError> {
        let pre = loaded.typed(World::Router, RouterPre::new)?;
        Ok(Self { loaded, pre })
    }

    /// What it is.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.loaded.identity
    }

    /// Decides, in a fresh instance. About 15 µs for the built-in router.
    ///
    /// # Errors
    /// What the component did, contained.
    pub fn route(&self, view: &RequestView) -> Result<(Route, Vec<Read>), ComponentFailure> {
        let (mut store, _timed) = self.loaded.call(Some(view));
        let instance = self.loaded.start(&mut store, |store| self.pre.instantiate(store))?;
        let answer = self.loaded.returned(instance.call_route(&mut store, Resource::new_borrow(0)))?;
        let route = convert::route(answer).map_err(|invalid| self.loaded.invalid(invalid))?;
        Ok((route, store.into_data().into_reads()))
    }
}
