//! From a file to a component that can be called: size, shape, imports and exports are checked, and what is refused
//! is refused with its name.

use std::sync::Arc;

use thiserror::Error;
use wasmparser::{Parser, Payload};
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, HasSelf, InstancePre, Linker};
use wasmtime::{Engine, Store, WasmBacktrace};

use crate::sandbox::bindings;
use crate::sandbox::call::{Call, set_deadline};
use crate::sandbox::compiled::CompiledCache;
use crate::sandbox::convert;
use crate::sandbox::engine::{Engines, Timed};
use crate::sandbox::failure::{ComponentFailure, FailureReason, LimitReached};
use crate::sandbox::limits::{COMPONENT_FILE, Limits, PARTS};
use crate::sandbox::read::RequestView;
use crate::sandbox::spec::{ComponentSpec, Identity, World};

/// A component that can be called.
pub(super) struct Loaded {
    pub(super) identity: Arc<Identity>,
    pub(super) engines: Arc<Engines>,
    pub(super) pre: InstancePre<Call>,
}

/// Why a component is not loaded.
#[derive(Debug, Error)]
#[error("component {name} is refused")]
pub struct LoadError {
    /// The name in the configuration.
    pub name: String,
    /// What is wrong with it.
    #[source]
    pub reason: Refused,
}

/// What is wrong with a component.
#[derive(Debug, Error)]
pub enum Refused {
    /// Larger than any component has to be.
    #[error("it has {0} bytes; the limit is {COMPONENT_FILE}")]
    Size(usize),
    /// A module that was not made a component.
    #[error("it is a core module, not a component; build it with `cargo xtask component DIR -o OUT.wasm`")]
    CoreModule,
    /// Something else.
    #[error("it is not a WebAssembly component")]
    NotWasm,
    /// More parts than any toolchain makes.
    #[error("it is made of more than {PARTS} modules and components")]
    Parts,
    /// It does not compile here.
    #[error("it does not compile")]
    Compile(#[source] wasmtime::Error),
    /// It wants what its world does not grant.
    #[error("it imports {}, which the world {world} does not grant", .imports.join(" and "))]
    Imports {
        /// The world it is loaded as.
        world: World,
        /// What it asks for.
        imports: Vec<String>,
    },
    /// It does not do what its world asks.
    #[error("it does not export {}, which the world {world} asks for", .exports.join(" and "))]
    Exports {
        /// The world it is loaded as.
        world: World,
        /// What is missing.
        exports: Vec<String>,
    },
    /// Its imports or exports have other types than `wit/` says.
    #[error("it does not fit the world {world}")]
    Types {
        /// The world it is loaded as.
        world: World,
        /// What does not fit.
        source: wasmtime::Error,
    },
}

/// Bytes of what is logged of the place where a component failed: it has the names that the guest gave its functions.
const PLACE: usize = 4 << 10;

impl Loaded {
    pub(super) fn new(
        engines: &Arc<Engines>,
        compiled: &CompiledCache,
        spec: &ComponentSpec,
        world: World,
    ) -> Result<Self, LoadError> {
        let refused = |reason| LoadError { name: spec.name.clone(), reason };
        let (engine, defaults) = match world {
            World::Router | World::CachePolicy => (&engines.policy, Limits::POLICY),
            World::Image => (&engines.image, Limits::IMAGE),
        };
        let identity = Identity::of(spec, defaults);
        check_file(&spec.wasm).map_err(refused)?;
        let component =
            compiled.load(engine, &identity.digest, &spec.wasm).map_err(Refused::Compile).map_err(refused)?;
        check_shape(engine, &component, world).map_err(refused)?;
        let pre = linker(engine, world).and_then(|linker| linker.instantiate_pre(&component));
        let pre = pre.map_err(|source| refused(Refused::Types { world, source }))?;
        Ok(Self { identity, engines: Arc::clone(engines), pre })
    }

    /// A failed call as a failure of this component.
    fn failure(&self, error: &wasmtime::Error, otherwise: FailureReason) -> ComponentFailure {
        let name = &self.identity.name;
        // Where it happened is long, and of use to the component's author alone.
        let place = error.downcast_ref::<WasmBacktrace>().map(|place| convert::one_line(&place.to_string(), PLACE));
        if let Some(place) = place {
            tracing::debug!(component = &**name, place, "a component failed");
        }
        ComponentFailure::new(name, FailureReason::classify(error, otherwise), &what_happened(name, error))
    }

    /// The bindings of a world over this component.
    pub(super) fn typed<P>(
        &self,
        world: World,
        bind: impl FnOnce(InstancePre<Call>) -> wasmtime::Result<P>,
    ) -> Result<P, LoadError> {
        bind(self.pre.clone()).map_err(|source| LoadError {
            name: self.identity.name.to_string(),
            reason: Refused::Types { world, source },
        })
    }

    /// A store for one call: what the getters answer from, if the world has a request. The call is timed as long as
    /// the second value lives.
    pub(super) fn call(&self, view: Option<&RequestView>) -> (Store<Call>, Timed<'_>) {
        // Only image components see no request, and their engine is another.
        let engine = if view.is_some() { &self.engines.policy } else { &self.engines.image };
        let timed = self.engines.time();
        (Call::store(engine, &self.identity, self.identity.limits, view.cloned()), timed)
    }

