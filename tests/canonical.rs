//! One form of a request for key, component and origin, and what speaks for others is not believed.

use proptest::prelude::*;

use crate::harness::{Origin, TestNode, Wire, answer, config_for};

/// An origin that says how it was asked, and a node before it.
async fn echo(more: &str) -> (Origin, TestNode) {
    let origin = Origin::answering(|asked| {
        answer(&[("cache-control", "max-age=60")], format!("<{} {}>", asked.field("host"), asked.target))
    })
    .await;
    let node = TestNode::start(
        &config_for(&origin.url()).replace("[upstream.origin]\n", &format!("[upstream.origin]\n{more}")),
    )
    .await;
    (origin, node)
}

/// Asks with these bytes in target and host: what the origin was asked, and whether it was at all.
async fn asked(node: &TestNode, target: &str, host: &str) -> (String, bool) {
    let mut wire = Wire::to(node.address).await;
    wire.send(format!("GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")).await;
    let heard = wire.rest().await;
    let said = heard.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map(|(said, _)| said.to_owned());
    (said.unwrap_or(heard[..heard.len().min(12)].to_owned()), heard.contains("; hit"))
}

/// Fault 41.
#[tokio::test(flavor = "multi_thread")]
async fn a_resource_has_one_path_for_store_and_origin() {
    let (origin, node) = echo("").await;
    let host = origin.address.to_string();
    let table: &[(&str, &[&str])] = &[
        ("/a/b", &["/a/./b", "/a/x/../b", "/a/%2e/b", "/a/%2e%2E/a/b", "/%61/b", "/../a/b", "http://t/a/b"]),
        ("/a%2Fb", &["/a%2fb"]),
        ("/a//b", &["/a/.//b"]),
        ("/a/b.", &["/a/b%2e", "/a/b%2E"]),
        ("/a%5Cb", &["/a\\b", "/a%5cb"]),
        ("/a;x", &[]),
        ("/a%3Bx", &["/a%3bx"]),
        ("/%C3%A9", &["/\u{e9}", "/%c3%a9", "/%C3%a9"]),
        ("/e%CC%81", &["/e\u{301}", "/%65%cc%81"]),
        ("/%FF", &["/%ff"]),
        ("/a%0Ab", &["/a%0ab"]),
        ("/%252e%252e/x", &[]),
    ];
    for (canonical, others) in table {
        let (said, hit) = asked(&node, canonical, "t").await;
        assert_eq!((said, hit), (format!("{host} {canonical}"), false), "{canonical}");
        for other in *others {
            let (said, hit) = asked(&node, other, "t").await;
            assert_eq!((said, hit), (format!("{host} {canonical}"), true), "{other}");
        }
    }
    assert_eq!(origin.hits(), table.len());
    for refused in ["/%00", "/a%00b", "/%", "/%zz", "/a%2", "a", "*", "//"] {
        let (said, _) = asked(&node, refused, "t").await;
        let kept = refused == "//";
        assert_eq!(said, if kept { format!("{host} //") } else { "HTTP/1.1 400".to_owned() }, "{refused}");
    }
}

/// Fault 42.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_encoded_climbs_out_of_nothing() {
    let (origin, node) = echo("").await;
    for target in ["/x/..%2f..%2fetc", "/x/%2e%2e%2f%2e%2e%2fetc", "/x/..%5c..%5cetc", "/x/..\\..\\etc"] {
        asked(&node, target, "t").await;
    }
    for asked in origin.asked() {
        assert!(asked.target.starts_with("/x/"), "{}", asked.target);
        assert!(!asked.target.contains("/../") && !asked.target.ends_with("/.."), "{}", asked.target);
    }
    assert_eq!(origin.hits(), 2);
}

/// Faults 38 and 41.
#[tokio::test(flavor = "multi_thread")]
async fn hosts_that_are_sent_on_have_entries_of_their_own_in_one_spelling() {
    let (origin, node) = echo("preserve-host = true\n").await;
    let table: &[(&str, &[&str])] = &[
        ("a.example", &["A.Example", "a.example.", "a.example:80", "a.example:443", "a.example:"]),
        ("b.example", &["B.example."]),
        ("a.example:8080", &["A.example.:08080"]),
        ("[::1]:8080", &["[0::0001]:8080"]),
        ("xn--bcher-kva.example", &["XN--Bcher-kva.example"]),
    ];
    for (canonical, others) in table {
        assert_eq!(asked(&node, "/x", canonical).await, (format!("{canonical} /x"), false));
        for other in *others {
            assert_eq!(asked(&node, "/x", other).await, (format!("{canonical} /x"), true), "{other}");
        }
    }
    assert_eq!(origin.hits(), table.len());
    for host in ["b\u{fc}cher.example", "b%C3%BCcher.example", "a..b", "a,b", "a/b", "u@a", "a:99999", "a:x", ""] {
        assert_eq!(asked(&node, "/x", host).await.0, "HTTP/1.1 400", "{host}");
    }
}

