//! Conditions on what is stored: the order in which they count, what they are compared with, and what is said.

use http::{HeaderValue, Method};

use crate::harness::{Fields, Origin, TestNode, answer, ask, converse, request, status};

const OLDER: &str = "Sun, 06 Nov 1994 08:49:36 GMT";
const MODIFIED: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
const NEWER: &str = "Sun, 06 Nov 1994 08:49:38 GMT";

/// A node that has `/page` with these fields, for very long.
async fn node_with(fields: &'static [(&'static str, &'static str)]) -> (Origin, TestNode) {
    let origin = Origin::answering(move |_| {
        let fields: Vec<_> = [("cache-control", "max-age=2147483647")].iter().chain(fields).copied().collect();
        answer(&fields, "content")
    })
    .await;
    let node = TestNode::over(&origin.url()).await;
    assert_eq!(node.get("/page", &[]).await.status, 200);
    (origin, node)
}

#[tokio::test(flavor = "multi_thread")]
async fn conditions_count_in_their_order() {
    let (origin, node) = node_with(&[("etag", "\"a,b\""), ("last-modified", MODIFIED)]).await;
    let table: [(Fields<'_>, u16); 16] = [
        (&[("if-none-match", "\"a,b\"")], 304),
        (&[("if-none-match", "W/\"a,b\"")], 304),
        (&[("if-none-match", "\"a\", b\"")], 200),
        (&[("if-none-match", "\"x\""), ("if-none-match", "\"y\", \"a,b\"")], 304),
        (&[("if-none-match", "*")], 304),
        (&[("if-none-match", "\"x\""), ("if-modified-since", NEWER)], 200),
        (&[("if-none-match", "\"a,b\""), ("if-modified-since", OLDER)], 304),
        (&[("if-modified-since", MODIFIED)], 304),
        (&[("if-modified-since", "Sunday, 06-Nov-94 08:49:37 GMT")], 304),
        (&[("if-modified-since", OLDER)], 200),
        (&[("if-modified-since", "soon")], 200),
        (&[("if-match", "\"a,b\"")], 200),
        (&[("if-match", "W/\"a,b\"")], 412),
        (&[("if-match", "\"x\""), ("if-none-match", "\"a,b\"")], 412),
        (&[("if-unmodified-since", OLDER), ("if-none-match", "\"a,b\"")], 412),
        (&[("if-match", "*"), ("if-unmodified-since", OLDER)], 200),
    ];
    for (fields, code) in table {
        for method in [Method::GET, Method::HEAD] {
            let reply = node.ask(method.clone(), "/page", fields).await;
            assert_eq!(reply.status, code, "{method} {fields:?}");
            assert_eq!(reply.body.is_empty(), code != 200 || method == Method::HEAD);
        }
    }
    assert_eq!(origin.hits(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_304_says_what_a_cache_needs_and_nothing_of_content() {
    let (_origin, node) = node_with(&[
        ("etag", "\"a\""),
        ("last-modified", MODIFIED),
        ("date", NEWER),
        ("expires", NEWER),
        ("vary", "accept"),
        ("content-location", "/other"),
        ("content-type", "text/plain"),
        ("content-encoding", "x-none"),
        ("content-language", "fr"),
        ("content-md5", "x"),
        ("x-other", "kept"),
    ])
    .await;
    let reply = node.get("/page", &[("if-none-match", "\"a\"")]).await;
    assert_eq!(reply.status, 304);
    let kept = [
        ("etag", "\"a\""),
        ("last-modified", MODIFIED),
        ("date", NEWER),
        ("expires", NEWER),
        ("vary", "accept"),
        ("content-location", "/other"),
        ("cache-control", "max-age=2147483647"),
        ("x-other", "kept"),
    ];
    for (name, value) in kept {
        assert_eq!(reply.field(name), value, "{name}");
    }
    assert!(reply.is_hit() && reply.fields.contains_key("age"));
    for name in ["content-type", "content-encoding", "content-language", "content-length", "content-md5"] {
        assert!(!reply.fields.contains_key(name), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_precondition_that_fails_is_refused_and_no_cache_keeps_the_refusal() {
    let (_origin, node) = node_with(&[("etag", "\"a\""), ("set-cookie", "a=b"), ("content-type", "text/plain")]).await;
    let reply = node.get("/page", &[("if-match", "\"b\"")]).await;
    assert_eq!((reply.status.as_u16(), reply.field("cache-control")), (412, "no-store"));
    assert_eq!((reply.field("etag"), reply.field("content-length")), ("\"a\"", "0"));
    for name in ["set-cookie", "content-type", "age"] {
        assert!(!reply.fields.contains_key(name), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_no_modification_date_is_compared_by_its_date() {
    let table: [(Fields<'static>, &str, u16); 5] = [
        (&[("date", MODIFIED)], NEWER, 304),
        (&[("date", MODIFIED)], MODIFIED, 304),
        (&[("date", MODIFIED)], OLDER, 200),
        (&[], MODIFIED, 200),
        (&[], "Tue, 31 Dec 2999 23:59:59 GMT", 304),
    ];
    for (fields, since, code) in table {
        let (_origin, node) = node_with(fields).await;
        assert_eq!(node.get("/page", &[("if-modified-since", since)]).await.status, code, "{fields:?} {since}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_success_has_conditions() {
    for code in [301, 404, 410] {
        let fields = [("cache-control", "max-age=60"), ("etag", "\"a\"")];
        let origin = Origin::answering(move |_| status(code, &fields, "no")).await;
        let node = TestNode::over(&origin.url()).await;
        node.get("/page", &[]).await;
        for condition in [("if-none-match", "\"a\""), ("if-match", "\"b\""), ("if-none-match", "*")] {
            let reply = node.get("/page", &[condition]).await;
            assert_eq!((reply.status.as_u16(), reply.is_hit()), (code, true), "{condition:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entity_tag_may_have_bytes_beyond_ascii() {
    let tag = HeaderValue::from_bytes(b"\"caf\xc3\xa9\"").unwrap();
    let sent = tag.clone();
    let origin = Origin::answering(move |_| {
        let mut response = answer(&[("cache-control", "max-age=60")], "content");
        response.headers_mut().insert("etag", sent.clone());
        response
    })
    .await;
    let node = TestNode::over(&origin.url()).await;
    node.get("/page", &[]).await;
    let mut asking = request(&Method::GET, "/page", &[]);
    asking.headers_mut().insert("if-none-match", tag.clone());
    let reply = ask(node.address, asking).await.unwrap();
    assert_eq!((reply.status.as_u16(), reply.fields.get("etag")), (304, Some(&tag)));
}

/// RFC 9110 §13.2.1: the condition of a write is for who carries it out.
#[tokio::test(flavor = "multi_thread")]
async fn a_condition_of_a_write_is_the_origins() {
    let origin = Origin::answering(|asked| match asked.method.as_str() {
        "PUT" => status(412, &[], ""),
        _ => answer(&[("cache-control", "max-age=60"), ("etag", "\"a\"")], "content"),
    })
    .await;
    let node = TestNode::over(&origin.url()).await;
    node.get("/page", &[]).await;
    assert_eq!(node.ask(Method::PUT, "/page", &[("if-match", "\"a\"")]).await.status, 412);
    assert_eq!(origin.asked()[1].field("if-match"), "\"a\"");
}

/// Fault 18.
#[tokio::test(flavor = "multi_thread")]
async fn a_304_is_a_head_alone() {
    let (_origin, node) = node_with(&[("etag", "\"a\"")]).await;
    let asking = "GET /page HTTP/1.1\r\nHost: a.example\r\nIf-None-Match: \"a\"\r\n\r\n";
    let last = "GET /page HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n";
    let heard = converse(node.address, &format!("{asking}{last}")).await;
    let (head, rest) = heard.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 304") && !head.to_lowercase().contains("content-length"), "{head}");
    assert!(rest.starts_with("HTTP/1.1 200") && rest.ends_with("\r\n\r\ncontent"), "{rest}");
}
