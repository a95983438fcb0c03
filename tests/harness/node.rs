//! A node as the program builds it, on sockets of its own, with a clock that tests can move.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use http::Method;
use http_body_util::BodyExt as _;
use lucarne::builtin::builtins;
use lucarne::clock::Clock;
use lucarne::config::{ComponentSource, Config};
use lucarne::gateway::Gateway;
use lucarne::node::{Node, NodeParts};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::{Reply, ask, get, request};

/// Processor time for a call of a built-in: the functions of the host that it calls are not optimised in a test.
const UNOPTIMISED: Duration = Duration::from_millis(200);

/// A running node. It stops when it is dropped.
pub(crate) struct TestNode {
    pub(crate) address: SocketAddr,
    pub(crate) admin: SocketAddr,
    pub(crate) clock: Clock,
    pub(crate) gateway: Arc<Gateway>,
    stop: Option<oneshot::Sender<()>>,
    running: JoinHandle<()>,
}

/// The text of a configuration with one site over `origin`, a URL or a folder.
pub(crate) fn config_for(origin: &str) -> String {
    let upstream = if origin.starts_with("http") { format!("url = {origin:?}") } else { format!("path = {origin:?}") };
    format!(
        "listen = \"127.0.0.1:1\"\nadmin = \"127.0.0.1:2\"\n\
         [log]\naccess = \"off\"\n\
         [[site]]\nhosts = [\"*\"]\nupstream = \"origin\"\n\
         [upstream.origin]\n{upstream}\n"
    )
}

impl TestNode {
    /// Over one origin, with defaults.
    pub(crate) async fn over(origin: &str) -> Self {
        Self::start(&config_for(origin)).await
    }

    /// With this configuration; the sockets get ports of their own.
    pub(crate) async fn start(config: &str) -> Self {
        Self::with(config, |_| {}).await
    }

    /// With this configuration, changed as no file could.
    pub(crate) async fn with(config: &str, change: impl FnOnce(&mut Config)) -> Self {
        let parts = NodeParts { compiled: Some(compiled_directory()), ..NodeParts::default() };
        Self::bind(config, change, parts, Clock::default()).await
    }

    /// With this configuration, of these parts, and with a clock that others have too.
    pub(crate) async fn assembled(config: &str, parts: NodeParts, clock: Clock) -> Self {
        Self::bind(config, |_| {}, parts, clock).await
    }

    async fn bind(config: &str, change: impl FnOnce(&mut Config), parts: NodeParts, clock: Clock) -> Self {
        let mut config = Config::parse(config, Path::new("."), &builtins()).unwrap_or_else(|problems| {
            panic!("the test's configuration is wrong:\n{problems}");
        });
        config.listen = ([127, 0, 0, 1], 0).into();
        config.admin = Some(([127, 0, 0, 1], 0).into());
        for component in config.components.values_mut() {
            if matches!(component.source, ComponentSource::BuiltIn(_)) {
                component.limits.time = component.limits.time.max(UNOPTIMISED);
            }
        }
        change(&mut config);
        let node = Node::bind(&config, parts, clock.clone()).await.unwrap();
        let (stop, stopped) = oneshot::channel();
        let (address, admin) = (node.address(), node.admin_address().unwrap());
        let gateway = Arc::clone(node.gateway());
        let running = tokio::spawn(node.run(async move {
            // A dropped sender stops the node too.
            let _stopped = stopped.await;
        }));
        Self { address, admin, clock, gateway, stop: Some(stop), running }
    }

    /// A GET that has to be answered.
    pub(crate) async fn get(&self, target: &str, fields: &[(&str, &str)]) -> Reply {
        get(self.address, target, fields).await
    }

    /// A GET handed to the gateway itself, without sockets: for tests that ask very often.
    pub(crate) async fn handle(&self, target: &str, fields: &[(&str, &str)]) -> Reply {
        let (parts, body) = self.gateway.handle(request(&Method::GET, target, fields)).await.response.into_parts();
        Reply { status: parts.status, fields: parts.headers, body: body.collect().await.unwrap().to_bytes() }
    }

    /// A metric's value, by its name and labels as they are written: `requests_total{cache="hit",status="2xx"}`; 0 if
    /// it is not there.
    pub(crate) fn metric(&self, name: &str) -> u64 {
        let text = self.gateway.metrics.encode();
        let line = text.lines().find_map(|line| line.strip_prefix("lucarne_")?.strip_prefix(name)?.strip_prefix(' '));
        line.map_or(0, |value| value.parse().unwrap())
    }

    /// A request that has to be answered.
    pub(crate) async fn ask(&self, method: Method, target: &str, fields: &[(&str, &str)]) -> Reply {
        ask(self.address, request(&method, target, fields)).await.unwrap()
    }

    /// Calls of the image component so far.
    pub(crate) fn transforms(&self) -> u64 {
        self.metric("component_calls_total{component=\"image\",function=\"transform\"}")
    }

    /// Waits until a metric has this value: for what nobody else tells the end of.
    pub(crate) async fn until_metric(&self, name: &str, value: u64) {
        let reached = async {
            while self.metric(name) != value {
                tokio::task::yield_now().await;
            }
        };
        let in_time = tokio::time::timeout(Duration::from_secs(20), reached).await;
        assert!(in_time.is_ok(), "{name} is {} and not {value}", self.metric(name));
    }

    /// Calls of all components so far.
    pub(crate) fn component_calls(&self) -> u64 {
        let text = self.gateway.metrics.encode();
        let calls = text.lines().filter(|line| line.starts_with("lucarne_component_calls_total{"));
        calls.map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()).sum()
    }

    /// Moves the node's clock.
    pub(crate) fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// Stops the node as a signal would, and waits until it has ended.
    pub(crate) async fn stop(mut self) {
        drop(self.stop.take());
        self.running.await.unwrap();
    }

    /// Tells the node to stop, and goes on.
    pub(crate) fn tell_to_stop(&mut self) {
        drop(self.stop.take());
    }
}

/// Compiled components are shared by all tests and all runs.
pub(crate) fn compiled_directory() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled")
}
