//! An origin that is down, slow, broken or lying: the client learns which in bounded time, nothing broken is stored,
//! and what is stored already stands in where it may.

use std::net::SocketAddr;

use http::Method;
use tokio::net::TcpSocket;

use crate::harness::pictures::{describe, jpeg};
use crate::harness::{
    Asked, Origin, RawOrigin, Script, TestNode, Then, answer, ask, config_for, converse, get, request, status,
};

/// A socket that has its port and does not listen: whoever connects is refused, and nobody else gets the port.
async fn deaf(address: SocketAddr) -> TcpSocket {
    loop {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_reuseaddr(true).unwrap();
        // Who listened there a moment ago may not be gone yet.
        match socket.bind(address) {
            Ok(()) => return socket,
            Err(_) => tokio::task::yield_now().await,
        }
    }
}

/// A site over this origin with little patience.
fn impatient(origin: &str) -> String {
    format!("{}first-byte-timeout = \"100ms\"\nbetween-bytes-timeout = \"100ms\"\n", config_for(origin))
}

/// The same for a picture and for what passes through.
const BOTH: [&str; 2] = ["/photo.jpg?width=32", "/photo.jpg"];

#[tokio::test(flavor = "multi_thread")]
async fn an_origin_that_is_down_is_a_bad_gateway() {
    let socket = deaf(([127, 0, 0, 1], 0).into()).await;
    let node = TestNode::over(&format!("http://{}", socket.local_addr().unwrap())).await;
    for target in BOTH {
        let reply = node.get(target, &[]).await;
        assert_eq!((reply.status.as_u16(), reply.field("cache-control")), (502, "no-store"), "{target}");
        let expected = "lucarne; fwd=uri-miss; detail=destination_unavailable";
        assert_eq!(reply.cache_status(), expected, "nobody answered");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_origin_that_is_silent_is_a_gateway_timeout() {
    for said in ["", "HTTP/1.1 200 OK\r\nContent-"] {
        for target in BOTH {
            let origin = RawOrigin::answering(said, Then::Hang).await;
            let node = TestNode::start(&impatient(&origin.url())).await;
            let reply = node.get(target, &[]).await;
            assert_eq!(reply.status, 504, "{target} after {said:?}: {}", reply.text());
            assert_eq!(reply.cache_status(), "lucarne; fwd=uri-miss; detail=http_response_timeout");
            origin.ended(1).await;
        }
    }
}

/// Faults 16 and 17: a picture that cannot be made is a bad gateway; what streams to the client has begun, so the client
/// must see that it is not whole.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_breaks_off_is_not_stored_and_does_not_end_cleanly() {
    let fresh = "Cache-Control: max-age=60\r\nContent-Type: image/jpeg\r\n";
    let table = [
        (format!("HTTP/1.1 200 OK\r\n{fresh}Content-Length: 5000\r\n\r\ntoo short"), Then::Close),
        (format!("HTTP/1.1 200 OK\r\n{fresh}Content-Length: 5000\r\n\r\ntoo short"), Then::Hang),
        (format!("HTTP/1.1 200 OK\r\n{fresh}Content-Length: 5000\r\n\r\n"), Then::Close),
        (format!("HTTP/1.1 200 OK\r\n{fresh}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"), Then::Close),
        (format!("HTTP/1.1 200 OK\r\n{fresh}Transfer-Encoding: chunked\r\n\r\n500\r\nhel"), Then::Close),
        (format!("HTTP/1.1 200 OK\r\n{fresh}Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n"), Then::Close),
    ];
    for (said, then) in table {
        let origin = RawOrigin::answering(said.as_str(), then).await;
        let node = TestNode::start(&impatient(&origin.url())).await;
        for asked in 1..=2 {
            let broken = ask(node.address, request(&Method::GET, "/photo.jpg", &[])).await;
            // The fetch may have failed before the client's answer was begun.
            let clean = broken.is_ok_and(|reply| !reply.status.is_server_error());
            assert!(!clean, "{said:?} {then:?}");
            assert_eq!(origin.hits(), asked, "{said:?}");
        }
        let picture = node.get("/photo.jpg?width=32", &[]).await;
        assert!(picture.status.is_server_error(), "{said:?}: {}", picture.status);
        assert_eq!(node.transforms(), 0);
    }
}

/// Faults 5, 6, 20 and 23, as far as they end a fetch.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_broken_is_a_bad_gateway_and_is_not_stored() {
    let fresh = "Cache-Control: max-age=60\r\nContent-Type: image/jpeg\r\n";
    let table = [
        String::new(),
        "SSH-2.0-OpenSSH_9.6\r\n".to_owned(),
        "\u{0}\u{1}\u{2} no HTTP at all\r\n\r\n".to_owned(),
        "HTTP/1.1 200".to_owned(),
        "HTTP/1.1 099 Odd\r\n\r\n".to_owned(),
        format!("HTTP/1.1 200 OK\r\n{fresh}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!"),
        format!("HTTP/1.1 200 OK\r\n{fresh}X-Broken: a\u{1}b\r\nContent-Length: 5\r\n\r\nhello"),
        format!("HTTP/1.1 200 OK\r\n{fresh}X-Long: {}\r\nContent-Length: 5\r\n\r\nhello", "x".repeat(200_000)),
        format!("HTTP/1.1 206 Partial\r\n{fresh}Content-Range: bytes 0-4/9\r\nContent-Length: 5\r\n\r\nhello"),
        "HTTP/1.1 304 Not Modified\r\nCache-Control: max-age=60\r\n\r\n".to_owned(),
    ];
    for said in table {
        for target in BOTH {
            let origin = RawOrigin::answering(said.as_str(), Then::Close).await;
            let node = TestNode::over(&origin.url()).await;
            let said = &said[..said.len().min(150)];
            for asked in 1..=2 {
                let reply = node.get(target, &[]).await;
                assert_eq!(reply.status, 502, "{target} after {said:?}: {}", reply.text());
                assert_eq!(origin.hits(), asked, "{target} after {said:?}");
                node.advance(1);
            }
            assert_eq!(node.transforms(), 0);
        }
    }
}

