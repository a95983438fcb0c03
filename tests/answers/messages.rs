//! What of a message is for its receiver alone: fields of one connection, trailers, and content where there can be none.

use http::Method;

use crate::harness::{Origin, RawOrigin, TestNode, Then, answer, converse, status};

const OF_ONE_CONNECTION: &str = "Connection: a, B\r\nA: 1\r\nb: 2\r\nKeep-Alive: timeout=5\r\nProxy-Authenticate: Basic\r\n\
                                 Proxy-Authentication-Info: x\r\nProxy-Authorization: x\r\nProxy-Connection: close\r\n\
                                 TE: trailers\r\nTrailer: x\r\nUpgrade: x\r\n";

const NAMES: [&str; 9] = [
    "a",
    "b",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authentication-info",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
];

#[tokio::test(flavor = "multi_thread")]
async fn fields_of_the_origins_connection_are_neither_sent_nor_stored() {
    for cache_control in ["max-age=60", "no-store"] {
        let head = format!("HTTP/1.1 200 OK\r\nCache-Control: {cache_control}\r\nC: 3\r\n{OF_ONE_CONNECTION}");
        let origin = RawOrigin::answering(format!("{head}Content-Length: 2\r\n\r\nok"), Then::Close).await;
        let node = TestNode::over(&origin.url()).await;
        for hit in [false, cache_control == "max-age=60"] {
            let reply = node.get("/page", &[]).await;
            assert_eq!((reply.field("c"), reply.text().as_str(), reply.is_hit()), ("3", "ok", hit));
            for name in NAMES.into_iter().chain(["connection", "upgrade"]) {
                assert!(!reply.fields.contains_key(name), "{cache_control} {name}");
            }
        }
    }
}

/// Fault 12.
#[tokio::test(flavor = "multi_thread")]
async fn fields_of_the_clients_connection_are_not_sent_on() {
    let origin = Origin::answering(|_| answer(&[("cache-control", "no-store")], "ok")).await;
    let node = TestNode::over(&origin.url()).await;
    for method in ["GET", "DELETE"] {
        let fields = OF_ONE_CONNECTION.replace("Connection: a", "Connection: close, host, cookie, a");
        let request = format!("{method} /page HTTP/1.1\r\nHost: a.example\r\nC: 3\r\nCookie: d\r\n{fields}\r\n");
        assert!(converse(node.address, &request).await.starts_with("HTTP/1.1 200"), "{method}");
        let asked = origin.asked().pop().unwrap();
        assert_eq!((asked.field("c"), asked.field("cookie")), ("3", "d"), "{method}: what is a message's own stays");
        for name in NAMES.into_iter().chain(["upgrade"]) {
            assert!(!asked.fields.contains_key(name), "{method} {name}");
        }
    }
}

/// Fault 13.
#[tokio::test(flavor = "multi_thread")]
async fn trailers_of_the_origin_are_no_fields() {
    let trailers = "X-Late: 1\r\nSet-Cookie: a=b\r\nCache-Control: max-age=9\r\nContent-Length: 9\r\n";
    for cache_control in ["max-age=60", "no-store"] {
        let head = format!("HTTP/1.1 200 OK\r\nCache-Control: {cache_control}\r\nTrailer: X-Late, Set-Cookie\r\n");
        let said = format!("{head}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n{trailers}\r\n");
        let origin = RawOrigin::answering(said, Then::Close).await;
        let node = TestNode::over(&origin.url()).await;
        for _ in 0..2 {
            let request = "GET /page HTTP/1.1\r\nHost: a.example\r\nTE: trailers\r\nConnection: close\r\n\r\n";
            let heard = converse(node.address, request).await.to_lowercase();
            assert!(heard.starts_with("http/1.1 200") && heard.contains("ok"), "{heard}");
            for late in ["x-late", "set-cookie", "max-age=9", "content-length: 9"] {
                assert!(!heard.contains(late), "{cache_control} {late}: {heard}");
            }
        }
    }
}