    /// A result of a call, or what went wrong as a failure of this component.
    pub(super) fn returned<R>(&self, result: wasmtime::Result<R>) -> Result<R, ComponentFailure> {
        result.map_err(|error| self.failure(&error, FailureReason::InvalidValue))
    }

    /// Makes an instance in `store`. The time of the call itself begins when it stands.
    pub(super) fn start<I>(
        &self,
        store: &mut Store<Call>,
        start: impl FnOnce(&mut Store<Call>) -> wasmtime::Result<I>,
    ) -> Result<I, ComponentFailure> {
        let instance = start(store).map_err(|error| self.failure(&error, FailureReason::Instantiation))?;
        set_deadline(store, self.identity.limits.time, self.identity.limits.wall);
        Ok(instance)
    }

    /// A failure for a returned value that makes no sense.
    pub(super) fn invalid(&self, detail: impl ToString) -> ComponentFailure {
        ComponentFailure::new(&self.identity.name, FailureReason::InvalidValue, &detail.to_string())
    }
}

/// The causes of a failed call, the innermost first: without the place, which wasmtime counts as one of them,
/// and with the key that sets the limit that was reached.
fn what_happened(name: &str, error: &wasmtime::Error) -> String {
    let place = error.downcast_ref::<WasmBacktrace>().map(ToString::to_string);
    let mut causes: Vec<String> = error.chain().map(ToString::to_string).collect();
    causes.retain(|cause| Some(cause) != place.as_ref());
    causes.reverse();
    if let Some(key) = error.downcast_ref::<LimitReached>().and_then(LimitReached::key) {
        let is_bare = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        let table = if is_bare { name.to_owned() } else { format!("{name:?}") };
        causes.push(format!("set by component.{table}.limits.{key}"));
    }
    causes.join("; ")
}

/// What can be told before anything is compiled.
pub(super) fn check_file(wasm: &[u8]) -> Result<(), Refused> {
    if wasm.len() as u64 > COMPONENT_FILE {
        return Err(Refused::Size(wasm.len()));
    }
    if Parser::is_component(wasm) {
        if parts(wasm) > PARTS { Err(Refused::Parts) } else { Ok(()) }
    } else if Parser::is_core_wasm(wasm) {
        Err(Refused::CoreModule)
    } else {
        Err(Refused::NotWasm)
    }
}

/// Modules and components at any depth, counted until there are too many. Whatever else is wrong with the file, compiling
/// it says so.
fn parts(wasm: &[u8]) -> usize {
    let payloads = Parser::new(0).parse_all(wasm).map_while(Result::ok);
    let begins =
        |payload: &Payload<'_>| matches!(payload, Payload::ModuleSection { .. } | Payload::ComponentSection { .. });
    payloads.filter(begins).take(PARTS + 1).count()
}

/// Imports and exports by name.
pub(super) fn check_shape(engine: &Engine, component: &Component, world: World) -> Result<(), Refused> {
    let (imports, exports) = shape(engine, component);
    let granted = |import: &String| world.granted().iter().any(|name| *import == format!("lucarne:edge/{name}@0.1.0"));
    let ungranted: Vec<String> = imports.into_iter().filter(|import| !granted(import)).collect();
    if !ungranted.is_empty() {
        return Err(Refused::Imports { world, imports: ungranted });
    }
    let missing: Vec<String> = world
        .exports()
        .iter()
        .filter(|name| !exports.iter().any(|export| export == *name))
        .map(ToString::to_string)
        .collect();
    if missing.is_empty() { Ok(()) } else { Err(Refused::Exports { world, exports: missing }) }
}

/// The names of what a component imports and of the functions that it exports.
pub(super) fn shape(engine: &Engine, component: &Component) -> (Vec<String>, Vec<String>) {
    let ty = component.component_type();
    // A type that is imported only names what an interface has; interfaces are what is granted.
    let names_only = |item: &ComponentItem| matches!(item, ComponentItem::Type(_) | ComponentItem::Resource(_));
    let imports = ty.imports(engine).filter(|(_, import)| !names_only(&import.ty)).map(|(name, _)| name.to_owned());
    let imports = imports.collect();
    let functions = ty.exports(engine).filter(|(_, export)| matches!(export.ty, ComponentItem::ComponentFunc(_)));
    (imports, functions.map(|(name, _)| name.to_owned()).collect())
}

fn linker(engine: &Engine, world: World) -> wasmtime::Result<Linker<Call>> {
    let mut linker = Linker::new(engine);
    match world {
        World::Router => bindings::router::Router::add_to_linker::<_, HasSelf<_>>(&mut linker, |call| call)?,
        World::CachePolicy => {
            bindings::cache_policy::CachePolicy::add_to_linker::<_, HasSelf<_>>(&mut linker, |call| call)?;
        }
        World::Image => bindings::image::Image::add_to_linker::<_, HasSelf<_>>(&mut linker, |call| call)?,
    }
    Ok(linker)
}
