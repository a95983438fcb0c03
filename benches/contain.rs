//! How long a hostile guest holds its thread: from the call to the failure that it becomes.
//!
//! A loop should take its limit (5 ms for a router, 100 ms for the image component here) and at most 2 ms more, which
//! are two ticks of the clock; everything that ends by a trap or at a limit in number takes as long as the guest needs
//! to get there. The host's own part is in `an innocent router`.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on has failed")]

#[path = "../tests/hostile/direct.rs"]
mod direct;
#[path = "../tests/hostile/guest.rs"]
#[expect(dead_code, reason = "the tests' own, used in part")]
mod guest;

use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use lucarne::sandbox::ComponentSpec;

use direct::{LIMITS, plan, router, sandbox, spec, view};
use guest::{Place, component, misdeed};

criterion_group!(benches, routers, images);
criterion_main!(benches);

/// Misdeeds of a router with the default limits.
const MISDEEDS: [&str; 7] =
    ["loop", "grow", "grow-and-fill", "host-call-flood", "log-flood", "recursion", "unreachable"];

fn routers(criterion: &mut Criterion) {
    let (sandbox, view) = (sandbox(), view("/page"));
    let mut group = criterion.benchmark_group("contain/router");
    let innocent = router(&sandbox, "");
    group.bench_function("an innocent router", |bencher| bencher.iter(|| innocent.route(&view).unwrap()));
    for name in MISDEEDS {
        let guilty = router(&sandbox, &misdeed(name));
        group.bench_function(name, |bencher| bencher.iter(|| guilty.route(&view).unwrap_err()));
    }
}

fn images(criterion: &mut Criterion) {
    let sandbox = sandbox();
    let wasm = component(Place::Inspect, &misdeed("loop"));
    let time = Some(Duration::from_millis(100));
    let (maker, plan) = (sandbox.image(&ComponentSpec { time, ..spec(wasm) }).unwrap(), plan(&sandbox));
    let mut group = criterion.benchmark_group("contain/image");
    group.sample_size(20);
    group.bench_function("loop, limit 100 ms", |bencher| {
        bencher.iter(|| maker.make(b"a picture", &plan, LIMITS).unwrap_err());
    });
}
