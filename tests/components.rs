//! The components that come with the program: what they import, and what an ordinary call takes.

use std::borrow::Cow;
use std::sync::Arc;

use http::{HeaderMap, HeaderValue, StatusCode};
use lucarne::builtin::{builtins, wasm};
use lucarne::request::RequestHead;
use lucarne::sandbox::{
    CompiledCache, ComponentSpec, RequestView, ResponseHead, Sandbox, SandboxSize, Settings, World,
};

fn sandbox() -> Sandbox {
    let compiled = CompiledCache::new(Some(&crate::harness::compiled_directory()));
    Sandbox::new(SandboxSize::default(), compiled).unwrap()
}

fn spec(name: &str, memory: Option<usize>) -> ComponentSpec {
    let wasm = Cow::Borrowed(wasm(name).unwrap());
    ComponentSpec { name: name.to_owned(), wasm, settings: Settings::new(), memory, time: None }
}

fn view(target: (&str, Option<&str>)) -> RequestView {
    let mut fields = HeaderMap::new();
    fields.insert("accept", HeaderValue::from_static("image/avif,image/webp,image/*,*/*;q=0.8"));
    fields.insert("cache-control", HeaderValue::from_static("max-age=0, no-cache"));
    let head = Arc::new(RequestHead::composed("a.example", target.0, target.1, fields));
    RequestView { head, widths: Arc::from([]), now: 1_700_000_000 }
}

/// The size that a component's memory begins with.
fn initial_memory(wasm: &[u8]) -> usize {
    let memories = wasmparser::Parser::new(0).parse_all(wasm).filter_map(|payload| match payload.unwrap() {
        wasmparser::Payload::MemorySection(memories) => Some(memories),
        _ => None,
    });
    let pages: u64 = memories.flatten().map(|memory| memory.unwrap().initial).sum();
    usize::try_from(pages).unwrap() << 16
}

#[test]
fn built_in_components_import_only_what_their_world_grants() {
    let expected = |world| match world {
        World::Router => vec!["config", "http", "imaging", "log", "routing"],
        World::CachePolicy => vec!["caching", "config", "http", "imaging", "log"],
        World::Image => vec!["imaging", "log"],
    };
    let sandbox = sandbox();
    for component in builtins() {
        let inspection = sandbox.inspect(wasm(component.name).unwrap()).unwrap();
        assert_eq!(inspection.world.unwrap(), component.world, "{}", component.name);
        for import in &inspection.imports {
            let name = import.strip_prefix("lucarne:edge/").and_then(|name| name.strip_suffix("@0.1.0"));
            assert!(name.is_some_and(|name| expected(component.world).contains(&name)), "{import}");
        }
    }
}

#[test]
fn ordinary_calls_of_deciding_components_never_grow_memory() {
    let sandbox = sandbox();
    let router = sandbox.router(&spec("query", Some(initial_memory(wasm("query").unwrap())))).unwrap();
    for query in [None, Some("width=300"), Some("w=300&h=200&fit=crop&format=auto&bg-color=ff0000&x=1&width=banana")] {
        router.route(&view(("/photos/holiday.jpg", query))).unwrap();
    }
    let policy = sandbox.cache_policy(&spec("http", Some(initial_memory(wasm("http").unwrap())))).unwrap();
    policy.lookup(&view(("/", None))).unwrap();
    let mut fields = HeaderMap::new();
    for n in 0..100 {
        fields.append("x-padding", HeaderValue::from_str(&format!("{n:0>200}")).unwrap());
    }
    fields.insert("cache-control", HeaderValue::from_static("public, max-age=60, stale-while-revalidate=30"));
    let head = ResponseHead { status: StatusCode::OK, fields: &fields, received_at: 0, default_lifetime: None };
    policy.store(&view(("/", None)), head).unwrap();
}
