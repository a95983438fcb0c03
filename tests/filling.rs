//! What passes through is read by everyone who wants it while it arrives, each at their own pace, and what becomes of
//! it when it breaks off, turns out too long, or is wanted by nobody any more.

pub(crate) mod drip;
mod told;

use std::time::Duration;

use bytes::Bytes;
use http::Method;

use self::drip::{Drip, Listener};
use crate::harness::{Origin, TestNode, answer, ask, config_for, get, request};

/// A head, with which everyone reads what follows it.
const STORABLE: &str = "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nETag: \"v1\"\r\nContent-Length: 10\r\n\r\n";

async fn node_over(origin: &Drip) -> TestNode {
    TestNode::over(&origin.url()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn everyone_reads_what_has_arrived_before_it_is_complete() {
    let origin = Drip::new().await;
    let node = node_over(&origin).await;
    let mut first = Listener::of(&node, "/file").await;
    origin.until_hits(1).await;
    let mut second = Listener::of(&node, "/file").await;
    origin.say(STORABLE);
    origin.say("01234");
    for listener in [&mut first, &mut second] {
        assert!(listener.until("01234").await.contains("fwd=uri-miss; stored"));
    }
    let mut late = Listener::of(&node, "/file").await;
    let head = late.until("01234").await;
    assert!(head.contains("fwd=uri-miss; stored; collapsed") && head.contains("content-length: 10"), "{head}");
    origin.say("56789");
    for listener in [&mut first, &mut second, &mut late] {
        listener.until("\r\n\r\n0123456789").await;
    }
    assert!(node.get("/file", &[]).await.is_hit());
    assert_eq!(origin.hits(), 1);
}

/// Fault 70: more than any socket holds, so that a leader that reads nothing would hold up everyone.
#[tokio::test(flavor = "multi_thread")]
async fn a_slow_reader_slows_nobody() {
    let content = Bytes::from(vec![b'x'; 24 << 20]);
    let whole = content.clone();
    let origin = Origin::answering(move |_| answer(&[("cache-control", "max-age=60")], whole.clone())).await;
    let node = TestNode::over(&origin.url()).await;
    let leader = Listener::of(&node, "/file").await;
    origin.until_hits(1).await;
    for _ in 0..3 {
        assert_eq!(node.get("/file", &[]).await.body, content);
    }
    assert_eq!(origin.hits(), 1);
    node.until_metric("fills_total{outcome=\"stored\"}", 1).await;
    drop(leader);
}

/// Fault 67.
#[tokio::test(flavor = "multi_thread")]
async fn a_leader_that_leaves_in_the_middle_takes_nobody_with_it() {
    let origin = Drip::new().await;
    let node = node_over(&origin).await;
    let mut leader = Listener::of(&node, "/file").await;
    origin.until_hits(1).await;
    origin.say(STORABLE);
    origin.say("012");
    leader.until("012").await;
    let mut other = Listener::of(&node, "/file").await;
    other.until("012").await;
    drop(leader);
    node.until_metric("connections", 1).await;
    origin.say("3456789");
    other.until("0123456789").await;
    assert!(node.get("/file", &[]).await.is_hit());
    assert_eq!(origin.hits(), 1);
}

/// Fault 68.
#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_reads_any_more_is_given_up_unless_half_of_it_is_here() {
    for (before, completed) in [("0123", false), ("01234", true)] {
        let origin = Drip::new().await;
        let node = node_over(&origin).await;
        let mut leader = Listener::of(&node, "/file").await;
        origin.say(STORABLE);
        origin.say(before);
        leader.until(before).await;
        drop(leader);
        node.until_metric("connections", 0).await;
        if completed {
            origin.say(&"0123456789"[before.len()..]);
            node.until_metric("fills_total{outcome=\"stored\"}", 1).await;
            assert_eq!(node.get("/file", &[]).await.text(), "0123456789");
        } else {
            node.until_metric("fills_total{outcome=\"deserted\"}", 1).await;
            origin.until_left(1).await;
            node.gateway.refresh_gauges();
            assert_eq!(node.metric("cache_entries{shelf=\"responses\"}"), 0);
        }
        assert_eq!(origin.hits(), 1);
    }
}

/// Faults 16 and 17: after each of these many bytes.
#[tokio::test(flavor = "multi_thread")]
async fn what_breaks_off_does_so_for_everyone_and_is_not_stored() {
    let chunked = "HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (head, pieces) in [(STORABLE, ["0", "0123", "012345678"]), (chunked, ["1\r\n0", "4\r\n0123\r\n", "9\r\n01"])] {
        for piece in pieces {
            let origin = Drip::new().await;
            let node = node_over(&origin).await;
            let asked: Vec<_> = (0..5)
                .map(|_| {
                    let address = node.address;
                    tokio::spawn(async move { ask(address, request(&Method::GET, "/file", &[])).await })
                })
                .collect();
            origin.until_hits(1).await;
            origin.say(head);
            origin.say(piece);
            let mut reader = Listener::of(&node, "/file").await;
            reader.until("\r\n\r\n").await;
            origin.close();
            for asked in asked {
                let broken = asked.await.unwrap();
                assert!(broken.as_ref().map_or(true, |reply| reply.status == 502), "{piece:?} {broken:?}");
            }
            let heard = reader.heard_to_the_end().await;
            assert!(!heard.ends_with("0\r\n\r\n"), "{piece:?}: the end of chunks would make it look whole");
            node.gateway.refresh_gauges();
            assert_eq!(node.metric("cache_entries{shelf=\"responses\"}"), 0, "{piece:?}");
        }
    }
}

