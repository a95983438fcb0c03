//! A cache policy: what may be looked up and stored, decided in a sandbox of its own.

use http::{HeaderMap, StatusCode};
use wasmtime::component::Resource;

use crate::cache::{LookupPlan, StorageDecision};
use crate::sandbox::bindings::cache_policy::CachePolicyPre;
use crate::sandbox::bindings::{caching, http as guest_http};
use crate::sandbox::call::Call;
use crate::sandbox::convert;
use crate::sandbox::failure::ComponentFailure;
use crate::sandbox::load::{LoadError, Loaded};
use crate::sandbox::read::{Read, RequestView};
use crate::sandbox::spec::{Identity, World};

/// A loaded cache policy.
pub struct CachePolicy {
    loaded: Loaded,
    pre: CachePolicyPre<Call>,
}

/// A response, as far as a cache policy sees it.
#[derive(Debug, Clone, Copy)]
pub struct ResponseHead<'a> {
    /// As received.
    pub status: StatusCode,
    /// End-to-end fields.
    pub fields: &'a HeaderMap,
    /// When the head arrived, Unix seconds.
    pub received_at: u64,
    /// The lifetime that configuration gives where the response has no explicit one, in seconds.
    pub default_lifetime: Option<u64>,
}

impl CachePolicy {
    pub(super) fn new(loaded: Loaded) -> Result<Self, LoadError> {
        let pre = loaded.typed(World::CachePolicy, CachePolicyPre::new)?;
        Ok(Self { loaded, pre })
    }

    /// What it is.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.loaded.identity
    }

    /// Whether and how to look for a stored response.
    ///
    /// # Errors
    /// What the component did, contained.
    pub fn lookup(&self, view: &RequestView) -> Result<(LookupPlan, Vec<Read>), ComponentFailure> {
        let (mut store, _timed) = self.loaded.call(Some(view));
        let instance = self.loaded.start(&mut store, |store| self.pre.instantiate(store))?;
        let plan = self.loaded.returned(instance.call_lookup(&mut store, Resource::new_borrow(0)))?;
        Ok((convert::lookup_plan(plan), store.into_data().into_reads()))
    }

    /// Whether and how to store a response.
    ///
    /// # Errors
    /// What the component did, contained.
    pub fn store(&self, view: &RequestView, head: ResponseHead<'_>) -> Result<StorageDecision, ComponentFailure> {
        let (mut store, _timed) = self.loaded.call(Some(view));
        let instance = self.loaded.start(&mut store, |store| self.pre.instantiate(store))?;
        let fields = head.fields.iter().map(|(name, value)| guest_http::Field {
            name: name.as_str().to_owned(),
            value: value.as_bytes().to_vec(),
        });
        let head = caching::ResponseHead {
            status: head.status.as_u16(),
            fields: fields.collect(),
            received_at: head.received_at,
            default_lifetime: head.default_lifetime,
        };
        let decision = self.loaded.returned(instance.call_store(&mut store, Resource::new_borrow(0), &head))?;
        convert::storage_decision(decision).map_err(|invalid| self.loaded.invalid(invalid))
    }
}
