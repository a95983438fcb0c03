//! Hits that are answered without the general machinery of HTTP/1: nobody can tell, whatever comes before, after or in
//! between on their connection.

use crate::harness::pictures::jpeg;
use crate::harness::{Origin, TestNode, Wire, answer, status};

/// More than the kernel takes of an answer that nobody reads.
const LARGE: usize = 8 << 20;
/// A client's receive buffer: a few segments of the loopback interface, since a smaller window is waited for by timers.
const TAKEN: u32 = 256 << 10;

/// A GET. What has a length of its content, if only 0, goes the long way.
fn get(target: &str, is_long_way: bool, more: &str) -> String {
    let length = if is_long_way { "Content-Length: 0\r\n" } else { "" };
    format!("GET {target} HTTP/1.1\r\nHost: test.example\r\n{length}{more}\r\n")
}

async fn origin() -> Origin {
    let photo = jpeg(64, 64);
    Origin::answering(move |asked| {
        let fields =
            [("cache-control", "max-age=60"), ("etag", "\"a\""), ("x-twice", "a"), ("vary", "accept-language")];
        match asked.target.as_str() {
            "/photo.jpg" => answer(&[("content-type", "image/jpeg"), ("cache-control", "max-age=60")], photo.clone()),
            "/large" => answer(&fields, vec![b'x'; LARGE]),
            "/empty" => answer(&fields, ""),
            "/missing" => status(404, &fields, "not here"),
            _ => answer(&fields, "hello"),
        }
    })
    .await
}

/// Reads a whole answer: its head, and its content.
async fn read(wire: &mut Wire) -> (String, Vec<u8>) {
    let head = wire.until("\r\n\r\n").await;
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap_or("0");
    let content = wire.take(length.parse().unwrap()).await.unwrap();
    (head, content)
}

/// The lines of a head without their order, and without numbers that time changes.
fn lines(head: &str) -> Vec<String> {
    let passes = |line: &str| ["age", "cache-status", "server-timing"].iter().any(|name| line.starts_with(name));
    let without_time = |line: &str| {
        if passes(line) { line.replace(|character: char| character.is_ascii_digit(), "") } else { line.to_owned() }
    };
    let mut lines: Vec<String> = head.lines().map(without_time).collect();
    lines[1..].sort();
    lines
}

#[tokio::test(flavor = "multi_thread")]
async fn both_ways_give_the_same_answers() {
    let origin = origin().await;
    let node = TestNode::over(&origin.url()).await;
    let mut wire = Wire::to(node.address).await;
    let table = [
        ("/text", ""),
        ("/text?a=b", "Accept-Language: de\r\n"),
        ("/./text", "Connection: keep-alive\r\n"),
        ("/photo.jpg?width=32&format=auto", "Accept: image/webp,*/*\r\n"),
        ("/empty", ""),
        ("/missing", ""),
        ("/text", "If-None-Match: \"a\"\r\n"),
        ("/text", "If-None-Match: \"b\"\r\n"),
        ("/text", "Range: bytes=1-2\r\n"),
        ("/text", "Cache-Control: max-age=0\r\n"),
    ];
    for (target, more) in table {
        wire.send(get(target, false, more)).await;
        read(&mut wire).await;
        // The first hit is put together, the second kept, the third made of what is kept.
        for round in 0..3 {
            let mut answers = Vec::new();
            for is_long_way in [true, false] {
                wire.send(get(target, is_long_way, more)).await;
                let (head, content) = read(&mut wire).await;
                answers.push((lines(&head), content));
            }
            assert_eq!(answers[0], answers[1], "{target} {more} {round}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_keep_the_order_of_their_requests_on_either_way() {
    let origin = origin().await;
    let node = TestNode::over(&origin.url()).await;
    for target in ["/text", "/large"] {
        node.get(target, &[]).await;
    }
    // The answer to the first lies before the socket when the second comes, and so on.
    for ways in [[true, false, true], [false, true, false], [true, true, false], [false, false, true]] {
        let mut wire = Wire::with_receive_buffer(node.address, TAKEN).await;
        for (target, is_long_way) in ["/large", "/text", "/large"].into_iter().zip(ways) {
            wire.send(get(target, is_long_way, "")).await;
            node.until_metric("connections", 1).await;
        }
        for length in [LARGE, 5, LARGE] {
            let (head, content) = read(&mut wire).await;
            assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{ways:?}: {head}");
            assert_eq!(content.len(), length, "{ways:?}");
        }
        drop(wire);
        node.until_metric("connections", 0).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_comes_in_pieces_is_answered_like_one_that_does_not() {
    let origin = origin().await;
    let node = TestNode::over(&origin.url()).await;
    node.get("/text", &[]).await;
    let mut wire = Wire::to(node.address).await;
    let request = get("/text", false, "");
    for place in 1..request.len() {
        wire.send(&request[..place]).await;
        wire.send(&request[place..]).await;
        let (head, content) = read(&mut wire).await;
        assert!(head.contains("lucarne; hit"), "{place}: {head}");
        assert_eq!(content, b"hello");
    }
    assert_eq!(node.metric("requests_total{cache=\"hit\",status=\"2xx\"}"), request.len() as u64 - 1);
    assert_eq!(origin.hits(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_told_to_stop_sends_the_rest_of_a_hit() {
    let origin = origin().await;
    let mut node = TestNode::over(&origin.url()).await;
    node.get("/large", &[]).await;
    let mut wire = Wire::with_receive_buffer(node.address, TAKEN).await;
    wire.send(get("/large", false, "")).await;
    let head = wire.until("\r\n\r\n").await;
    node.tell_to_stop();
    while tokio::net::TcpStream::connect(node.address).await.is_ok() {}
    assert!(head.contains("lucarne; hit"), "{head}");
    assert_eq!(wire.take(LARGE).await.map(|content| content.len()), Some(LARGE));
    assert_eq!(wire.rest().await, "", "the connection ends");
    node.stop().await;
}

/// Fault 77: neither the patience for a head nor that between two requests is for what is being sent.
#[tokio::test(flavor = "multi_thread")]
async fn a_hit_may_take_longer_than_a_head_and_an_idle_connection() {
    let origin = origin().await;
    let timeouts = "[timeouts]\nheader-read = \"50ms\"\nidle = \"50ms\"\nstall = \"20s\"\n";
    let node = TestNode::start(&format!("{}{timeouts}", crate::harness::config_for(&origin.url()))).await;
    node.get("/large", &[]).await;
    let mut wire = Wire::with_receive_buffer(node.address, TAKEN).await;
    wire.send(get("/large", false, "")).await;
    wire.until("\r\n\r\n").await;
    // Another connection is closed for its idleness, twice, and this one is not.
    for _ in 0..2 {
        assert_eq!(Wire::to(node.address).await.rest().await, "");
    }
    assert_eq!(wire.take(LARGE).await.map(|content| content.len()), Some(LARGE));
    assert_eq!(wire.rest().await, "", "afterwards it is idle like any other");
    node.until_metric("connections", 0).await;
}
