//! The main job: pictures are made, resized, cached, and answered as HTTP says.

use bytes::Bytes;
use http::Method;
use image::ImageFormat;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::harness::pictures::{describe, jpeg};
use crate::harness::{Origin, TestNode, answer};

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_is_made_once_and_then_comes_from_the_cache() {
    let origin = Origin::with_picture(jpeg(640, 480), "max-age=60").await;
    let node = TestNode::over(&origin.url()).await;
    let first = node.get("/photo.jpg?width=320", &[]).await;
    assert_eq!(first.status, 200, "{}", first.text());
    assert_eq!(describe(&first.body), (ImageFormat::Jpeg, 320, 240));
    assert_eq!(first.cache_status(), "lucarne; fwd=uri-miss; stored");
    let second = node.get("/photo.jpg?w=320", &[]).await;
    assert!(second.is_hit(), "{}", second.cache_status());
    assert_eq!(second.body, first.body);
    assert_eq!(origin.hits(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_sizes_cost_one_fetch() {
    let origin = Origin::with_picture(jpeg(640, 480), "max-age=60").await;
    let node = TestNode::over(&origin.url()).await;
    for width in 1..=10 {
        let reply = node.get(&format!("/photo.jpg?width={}", width * 20), &[]).await;
        assert_eq!(describe(&reply.body).1, width * 20);
    }
    assert_eq!(origin.hits(), 1);
}

/// So many bytes that are kept to be sent without a copy; each target and each fetch has others.
fn large(target: &str, fetch: usize) -> Bytes {
    (0..50_000).flat_map(|n| format!("{target} {fetch} {n}\n").into_bytes()).collect()
}

/// An origin that has them, and a node.
async fn large_node() -> (Origin, TestNode) {
    let fetches = std::sync::atomic::AtomicUsize::new(0);
    let origin = Origin::answering(move |asked| {
        let fetch = fetches.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        answer(&[("cache-control", "max-age=60"), ("etag", "\"a\"")], large(&asked.target, fetch))
    })
    .await;
    let node = TestNode::over(&origin.url()).await;
    (origin, node)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_hit_is_the_same_bytes_whole_and_in_parts() {
    let (_origin, node) = large_node().await;
    let whole = large("/large", 0);
    assert_eq!(node.get("/large", &[]).await.body, whole);
    let hit = node.get("/large", &[]).await;
    assert!(hit.is_hit() && hit.body == whole, "{}", hit.cache_status());
    for part in [1..200_000, 65_537..200_003, whole.len() - 100_001..whole.len()] {
        let range = format!("bytes={}-{}", part.start, part.end - 1);
        let reply = node.get("/large", &[("range", &range)]).await;
        assert!(reply.status == 206 && reply.body == whole.slice(part), "{range}");
    }
    let parts = node.get("/large", &[("range", "bytes=7-100006,300000-400000")]).await;
    let (first, second) = (whole.slice(7..100_007), whole.slice(300_000..400_001));
    let text = parts.text();
    let (before, after) = text.split_once(std::str::from_utf8(&first).unwrap()).unwrap();
    assert!(before.ends_with("\r\n\r\n") && after.contains(std::str::from_utf8(&second).unwrap()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_hit_does_not_change_on_its_way_when_it_is_forgotten_and_others_take_its_place() {
    let (_origin, node) = large_node().await;
    let expected = node.get("/large", &[]).await.body;
    let mut clients = Vec::new();
    for _ in 0..8 {
        let mut client = TcpStream::connect(node.address).await.unwrap();
        client.write_all(b"GET /large HTTP/1.1\r\nhost: test.example\r\nconnection: close\r\n\r\n").await.unwrap();
        client.readable().await.unwrap();
        clients.push(client);
    }
    assert_eq!(node.ask(Method::POST, "/large", &[]).await.status, 200);
    for n in 0..8 {
        node.get(&format!("/other{n}"), &[]).await;
    }
    for mut client in clients {
        let mut answer = Vec::new();
        client.read_to_end(&mut answer).await.unwrap();
        let head = answer.len() - expected.len();
        assert!(answer[..head].ends_with(b"\r\n\r\n") && answer[head..] == expected);
    }
}
