//! Bodies: they end where they say, and nothing behind them is part of them.

use http::Method;

use super::{echo, echo_with};
use crate::harness::{Wire, converse, with_body};

/// Fault 7.
#[tokio::test(flavor = "multi_thread")]
async fn the_body_of_a_get_is_never_read_as_a_request() {
    let (origin, node) = echo().await;
    node.get("/hit", &[("host", "a")]).await;
    let inside = "GET /inside HTTP/1.1\r\nHost: a\r\n\r\n";
    let behind = "GET /behind HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let counted = format!("GET /hit HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{inside}", inside.len());
    let chunk = format!("{:x}\r\n{inside}\r\n0\r\n\r\n", inside.len());
    let chunked = format!("GET /hit HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{chunk}");
    let large = inside.repeat(10_000);
    let unread = format!("GET /hit HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{large}", large.len());
    for request in [counted, chunked, unread] {
        let mut wire = Wire::to(node.address).await;
        wire.send(format!("{request}{behind}")).await;
        let heard = wire.rest().await;
        assert!(heard.starts_with("HTTP/1.1 200") && heard.contains("<GET /hit >"), "{heard}");
        assert!(!heard.contains("/inside"), "{heard}");
    }
    assert!(origin.asked().iter().all(|asked| asked.target != "/inside"));
}

/// Fault 5.
#[tokio::test(flavor = "multi_thread")]
async fn a_chunked_body_that_is_out_of_order_reaches_no_origin() {
    let (origin, node) = echo().await;
    let extension = "x".repeat(17 << 10);
    let table = [
        "0x1_0000_0000_0000_0000\r\nhello\r\n0\r\n\r\n".to_owned(),
        "10000000000000005\r\nhello\r\n0\r\n\r\n".to_owned(),
        "5\nhello\r\n0\r\n\r\n".to_owned(),
        "5\r\nhello0\r\n\r\n".to_owned(),
        "5\r\nhello\r\n0\r\nA: b\n\r\n".to_owned(),
        "5\r\nhello\r\n0\r\n A: b\r\n\r\n".to_owned(),
        format!("5;{extension}\r\nhello\r\n0\r\n\r\n"),
    ];
    for body in table {
        let head = "POST /upload HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
        let behind = "GET /behind HTTP/1.1\r\nHost: a\r\n\r\n";
        let heard = converse(node.address, &format!("{head}{body}{behind}")).await;
        assert!(heard.starts_with("HTTP/1.1 400 "), "{body:.60?}: {heard}");
        assert_eq!(heard.matches("HTTP/1.1").count(), 1, "{body:.60?}: {heard}");
    }
    assert_eq!(origin.hits(), 0);
}

/// Fault 12.
#[tokio::test(flavor = "multi_thread")]
async fn a_connection_field_cannot_take_the_framing_away() {
    let (origin, node) = echo().await;
    let request =
        "POST /p HTTP/1.1\r\nHost: a\r\nConnection: content-length, host, close\r\nContent-Length: 2\r\n\r\nhi";
    let heard = converse(node.address, request).await;
    assert!(heard.contains("<POST /p hi>"), "{heard}");
    let asked = &origin.asked()[0];
    assert_eq!((asked.field("host"), asked.field("connection")), (origin.address.to_string().as_str(), ""));
}

/// Fault 13.
#[tokio::test(flavor = "multi_thread")]
async fn trailers_do_not_become_fields() {
    let (origin, node) = echo().await;
    let head = "POST /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: Authorization, X-A\r\n\r\n";
    let body = "2\r\nhi\r\n0\r\nAuthorization: evil\r\nX-A: evil\r\nContent-Length: 9\r\n\r\n";
    let behind = "GET /behind HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let heard = converse(node.address, &format!("{head}{body}{behind}")).await;
    assert!(heard.contains("<POST /p hi>") && heard.contains("<GET /behind >"), "{heard}");
    for asked in origin.asked() {
        assert!(["authorization", "x-a", "trailer"].iter().all(|name| asked.field(name).is_empty()), "{asked:?}");
    }
}

/// Fault 15.
#[tokio::test(flavor = "multi_thread")]
async fn a_body_is_asked_for_when_it_is_wanted_and_not_before() {
    let (origin, node) = echo_with("[limits]\nrequest-body = \"1KiB\"\n").await;
    let head = |target: &str, length: usize| {
        format!("POST {target} HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\nExpect: 100-continue\r\n\r\n")
    };
    let mut refused = Wire::to(node.address).await;
    refused.send(head("/too-large", 2000)).await;
    let heard = refused.rest().await;
    assert!(heard.starts_with("HTTP/1.1 413 ") && !heard.contains(" 100 "), "{heard}");
    assert_eq!(origin.hits(), 0);

    let mut accepted = Wire::to(node.address).await;
    accepted.send(head("/fits", 5)).await;
    assert_eq!(accepted.until("\r\n\r\n").await, "HTTP/1.1 100 Continue\r\n\r\n");
    accepted.send("hello").await;
    let heard = accepted.until(">").await;
    assert!(heard.starts_with("HTTP/1.1 200 ") && heard.ends_with("<POST /fits hello>"), "{heard}");
    assert_eq!(origin.asked()[0].field("expect"), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn large_uploads_pass_whole_however_they_are_framed() {
    let (origin, node) = echo().await;
    let content: String = (0..200_000).map(|number| char::from(b'a' + (number % 26) as u8)).collect();
    let reply = crate::harness::ask(node.address, with_body(&Method::PUT, "/put", &[], content.clone())).await.unwrap();
    assert_eq!(reply.status, 200);
    let mut wire = Wire::to(node.address).await;
    wire.send("PUT /put HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n").await;
    for chunk in content.as_bytes().chunks(9_999) {
        wire.send(format!("{:x};of=many\r\n", chunk.len())).await;
        wire.send(chunk).await;
        wire.send("\r\n").await;
    }
    wire.send("0\r\n\r\n").await;
    assert!(wire.rest().await.starts_with("HTTP/1.1 200"));
    let asked = origin.asked();
    assert_eq!(asked.len(), 2);
    assert!(asked.iter().all(|asked| asked.body == content));
}
