//! What an origin says of what is stored without sending it: a 304, the answer to a HEAD, where something else is.

use http::Method;

use crate::harness::{Origin, Script, TestNode, answer, ask, config_for, status, with_body};

/// Fault 22.
#[tokio::test(flavor = "multi_thread")]
async fn a_304_about_something_else_is_not_applied() {
    let other = "Sun, 06 Nov 1994 08:49:38 GMT";
    for (name, value) in [("etag", "\"v2\""), ("etag", "\"V1\""), ("last-modified", other)] {
        for target in ["/page", "/page?width=32"] {
            let picture = crate::harness::pictures::jpeg(64, 64);
            let first = picture.clone();
            let script = Script::new(move |_| {
                let modified = ("last-modified", "Sun, 06 Nov 1994 08:49:37 GMT");
                answer(&[("cache-control", "max-age=60"), ("etag", "\"v1\""), modified], first.clone())
            });
            let origin = Origin::following(&script).await;
            let node = TestNode::over(&origin.url()).await;
            let before = node.get(target, &[]).await;
            script.becomes(move |asked| match asked.field("if-none-match") {
                "" => answer(&[("cache-control", "max-age=60"), ("x-whole", "1")], picture.clone()),
                _ => status(304, &[(name, value), ("cache-control", "max-age=600"), ("x-wrong", "1")], ""),
            });
            node.advance(61);
            let after = node.get(target, &[]).await;
            assert_eq!((after.status.as_u16(), &after.body), (200, &before.body), "{name}: {value}");
            assert!(!after.fields.contains_key("x-wrong"), "{name}: {value}");
            let asked = origin.asked();
            assert_eq!(asked.len(), 3, "{name}: {value}");
            assert_eq!((asked[1].field("if-none-match"), asked[2].field("if-none-match")), ("\"v1\"", ""));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_304_by_weak_comparison_or_without_validators_is_applied() {
    for fields in [&[("etag", "W/\"v1\"")][..], &[("cache-control", "max-age=60")], &[]] {
        let script = Script::new(|_| answer(&[("cache-control", "max-age=60"), ("etag", "\"v1\"")], "content"));
        let origin = Origin::following(&script).await;
        let node = TestNode::over(&origin.url()).await;
        node.get("/page", &[]).await;
        script.becomes(move |_| status(304, fields, ""));
        node.advance(61);
        assert_eq!(node.get("/page", &[]).await.text(), "content");
        assert!(node.get("/page", &[]).await.is_hit());
        assert_eq!(origin.hits(), 2, "{fields:?}");
    }
}

/// Fault 59; RFC 9111 §4.3.5.
#[tokio::test(flavor = "multi_thread")]
async fn the_answer_to_a_head_freshens_what_it_describes_and_forgets_what_it_does_not() {
    let table = [
        (&[("etag", "\"v1\""), ("content-length", "7"), ("cache-control", "max-age=60")][..], true),
        (&[("etag", "\"v2\""), ("content-length", "7"), ("cache-control", "max-age=60")], false),
        (&[("etag", "\"v1\""), ("content-length", "8"), ("cache-control", "max-age=60")], false),
        (&[("content-length", "7"), ("cache-control", "max-age=60")], true),
        (&[("content-length", "7"), ("cache-control", "no-store")], false),
    ];
    for (fields, good) in table {
        let origin = Origin::answering(move |asked| match asked.method.as_str() {
            "HEAD" => {
                let fields: Vec<_> = fields.iter().copied().chain([("x-new", "1")]).collect();
                status(200, &fields, "")
            }
            _ => answer(&[("cache-control", "max-age=60"), ("etag", "\"v1\"")], "content"),
        })
        .await;
        let node = TestNode::over(&origin.url()).await;
        node.get("/page", &[]).await;
        node.advance(61);
        let head = node.ask(Method::HEAD, "/page", &[]).await;
        assert_eq!((head.status.as_u16(), head.cache_status()), (200, "lucarne; fwd=stale"), "{fields:?}");
        assert_eq!(origin.asked()[1].method, "HEAD");
        let get = node.get("/page", &[]).await;
        assert_eq!((get.is_hit(), get.text().as_str()), (good, "content"), "{fields:?} {}", get.cache_status());
        assert_eq!(get.field("x-new"), if good { "1" } else { "" }, "{fields:?}");
    }
}

/// Fault 60; RFC 9111 §4.4.
#[tokio::test(flavor = "multi_thread")]
async fn a_write_forgets_what_it_names_at_the_same_host() {
    let table = [
        ("location", "/other", true),
        ("location", "other", true),
        ("content-location", "http://test.example/other", true),
        ("content-location", "https://test.example/a/../other", true),
        ("location", "http://elsewhere.example/other", false),
        ("location", "//elsewhere.example/other", false),
        ("x-location", "/other", false),
    ];
    for (method, code) in [(Method::POST, 201), (Method::from_bytes(b"FROB").unwrap(), 200)] {
        for (name, value, forgotten) in table {
            let origin = Origin::answering(move |asked| match asked.method.as_str() {
                "GET" => answer(&[("cache-control", "max-age=60")], "content"),
                _ => status(code, &[(name, value)], ""),
            })
            .await;
            let node = TestNode::over(&origin.url()).await;
            node.get("/other", &[]).await;
            ask(node.address, with_body(&method, "/page", &[], "x")).await.unwrap();
            assert_eq!(node.get("/other", &[]).await.is_hit(), !forgotten, "{method} {name}: {value}");
        }
    }
}

/// Fault 54.
#[tokio::test(flavor = "multi_thread")]
async fn an_error_does_not_take_the_place_of_what_is_stored() {
    let stored = [("cache-control", "max-age=60, must-revalidate"), ("etag", "\"v1\"")];
    let script = Script::new(move |_| answer(&stored, "content"));
    let origin = Origin::following(&script).await;
    let node = TestNode::over(&origin.url()).await;
    node.get("/page", &[]).await;
    script.becomes(|_| status(503, &[("cache-control", "max-age=600")], "maintenance"));
    node.advance(61);
    assert_eq!(node.get("/page", &[]).await.status, 503, "it must not stand in");
    script.becomes(move |_| status(304, &stored, ""));
    assert_eq!(node.get("/page", &[]).await.text(), "content", "and is still there to be validated");
}

/// Fault 73, as far as lifetimes go.
#[tokio::test(flavor = "multi_thread")]
async fn lifetimes_that_the_node_chose_differ_and_those_of_the_origin_are_kept_to() {
    let table = [("jitter = \"50%\"", "", true), ("jitter = \"0%\"", "", false), ("", "max-age=3600", false)];
    for (setting, cache_control, differ) in table {
        let origin = Origin::with_picture(crate::harness::pictures::jpeg(16, 16), cache_control).await;
        let config = format!("{}[cache]\nimage-default-ttl = \"1h\"\n{setting}\n", config_for(&origin.url()));
        let node = TestNode::start(&config).await;
        let mut told = Vec::new();
        for number in 0..8 {
            let reply = node.get(&format!("/{number}.jpg?width=8"), &[]).await;
            told.push(reply.field("cache-control").strip_prefix("max-age=").unwrap().parse::<u64>().unwrap());
        }
        assert!(told.iter().all(|lifetime| (1800..=3600).contains(lifetime)), "{told:?}");
        told.dedup();
        assert_eq!(told.len() > 1, differ, "{setting} {cache_control}: {told:?}");
    }
}
