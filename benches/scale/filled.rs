//! A gateway that has as many entries as it is told, each of a URL of its own.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt as _;
use http::Request;
use http_body_util::{BodyExt as _, Empty};
use lucarne::builtin::builtins;
use lucarne::cache::Shelf;
use lucarne::clock::{Clock, stopwatch};
use lucarne::config::Config;
use lucarne::gateway::Gateway;
use lucarne::node::{Node, NodeParts};

use crate::child::{free_address, resident};

/// A node that nobody connects to.
pub(crate) struct Filled {
    node: Node,
    pub(crate) entries: usize,
    /// Bytes an entry, as the store accounts for them.
    pub(crate) stored: u64,
    /// The same with the remembered decisions.
    pub(crate) with_decision: u64,
    /// Bytes that this process has taken an entry.
    pub(crate) resident: u64,
}

/// Fills at once.
const AT_ONCE: usize = 64;

impl Filled {
    pub(crate) async fn new(entries: usize, origin: std::net::SocketAddr, decisions: &str) -> Self {
        let config = format!(
            "listen = \"{}\"\n[cache]\nmemory = \"16GiB\"\ndecisions = {decisions:?}\n\
             [[site]]\nhosts = [\"*\"]\nupstream = \"origin\"\n[upstream.origin]\nurl = \"http://{origin}\"\n",
            free_address(),
        );
        let config = Config::parse(&config, Path::new("."), &builtins()).unwrap();
        let compiled = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled");
        let parts = NodeParts { compiled: Some(compiled), ..NodeParts::default() };
        let node = Node::bind(&config, parts, Clock::default()).await.unwrap();
        let before = resident("self");
        let gateway = node.gateway();
        // On a machine that has much else to do, a component may miss its time limit, and then nothing is stored.
        for _ in 0..3 {
            futures_util::stream::iter(0..entries).for_each_concurrent(AT_ONCE, |number| fill(gateway, number)).await;
        }
        let (bytes, held) = gateway.cache.usage(Shelf::Responses);
        assert_eq!(held, entries, "there is room for all");
        let (entries, decided) = (entries as u64, gateway.decisions.bytes() as u64);
        Self {
            entries: held,
            stored: bytes / entries,
            with_decision: (bytes + decided) / entries,
            resident: resident("self").saturating_sub(before) / entries,
            node,
        }
    }

    /// Asks for these, one after the other, and says how long it took.
    pub(crate) async fn ask(&self, numbers: Vec<usize>) -> Duration {
        let requests: Vec<_> = numbers.into_iter().map(request).collect();
        let gateway = self.node.gateway();
        let hits = hits(gateway);
        let (start, asked) = (stopwatch(), requests.len() as u64);
        for request in requests {
            drop(gateway.handle(request).await);
        }
        let took = stopwatch().duration_since(start);
        assert_eq!(hits_since(gateway, hits), asked, "something was no hit");
        took
    }

    /// Routes that were decided by a call so far.
    pub(crate) fn route_calls(&self) -> u64 {
        metric(self.node.gateway(), "component_calls_total{component=\"query\",function=\"route\"}")
    }
}

async fn fill(gateway: &Arc<Gateway>, number: usize) {
    let response = gateway.handle(request(number)).await.response;
    // What is stored is whole once it has been read.
    response.into_body().collect().await.unwrap();
}

fn request(number: usize) -> Request<Empty<Bytes>> {
    let request = Request::get(format!("/pictures/{number:07}.jpg")).header("host", "bench.example");
    request.header("accept", "image/webp,image/*,*/*;q=0.8").body(Empty::new()).unwrap()
}

fn hits(gateway: &Arc<Gateway>) -> u64 {
    metric(gateway, "requests_total{cache=\"hit\",status=\"2xx\"}")
}

fn hits_since(gateway: &Arc<Gateway>, before: u64) -> u64 {
    hits(gateway) - before
}

/// A metric's value; 0 if it is not there.
fn metric(gateway: &Arc<Gateway>, name: &str) -> u64 {
    let text = gateway.metrics.encode();
    let line = text.lines().find_map(|line| line.strip_prefix("lucarne_")?.strip_prefix(name)?.strip_prefix(' '));
    line.map_or(0, |value| value.parse().unwrap())
}