/// Fault 13.
#[tokio::test(flavor = "multi_thread")]
async fn trailers_of_the_client_are_no_fields() {
    let origin = Origin::answering(|_| status(200, &[], "")).await;
    let node = TestNode::over(&origin.url()).await;
    let head = "POST /page HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\nTrailer: X-Late\r\n";
    let request = format!("{head}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Late: 1\r\nCookie: a=b\r\n\r\n");
    let heard = converse(node.address, &request).await;
    assert!(heard.starts_with("HTTP/1.1 200"), "{heard}");
    let asked = origin.asked().pop().unwrap();
    assert_eq!(asked.body, "ok");
    for name in ["x-late", "cookie"] {
        assert!(!asked.fields.contains_key(name), "{name}");
    }
}

/// Fault 18.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_has_no_content_is_sent_without() {
    let table = [
        ("GET", "", "HTTP/1.1 204 No Content\r\nCache-Control: max-age=60\r\nContent-Length: 5\r\n\r\n12345", None),
        ("GET", "If-None-Match: x\r\nRange: bytes=0-\r\n", "HTTP/1.1 304 Not Modified\r\n\r\n12345", None),
        ("HEAD", "", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n12345", Some("content-length: 5")),
        ("HEAD", "", "HTTP/1.1 404 Not Found\r\nCache-Control: max-age=60\r\nContent-Length: 5\r\n\r\n12345", None),
    ];
    for (method, fields, said, length) in table {
        let origin = RawOrigin::answering(said, Then::Close).await;
        let node = TestNode::over(&origin.url()).await;
        for _ in 0..2 {
            let request = format!("{method} /page HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n{fields}\r\n");
            let heard = converse(node.address, &request).await.to_lowercase();
            assert!(heard.starts_with(&said[..12].to_lowercase()), "{method} {said}: {heard}");
            assert!(heard.ends_with("\r\n\r\n"), "{method} {said}: {heard}");
            match length {
                Some(length) => assert!(heard.contains(length), "{method} {said}: {heard}"),
                None if method == "GET" => assert!(!heard.contains("content-length"), "{method} {said}: {heard}"),
                None => {}
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_no_content_is_stored_without() {
    let origin = Origin::answering(|_| status(204, &[("cache-control", "max-age=60")], "")).await;
    let node = TestNode::over(&origin.url()).await;
    for hit in [false, true] {
        let reply = node.ask(Method::GET, "/page", &[]).await;
        assert_eq!((reply.status.as_u16(), reply.is_hit()), (204, hit));
        assert!(!reply.fields.contains_key("content-length"));
    }
}

/// Fault 20.
#[tokio::test(flavor = "multi_thread")]
async fn a_status_that_is_none_is_a_bad_gateway_and_a_reason_is_not_passed_on() {
    let table = [
        ("099 Odd", "502 "),
        ("600 Odd", "502 "),
        ("999 Odd", "502 "),
        ("1000 Odd", "502 "),
        ("20 Odd", "502 "),
        ("2x0 Odd", "502 "),
        ("-200 Odd", "502 "),
        ("200 \u{1}\u{7f}", "502 "),
        ("200", "200 OK\r\n"),
        ("200 ", "200 OK\r\n"),
        ("200 Sure\tthing", "200 OK\r\n"),
        ("599 Odd", "599 "),
    ];
    for (said, heard) in table {
        let answer = format!("HTTP/1.1 {said}\r\nCache-Control: max-age=60\r\nContent-Length: 2\r\n\r\nok");
        let origin = RawOrigin::answering(answer, Then::Close).await;
        let node = TestNode::over(&origin.url()).await;
        for _ in 0..2 {
            let request = "GET /page HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n";
            let answer = converse(node.address, request).await;
            assert!(answer.starts_with(&format!("HTTP/1.1 {heard}")), "{said:?}: {answer:.60}");
        }
    }
}
