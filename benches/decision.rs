//! What deciding costs: a call of a component in a fresh instance, a remembered decision, and loading a component whose
//! compiled code is on disk.
//!
//! A decision that is not remembered should take at most 20 µs, with everything around the call: the store, its
//! limits, the instance, the getters and the validation of what came back.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on has failed")]

use std::borrow::Cow;
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;

use criterion::{Criterion, criterion_group, criterion_main};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use lucarne::request::RequestHead;
use lucarne::sandbox::{
    CompiledCache, ComponentSpec, Generation, Remembered, RequestView, ResponseHead, Sandbox, SandboxSize, Settings,
};

criterion_group!(benches, decided, remembered, loaded);
criterion_main!(benches);

/// What a browser sends with a request for a picture.
const REQUEST: [(&str, &str); 9] = [
    ("host", "img.example.com"),
    ("user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
    ("accept", "image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5"),
    ("accept-language", "en-US,en;q=0.5"),
    ("accept-encoding", "gzip, deflate, br, zstd"),
    ("referer", "https://www.example.com/"),
    ("cookie", "session=0123456789abcdef0123456789abcdef"),
    ("sec-fetch-dest", "image"),
    ("sec-fetch-site", "same-site"),
];

/// What an origin sends with a picture.
const RESPONSE: [(&str, &str); 9] = [
    ("date", "Sun, 06 Nov 1994 08:49:37 GMT"),
    ("server", "nginx"),
    ("content-type", "image/jpeg"),
    ("content-length", "123456"),
    ("last-modified", "Sat, 05 Nov 1994 08:49:37 GMT"),
    ("etag", "\"0123456789abcdef\""),
    ("cache-control", "public, max-age=3600, stale-while-revalidate=60"),
    ("vary", "accept-encoding"),
    ("accept-ranges", "bytes"),
];

/// When the request and the response came: that of the response's Date.
const NOW: u64 = 784_111_777;

/// Decisions that no one asks for during a measurement: what a busy node remembers besides.
const OTHERS: usize = 10_000;

fn decided(criterion: &mut Criterion) {
    let sandbox = sandbox();
    let router = sandbox.router(&spec(&lucarne_bundle::QUERY)).unwrap();
    let policy = sandbox.cache_policy(&spec(&lucarne_bundle::HTTP)).unwrap();
    let fields = fields(&RESPONSE);
    let response =
        ResponseHead { status: StatusCode::OK, fields: &fields, received_at: NOW, default_lifetime: Some(3600) };
    let view = view("/photo.jpg", "width=320&format=auto");
    let mut group = criterion.benchmark_group("decided");
    group.bench_function("route", |bencher| bencher.iter(|| router.route(black_box(&view)).unwrap()));
    group.bench_function("lookup", |bencher| bencher.iter(|| policy.lookup(black_box(&view)).unwrap()));
    group.bench_function("store", |bencher| bencher.iter(|| policy.store(black_box(&view), response).unwrap()));
    group.finish();
}

fn remembered(criterion: &mut Criterion) {
    let sandbox = sandbox();
    let router = sandbox.router(&spec(&lucarne_bundle::QUERY)).unwrap();
    let policy = sandbox.cache_policy(&spec(&lucarne_bundle::HTTP)).unwrap();
    let (routes, lookups) = (Remembered::new(64 << 20), Remembered::new(1 << 20));
    let generation = Generation::of(&[b"benchmark"]);
    for other in 0..OTHERS {
        let (route, reads) = router.route(&view(&format!("/{other}.jpg"), "width=320&format=auto")).unwrap();
        let weight = route.weight();
        routes.remember(generation, &reads, Arc::new(route), weight);
    }
    let view = view("/7.jpg", "width=320&format=auto");
    let (plan, reads) = policy.lookup(&view).unwrap();
    lookups.remember(generation, &reads, Arc::new(plan), size_of::<lucarne::cache::LookupPlan>());
    let mut group = criterion.benchmark_group("remembered");
    group.bench_function("route", |bencher| bencher.iter(|| routes.recall(generation, black_box(&view)).unwrap()));
    group.bench_function("lookup", |bencher| bencher.iter(|| lookups.recall(generation, black_box(&view)).unwrap()));
    group.finish();
}

fn loaded(criterion: &mut Criterion) {
    let sandbox = sandbox();
    let (router, image) = (spec(&lucarne_bundle::QUERY), spec(&lucarne_bundle::IMAGE));
    // The first time compiles, if no run before this one has.
    drop((sandbox.router(&router).unwrap(), sandbox.image(&image).unwrap()));
    let mut group = criterion.benchmark_group("loaded from the compiled cache");
    group.bench_function("router", |bencher| bencher.iter(|| sandbox.router(black_box(&router)).unwrap()));
    group.bench_function("image", |bencher| bencher.iter(|| sandbox.image(black_box(&image)).unwrap()));
    group.finish();
}

fn sandbox() -> Sandbox {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled");
    Sandbox::new(SandboxSize::default(), CompiledCache::new(Some(&directory))).unwrap()
}

fn spec(component: &lucarne_bundle::Component) -> ComponentSpec {
    ComponentSpec {
        name: component.name.to_owned(),
        wasm: Cow::Borrowed(component.wasm),
        settings: Settings::new(),
        memory: None,
        time: None,
    }
}

fn view(path: &str, query: &str) -> RequestView {
    let head = RequestHead::composed("img.example.com", path, Some(query), fields(&REQUEST));
    RequestView { head: Arc::new(head), widths: Arc::from([320, 640, 1280]), now: NOW }
}

fn fields(fields: &[(&'static str, &'static str)]) -> HeaderMap {
    let fields = fields.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
    fields.collect()
}
