//! How an answer came about, as it says itself: `Cache-Status`, `Age` and `Date`.

use std::time::Duration;

use lucarne::clock::Clock;

use crate::harness::{Fields, Origin, RawOrigin, TestNode, Then, answer, status};

const DATE: &str = "Sun, 06 Nov 1994 08:49:37 GMT";

#[tokio::test(flavor = "multi_thread")]
async fn what_other_caches_said_comes_before() {
    for cache_control in ["max-age=60", "no-store"] {
        let fields = [("cache-control", cache_control), ("cache-status", "inner; hit; ttl=5")];
        let origin = Origin::answering(move |_| answer(&fields, "x")).await;
        let node = TestNode::over(&origin.url()).await;
        for _ in 0..2 {
            let reply = node.get("/page", &[]).await;
            let said: Vec<_> = reply.fields.get_all("cache-status").iter().map(|line| line.to_str().unwrap()).collect();
            assert_eq!((said.len(), said[0]), (2, "inner; hit; ttl=5"));
            assert!(said[1].starts_with("lucarne; "), "{said:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_hops_status_is_said_only_where_it_answered() {
    let table = [
        ("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", "/photo.jpg?width=32", "fwd-status=500"),
        ("HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", "/photo.jpg?width=32", "fwd-status=404"),
        ("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", "/photo.jpg", "detail=status"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno", "/photo.jpg?width=32", "detail=image"),
        ("HTTP/1.1 1000 No\r\n\r\n", "/photo.jpg", "detail=http_protocol_error"),
        ("nonsense\r\n\r\n", "/photo.jpg", "detail=http_protocol_error"),
        ("", "/photo.jpg", "detail=connection_terminated"),
    ];
    for (said, target, account) in table {
        let origin = RawOrigin::answering(said, Then::Close).await;
        let node = TestNode::over(&origin.url()).await;
        let reply = node.get(target, &[]).await;
        assert_eq!(reply.cache_status(), format!("lucarne; fwd=uri-miss; {account}"), "{said} {target}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_age_says_that_the_origin_did_not_make_it_for_this_request() {
    let table: [(Fields<'static>, Fields<'static>, [&str; 2]); 6] = [
        (&[("cache-control", "max-age=60")], &[], ["0", "0"]),
        (&[("cache-control", "max-age=60"), ("age", "30")], &[], ["30", "30"]),
        (&[("cache-control", "no-store")], &[], ["", ""]),
        (&[("cache-control", "no-store"), ("age", "30")], &[], ["30", "30"]),
        (&[("cache-control", "max-age=60")], &[("cache-control", "no-store")], ["", ""]),
        (&[("cache-control", "max-age=60"), ("age", "30")], &[("cache-control", "no-store")], ["30", "30"]),
    ];
    for (origins, clients, ages) in table {
        let origin = Origin::answering(move |_| answer(origins, "x")).await;
        let node = TestNode::over(&origin.url()).await;
        for expected in ages {
            let reply = node.get("/page", clients).await;
            // A second may pass in between.
            let (found, expected) = (reply.field("age").parse::<u64>(), expected.parse::<u64>());
            let same = match (&found, &expected) {
                (Ok(found), Ok(expected)) => found - expected <= 5,
                (found, expected) => found.is_err() && expected.is_err(),
            };
            assert!(same, "{origins:?} {clients:?}: {found:?} and not {expected:?}");
        }
    }
}

/// RFC 9110 §6.6.1. The node's clock is an hour ahead, so that no other clock can have made the date.
#[tokio::test(flavor = "multi_thread")]
async fn what_comes_without_a_date_gets_that_of_its_arrival_and_keeps_it() {
    for (cache_control, kept) in [("max-age=86400", true), ("no-store", false)] {
        let origin = Origin::answering(move |_| answer(&[("cache-control", cache_control)], "x")).await;
        let node = TestNode::over(&origin.url()).await;
        node.advance(3600);
        let before = node.clock.now();
        let first = node.get("/page", &[]).await;
        let near = (0..5).any(|late| {
            let clock = lucarne::clock::Now { wall: before.wall + Duration::from_secs(late), ..before };
            clock.http_date() == first.field("date")
        });
        assert!(near, "{cache_control}: {}", first.field("date"));
        node.advance(3600);
        let later = node.get("/page", &[]).await;
        assert_eq!(later.field("date") == first.field("date"), kept, "{cache_control}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_date_of_the_origins_is_kept() {
    for cache_control in ["max-age=2147483647", "no-store"] {
        let origin = Origin::answering(move |_| answer(&[("cache-control", cache_control), ("date", DATE)], "x")).await;
        let node = TestNode::over(&origin.url()).await;
        for _ in 0..2 {
            assert_eq!(node.get("/page", &[]).await.field("date"), DATE);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_of_now() {
    let origin =
        Origin::answering(|_| status(200, &[("cache-control", "max-age=2147483647"), ("date", DATE)], "x")).await;
    let node = TestNode::over(&origin.url()).await;
    node.get("/page", &[]).await;
    let refusal = node.get("/page", &[("if-match", "\"x\"")]).await;
    assert_eq!(refusal.status, 412);
    let now = Clock::default().now();
    let near = (0..5).any(|ago| {
        lucarne::clock::Now { wall: now.wall - Duration::from_secs(ago), ..now }.http_date() == refusal.field("date")
    });
    assert!(near, "{}", refusal.field("date"));
}