/// Fault 25.
#[tokio::test(flavor = "multi_thread")]
async fn an_endless_answer_goes_on_for_who_reads_it_and_is_neither_stored_nor_held() {
    const LIMIT: usize = 64 << 10;
    let origin = Drip::new().await;
    let node = TestNode::start(&format!("{}[cache]\nobject = \"64KiB\"\n", config_for(&origin.url()))).await;
    let mut reader = Listener::of(&node, "/endless").await;
    origin.say("HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\n\r\n");
    origin.say(&"x".repeat(LIMIT));
    reader.until_bytes(LIMIT).await;
    origin.say("y");
    node.until_metric("fills_total{outcome=\"declined\"}", 1).await;
    let mut late = Listener::of(&node, "/endless").await;
    origin.until_hits(2).await;
    late.until("xxx").await;
    for _ in 0..100 {
        origin.say(&"z".repeat(LIMIT));
    }
    reader.until_bytes(100 * LIMIT).await;
    node.gateway.refresh_gauges();
    assert_eq!(node.metric("cache_entries{shelf=\"responses\"}"), 0);
    drop((reader, late));
    origin.until_left(2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_announced_as_too_long_is_not_waited_for() {
    let origin = Drip::new().await;
    let node = TestNode::start(&format!("{}[cache]\nobject = \"1KiB\"\n", config_for(&origin.url()))).await;
    let mut first = Listener::of(&node, "/large").await;
    origin.until_hits(1).await;
    let mut second = Listener::of(&node, "/large").await;
    origin.say("HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 2000\r\n\r\nbeginning");
    assert!(first.until("beginning").await.contains("detail=too-large"));
    origin.until_hits(2).await;
    second.until("beginning").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_condition_is_answered_by_the_head_and_the_rest_arrives_for_others() {
    let origin = Drip::new().await;
    let node = node_over(&origin).await;
    let address = node.address;
    let asked = tokio::spawn(async move { get(address, "/file", &[("if-none-match", "\"v1\"")]).await });
    origin.until_hits(1).await;
    origin.say(STORABLE);
    let reply = asked.await.unwrap();
    assert_eq!((reply.status.as_u16(), reply.body.len()), (304, 0));
    node.until_metric("connections", 0).await;
    let mut late = Listener::of(&node, "/file").await;
    origin.say("0123456789");
    late.until("0123456789").await;
    assert_eq!(origin.hits(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_of_what_is_arriving_is_asked_for_as_it_is() {
    let origin = Drip::new().await;
    let node = node_over(&origin).await;
    let mut reader = Listener::of(&node, "/file").await;
    origin.until_hits(1).await;
    origin.say(STORABLE);
    origin.say("01234");
    reader.until("01234").await;
    let _part = Listener::asking(&node, "GET", "/file", "Range: bytes=0-1\r\n").await;
    origin.until_hits(2).await;
    assert!(origin.heads()[1].contains("range: bytes=0-1"), "{}", origin.heads()[1]);
}

/// A write may have changed what is on its way: it is neither joined nor stored.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_on_its_way_when_it_was_changed_is_not_stored() {
    let origin = Drip::new().await;
    let node = node_over(&origin).await;
    let mut reader = Listener::of(&node, "/file").await;
    origin.until_hits(1).await;
    origin.say(STORABLE);
    origin.say("01234");
    reader.until("01234").await;
    let mut write = Listener::asking(&node, "DELETE", "/file", "").await;
    origin.until_hits(2).await;
    write.until("01234").await;
    origin.say("56789");
    reader.until("0123456789").await;
    write.until("0123456789").await;
    node.until_metric("fills_total{outcome=\"stored\"}", 1).await;
    node.gateway.refresh_gauges();
    assert_eq!(node.metric("cache_entries{shelf=\"responses\"}"), 0);
}

/// Fault 58.
#[tokio::test(flavor = "multi_thread")]
async fn a_target_has_sixteen_selections_and_no_more() {
    let origin = Origin::answering(|asked| {
        answer(&[("cache-control", "max-age=60"), ("vary", "user-agent")], asked.field("user-agent").to_owned())
    })
    .await;
    let node = TestNode::over(&origin.url()).await;
    for agent in 0..40 {
        let agent = format!("agent {agent}");
        let reply = node.get("/page", &[("user-agent", &agent)]).await;
        assert_eq!(reply.text(), agent);
    }
    assert_eq!(node.metric("selections_refused_total"), 24);
    for agent in 0..40 {
        let reply = node.get("/page", &[("user-agent", &format!("agent {agent}"))]).await;
        assert_eq!(reply.is_hit(), agent < 16, "{agent}: {}", reply.cache_status());
    }
    node.advance(61);
    assert_eq!(node.get("/page", &[("user-agent", "agent 0")]).await.text(), "agent 0");
}

/// How long a test waits for what has to come.
const SOON: Duration = Duration::from_secs(20);