/// Fault 16: what is not stored streams, and the client must see that it is not whole.
#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_breaks_off_does_not_end_cleanly() {
    let table = [
        "HTTP/1.1 200 OK\r\nCache-Control: no-store\r\nContent-Length: 500\r\n\r\nbeginning",
        "HTTP/1.1 200 OK\r\nCache-Control: no-store\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nbeginning\r\n",
    ];
    for said in table {
        let origin = RawOrigin::answering(said, Then::Close).await;
        let node = TestNode::over(&origin.url()).await;
        let heard = converse(node.address, "GET /file HTTP/1.1\r\nHost: a.example\r\n\r\n").await;
        let (head, body) = heard.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        assert!(body.contains("beginning"), "{body}");
        assert!(!body.ends_with("0\r\n\r\n"), "the end of chunks would make it look whole: {body:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_origins_status_is_told_as_far_as_it_is_the_clients_business() {
    for (code, picture) in
        [(400, 400), (401, 401), (403, 403), (404, 404), (410, 410), (429, 429), (204, 502), (500, 502), (503, 502)]
    {
        let origin = Origin::answering(move |_| status(code, &[], "")).await;
        let node = TestNode::over(&origin.url()).await;
        let made = node.get("/photo.jpg?width=32", &[]).await;
        assert_eq!(made.status, picture, "{code}");
        assert_eq!(made.field("cache-control"), "no-store", "{code}");
        assert_eq!(node.get("/photo.jpg", &[]).await.status, code);
        assert_eq!(node.transforms(), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_of_the_origin_is_over_when_it_is() {
    let picture = jpeg(64, 64);
    for code in [404, 500, 503] {
        let script = Script::new(move |_| status(code, &[], "not now"));
        let origin = Origin::following(&script).await;
        let node = TestNode::over(&origin.url()).await;
        assert_ne!(node.get("/photo.jpg?width=32", &[]).await.status, 200);
        let picture = picture.clone();
        script.becomes(move |_| answer(&[("cache-control", "max-age=60")], picture.clone()));
        // A herd may be kept from an origin that fails, but not for longer than a person waits.
        node.advance(31);
        assert_eq!(node.get("/photo.jpg?width=32", &[]).await.status, 200, "{code}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_may_be_redirected_within_its_origin() {
    let picture = jpeg(64, 64);
    let origin = Origin::answering(move |asked| match asked.target.as_str() {
        "/new.jpg" => answer(&[("cache-control", "max-age=60")], picture.clone()),
        _ => status(302, &[("location", "/new.jpg")], ""),
    })
    .await;
    let node = TestNode::over(&origin.url()).await;
    let reply = node.get("/old.jpg?width=32", &[]).await;
    assert_eq!(describe(&reply.body).1, 32);
    assert_eq!(origin.hits(), 2);
    let passed = node.get("/old.jpg", &[]).await;
    assert_eq!((passed.status.as_u16(), passed.field("location")), (302, "/new.jpg"), "what passes is not followed");
}

/// Fault 26.
#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_loop_ends() {
    let origin = Origin::answering(|asked| {
        let next = if asked.target == "/a.jpg" { "/b.jpg" } else { "/a.jpg" };
        status(302, &[("location", next)], "")
    })
    .await;
    let node = TestNode::over(&origin.url()).await;
    let reply = node.get("/a.jpg?width=32", &[]).await;
    assert_eq!(reply.status, 502, "{}", reply.text());
    assert_eq!(origin.hits(), 4);
}

/// Fault 26: a redirect must not become a way into the node's own network.
#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_into_the_private_network_is_not_followed() {
    let secret = Origin::with_picture(jpeg(64, 64), "max-age=60").await;
    let port = secret.address.port();
    let table = [
        format!("http://127.0.0.1:{port}/secret.jpg"),
        format!("http://localhost:{port}/secret.jpg"),
        format!("http://[::ffff:127.0.0.1]:{port}/secret.jpg"),
        format!("//127.0.0.1:{port}/secret.jpg"),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        "file:///etc/passwd".to_owned(),
    ];
    for location in table {
        let to = location.clone();
        let origin = Origin::answering(move |_| status(302, &[("location", &to)], "")).await;
        let node = TestNode::over(&origin.url()).await;
        let reply = node.get("/photo.jpg?width=32", &[]).await;
        assert_eq!(reply.status, 502, "{location}: {}", reply.text());
    }
    assert_eq!(secret.hits(), 0);
}

/// A picture for a minute, and afterwards a failing origin, in each of the ways in which one can fail.
#[derive(Clone, Copy, Debug)]
enum Failing {
    Gone,
    Answering(u16),
    Silent,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_response_stands_in_for_an_origin_that_fails_and_says_so() {
    let table = [
        (Failing::Gone, ""),
        (Failing::Answering(500), " fwd-status=500;"),
        (Failing::Answering(503), " fwd-status=503;"),
        (Failing::Silent, ""),
    ];
    for (failing, answered) in table {
        for target in BOTH {
            let (node, before) = fresh_then(failing, "max-age=60", target).await;
            node.advance(100);
            for _ in 0..2 {
                let reply = node.get(target, &[]).await;
                assert_eq!((reply.status.as_u16(), &reply.body), (200, &before), "{target} {failing:?}");
                let expected = format!("lucarne; fwd=stale;{answered} detail=stale-if-error");
                assert_eq!(reply.cache_status(), expected, "{target} {failing:?}");
                let age: u64 = reply.field("age").parse().unwrap();
                assert!((100..110).contains(&age), "{target} {failing:?}: {age}");
            }
            assert!(node.transforms() <= 1);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_source_is_made_into_other_sizes_while_the_origin_fails() {
    let (node, _) = fresh_then(Failing::Answering(503), "max-age=60", "/photo.jpg?width=32").await;
    node.advance(100);
    let reply = node.get("/photo.jpg?width=16", &[]).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(describe(&reply.body).1, 16);
    assert_eq!(reply.cache_status(), "lucarne; fwd=uri-miss; fwd-status=503; stored; detail=stale-if-error");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_must_be_revalidated_does_not_stand_in() {
    let table = [
        ("max-age=60, must-revalidate", 100),
        ("max-age=60, proxy-revalidate", 100),
        ("s-maxage=60", 100),
        ("no-cache, max-age=60", 1),
        ("max-age=60, stale-if-error=0", 100),
        ("max-age=60, stale-if-error=30", 100),
        ("max-age=60", 90_000),
    ];
    for (cache_control, later) in table {
        for target in BOTH {
            let (node, _) = fresh_then(Failing::Gone, cache_control, target).await;
            node.advance(later);
            let reply = node.get(target, &[]).await;
            assert_eq!(reply.status, 502, "{target} {cache_control}: {}", reply.cache_status());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_response_is_not_lost_by_an_error_that_could_be_stored() {
    let picture = jpeg(64, 64);
    for target in BOTH {
        let whole = picture.clone();
        let script = Script::new(move |_| answer(&[("cache-control", "max-age=60")], whole.clone()));
        let origin = Origin::following(&script).await;
        let node = TestNode::over(&origin.url()).await;
        let before = node.get(target, &[]).await;
        script.becomes(|_| status(503, &[("cache-control", "max-age=3600")], "maintenance"));
        node.advance(61);
        for _ in 0..3 {
            let reply = node.get(target, &[]).await;
            assert_eq!((reply.status.as_u16(), &reply.body), (200, &before.body), "{target}: {}", reply.cache_status());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_error_of_the_origin_replaces_what_is_stale() {
    for target in BOTH {
        let whole = jpeg(64, 64);
        let script = Script::new(move |_| answer(&[("cache-control", "max-age=60")], whole.clone()));
        let origin = Origin::following(&script).await;
        let node = TestNode::over(&origin.url()).await;
        assert_eq!(node.get(target, &[]).await.status, 200);
        script.becomes(|_| status(404, &[], "deleted"));
        node.advance(61);
        assert_eq!(node.get(target, &[]).await.status, 404, "{target}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_origin_that_fails_one_request_is_asked_again_a_moment_later() {
    let picture = jpeg(64, 64);
    let script = Script::new(|_: &Asked| status(500, &[], ""));
    let origin = Origin::following(&script).await;
    let node = TestNode::over(&origin.url()).await;
    let reply = get(node.address, "/photo.jpg?width=32", &[]).await;
    assert_eq!((reply.status.as_u16(), reply.cache_status()), (502, "lucarne; fwd=uri-miss; fwd-status=500"));
    script.becomes(move |_| answer(&[("cache-control", "max-age=60")], picture.clone()));
    assert_eq!(node.get("/photo.jpg?width=48", &[]).await.status, 502, "the failure stands for everyone who asks");
    node.advance(1);
    assert_eq!(node.ask(Method::HEAD, "/photo.jpg?width=32", &[]).await.status, 200);
}

/// A node that has `target` from an origin which fails from then on, and the body that it has.
async fn fresh_then(failing: Failing, cache_control: &'static str, target: &str) -> (TestNode, bytes::Bytes) {
    let picture = jpeg(64, 64);
    let (fail, failed) = tokio::sync::watch::channel(false);
    let origin = Origin::scripted(move |_| {
        let (picture, failed) = (picture.clone(), *failed.borrow());
        Box::pin(async move {
            match failing {
                _ if !failed => answer(&[("cache-control", cache_control)], picture),
                Failing::Answering(code) => status(code, &[], ""),
                Failing::Gone | Failing::Silent => std::future::pending().await,
            }
        })
    })
    .await;
    let node = TestNode::start(&impatient(&origin.url())).await;
    let reply = node.get(target, &[]).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    fail.send_replace(true);
    // For as long as the test runs.
    if matches!(failing, Failing::Gone) {
        let address = origin.address;
        drop(origin);
        std::mem::forget(deaf(address).await);
    } else {
        std::mem::forget(origin);
    }
    (node, reply.body)
}

/// Fault 24: what an encoding claims is the client's to find out; a picture is refused, and neither disturbs the node.
#[tokio::test(flavor = "multi_thread")]
async fn an_encoding_that_lies_is_passed_on_as_it_is_and_makes_no_picture() {
    let cut = [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3][..], b"no deflate, and no trailer"].concat();
    let content = cut.clone();
    let origin = Origin::answering(move |_| {
        answer(&[("cache-control", "max-age=60"), ("content-encoding", "gzip")], content.clone())
    })
    .await;
    let node = TestNode::over(&origin.url()).await;
    for hit in [false, true] {
        let reply = node.get("/photo.jpg", &[("accept-encoding", "gzip")]).await;
        assert_eq!((reply.is_hit(), &reply.body[..], reply.field("content-encoding")), (hit, &cut[..], "gzip"));
    }
    let picture = node.get("/photo.jpg?width=32", &[]).await;
    assert_eq!(picture.status, 422, "{}", picture.text());
    assert_eq!(node.get("/photo.jpg", &[("accept-encoding", "gzip")]).await.body, cut);
}
