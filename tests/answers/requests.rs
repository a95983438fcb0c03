//! Requests that are refused, and what of the others the origin sees.

use http::Method;

use super::{PICTURE, node_with_picture};
use crate::harness::{Origin, TestNode, answer, ask, converse, get, with_body};

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_can_only_be_read() {
    let (origin, node) = node_with_picture().await;
    for method in [Method::POST, Method::PUT, Method::DELETE, Method::PATCH, Method::OPTIONS] {
        let reply = ask(node.address, with_body(&method, PICTURE, &[], "content")).await.unwrap();
        assert_eq!((reply.status.as_u16(), reply.field("allow")), (405, "GET, HEAD"), "{method}");
    }
    assert_eq!(origin.hits(), 0);
}

/// Fault 11.
#[tokio::test(flavor = "multi_thread")]
async fn tunnels_and_traces_are_refused() {
    let (origin, node) = node_with_picture().await;
    let table = [
        "TRACE /photo.jpg HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n",
        "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\nConnection: close\r\n\r\n",
    ];
    for request in table {
        let heard = converse(node.address, request).await;
        assert!(heard.starts_with("HTTP/1.1 501") || heard.starts_with("HTTP/1.1 405"), "{request}: {heard}");
    }
    assert_eq!(origin.hits(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_beyond_the_limits_of_its_head_is_refused() {
    let (origin, node) = node_with_picture().await;
    let head = |target: &str, fields: &str| {
        format!("GET {target} HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n{fields}\r\n")
    };
    let many = |count: usize| (0..count).map(|n| format!("x-{n}: 1\r\n")).collect::<String>();
    let long = |length: usize| format!("/{}?width=32", "a".repeat(length - "/?width=32".len()));
    let table = [
        (head(&long(8192), ""), "200"),
        (head(&long(8193), ""), "414"),
        (head(PICTURE, &many(98)), "200"),
        (head(PICTURE, &many(99)), "431"),
        (head(PICTURE, &format!("x: {}\r\n", "x".repeat(20_000))), "431"),
    ];
    for (request, code) in table {
        let heard = converse(node.address, &request).await;
        let told = heard.lines().next().unwrap_or_default().to_owned();
        assert!(told.starts_with(&format!("HTTP/1.1 {code}")), "{} bytes: {told}", request.len());
    }
    assert_eq!(origin.hits(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_most_specific_host_wins_and_a_stranger_is_misdirected() {
    let names = ["any", "img", "port"];
    let mut config = "listen = \"127.0.0.1:1\"\nadmin = \"127.0.0.1:2\"\n[log]\naccess = \"off\"\n".to_owned();
    let mut origins = Vec::new();
    for (name, host) in names.into_iter().zip(["*.example.com", "img.example.com", "img.example.com:8443"]) {
        let origin = Origin::answering(move |_| answer(&[("cache-control", "max-age=60")], name)).await;
        config.push_str(&format!("[[site]]\nhosts = [{host:?}]\nupstream = {name:?}\n"));
        config.push_str(&format!("[upstream.{name}]\nurl = {:?}\n", origin.url()));
        origins.push(origin);
    }
    let node = TestNode::start(&config).await;
    let table = [
        ("a.example.com", 200, "any"),
        ("a.b.example.com", 200, "any"),
        ("img.example.com", 200, "img"),
        ("IMG.Example.COM:8080", 200, "img"),
        ("img.example.com:8443", 200, "port"),
        ("example.com", 421, ""),
        ("evil.example", 421, ""),
        ("img.example.com.evil.example", 421, ""),
    ];
    for (host, code, text) in table {
        let reply = node.get("/page", &[("host", host)]).await;
        assert_eq!(reply.status, code, "{host}");
        assert!(code != 200 || reply.text() == text, "{host}: {}", reply.text());
    }
}

/// Fault 37.
#[tokio::test(flavor = "multi_thread")]
async fn fields_that_speak_for_another_host_reach_nobody() {
    let origin = Origin::answering(|_| answer(&[("cache-control", "max-age=60")], "x")).await;
    let node = TestNode::over(&origin.url()).await;
    let names = ["forwarded", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-port", "x-forwarded-prefix"];
    let more = ["x-original-url", "x-rewrite-url", "x-http-method-override", "proxy-authorization", "te", "upgrade"];
    let evil: Vec<_> = names.into_iter().chain(more).map(|name| (name, "evil.example")).collect();
    node.get("/page", &evil).await;
    let asked = &origin.asked()[0];
    for (name, _) in &evil {
        assert!(!asked.fields.contains_key(*name), "{name}");
    }
    assert_eq!(asked.field("host"), origin.address.to_string(), "the upstream's own, unless told otherwise");
    assert!(node.get("/page", &[]).await.is_hit(), "they key nothing either");
}

/// Fault 47.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_client_says_of_caches_is_not_believed() {
    let (_origin, node) = node_with_picture().await;
    let lies = [("cache-status", "lucarne; hit; ttl=9"), ("age", "1"), ("x-cache", "HIT")];
    let reply = node.get(PICTURE, &lies).await;
    assert_eq!((reply.cache_status(), reply.field("age")), ("lucarne; fwd=uri-miss; stored", "0"));
}

/// Fault 9.
#[tokio::test(flavor = "multi_thread")]
async fn a_target_with_a_host_has_to_agree_with_the_host_field() {
    let (_origin, node) = node_with_picture().await;
    let table = [
        ("http://a.example/photo.jpg?width=32", "a.example", "200"),
        ("http://a.example/photo.jpg?width=32", "b.example", "400"),
        (PICTURE, "a.example\r\nHost: b.example", "400"),
        (PICTURE, "a b", "400"),
    ];
    for (target, host, code) in table {
        let request = format!("GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        let heard = converse(node.address, &request).await;
        assert!(heard.starts_with(&format!("HTTP/1.1 {code}")), "{target} {host}: {heard:.60}");
    }
    assert_eq!(get(node.address, PICTURE, &[("host", "a.example")]).await.status, 200);
}
