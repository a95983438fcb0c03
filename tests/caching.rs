//! What is stored, for how long, and what brings it up to date: pictures live as long as their source, and what passes
//! through is cached as RFC 9111 says.

mod memory;
mod passed;
mod policy;

use std::time::Duration;

use bytes::Bytes;
use http::{Method, Response};
use http_body_util::Full;

use crate::harness::pictures::{describe, jpeg};
use crate::harness::{Asked, Fields, Origin, Reply, Script, TestNode, answer, ask, config_for, status, with_body};

/// The seconds that a hit says it has left.
fn ttl(reply: &Reply) -> i64 {
    let (_, ttl) = reply.cache_status().split_once("; hit; ttl=").unwrap_or_else(|| panic!("{}", reply.cache_status()));
    ttl.strip_suffix("; detail=memory").unwrap().parse().unwrap()
}

fn age(reply: &Reply) -> i64 {
    reply.field("age").parse().unwrap()
}

/// A second or two that the test itself may take.
fn about(found: i64, expected: i64) -> bool {
    (found - expected).abs() <= 3
}

/// A source with this entity tag: 304 to who has it.
fn versioned(asked: &Asked, etag: &str, fields: &[(&str, &str)], content: &Bytes) -> Response<Full<Bytes>> {
    let fields: Vec<_> = fields.iter().copied().chain([("etag", etag)]).collect();
    if asked.field("if-none-match") == etag { status(304, &fields, "") } else { answer(&fields, content.clone()) }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_has_what_is_left_of_its_sources_lifetime() {
    let origin = Origin::with_picture(jpeg(64, 64), "max-age=100").await;
    let node = TestNode::over(&origin.url()).await;
    let first = node.get("/photo.jpg?width=32", &[]).await;
    assert!(about(age(&first), 0));
    node.advance(30);
    let second = node.get("/photo.jpg?width=16", &[]).await;
    assert_eq!(second.cache_status(), "lucarne; fwd=uri-miss; stored");
    assert!(about(age(&second), 30), "{}", age(&second));
    assert_eq!(second.field("cache-control"), "max-age=100", "together with Age, 70 seconds are left");
    let hit = node.get("/photo.jpg?width=16", &[]).await;
    assert!(about(ttl(&hit), 70) && about(age(&hit), 30), "{} {}", ttl(&hit), age(&hit));
    assert_eq!(origin.hits(), 1);
    node.advance(71);
    let later = node.get("/photo.jpg?width=16", &[]).await;
    assert!(later.cache_status().starts_with("lucarne; fwd=stale"), "{}", later.cache_status());
    assert_eq!(origin.hits(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_arrives_aged_makes_pictures_of_that_age() {
    let picture = jpeg(64, 64);
    let origin =
        Origin::answering(move |_| answer(&[("cache-control", "max-age=100"), ("age", "40")], picture.clone())).await;
    let node = TestNode::over(&origin.url()).await;
    node.get("/photo.jpg?width=32", &[]).await;
    let hit = node.get("/photo.jpg?width=32", &[]).await;
    assert!(about(ttl(&hit), 60) && about(age(&hit), 40), "{} {}", ttl(&hit), age(&hit));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_has_not_changed_freshens_its_pictures_without_a_transform() {
    let picture = Bytes::from(jpeg(64, 64));
    let origin =
        Origin::answering(move |asked| versioned(asked, "\"v1\"", &[("cache-control", "max-age=60")], &picture)).await;
    let node = TestNode::over(&origin.url()).await;
    let before = node.get("/photo.jpg?width=32", &[]).await;
    node.get("/photo.jpg?width=16", &[]).await;
    node.advance(61);
    let after = node.get("/photo.jpg?width=32", &[]).await;
    assert_eq!(after.cache_status(), "lucarne; fwd=stale; stored");
    assert_eq!((&after.body, after.field("etag")), (&before.body, before.field("etag")));
    assert!(about(age(&after), 0));
    assert_eq!(origin.asked().last().unwrap().field("if-none-match"), "\"v1\"");
    assert!(node.get("/photo.jpg?width=32", &[]).await.is_hit());
    // The other size costs no question any more.
    node.get("/photo.jpg?width=16", &[]).await;
    assert!(node.get("/photo.jpg?width=16", &[]).await.is_hit());
    assert_eq!((node.transforms(), origin.hits()), (2, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_comes_again_makes_a_picture_only_if_its_bytes_are_new() {
    let (old, new) = (jpeg(64, 64), jpeg(64, 48));
    let script = Script::new(move |_| answer(&[("cache-control", "max-age=60")], old.clone()));
    let origin = Origin::following(&script).await;
    let node = TestNode::over(&origin.url()).await;
    let first = node.get("/photo.jpg?width=32", &[]).await;
    node.advance(61);
    let same = node.get("/photo.jpg?width=32", &[]).await;
    assert_eq!((&same.body, same.field("etag")), (&first.body, first.field("etag")));
    assert_eq!((node.transforms(), origin.hits()), (1, 2), "the same bytes make the same picture");

    script.becomes(move |_| answer(&[("cache-control", "max-age=60")], new.clone()));
    node.advance(61);
    let other = node.get("/photo.jpg?width=32", &[]).await;
    assert_eq!(describe(&other.body).2, 24);
    assert_ne!(other.field("etag"), first.field("etag"));
    assert_eq!((node.transforms(), origin.hits()), (2, 3));
}

/// The memory of sources is a quarter of the whole, so a small node forgets a source and keeps what it made of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_picture_whose_source_is_forgotten_is_validated_with_what_it_remembers() {
    let picture = Bytes::from(crate::harness::pictures::picture(1200, 900, image::ImageFormat::Png));
    // What follows the last chunk is of no matter, and makes the file larger than the quarter.
    let large = Bytes::from([&picture[..], &vec![0; 400 << 10]].concat());
    let origin =
        Origin::answering(move |asked| versioned(asked, "\"v1\"", &[("cache-control", "max-age=60")], &large)).await;
    let node = TestNode::start(&format!("{}[cache]\nmemory = \"1MiB\"\n", config_for(&origin.url()))).await;
    let before = node.get("/large.png?width=32", &[]).await;
    assert_eq!(before.status, 200, "{}", before.text());
    node.advance(61);
    let after = node.get("/large.png?width=32", &[]).await;
    assert_eq!((&after.body, after.status), (&before.body, before.status));
    assert_eq!(origin.asked().last().unwrap().field("if-none-match"), "\"v1\"");
    assert!(node.get("/large.png?width=32", &[]).await.is_hit());
    assert_eq!((node.transforms(), origin.hits()), (1, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_may_not_be_stored_makes_pictures_that_are_not() {
    for cache_control in ["no-store", "private", "private, max-age=60"] {
        let origin = Origin::with_picture(jpeg(64, 64), cache_control).await;
        let node = TestNode::over(&origin.url()).await;
        for asked in 1..=2 {
            let reply = node.get("/photo.jpg?width=32", &[]).await;
            assert_eq!(describe(&reply.body).1, 32);
            assert_eq!(reply.cache_status(), "lucarne; fwd=uri-miss", "{cache_control}");
            assert_eq!(reply.field("cache-control"), cache_control, "others must not keep it either");
            assert_eq!(origin.hits(), asked);
        }
        node.gateway.refresh_gauges();
        assert_eq!(node.metric("cache_entries{shelf=\"responses\"}"), 0);
        assert_eq!(node.metric("cache_entries{shelf=\"sources\"}"), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_without_a_lifetime_has_the_configured_one_and_it_is_told() {
    let origin = Origin::with_picture(jpeg(64, 64), "").await;
    let node = TestNode::start(&format!(
        "{}[cache]\nimage-default-ttl = \"90s\"\njitter = \"0%\"\n",
        config_for(&origin.url())
    ))
    .await;
    let first = node.get("/photo.jpg?width=32", &[]).await;
    assert_eq!(first.field("cache-control"), "max-age=90");
    node.advance(80);
    assert!(about(ttl(&node.get("/photo.jpg?width=32", &[]).await), 10));
    node.advance(11);
    node.get("/photo.jpg?width=32", &[]).await;
    assert_eq!(origin.hits(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_is_absent_is_not_asked_for_again_at_once() {
    let table: [(u16, Fields<'static>, u64); 4] = [
        (404, &[], 10),
        (410, &[], 3600),
        (404, &[("cache-control", "max-age=300")], 300),
        (403, &[("cache-control", "max-age=300")], 300),
    ];
    for (code, fields, lifetime) in table {
        let origin = Origin::answering(move |_| status(code, fields, "")).await;
        let node = TestNode::start(&format!("{}[cache]\njitter = \"0%\"\n", config_for(&origin.url()))).await;
        assert_eq!(node.get("/photo.jpg?width=32", &[]).await.status, code);
        node.advance(lifetime - 3);
        assert_eq!(node.get("/photo.jpg?width=16", &[]).await.status, code);
        assert_eq!(origin.hits(), 1, "{code} {fields:?}");
        node.advance(4);
        assert_eq!(node.get("/photo.jpg?width=16", &[]).await.status, code);
        assert_eq!(origin.hits(), 2, "{code} {fields:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_may_demand_that_a_picture_is_validated() {
    let table = [
        ("cache-control", "no-cache", 0),
        ("cache-control", "max-age=0", 1),
        ("cache-control", "max-age=20", 30),
        ("cache-control", "min-fresh=40", 30),
        ("pragma", "no-cache", 0),
    ];
    for (name, value, later) in table {
        let picture = Bytes::from(jpeg(64, 64));
        let origin = Origin::answering(move |asked| {
            assert!(asked.field("cache-control").is_empty() && asked.field("pragma").is_empty(), "{asked:?}");
            versioned(asked, "\"v1\"", &[("cache-control", "max-age=60")], &picture)
        })
        .await;
        let node = TestNode::over(&origin.url()).await;
        node.get("/photo.jpg?width=32", &[]).await;
        node.advance(later);
        assert!(node.get("/photo.jpg?width=32", &[]).await.is_hit());
        let demanded = node.get("/photo.jpg?width=32", &[(name, value)]).await;
        assert_eq!(demanded.cache_status(), "lucarne; fwd=request; stored", "{name}: {value}");
        assert!(about(age(&demanded), 0), "{name}: {value}");
        assert_eq!(origin.hits(), 2, "{name}: {value}");
        assert_eq!(origin.asked()[1].field("if-none-match"), "\"v1\"");
        assert_eq!(node.transforms(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_may_forbid_that_its_picture_is_stored() {
    let origin = Origin::with_picture(jpeg(64, 64), "max-age=60").await;
    let node = TestNode::over(&origin.url()).await;
    let reply = node.get("/photo.jpg?width=32", &[("cache-control", "no-store")]).await;
    assert_eq!(reply.cache_status(), "lucarne; fwd=uri-miss");
    assert!(!node.get("/photo.jpg?width=32", &[]).await.is_hit());
}

#[tokio::test(flavor = "multi_thread")]
async fn only_if_cached_is_answered_from_the_store_or_not_at_all() {
    let origin = Origin::with_picture(jpeg(64, 64), "max-age=60").await;
    let node = TestNode::over(&origin.url()).await;
    let only = [("cache-control", "only-if-cached")];
    for target in ["/photo.jpg?width=32", "/photo.jpg"] {
        assert_eq!(node.get(target, &only).await.status, 504, "{target}");
        node.get(target, &[]).await;
        assert!(node.get(target, &only).await.is_hit(), "{target}");
        node.advance(61);
        assert_eq!(node.get(target, &only).await.status, 504, "{target} is stale");
        let hits = origin.hits();
        let stale = node.get(target, &[("cache-control", "only-if-cached, max-stale")]).await;
        assert!(stale.is_hit() && ttl(&stale) < 0, "{target}: {}", stale.cache_status());
        assert_eq!(origin.hits(), hits);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_picture_is_served_at_once_while_its_source_is_validated() {
    let (old, new) = (Bytes::from(jpeg(64, 64)), Bytes::from(jpeg(64, 48)));
    let lasting = [("cache-control", "max-age=60, stale-while-revalidate=600")];
    let script = Script::new(move |asked| versioned(asked, "\"v1\"", &lasting, &old));
    let origin = Origin::following(&script).await;
    let node = TestNode::over(&origin.url()).await;
    let before = node.get("/photo.jpg?width=32", &[]).await;
    script.becomes(move |asked| versioned(asked, "\"v2\"", &lasting, &new));
    node.advance(100);
    let stale = node.get("/photo.jpg?width=32", &[]).await;
    assert!(about(ttl(&stale), -40), "{}", stale.cache_status());
    assert_eq!(stale.body, before.body);
    node.until_metric("transforms_total{outcome=\"made\"}", 2).await;
    // One round is enough: the picture is made from the new source, not from the stale one.
    let fresh = until_hit_of(&node, "/photo.jpg?width=32").await;
    assert_eq!(describe(&fresh.body).2, 24);
    assert_eq!(origin.hits(), 2, "one fetch in the background");
    assert_eq!(origin.asked()[1].field("if-none-match"), "\"v1\"");
}

/// The picture once it is fresh: what is made in the background is stored a moment after it is made.
async fn until_hit_of(node: &TestNode, target: &str) -> Reply {
    let fresh = async {
        loop {
            let reply = node.get(target, &[("cache-control", "only-if-cached")]).await;
            if reply.is_hit() && ttl(&reply) > 0 {
                return reply;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), fresh).await.unwrap()
}

/// Fault 50.
#[tokio::test(flavor = "multi_thread")]
async fn a_cookie_of_the_origin_never_comes_with_a_picture() {
    let picture = Bytes::from(jpeg(64, 64));
    let origin = Origin::answering(move |asked| {
        let fields = [("cache-control", "max-age=60"), ("set-cookie", "session=secret"), ("x-secret", "1")];
        versioned(asked, "\"v1\"", &fields, &picture)
    })
    .await;
    let node = TestNode::over(&origin.url()).await;
    let made = node.get("/photo.jpg?width=32", &[("cookie", "who=me")]).await;
    let hit = node.get("/photo.jpg?width=32", &[]).await;
    node.advance(61);
    let freshened = node.get("/photo.jpg?width=32", &[("authorization", "Basic bWU6bWU=")]).await;
    for reply in [&made, &hit, &freshened] {
        assert_eq!(reply.status, 200);
        assert!(!reply.fields.contains_key("set-cookie") && !reply.fields.contains_key("x-secret"));
    }
    assert!(hit.is_hit());
    for asked in origin.asked() {
        let own = ["accept", "accept-encoding", "cdn-loop", "host", "if-none-match", "user-agent", "via"];
        let foreign: Vec<_> = asked.fields.keys().filter(|name| !own.contains(&name.as_str())).collect();
        assert!(foreign.is_empty(), "a source is asked for in the node's own name: {foreign:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_for_a_picture_makes_it_for_the_get_that_follows() {
    let origin = Origin::with_picture(jpeg(64, 64), "max-age=60").await;
    let node = TestNode::over(&origin.url()).await;
    let head = node.ask(Method::HEAD, "/photo.jpg?width=32", &[]).await;
    let get = node.get("/photo.jpg?width=32", &[]).await;
    assert!(get.is_hit() && head.body.is_empty());
    assert_eq!(head.field("content-length"), get.body.len().to_string());
    assert_eq!(origin.asked()[0].method, "GET");
}

/// Fault 60: the source is what a write to its URL may have changed.
#[tokio::test(flavor = "multi_thread")]
async fn a_write_to_a_source_makes_the_node_ask_for_it_again() {
    let script = Script::new(|_| answer(&[("cache-control", "max-age=60")], jpeg(64, 64)));
    let origin = Origin::following(&script).await;
    let node = TestNode::over(&origin.url()).await;
    node.get("/photo.jpg?width=32", &[]).await;
    let put = with_body(&Method::PUT, "/photo.jpg", &[], jpeg(64, 48));
    assert_eq!(ask(node.address, put).await.unwrap().status, 200);
    node.get("/photo.jpg?width=16", &[]).await;
    assert_eq!(origin.asked().iter().filter(|asked| asked.method == "GET").count(), 2);
}
