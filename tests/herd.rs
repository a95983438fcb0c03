//! Many who want the same cold thing at once: one obtains it, and whatever becomes of that one, all are answered.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::join_all;
use http::Response;
use http_body_util::Full;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use crate::harness::pictures::{describe, jpeg};
use crate::harness::{Asked, Origin, Reply, Script, TestNode, answer, config_for, get, status};

/// What keeps an origin from answering until a test has everyone where it wants them.
#[derive(Clone)]
struct Gate(Arc<Semaphore>);

/// Requests that are being answered.
struct Herd(Vec<JoinHandle<Reply>>);

const MANY: usize = 1000;
const SOME: usize = 40;
const PICTURE: &str = "/photo.jpg?width=16";

impl Gate {
    fn closed() -> Self {
        Self(Arc::new(Semaphore::new(0)))
    }

    async fn pass(self) {
        self.0.acquire().await.unwrap().forget();
    }

    fn open(&self) {
        self.0.add_permits(Semaphore::MAX_PERMITS / 2);
    }

    /// An origin behind this gate.
    async fn origin(&self, script: impl Fn(&Asked) -> Response<Full<Bytes>> + Send + Sync + 'static) -> Origin {
        let gate = self.clone();
        Origin::scripted(move |asked| {
            let (gate, answer) = (gate.clone(), script(&asked));
            Box::pin(async move {
                gate.pass().await;
                answer
            })
        })
        .await
    }

    /// An origin behind this gate with a picture at every path.
    async fn pictures(&self, cache_control: &'static str) -> Origin {
        let picture = Bytes::from(jpeg(32, 24));
        self.origin(move |_| answer(&[("cache-control", cache_control)], picture.clone())).await
    }
}

impl Herd {
    /// Asks so many times at once, each time on a connection of its own and with the fields that its number gives.
    fn ask(
        node: &TestNode,
        size: usize,
        target: &'static str,
        fields: fn(usize) -> Vec<(&'static str, &'static str)>,
    ) -> Self {
        let address = node.address;
        Self((0..size).map(|index| tokio::spawn(async move { get(address, target, &fields(index)).await })).collect())
    }

    async fn answered(self) -> Vec<Reply> {
        join_all(self.0).await.into_iter().map(Result::unwrap).collect()
    }
}

/// Waits until so many requests are on their way through the node: each of them holds its site.
async fn until_arrived(node: &TestNode, requests: usize) {
    let site = node.gateway.sites.find("test.example").unwrap();
    let arrived = async {
        while Arc::strong_count(site) <= requests {
            tokio::task::yield_now().await;
        }
    };
    let in_time = tokio::time::timeout(Duration::from_secs(60), arrived).await;
    assert!(in_time.is_ok(), "{} of {requests} requests have arrived", Arc::strong_count(site) - 1);
}

fn no_fields(_: usize) -> Vec<(&'static str, &'static str)> {
    Vec::new()
}

fn count(replies: &[Reply], which: impl Fn(&Reply) -> bool) -> usize {
    replies.iter().filter(|reply| which(reply)).count()
}

/// Those who waited say so. A leader's own work holds the site too, so a few may arrive after the gate is opened and
/// find the thing stored.
fn assert_collapsed(replies: &[Reply]) {
    let collapsed = count(replies, |reply| reply.cache_status().ends_with("; collapsed"));
    let hits = count(replies, Reply::is_hit);
    assert_eq!(collapsed + hits, replies.len() - 1, "all but one waited");
    assert!(hits < 5, "{hits} came late");
}

/// Fault 64.
#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_cold_requests_make_one_fetch_and_one_transform() {
    let gate = Gate::closed();
    let origin = gate.pictures("max-age=60").await;
    let node = TestNode::over(&origin.url()).await;
    let herd = Herd::ask(&node, MANY, PICTURE, no_fields);
    until_arrived(&node, MANY).await;
    gate.open();
    let replies = herd.answered().await;
    for reply in &replies {
        assert_eq!((reply.status, &reply.body), (http::StatusCode::OK, &replies[0].body), "{}", reply.cache_status());
    }
    assert_eq!(describe(&replies[0].body).1, 16);
    assert_eq!((origin.hits(), node.transforms()), (1, 1));
    assert_collapsed(&replies);
}

