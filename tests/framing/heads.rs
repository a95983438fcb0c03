//! Heads: refused with a reason, before anything of them is done.

use super::{echo, echo_with};
use crate::harness::{Wire, converse};

/// Faults 1, 2, 3, 4, 5 and 6.
#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_can_be_read_in_two_ways_is_refused() {
    let (origin, node) = echo().await;
    let post = |fields: &str| format!("POST /p HTTP/1.1\r\nHost: a\r\n{fields}\r\n5\r\nhello\r\n0\r\n\r\n");
    let table = [
        post("Content-Length: 15\r\nTransfer-Encoding: chunked\r\n"),
        post("Transfer-Encoding: chunked\r\nContent-Length: 15\r\n"),
        post("Transfer-Encoding: chunked, chunked\r\n"),
        post("Transfer-Encoding: identity\r\n"),
        post("Transfer-Encoding: xchunked\r\n"),
        post("Transfer-Encoding: chunked\t\r\n"),
        post("Content-Length: +5\r\n"),
        post("Content-Length: 5, 6\r\n"),
        post("Content-Length: 5,5\r\n"),
        post("Content-Length: 0x5\r\n"),
        post("Content-Length: 10000000000000000000\r\n"),
        post("Content-Length: 5\r\nContent-Length: 6\r\n"),
        post("Content-Length : 5\r\n"),
        "POST /p HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n".to_owned(),
        "GET /p HTTP/1.1\nHost: a\r\n\r\n".to_owned(),
        "GET /p HTTP/1.1\r\nHost: a\n\r\n".to_owned(),
        "GET /p HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n".to_owned(),
        "GET /p HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n".to_owned(),
        "GET /p HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n".to_owned(),
        "GET /p HTTP/1.1\r\nHost: a\r\nX : a\r\n\r\n".to_owned(),
        "GET  /p HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(),
        "GET https://a/p HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(),
        "GET refused://12/p HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(),
        "GET a/p HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(),
    ];
    for request in table {
        // The one behind it would be answered if the connection went on in a wrong place.
        let mut wire = Wire::to(node.address).await;
        wire.send(format!("{request}GET /behind HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")).await;
        let heard = wire.rest().await;
        assert!(heard.starts_with("HTTP/1.1 400 "), "{request:?}: {heard}");
        assert!(heard.contains("connection: close"), "{request:?}: {heard}");
        assert!(!heard[9..].contains("HTTP/1.1 2") && !heard[9..].contains("HTTP/1.1 4"), "{request:?}: {heard}");
    }
    assert_eq!(origin.hits(), 0);
}

