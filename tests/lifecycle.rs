//! From start to stop: readiness, draining, hits beside a full queue, folders, connections that are kept.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use http::Method;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

use crate::harness::pictures::{describe, jpeg};
use crate::harness::{Line, Origin, Program, TestNode, answer, config_for, get, request};

const PICTURE: &str = "/photo.jpg?width=32";

/// An origin that answers only when the gate has been opened for a request.
async fn gated() -> (Origin, Arc<Semaphore>) {
    let gate = Arc::new(Semaphore::new(0));
    let (picture, entrance) = (jpeg(64, 64), Arc::clone(&gate));
    let origin = Origin::scripted(move |_| {
        let (picture, entrance) = (picture.clone(), Arc::clone(&entrance));
        Box::pin(async move {
            entrance.acquire().await.unwrap().forget();
            answer(&[("cache-control", "max-age=60")], picture)
        })
    })
    .await;
    (origin, gate)
}

/// Waits until nobody listens any more.
async fn until_refused(address: SocketAddr) {
    let refused = async { while TcpStream::connect(address).await.is_ok() {} };
    tokio::time::timeout(Duration::from_secs(20), refused).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_told_to_stop_finishes_what_it_fetches_and_takes_no_more() {
    let (origin, gate) = gated().await;
    let mut node = TestNode::over(&origin.url()).await;
    let (address, admin) = (node.address, node.admin);
    assert_eq!(get(admin, "/readyz", &[]).await.text(), "ready\n");
    let picture = tokio::spawn(async move { get(address, PICTURE, &[]).await });
    let file = tokio::spawn(async move { get(address, "/file", &[]).await });
    origin.until_hits(2).await;
    node.tell_to_stop();
    until_refused(address).await;
    let draining = get(admin, "/readyz", &[]).await;
    assert_eq!((draining.status.as_u16(), draining.text().as_str()), (503, "draining\n"));
    assert_eq!(get(admin, "/healthz", &[]).await.status, 200, "it lives until it ends");
    gate.add_permits(2);
    assert_eq!(describe(&picture.await.unwrap().body).1, 32);
    assert_eq!(file.await.unwrap().status, 200);
    node.stop().await;
    until_refused(admin).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_told_to_stop_finishes_the_pictures_in_its_line() {
    let origin = Origin::with_picture(jpeg(64, 64), "max-age=60").await;
    let mut node = TestNode::start(&one_place(&origin)).await;
    let place = node.gateway.images.place(1).await.unwrap();
    let address = node.address;
    let picture = tokio::spawn(async move { get(address, PICTURE, &[]).await });
    node.until_metric("image_queue_waiting", 1).await;
    node.tell_to_stop();
    until_refused(address).await;
    drop(place);
    assert_eq!(describe(&picture.await.unwrap().body).1, 32);
    node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_told_to_stop_waits_no_longer_than_it_is_allowed_to() {
    let (origin, _gate) = gated().await;
    let node = TestNode::start(&format!("drain-timeout = \"1ms\"\n{}", config_for(&origin.url()))).await;
    let address = node.address;
    tokio::spawn(async move { get(address, PICTURE, &[]).await });
    origin.until_hits(1).await;
    tokio::time::timeout(Duration::from_secs(20), node.stop()).await.unwrap();
}

/// The program, with a real signal.
#[tokio::test(flavor = "multi_thread")]
async fn the_program_drains_at_sigterm_and_ends_well() {
    let (origin, gate) = gated().await;
    let url = origin.url();
    let program = tokio::task::spawn_blocking(move || Program::over(&url)).await.unwrap();
    let address = program.address;
    let picture = tokio::spawn(async move { get(address, PICTURE, &[]).await });
    origin.until_hits(1).await;
    program.terminate();
    until_refused(address).await;
    gate.add_permits(1);
    assert_eq!(describe(&picture.await.unwrap().body).1, 32);
    let ended = tokio::task::spawn_blocking(move || program.wait()).await.unwrap();
    assert!(ended.success(), "{ended}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_admin_interface_tells_what_is_counted() {
    let origin = Origin::with_picture(jpeg(64, 64), "max-age=60").await;
    let node = TestNode::over(&origin.url()).await;
    node.get(PICTURE, &[]).await;
    node.get(PICTURE, &[]).await;
    let metrics = get(node.admin, "/metrics", &[]).await;
    assert!(metrics.field("content-type").starts_with("application/openmetrics-text"));
    let table = [
        "lucarne_requests_total{cache=\"hit\",status=\"2xx\"} 1",
        "lucarne_requests_total{cache=\"uri-miss\",status=\"2xx\"} 1",
        "lucarne_upstream_fetches_total{upstream=\"origin\",outcome=\"success\"} 1",
        "lucarne_transforms_total{outcome=\"made\"} 1",
        "lucarne_cache_entries{shelf=\"sources\"} 1",
        "lucarne_cache_entries{shelf=\"responses\"} 1",
        "lucarne_image_queue_running 0",
    ];
    for line in table {
        assert!(metrics.text().lines().any(|found| found == line), "{line}\n{}", metrics.text());
    }
    assert!(metrics.text().ends_with("# EOF\n"));
    assert_eq!(get(node.address, "/metrics?width=1", &[]).await.status, 200, "clients get the origin's");
}

/// One place, and one in line before it.
fn one_place(origin: &Origin) -> String {
    format!("{}[images]\nconcurrency = 1\nqueue = 1\nwait = \"60s\"\n", config_for(&origin.url()))
}

/// Fault 83, in small: hits keep their pace, and the line has an end.
#[tokio::test(flavor = "multi_thread")]
async fn hits_do_not_wait_behind_pictures_and_whoever_finds_the_line_full_is_told_when_to_come_back() {
    let origin = Origin::with_picture(jpeg(64, 64), "max-age=60").await;
    let node = TestNode::start(&one_place(&origin)).await;
    node.get(PICTURE, &[]).await;
    let place = node.gateway.images.place(1).await.unwrap();
    let address = node.address;
    let waiting = tokio::spawn(async move { get(address, "/photo.jpg?width=16", &[]).await });
    node.until_metric("image_queue_waiting", 1).await;
    assert!(node.get(PICTURE, &[]).await.is_hit());
    assert_eq!(node.get("/file", &[]).await.status, 200, "what is no picture does not wait either");
    let refused = node.get("/photo.jpg?width=8", &[]).await;
    assert_eq!((refused.status.as_u16(), refused.field("retry-after")), (503, "2"), "{}", refused.text());
    assert_eq!(refused.field("cache-control"), "no-store");
    drop(place);
    assert_eq!(describe(&waiting.await.unwrap().body).1, 16);
    assert_eq!(node.get("/photo.jpg?width=8", &[]).await.status, 200, "a refusal is not remembered");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_that_waits_too_long_is_refused_unless_a_stale_one_stands_in() {
    let script = crate::harness::Script::new(|_| answer(&[("cache-control", "max-age=60")], jpeg(64, 64)));
    let origin = Origin::following(&script).await;
    let config = format!("{}[images]\nconcurrency = 1\nwait = \"1ms\"\n", config_for(&origin.url()));
    let node = TestNode::start(&config).await;
    let before = node.get(PICTURE, &[]).await;
    let _place = node.gateway.images.place(1).await.unwrap();
    let refused = node.get("/photo.jpg?width=16", &[]).await;
    assert_eq!((refused.status.as_u16(), refused.field("retry-after")), (503, "2"));
    script.becomes(|_| answer(&[("cache-control", "max-age=60")], jpeg(64, 48)));
    node.advance(61);
    let stale = node.get(PICTURE, &[]).await;
    assert_eq!((stale.status.as_u16(), &stale.body), (200, &before.body), "{}", stale.cache_status());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_is_served_with_validators_and_a_lifetime_and_nothing_outside_it() {
    let folder = tempfile::tempdir().unwrap();
    let pictures = folder.path().join("pictures");
    std::fs::create_dir(&pictures).unwrap();
    std::fs::write(folder.path().join("secret.jpg"), jpeg(64, 64)).unwrap();
    std::fs::write(pictures.join("photo.jpg"), jpeg(64, 64)).unwrap();
    std::fs::write(pictures.join(".hidden.jpg"), jpeg(64, 64)).unwrap();
    let node = TestNode::over(pictures.to_str().unwrap()).await;
    let file = node.get("/photo.jpg", &[]).await;
    assert_eq!((file.field("content-type"), file.field("cache-control")), ("image/jpeg", "max-age=60"));
    assert!(file.field("etag").starts_with('"') && !file.field("last-modified").is_empty());
    let made = node.get(PICTURE, &[]).await;
    assert_eq!((describe(&made.body).1, made.field("cache-control")), (32, "max-age=60"));
    assert_eq!(made.field("last-modified"), file.field("last-modified"));
    let table = [
        "/../secret.jpg",
        "/..%2fsecret.jpg",
        "/%2e%2e/secret.jpg",
        "/x/..%2f..%2fsecret.jpg",
        "/..%5csecret.jpg",
        "/.hidden.jpg",
        "/",
        "/absent.jpg",
        "/photo.jpg/x",
    ];
    for target in table {
        for query in ["", "?width=32"] {
            assert_eq!(node.get(&format!("{target}{query}"), &[]).await.status, 404, "{target}{query}");
        }
    }
    let post = node.ask(Method::POST, "/photo.jpg", &[]).await;
    assert_eq!((post.status.as_u16(), post.field("allow")), (405, "GET, HEAD"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_replaced_shows_after_its_minute_and_one_that_is_not_costs_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("photo.jpg");
    std::fs::write(&path, jpeg(64, 64)).unwrap();
    let node = TestNode::over(folder.path().to_str().unwrap()).await;
    let before = node.get(PICTURE, &[]).await;
    node.advance(61);
    assert_eq!(node.get(PICTURE, &[]).await.body, before.body);
    assert_eq!(node.transforms(), 1, "an unchanged file is confirmed");

    std::fs::write(&path, jpeg(64, 48)).unwrap();
    let modified = SystemTime::UNIX_EPOCH + Duration::from_secs(2_000_000_000);
    std::fs::File::options().write(true).open(&path).unwrap().set_modified(modified).unwrap();
    assert_eq!(node.get(PICTURE, &[]).await.body, before.body, "within its minute the old one is good");
    node.advance(61);
    let after = node.get(PICTURE, &[]).await;
    assert_eq!(describe(&after.body).2, 24);
    assert_ne!(after.field("etag"), before.field("etag"));
    std::fs::remove_file(&path).unwrap();
    node.advance(61);
    assert_eq!(node.get(PICTURE, &[]).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_is_kept_for_the_next_request_whatever_the_last_one_was() {
    let origin = Origin::with_picture(jpeg(64, 64), "max-age=60").await;
    let node = TestNode::over(&origin.url()).await;
    let mut line = Line::to(node.address).await;
    let table = [
        (Method::GET, PICTURE, 200),
        (Method::GET, PICTURE, 200),
        (Method::HEAD, PICTURE, 200),
        (Method::GET, "/photo.jpg?width=banana", 400),
        (Method::GET, "/photo.jpg", 200),
        (Method::DELETE, PICTURE, 405),
        (Method::GET, PICTURE, 200),
    ];
    for (method, target, code) in table {
        let reply = line.ask(request(&method, target, &[])).await.unwrap();
        assert_eq!(reply.status, code, "{method} {target}");
    }
    assert_eq!(node.metric("connections"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_in_one_process_share_nothing() {
    let origin = Origin::with_picture(jpeg(64, 64), "max-age=60").await;
    let (one, other) = (TestNode::over(&origin.url()).await, TestNode::over(&origin.url()).await);
    let made = one.get(PICTURE, &[]).await;
    assert_eq!(other.get(PICTURE, &[]).await.cache_status(), "lucarne; fwd=uri-miss; stored");
    assert_eq!((one.transforms(), other.transforms(), origin.hits()), (1, 1, 2));
    one.advance(61);
    let hit = other.get(PICTURE, &[]).await;
    assert_eq!((hit.is_hit(), &hit.body), (true, &made.body));
    one.stop().await;
    assert!(other.get(PICTURE, &[]).await.is_hit());
}