/// Fault 39: this node speaks no TLS, so the scheme is not part of anything, and an origin cannot be told another one.
#[tokio::test(flavor = "multi_thread")]
async fn a_scheme_is_claimed_by_nobody() {
    let (origin, node) = echo("").await;
    node.get("/page", &[]).await;
    let claims = [("x-forwarded-proto", "https"), ("x-forwarded-port", "443"), ("forwarded", "proto=https")];
    let claimed = node.get("/page", &claims).await;
    assert!(claimed.is_hit(), "{} {}", claimed.status, claimed.cache_status());
    assert_eq!(asked(&node, "https://test.example/page", "test.example").await.0, "HTTP/1.1 400");
    assert_eq!(origin.hits(), 1);
}

/// Fault 40.
#[tokio::test(flavor = "multi_thread")]
async fn queries_are_what_was_sent() {
    let (origin, node) = echo("").await;
    let host = origin.address.to_string();
    let targets = [
        "/q",
        "/q?",
        "/q?a=1&b=2",
        "/q?b=2&a=1",
        "/q?a=1&a=1",
        "/q?a=1;b=2",
        "/q?a=1%26b=2",
        "/q?a+b",
        "/q?a%20b",
        "/q?A=1",
        "/q?a=1&b=2&",
        "/q?%61=1",
        "/q??",
        "/q?a=/../b",
    ];
    for target in targets {
        assert_eq!(asked(&node, target, "t").await, (format!("{host} {target}"), false), "{target}");
        assert!(asked(&node, target, "t").await.1, "{target}");
    }
    assert_eq!(origin.hits(), targets.len());
}

/// Fault 48.
#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_comes_back_is_a_loop() {
    let (origin, node) = echo("").await;
    for names in ["lucarne", "other, LUCARNE;v=1"] {
        let reply = node.get("/page", &[("cdn-loop", names)]).await;
        assert_eq!(reply.status, 508, "{names}");
        assert!(reply.text().contains("CDN-Loop"), "{}", reply.text());
    }
    assert_eq!(origin.hits(), 0);
    node.get("/page", &[("cdn-loop", "other;v=1"), ("connection", "cdn-loop")]).await;
    let asked = &origin.asked()[0];
    let names: Vec<&str> = asked.fields.get_all("cdn-loop").iter().map(|line| line.to_str().unwrap()).collect();
    assert_eq!(names, ["other;v=1", "lucarne"]);
    assert_eq!(asked.field("via"), "1.1 lucarne");
}

/// Fault 48: a chain of two is none, unless they have one name; and a ring is found out, of pages and of pictures.
#[tokio::test(flavor = "multi_thread")]
async fn nodes_in_a_chain_have_names_of_their_own() {
    let origin = Origin::with_picture(crate::harness::pictures::jpeg(64, 64), "max-age=60").await;
    let inner = TestNode::over(&origin.url()).await;
    let namesake = TestNode::over(&format!("http://{}", inner.address)).await;
    let named =
        TestNode::start(&format!("node-name = \"edge\"\n{}", config_for(&format!("http://{}", inner.address)))).await;
    for target in ["/photo.jpg", "/photo.jpg?width=32"] {
        assert_eq!(named.get(target, &[]).await.status, 200, "{target}");
        let looped = namesake.get(target, &[]).await;
        assert!([502, 508].contains(&looped.status.as_u16()), "{target}: {}", looped.status);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Fault 41: what a settled request says of itself settles to the same.
    #[test]
    fn a_settled_request_settles_to_itself(
        path in "/[a-cA-C./%2Ee;@+~\\\\-]{0,24}", query in "(\\?[a-z&;=%+]{0,8})?", host in "[a-cA-C.:0-9]{1,8}",
    ) {
        let settle = |target: &str, host: &str| {
            let request = http::Request::builder().uri(target).header("host", host).body(()).ok()?;
            lucarne::request::RequestHead::settle(request, 8192).ok().map(|(head, ())| head)
        };
        if let Some(once) = settle(&format!("{path}{query}"), &host) {
            let target = once.query().map_or(once.path().to_owned(), |query| format!("{}?{query}", once.path()));
            let again = settle(&target, once.authority());
            let again = again.as_ref().map(|head| (head.authority(), head.path(), head.query()));
            prop_assert_eq!(again, Some((once.authority(), once.path(), once.query())));
        }
    }
}
