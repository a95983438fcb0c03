//! The key is what was read: requests that mean the same share an entry, what nobody read changes nothing, and what a
//! decision depends on keeps entries apart.

mod generations;
mod hits;
mod reads;
mod spellings;
mod unread;
mod wat_router;

use std::future::Future;

use bytes::Bytes;
use proptest::test_runner::Config as Cases;

use crate::harness::pictures::jpeg;
use crate::harness::{Asked, Origin, TestNode, answer};

/// Runs a property's node on a runtime of its own: properties are not async.
fn in_runtime<T>(start: impl Future<Output = T>) -> (tokio::runtime::Runtime, T) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let started = runtime.block_on(start);
    (runtime, started)
}

/// So many cases, and no files with those that failed: they are printed.
fn cases(cases: u32) -> Cases {
    Cases { failure_persistence: None, ..Cases::with_cases(cases) }
}

/// An origin that has this picture at every path that ends in `.jpg`, and its path as text at every other.
async fn origin_of(width: u32, height: u32) -> Origin {
    let picture = Bytes::from(jpeg(width, height));
    Origin::answering(move |asked: &Asked| {
        let path = asked.target.split('?').next().unwrap_or_default();
        let content = if path.ends_with(".jpg") { picture.clone() } else { Bytes::from(path.to_owned()) };
        answer(&[("cache-control", "max-age=3600")], content)
    })
    .await
}

/// Calls of one component so far.
fn calls(node: &TestNode, component: &str, function: &str) -> u64 {
    node.metric(&format!("component_calls_total{{component=\"{component}\",function=\"{function}\"}}"))
}