/// Faults 9 and 10. Where it ends is clear, so the connection goes on.
#[tokio::test(flavor = "multi_thread")]
async fn a_request_for_two_hosts_or_none_is_refused() {
    let (origin, node) = echo().await;
    let table = [
        "GET /p HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
        "GET /p HTTP/1.1\r\n\r\n",
        "GET /p HTTP/1.1\r\nHost:\r\n\r\n",
        "GET http://a/p HTTP/1.1\r\nHost: b\r\n\r\n",
        "GET http://a/p HTTP/1.1\r\nHost: a:8080\r\n\r\n",
    ];
    for request in table {
        let behind = "GET http://A:80/behind HTTP/1.1\r\nHost: a.\r\nConnection: close\r\n\r\n";
        let heard = converse(node.address, &format!("{request}{behind}")).await;
        assert!(heard.starts_with("HTTP/1.1 400 ") && heard.contains("<GET /behind >"), "{request:?}: {heard}");
    }
    assert!(origin.asked().iter().all(|asked| asked.target == "/behind"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_is_told_why_and_counted() {
    let (_origin, node) = echo().await;
    let heard = converse(node.address, "GET /p HTTP/1.1\r\nHost: a\r\nX : a\r\n\r\n").await;
    assert!(heard.contains("a field line is not a name, a colon and a value"), "{heard}");
    assert_eq!(node.metric("requests_total{cache=\"none\",status=\"4xx\"}"), 1);
}

/// Fault 14.
#[tokio::test(flavor = "multi_thread")]
async fn requests_that_come_together_are_answered_in_their_order() {
    let (_origin, node) = echo().await;
    node.get("/hit", &[("host", "a")]).await;
    let get = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n");
    let post = "POST /post HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi";
    let broken = "GET /never HTTP/1.1\r\nHost: a\r\nX : a\r\n\r\n";
    let all = [&get("/hit"), &get("/miss"), &get("/hit"), post, &get("/other"), broken, &get("/never")].concat();
    for piece in [1, 17, all.len()] {
        let mut wire = Wire::to(node.address).await;
        for bytes in all.as_bytes().chunks(piece) {
            wire.send(bytes).await;
        }
        let heard = wire.rest().await;
        let said: Vec<&str> = heard.split('<').skip(1).filter_map(|part| part.split('>').next()).collect();
        assert_eq!(said, ["GET /hit ", "GET /miss ", "GET /hit ", "POST /post hi", "GET /other "], "{heard}");
        assert!(heard.contains("HTTP/1.1 400 "), "{heard}");
    }
}

/// Fault 11.
#[tokio::test(flavor = "multi_thread")]
async fn a_method_nobody_knows_is_sent_on_and_what_it_may_have_changed_is_forgotten() {
    let (origin, node) = echo().await;
    let frob = "FROB /page HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    node.get("/page", &[("host", "a")]).await;
    assert!(node.get("/page", &[("host", "a")]).await.is_hit());
    for _ in 0..2 {
        let heard = converse(node.address, frob).await;
        assert!(heard.starts_with("HTTP/1.1 200") && heard.contains("<FROB /page >"), "{heard}");
    }
    assert!(!node.get("/page", &[("host", "a")]).await.is_hit());
    assert_eq!(origin.hits(), 4);
    let tunnel =
        "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n\x16\x03\x01\x02\0GET /inside HTTP/1.1\r\nHost: a\r\n\r\n";
    let heard = converse(node.address, tunnel).await;
    assert!(heard.starts_with("HTTP/1.1 501"), "{heard}");
    assert_eq!(origin.hits(), 4, "nothing of the tunnel is a request");
}

/// Fault 8.
#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_is_not_sent_on_and_opens_nothing() {
    let (origin, node) = echo().await;
    let upgrade = "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
    let heard = converse(node.address, &format!("{upgrade}\x01\x02 no request\r\n\r\n")).await;
    assert!(heard.starts_with("HTTP/1.1 200") && heard.contains("<GET /ws >"), "{heard}");
    assert!(heard.contains("HTTP/1.1 400"), "what follows is read as a request: {heard}");
    let asked = origin.asked();
    assert_eq!(asked.len(), 1);
    assert_eq!((asked[0].field("upgrade"), asked[0].field("connection")), ("", ""));
}

/// Fault 81.
#[tokio::test(flavor = "multi_thread")]
async fn a_head_beyond_its_limits_is_refused_with_the_right_status() {
    let (origin, node) = echo_with("[limits]\nurl-bytes = \"1KiB\"\nheader-bytes = \"8KiB\"\n").await;
    let head = |target: &str, fields: &str| format!("GET {target} HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
    let table = [
        (head(&format!("/{}", "a".repeat(64 << 10)), ""), "414"),
        (head(&format!("/{}", "a".repeat(2000)), ""), "414"),
        (head("/", &"x: 1\r\n".repeat(100)), "431"),
        (head("/", &format!("x: {}\r\n", "a".repeat(64 << 10))), "431"),
    ];
    for (request, code) in table {
        let mut wire = Wire::to(node.address).await;
        wire.send(request).await;
        let heard = wire.until("\r\n").await;
        assert!(heard.starts_with(&format!("HTTP/1.1 {code} ")), "{heard}");
    }
    assert_eq!(origin.hits(), 0);
}
