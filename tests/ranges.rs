//! Parts of what is stored: one or several, of the same thing that the client has, and never for more than the whole.

use bytes::Bytes;
use http::Method;

use crate::harness::{Fields, Origin, Reply, TestNode, answer, status};

const MODIFIED: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
const LATER: &str = "Sun, 06 Nov 1994 08:49:38 GMT";

/// 1,000 bytes, no two neighbourhoods of which are the same.
fn content() -> Bytes {
    (0..250).flat_map(|n: u32| format!("{n:04}").into_bytes()).collect()
}

/// A node that has `/page`: this content with these fields, for very long.
async fn node_with(fields: &'static [(&'static str, &'static str)]) -> (Origin, TestNode) {
    let origin = Origin::answering(move |_| {
        let fields: Vec<_> = [("cache-control", "max-age=2147483647")].iter().chain(fields).copied().collect();
        answer(&fields, content())
    })
    .await;
    let node = TestNode::over(&origin.url()).await;
    assert_eq!(node.get("/page", &[]).await.status, 200);
    (origin, node)
}

/// The parts of a `multipart/byteranges`: their fields, and their content.
fn parts(reply: &Reply) -> Vec<(Vec<String>, Bytes)> {
    let boundary = reply.field("content-type").strip_prefix("multipart/byteranges; boundary=").unwrap();
    assert!(!String::from_utf8_lossy(&content()).contains(boundary));
    let text = reply.text();
    let body = text.strip_suffix(&format!("\r\n--{boundary}--\r\n")).unwrap();
    let body = body.strip_prefix(&format!("--{boundary}\r\n")).unwrap();
    let part = |part: &str| {
        let (fields, content) = part.split_once("\r\n\r\n").unwrap();
        (fields.split("\r\n").map(str::to_owned).collect(), Bytes::from(content.to_owned()))
    };
    body.split(&format!("\r\n--{boundary}\r\n")).map(part).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn several_ranges_come_as_parts_of_one_message_in_their_order() {
    let (origin, node) = node_with(&[("content-type", "text/x-digits"), ("etag", "\"a\""), ("content-md5", "x")]).await;
    let whole = content();
    let reply = node.get("/page", &[("range", "bytes=-4, 0-9,500-509,5000-")]).await;
    assert_eq!((reply.status.as_u16(), reply.field("etag")), (206, "\"a\""), "{}", reply.text());
    assert_eq!(reply.field("content-length"), reply.body.len().to_string());
    for absent in ["content-range", "content-md5"] {
        assert!(!reply.fields.contains_key(absent), "{absent}");
    }
    for present in ["date", "cache-control", "age", "cache-status"] {
        assert!(reply.fields.contains_key(present), "{present}");
    }
    let expected = [996..1000, 0..10, 500..510].map(|part| {
        let range = format!("Content-Range: bytes {}-{}/1000", part.start, part.end - 1);
        (vec!["Content-Type: text/x-digits".to_owned(), range], whole.slice(part))
    });
    assert_eq!(parts(&reply), expected);
    assert_eq!(origin.hits(), 1);
}

/// Fault 55.
#[tokio::test(flavor = "multi_thread")]
async fn ranges_cost_no_more_than_the_whole() {
    let (_origin, node) = node_with(&[]).await;
    let same = format!("bytes={}", ["0-"; 1000].join(","));
    let many = |count: usize| (0..count).map(|n| format!("{0}-{0}", n * 50)).collect::<Vec<_>>().join(",");
    let (seventeen, sixteen) = (format!("bytes={}", many(17)), format!("bytes={}", many(16)));
    let table = [
        (same.as_str(), 200, "", 1000),
        (&seventeen, 200, "", 1000),
        (&sixteen, 206, "bytes 0-750/1000", 751),
        ("bytes=0-,0-,0-", 206, "bytes 0-999/1000", 1000),
        ("bytes=600-,0-500", 206, "", 0),
        ("bytes=10-19,0-9", 206, "bytes 0-19/1000", 20),
        ("bytes=0-9,9-1", 200, "", 1000),
        ("bytes=cow", 200, "", 1000),
    ];
    for (range, code, content_range, length) in table {
        let reply = node.get("/page", &[("range", range)]).await;
        let found = (reply.status.as_u16(), reply.field("content-range"));
        assert_eq!(found, (code, content_range), "{range:.40}");
        assert!(length == 0 || reply.body.len() == length, "{range:.40}: {}", reply.body.len());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_range_that_has_nothing_is_refused_and_no_cache_keeps_the_refusal() {
    let fields = &[("etag", "\"a\""), ("content-type", "text/x-digits"), ("cdn-cache-control", "max-age=60")];
    let (_origin, node) = node_with(fields).await;
    for range in ["bytes=1000-", "bytes=-0", "bytes=1000-1001,2000-"] {
        let reply = node.get("/page", &[("range", range)]).await;
        assert_eq!((reply.status.as_u16(), reply.field("content-range")), (416, "bytes */1000"), "{range}");
        assert_eq!((reply.body.len(), reply.field("content-length")), (0, "0"));
        assert_eq!((reply.field("cache-control"), reply.field("etag")), ("no-store", "\"a\""));
        for absent in ["content-type", "cdn-cache-control", "age"] {
            assert!(!reply.fields.contains_key(absent), "{absent}");
        }
    }
    assert_eq!(node.get("/page", &[]).await.body, content());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_is_sent_only_of_what_the_client_has() {
    let strong: Fields<'static> = &[("etag", "\"a\""), ("last-modified", MODIFIED), ("date", LATER)];
    let young: Fields<'static> = &[("last-modified", MODIFIED), ("date", MODIFIED)];
    let table = [
        (strong, "\"a\"", 206),
        (strong, "\"b\"", 200),
        (strong, "W/\"a\"", 200),
        (strong, MODIFIED, 206),
        (strong, LATER, 200),
        (strong, "yesterday", 200),
        (&[("etag", "W/\"a\"")], "W/\"a\"", 200),
        (young, MODIFIED, 200),
        // Without a date it has that of its arrival, which is long after.
        (&[("last-modified", MODIFIED)], MODIFIED, 206),
    ];
    for (fields, condition, code) in table {
        let (_origin, node) = node_with(fields).await;
        let reply = node.get("/page", &[("range", "bytes=0-9"), ("if-range", condition)]).await;
        assert_eq!(reply.status, code, "{fields:?} {condition}");
        assert_eq!(reply.body.len(), if code == 206 { 10 } else { 1000 });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn conditions_come_before_ranges() {
    let (_origin, node) = node_with(&[("etag", "\"a\"")]).await;
    let table: [(Fields<'_>, u16); 4] = [
        (&[("range", "bytes=0-9"), ("if-none-match", "\"a\"")], 304),
        (&[("range", "bytes=2000-"), ("if-match", "\"b\"")], 412),
        (&[("range", "bytes=0-9"), ("if-match", "\"a\"")], 206),
        (&[("range", "bytes=0-9"), ("if-none-match", "\"b\""), ("if-range", "\"b\"")], 200),
    ];
    for (fields, code) in table {
        assert_eq!(node.get("/page", fields).await.status, code, "{fields:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_has_no_parts() {
    let (_origin, node) = node_with(&[]).await;
    for range in ["bytes=0-9", "bytes=2000-"] {
        let reply = node.ask(Method::HEAD, "/page", &[("range", range)]).await;
        assert_eq!((reply.status.as_u16(), reply.field("content-length")), (200, "1000"), "{range}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_success_has_parts() {
    for code in [203, 404] {
        let origin = Origin::answering(move |_| status(code, &[("cache-control", "max-age=60")], "0123456789")).await;
        let node = TestNode::over(&origin.url()).await;
        node.get("/page", &[]).await;
        let reply = node.get("/page", &[("range", "bytes=0-3")]).await;
        assert!(reply.is_hit());
        assert_eq!((reply.status.as_u16(), reply.text().as_str()), (code, "0123456789"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn encoded_content_comes_in_one_part_or_whole() {
    let (_origin, node) = node_with(&[("content-encoding", "x-none")]).await;
    for (range, code, length) in [("bytes=0-9", 206, 10), ("bytes=0-9,500-509", 200, 1000)] {
        let reply = node.get("/page", &[("range", range)]).await;
        assert_eq!((reply.status.as_u16(), reply.body.len()), (code, length), "{range}");
        assert_eq!(reply.field("content-encoding"), "x-none");
    }
}

/// Fault 55: what is a part for one client is not the whole for another.
#[tokio::test(flavor = "multi_thread")]
async fn a_part_of_the_origins_is_not_stored() {
    let origin = Origin::answering(|asked| match asked.field("range") {
        "" => answer(&[("cache-control", "max-age=60")], content()),
        _ => status(206, &[("cache-control", "max-age=60"), ("content-range", "bytes 0-3/1000")], "0000"),
    })
    .await;
    let node = TestNode::over(&origin.url()).await;
    let part = node.get("/page", &[("range", "bytes=0-3")]).await;
    assert_eq!((part.status.as_u16(), part.text().as_str()), (206, "0000"));
    let whole = node.get("/page", &[]).await;
    assert_eq!((whole.status.as_u16(), &whole.body, whole.is_hit()), (200, &content(), false));
    let part = node.get("/page", &[("range", "bytes=4-7")]).await;
    assert_eq!((part.status.as_u16(), part.text().as_str(), part.is_hit()), (206, "0001", true));
}
