//! What was under way when a purge came: it reaches whoever waited for it already, and nobody else.

use std::sync::Arc;

use http::Response;
use http_body_util::Full;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use super::{node_over, purge};
use crate::harness::pictures::{describe, jpeg};
use crate::harness::{Asked, Origin, TestNode, answer, config_for, get, status};

/// An origin that answers as of when it was asked, and lets the answers go one by one.
async fn gated(
    script: impl Fn(&Asked, usize) -> Response<Full<bytes::Bytes>> + Send + Sync + 'static,
) -> (Origin, Arc<Semaphore>) {
    let gate = Arc::new(Semaphore::new(0));
    let (entrance, asked) = (Arc::clone(&gate), std::sync::atomic::AtomicUsize::new(0));
    let origin = Origin::scripted(move |request| {
        let count = asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
        let (entrance, answer) = (Arc::clone(&entrance), script(&request, count));
        Box::pin(async move {
            entrance.acquire().await.unwrap().forget();
            answer
        })
    })
    .await;
    (origin, gate)
}

/// Waits until what the node does in the background is done.
async fn until_idle(node: &TestNode) {
    let idle = async {
        while !node.gateway.tasks.is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), idle).await.unwrap();
}

/// Fault 62.
#[tokio::test(flavor = "multi_thread")]
async fn a_fill_that_began_before_a_purge_is_not_served_after_it() {
    let (old, new) = (jpeg(64, 64), jpeg(64, 32));
    for target in ["/photo.jpg", "/photo.jpg?width=64"] {
        let (old, new) = (old.clone(), new.clone());
        let (origin, gate) = gated(move |_, count| {
            answer(&[("cache-control", "max-age=60")], if count == 1 { old.clone() } else { new.clone() })
        })
        .await;
        let node = node_over(&origin).await;
        let address = node.address;
        let first = tokio::spawn(async move { get(address, target, &[]).await });
        origin.until_hits(1).await;
        purge(&node, json!({ "url": "http://test.example/photo.jpg" })).await;
        gate.add_permits(2);
        assert_eq!(describe(&first.await.unwrap().body).2, 64, "it was asked for before");
        until_idle(&node).await;
        let second = node.get(target, &[]).await;
        assert_eq!(describe(&second.body).2, 32, "{target} {}", second.cache_status());
        assert!(node.get(target, &[]).await.is_hit());
        assert_eq!(origin.hits(), 2);
    }
}

/// Fault 62, when the head and a part of the content are here already.
#[tokio::test(flavor = "multi_thread")]
async fn a_fill_of_which_the_head_had_come_is_not_served_after_a_purge() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let gate = Arc::new(Semaphore::new(0));
    let entrance = Arc::clone(&gate);
    let origin = tokio::spawn(async move {
        for (first, rest) in [("o", "ld"), ("n", "ew")] {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut head = [0; 4096];
            assert!(stream.read(&mut head).await.unwrap() > 0);
            let fields = "cache-control: max-age=60\r\ncontent-length: 3\r\nconnection: close\r\nsurrogate-key: red";
            stream.write_all(format!("HTTP/1.1 200 OK\r\n{fields}\r\n\r\n{first}").as_bytes()).await.unwrap();
            entrance.acquire().await.unwrap().forget();
            stream.write_all(rest.as_bytes()).await.unwrap();
        }
    });
    let node = TestNode::start(&format!("{}[purge]\ntoken = {:?}\n", config_for(&url), super::TOKEN)).await;
    let address = node.address;
    let first = tokio::spawn(async move { get(address, "/page", &[]).await });
    node.until_metric("component_calls_total{component=\"http\",function=\"store\"}", 1).await;
    purge(&node, json!({ "tag": "red" })).await;
    gate.add_permits(2);
    assert_eq!(first.await.unwrap().text(), "old", "it was asked for before");
    assert_eq!(node.get("/page", &[]).await.text(), "new");
    let hit = node.get("/page", &[]).await;
    assert_eq!((hit.is_hit(), hit.text().as_str()), (true, "new"));
    origin.await.unwrap();
}

/// Fault 63.
#[tokio::test(flavor = "multi_thread")]
async fn a_background_revalidation_that_began_before_a_purge_brings_nothing_back() {
    let picture = |count: usize| if count < 3 { jpeg(64, 64) } else { jpeg(64, 32) };
    for target in ["/photo.jpg", "/photo.jpg?width=64"] {
        let (origin, gate) = gated(move |asked, count| {
            let fields = [("cache-control", "max-age=10, stale-while-revalidate=100"), ("etag", "\"v1\"")];
            match asked.field("if-none-match") {
                "\"v1\"" => status(304, &fields, ""),
                _ => answer(&fields, picture(count)),
            }
        })
        .await;
        let node = node_over(&origin).await;
        gate.add_permits(1);
        node.get(target, &[]).await;
        node.advance(20);
        assert!(node.get(target, &[]).await.is_hit(), "{target} is served while it is validated");
        origin.until_hits(2).await;
        assert_eq!(origin.asked()[1].field("if-none-match"), "\"v1\"");
        purge(&node, json!({ "everything": true })).await;
        gate.add_permits(2);
        until_idle(&node).await;
        let after = node.get(target, &[]).await;
        assert_eq!(describe(&after.body).2, 32, "{target} {}", after.cache_status());
        assert_eq!(origin.asked()[2].field("if-none-match"), "", "what was purged lends no validators");
    }
}

/// Fault 22: the origin confirms what was purged while it was asked.
#[tokio::test(flavor = "multi_thread")]
async fn a_304_for_what_was_purged_meanwhile_brings_nothing_back() {
    let (origin, gate) = gated(|asked, count| {
        let fields = [("cache-control", "max-age=10"), ("etag", "\"v1\"")];
        match asked.field("if-none-match") {
            "\"v1\"" => status(304, &fields, ""),
            _ => answer(&fields, format!("answer {count}")),
        }
    })
    .await;
    let node = node_over(&origin).await;
    gate.add_permits(1);
    node.get("/page", &[]).await;
    node.advance(20);
    let address = node.address;
    let asking = tokio::spawn(async move { get(address, "/page", &[]).await });
    origin.until_hits(2).await;
    purge(&node, json!({ "url": "http://test.example/page" })).await;
    gate.add_permits(2);
    assert_eq!(asking.await.unwrap().text(), "answer 1", "it was asked for before");
    let after = node.get("/page", &[]).await;
    assert_eq!((after.text().as_str(), after.cache_status()), ("answer 3", "lucarne; fwd=uri-miss; stored"));
    assert_eq!(origin.asked()[2].field("if-none-match"), "");
}
