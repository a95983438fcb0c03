//! A gateway that has as many entries as it is told, each of a URL of its own.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt as _;
use http::Request;
use http_body_util::{BodyExt as _, Empty};
use lucarne::builtin::builtins;
use lucarne::cache::Shelf;
use lucarne::clock::{Clock, thread_cpu_time};
use lucarne::config::Config;
use lucarne::gateway::Gateway;
use lucarne::node::{Node, NodeParts};
use rustix::time::{ClockId, clock_gettime};
use tokio::runtime::Runtime;

use crate::child::{free_address, resident};
use crate::{load, origin};

/// A node that serves, on one thread of its own on the first core.
pub(crate) struct Filled {
    gateway: Arc<Gateway>,
    address: SocketAddr,
    _serving: Runtime,
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

const CLIENT: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

impl Filled {
    pub(crate) fn new(filling: &Runtime, entries: usize, origin: SocketAddr, decisions: &str) -> Self {
        let config = format!(
            "listen = \"{}\"\n[log]\naccess = \"off\"\n[cache]\nmemory = \"16GiB\"\ndecisions = {decisions:?}\n\
             [[site]]\nhosts = [\"*\"]\nupstream = \"origin\"\n[upstream.origin]\nurl = \"http://{origin}\"\n",
            free_address(),
        );
        let config = Config::parse(&config, Path::new("."), &builtins()).unwrap();
        let compiled = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled");
        let parts = NodeParts { compiled: Some(compiled), ..NodeParts::default() };
        let mut serving = tokio::runtime::Builder::new_multi_thread();
        serving.worker_threads(1).on_thread_start(|| load::pin(0)).enable_all();
        let serving = serving.build().unwrap();
        let node = serving.block_on(Node::bind(&config, parts, Clock::default())).unwrap();
        let (gateway, address) = (Arc::clone(node.gateway()), node.address());
        let before = resident("self");
        // On a machine that has much else to do, a component may miss its time limit, and then nothing is stored.
        for _ in 0..3 {
            let all = futures_util::stream::iter(0..entries);
            filling.block_on(all.for_each_concurrent(AT_ONCE, |number| fill(&gateway, number)));
        }
        let (bytes, held) = gateway.cache.usage(Shelf::Responses);
        assert_eq!(held, entries, "there is room for all");
        let (count, decided) = (entries as u64, gateway.decisions.bytes() as u64);
        serving.spawn(node.run(std::future::pending()));
        Self {
            entries,
            stored: bytes / count,
            with_decision: (bytes + decided) / count,
            resident: resident("self").saturating_sub(before) / count,
            gateway,
            address,
            _serving: serving,
        }
    }

    /// Has these asked for over connections, and says what one cost the process besides the load: only this node has
    /// something to do.
    pub(crate) fn serve(&self, numbers: Vec<usize>) -> Duration {
        let heads: Vec<String> = numbers.into_iter().map(head).collect();
        self.each_a_hit(heads.len(), || {
            let before = process_cpu_time();
            let load = load::ask(self.address, &heads, origin::LENGTH);
            process_cpu_time() - before - load
        })
    }

    /// Looks these up, one after the other, and says what CPU time one took.
    pub(crate) fn look_up(&self, numbers: Vec<usize>) -> Duration {
        let requests: Vec<_> = numbers.into_iter().map(|number| request(number, ())).collect();
        self.each_a_hit(requests.len(), || {
            let before = thread_cpu_time();
            for request in requests {
                drop(self.gateway.plain_hit(Some(CLIENT), request));
            }
            thread_cpu_time() - before
        })
    }

    /// A share of the time for each of so many.
    fn each_a_hit(&self, requests: usize, measure: impl FnOnce() -> Duration) -> Duration {
        let hits = || metric(&self.gateway, "requests_total{cache=\"hit\",status=\"2xx\"}");
        let before = hits();
        let took = measure();
        assert_eq!(hits() - before, requests as u64, "something was no hit");
        took / u32::try_from(requests).unwrap()
    }

    /// Routes that were decided by a call so far.
    pub(crate) fn route_calls(&self) -> u64 {
        metric(&self.gateway, "component_calls_total{component=\"query\",function=\"route\"}")
    }
}

/// CPU time of all threads of this process.
fn process_cpu_time() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ProcessCPUTime)).unwrap()
}

async fn fill(gateway: &Arc<Gateway>, number: usize) {
    let response = gateway.handle(request(number, Empty::<Bytes>::new())).await.response;
    // What is stored is whole once it has been read.
    response.into_body().collect().await.unwrap();
}

const HOST: &str = "bench.example";
const ACCEPT: &str = "image/webp,image/*,*/*;q=0.8";

fn target(number: usize) -> String {
    format!("/pictures/{number:07}.jpg")
}

fn request<B>(number: usize, body: B) -> Request<B> {
    Request::get(target(number)).header("host", HOST).header("accept", ACCEPT).body(body).unwrap()
}

/// The same as text.
fn head(number: usize) -> String {
    format!("GET {} HTTP/1.1\r\nhost: {HOST}\r\naccept: {ACCEPT}\r\n\r\n", target(number))
}

/// A metric's value; 0 if it is not there.
fn metric(gateway: &Arc<Gateway>, name: &str) -> u64 {
    let text = gateway.metrics.encode();
    let line = text.lines().find_map(|line| line.strip_prefix("lucarne_")?.strip_prefix(name)?.strip_prefix(' '));
    line.map_or(0, |value| value.parse().unwrap())
}