#[tokio::test(flavor = "multi_thread")]
async fn cold_requests_for_many_sizes_make_one_fetch() {
    let gate = Gate::closed();
    let origin = gate.pictures("max-age=60").await;
    let node = TestNode::over(&origin.url()).await;
    let sizes = ["/photo.jpg?width=4", "/photo.jpg?width=8", "/photo.jpg?width=12", "/photo.jpg?width=16"];
    let herds: Vec<Herd> = sizes.iter().map(|size| Herd::ask(&node, SOME, size, no_fields)).collect();
    until_arrived(&node, SOME * sizes.len()).await;
    gate.open();
    for (herd, width) in herds.into_iter().zip([4, 8, 12, 16]) {
        for reply in herd.answered().await {
            assert_eq!(describe(&reply.body).1, width);
        }
    }
    assert_eq!((origin.hits(), node.transforms()), (1, 4));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_passes_through_is_fetched_once_for_each_selection() {
    const LANGUAGES: [&str; 4] = ["de", "en", "fr", "it"];
    let gate = Gate::closed();
    let origin = gate
        .origin(|asked| {
            answer(
                &[("cache-control", "max-age=60"), ("vary", "accept-language")],
                asked.field("accept-language").to_owned(),
            )
        })
        .await;
    let node = TestNode::over(&origin.url()).await;
    let herd = Herd::ask(&node, SOME, "/notes.txt", |index| vec![("accept-language", LANGUAGES[index % 4])]);
    until_arrived(&node, SOME).await;
    gate.open();
    for (index, reply) in herd.answered().await.into_iter().enumerate() {
        assert_eq!(reply.text(), LANGUAGES[index % 4], "{}", reply.cache_status());
    }
    assert_eq!(origin.hits(), LANGUAGES.len());
}

/// Fault 66: a request that its own sender has spoilt fails alone, so two others try before all are told. The request for
/// a source is the node's own, which is tried once.
#[tokio::test(flavor = "multi_thread")]
async fn a_failure_is_tried_by_two_more_then_shared_for_a_moment() {
    for (target, tries) in [(PICTURE, 1), ("/notes.txt", 3)] {
        let gate = Gate::closed();
        let origin = HangsUp::behind(&gate).await;
        let node = TestNode::over(&origin.url()).await;
        let herd = Herd::ask(&node, MANY, target, no_fields);
        until_arrived(&node, MANY).await;
        gate.open();
        let replies = herd.answered().await;
        assert_eq!(count(&replies, |reply| reply.status == 502), MANY, "{}", replies[0].text());
        assert_eq!(origin.connections(), tries, "{target}");
        assert_eq!(node.get(target, &[]).await.status, 502);
        assert_eq!(origin.connections(), tries, "{target}: it stands for a moment");
        node.advance(1);
        assert_eq!(node.get(target, &[]).await.status, 502);
        assert_eq!(origin.connections(), tries + 1, "{target}: then it is tried again");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_of_the_origin_is_one_fetch_for_all() {
    for (code, told) in [(500, 502), (503, 502), (404, 404)] {
        let gate = Gate::closed();
        let origin = gate.origin(move |_| status(code, &[("cache-control", "no-store")], "not now")).await;
        let node = TestNode::over(&origin.url()).await;
        let herd = Herd::ask(&node, SOME, PICTURE, no_fields);
        until_arrived(&node, SOME).await;
        gate.open();
        let replies = herd.answered().await;
        assert_eq!(count(&replies, |reply| reply.status == told), SOME, "{code}: {}", replies[0].text());
        // What is not there and may not be stored is asked for anew by those who come late.
        let late =
            if code == 404 { count(&replies, |reply| !reply.cache_status().contains("; collapsed")) - 1 } else { 0 };
        assert_eq!((origin.hits(), node.transforms()), (1 + late, 0), "{code}");
        assert!(late < 5, "{late} came late");
    }
}

/// Fault 67.
#[tokio::test(flavor = "multi_thread")]
async fn a_leader_that_leaves_takes_nobody_with_it() {
    for target in [PICTURE, "/notes.txt"] {
        let gate = Gate::closed();
        let origin = gate.pictures("max-age=60").await;
        let node = TestNode::over(&origin.url()).await;
        let leader = send(&node, target).await;
        origin.until_hits(1).await;
        let herd = Herd::ask(&node, SOME, target, no_fields);
        until_arrived(&node, SOME + 1).await;
        drop(leader);
        node.until_metric("connections", SOME as u64).await;
        gate.open();
        let replies = herd.answered().await;
        assert_eq!(count(&replies, |reply| reply.status == 200 && reply.body == replies[0].body), SOME, "{target}");
        assert_eq!(origin.hits(), 1, "{target}: the fetch goes on");
    }
}

/// Fault 68.
#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_waits_for_any_more_is_given_up() {
    for target in [PICTURE, "/notes.txt"] {
        let gate = Gate::closed();
        let origin = gate.pictures("max-age=60").await;
        let node = TestNode::over(&origin.url()).await;
        let leader = send(&node, target).await;
        origin.until_hits(1).await;
        drop(leader);
        node.until_metric("fills_total{outcome=\"deserted\"}", 1).await;
        assert_eq!(node.transforms(), 0, "{target}");
        gate.open();
        assert_eq!(node.get(target, &[]).await.status, 200);
        assert_eq!(origin.hits(), 2, "{target}: the next begins anew");
    }
}

/// Fault 69.
#[tokio::test(flavor = "multi_thread")]
async fn an_origin_that_stalls_is_asked_by_three_at_most() {
    let gate = Gate::closed();
    let origin = gate.origin(|_| answer(&[("cache-control", "max-age=600")], "content")).await;
    let node = TestNode::start(&format!("{}[cache]\nlock-wait = \"20ms\"\n", config_for(&origin.url()))).await;
    let herd = Herd::ask(&node, SOME, "/notes.txt", no_fields);
    origin.until_hits(3).await;
    node.advance(60);
    let late = Herd::ask(&node, SOME, "/notes.txt", no_fields);
    until_arrived(&node, 2 * SOME).await;
    // Four more would have lost patience by now, one after the other.
    let answered = tokio::time::timeout(Duration::from_millis(100), join_all(herd.0)).await;
    assert!(answered.is_err(), "the origin has not answered");
    assert_eq!(origin.hits(), 3);
    gate.open();
    assert_eq!(count(&late.answered().await, |reply| reply.text() == "content"), SOME);
    assert_eq!(origin.hits(), 3);
}

/// Fault 71.
#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_hits_of_what_is_stale_are_one_fetch_in_the_background() {
    for target in [PICTURE, "/notes.txt"] {
        let gate = Gate::closed();
        let origin = gate.pictures("max-age=60, stale-while-revalidate=600").await;
        gate.0.add_permits(1);
        let node = TestNode::over(&origin.url()).await;
        node.get(target, &[]).await;
        node.advance(100);
        for _ in 0..MANY {
            assert!(node.handle(target, &[]).await.is_hit(), "{target}: the origin does not answer, and nobody waits");
        }
        origin.until_hits(2).await;
        gate.open();
        assert_eq!(origin.hits(), 2, "{target}");
    }
}

/// Fault 72.
#[tokio::test(flavor = "multi_thread")]
async fn a_background_fetch_that_fails_is_not_repeated_with_every_request() {
    for target in [PICTURE, "/notes.txt"] {
        let script =
            Script::new(|_| answer(&[("cache-control", "max-age=60, stale-while-revalidate=600")], jpeg(32, 24)));
        let origin = Origin::following(&script).await;
        let node = TestNode::over(&origin.url()).await;
        node.get(target, &[]).await;
        script.becomes(|_| status(503, &[], ""));
        node.advance(100);
        let mut failed = 0;
        // Pauses of one second, then two, then four.
        for (seconds, fetches) in [(0, 1), (0, 1), (1, 2), (1, 2), (1, 3), (3, 3), (1, 4)] {
            node.advance(seconds);
            for _ in 0..10 {
                assert!(node.handle(target, &[]).await.is_hit(), "{target}");
            }
            origin.until_hits(1 + fetches).await;
            if fetches > failed {
                node.until_metric("fills_total{outcome=\"failed\"}", fetches as u64).await;
                failed = fetches;
            }
            assert_eq!(origin.hits(), 1 + fetches, "{target}");
        }
    }
}

/// Fault 65.
#[tokio::test(flavor = "multi_thread")]
async fn after_one_that_may_not_be_stored_nobody_waits_for_another() {
    let gate = Gate::closed();
    let origin = gate.pictures("no-store").await;
    let node = TestNode::over(&origin.url()).await;
    gate.0.add_permits(1);
    node.get("/notes.txt", &[]).await;
    let herd = Herd::ask(&node, SOME, "/notes.txt", no_fields);
    // All of them reach the origin while it has answered none.
    origin.until_hits(1 + SOME).await;
    gate.open();
    assert_eq!(count(&herd.answered().await, |reply| reply.status == 200), SOME);
    node.advance(11);
    assert_eq!(node.get("/notes.txt", &[]).await.status, 200);
    assert_eq!(origin.hits(), 2 + SOME);
}

/// Fault 65.
#[tokio::test(flavor = "multi_thread")]
async fn what_may_not_be_stored_reaches_everyone() {
    for target in [PICTURE, "/notes.txt"] {
        let gate = Gate::closed();
        let origin = gate.pictures("no-store").await;
        let node = TestNode::over(&origin.url()).await;
        let herd = Herd::ask(&node, SOME, target, no_fields);
        until_arrived(&node, SOME).await;
        gate.open();
        let replies = herd.answered().await;
        for reply in &replies {
            assert_eq!(reply.status, 200, "{target}: {}", reply.text());
            assert_eq!(reply.body, replies[0].body, "{target}");
            assert!(!reply.is_hit() && !reply.cache_status().contains("stored"), "{target}: {}", reply.cache_status());
        }
        assert_eq!(origin.hits(), SOME, "{target}: each has its own");
    }
}

/// Sends a request and does not read the answer. It leaves when it is dropped.
async fn send(node: &TestNode, target: &str) -> TcpStream {
    let mut stream = TcpStream::connect(node.address).await.unwrap();
    stream.write_all(format!("GET {target} HTTP/1.1\r\nHost: test.example\r\n\r\n").as_bytes()).await.unwrap();
    stream
}

/// An origin that reads a request, waits at the gate, and closes the connection.
struct HangsUp {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
    running: JoinHandle<()>,
}

impl HangsUp {
    async fn behind(gate: &Gate) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::default();
        let (gate, counted) = (gate.clone(), Arc::clone(&connections));
        let running = tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                AtomicUsize::fetch_add(&counted, 1, Ordering::SeqCst);
                let gate = gate.clone();
                tokio::spawn(async move {
                    let _head = stream.read(&mut [0; 4096]).await;
                    gate.pass().await;
                });
            }
        });
        Self { address, connections, running }
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

impl Drop for HangsUp {
    fn drop(&mut self) {
        self.running.abort();
    }
}
