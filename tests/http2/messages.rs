//! Messages: what a request has to be, and what an answer never has.

use bytes::Bytes;
use http::{Method, Request, StatusCode, Version};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;

use super::{PICTURE, get, has_status, node_with_picture, still_serves};
use crate::harness::{Frame, Http2, Origin, TestNode, answer};

const OK: u8 = Frame::END_STREAM | Frame::END_HEADERS;
const PROTOCOL_ERROR: u32 = 1;

/// A client that keeps to the protocol.
async fn client(node: &TestNode) -> hyper::client::conn::http2::SendRequest<Full<Bytes>> {
    let stream = TcpStream::connect(node.address).await.unwrap();
    let handshake = hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream));
    let (sender, connection) = handshake.await.unwrap();
    tokio::spawn(connection);
    sender
}

#[tokio::test(flavor = "multi_thread")]
async fn both_versions_are_served_from_one_store() {
    let (origin, node) = node_with_picture().await;
    let first = node.get(PICTURE, &[("host", "a.example")]).await;
    let mut client = client(&node).await;
    for _ in 0..2 {
        let request = Request::get(format!("http://a.example{PICTURE}")).body(Full::default()).unwrap();
        let response = client.send_request(request).await.unwrap();
        assert_eq!((response.status(), response.version()), (StatusCode::OK, Version::HTTP_2));
        assert!(response.headers()["cache-status"].to_str().unwrap().contains("; hit"));
        assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), first.body);
    }
    assert_eq!(origin.hits(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_belongs_to_a_connection_stays_on_it() {
    let fields =
        [("connection", "x-hop"), ("x-hop", "1"), ("keep-alive", "timeout=5"), ("cache-control", "max-age=60")];
    let origin = Origin::answering(move |asked| answer(&fields, asked.body.clone())).await;
    let node = TestNode::over(&origin.url()).await;
    let mut client = client(&node).await;
    let request = Request::builder()
        .method(Method::POST)
        .uri("http://a.example/post")
        .header("te", "trailers")
        .body(Full::from("content"))
        .unwrap();
    let response = client.send_request(request).await.unwrap();
    for name in ["connection", "x-hop", "keep-alive", "transfer-encoding"] {
        assert!(!response.headers().contains_key(name), "{name}");
    }
    assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), "content");
    let asked = &origin.asked()[0];
    assert_eq!((asked.field("te"), asked.field("host")), ("", origin.address.to_string().as_str()));
}

/// Fault 32.
#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_head_ends_its_stream_and_no_other() {
    let (origin, node) = node_with_picture().await;
    let (method, scheme) = ((":method", "GET"), (":scheme", "http"));
    let (authority, path) = ((":authority", "a.example"), (":path", PICTURE));
    let table: &[&[(&str, &str)]] = &[
        &[scheme, authority, path],
        &[method, scheme, authority],
        &[method, method, scheme, authority, path],
        &[method, scheme, authority, path, path],
        &[method, scheme, authority, ("a", "b"), path],
        &[method, scheme, authority, path, (":status", "200")],
        &[method, scheme, authority, path, (":unknown", "1")],
        &[method, scheme, authority, (":path", "")],
        &[method, scheme, authority, path, ("Upper", "case")],
        &[method, scheme, authority, path, ("connection", "close")],
        &[method, scheme, authority, path, ("transfer-encoding", "chunked")],
        &[method, scheme, authority, path, ("upgrade", "x")],
        &[method, scheme, authority, path, ("keep-alive", "5")],
        &[method, scheme, authority, path, ("proxy-connection", "close")],
        &[method, scheme, authority, path, ("te", "gzip")],
        &[method, scheme, authority, path, ("a", "b\r\nc: d")],
        &[method, scheme, authority, path, ("a", "b\nc")],
        &[method, scheme, authority, path, ("a", "b\0c")],
        &[method, scheme, authority, path, ("a b", "c")],
    ];
    for fields in table {
        let mut client = Http2::to(node.address).await;
        client.send(&[Frame::headers(1, OK, fields), get(3, PICTURE)]).await;
        match client.outcome(1).await {
            Some(frame) if frame.kind == Frame::RESET => {
                assert_eq!(frame.code(), PROTOCOL_ERROR, "{fields:?}");
                let other = client.outcome(3).await.unwrap();
                assert!(has_status(&other, 200), "{fields:?}: {other:?}");
            }
            Some(frame) => assert!(has_status(&frame, 400), "{fields:?}: {frame:?}"),
            // A head that is broken as HPACK or as HTTP may end the whole connection.
            None => {}
        }
    }
    assert_eq!(origin.hits(), 1, "only the good one came through");
    still_serves(&node).await;
}

/// Fault 33.
#[tokio::test(flavor = "multi_thread")]
async fn content_that_is_not_as_long_as_it_says_is_not_sent_on() {
    let origin = Origin::answering(|asked| answer(&[], asked.body.clone())).await;
    let node = TestNode::over(&origin.url()).await;
    let head = |length: &str| {
        let fields = [
            (":method", "POST"),
            (":scheme", "http"),
            (":authority", "a"),
            (":path", "/p"),
            ("content-length", length),
        ];
        Frame::headers(1, Frame::END_HEADERS, &fields)
    };
    for (length, content) in [("5", "hell"), ("5", "helloo"), ("5", "")] {
        let mut client = Http2::to(node.address).await;
        let data = Frame::of(Frame::DATA, 1, content.as_bytes()).with_flags(Frame::END_STREAM);
        client.send(&[head(length), data]).await;
        let outcome = client.outcome(1).await;
        let refused = outcome.as_ref().is_none_or(|frame| frame.kind == Frame::RESET || has_status(frame, 400));
        assert!(refused, "{length} {content}: {outcome:?}");
    }
    assert_eq!(origin.hits(), 0);
}

/// Fault 36.
#[tokio::test(flavor = "multi_thread")]
async fn a_request_names_one_authority() {
    let (origin, node) = node_with_picture().await;
    let fields = |authority, host| {
        [(":method", "GET"), (":scheme", "http"), (":authority", authority), (":path", PICTURE), ("host", host)]
    };
    let mut client = Http2::to(node.address).await;
    let table = [(1, "a.example", "b.example", 400), (3, "a.example", "A.example.:80", 200), (5, "a b", "a", 400)];
    for (stream, authority, host, status) in table {
        client.send(&[Frame::headers(stream, OK, &fields(authority, host))]).await;
        let head = client.outcome(stream).await.unwrap();
        let malformed = head.kind == Frame::RESET && authority == "a b";
        assert!(malformed || has_status(&head, status), "{authority} {host}: {head:?}");
    }
    assert_eq!(origin.hits(), 1);
}
