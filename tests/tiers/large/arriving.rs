//! Something large while it arrives: it is read, purged, broken off and left.

use std::fs;

use bytes::Bytes;
use http::Method;

use super::{KIB, is_hit_on_disk, stage_with, stored, until_gauge};
use crate::filling::drip::{Drip, Listener};
use crate::harness::{TestNode, ask, request};
use crate::tiers::Stage;
use crate::tiers::removed::purge;

/// Bytes that come at once of something that comes slowly: with it, what is kept for readers slides.
const DRIPPED: usize = 96 * KIB;

fn announced(length: usize) -> String {
    format!("HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nSurrogate-Key: red\r\nContent-Length: {length}\r\n\r\n")
}

async fn dripping(admission: &'static str) -> (Drip, Stage, TestNode) {
    let origin = Drip::new().await;
    let mut stage = Stage { admission, ..stage_with(&Bytes::new()).await };
    stage.upstream = Some(origin.url());
    let node = stage.start().await;
    (origin, stage, node)
}

/// Fault 62.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_purged_while_it_is_written_reaches_who_reads_it_and_is_not_kept() {
    let changes: [(&str, &str); 3] =
        [("everything", "{\"everything\": true}"), ("tag", "{\"tag\": \"red\"}"), ("write", "")];
    for (change, purged) in changes {
        let (origin, stage, node) = dripping("always").await;
        let mut reader = Listener::of(&node, "/file").await;
        origin.until_hits(1).await;
        origin.say(&announced(2 * DRIPPED));
        origin.say(&"a".repeat(DRIPPED));
        reader.until_bytes(DRIPPED).await;
        if purged.is_empty() {
            let mut write = Listener::asking(&node, "DELETE", "/file", "").await;
            origin.until_hits(2).await;
            write.until("aaa").await;
        } else {
            purge(&node, purged).await;
        }
        origin.say(&"b".repeat(DRIPPED));
        let whole = reader.until(&"b".repeat(DRIPPED)).await;
        assert!(whole.contains("a"), "{change}");
        // What is under way is done then.
        node.stop().await;
        assert!(stage.files().iter().all(|file| fs::metadata(file).unwrap().len() < 4096), "{change}");
    }
}

/// Faults 64 and 70.
#[tokio::test(flavor = "multi_thread")]
async fn who_waits_for_something_large_reads_it_while_it_arrives() {
    let (origin, stage, node) = dripping("always").await;
    let mut first = Listener::of(&node, "/file").await;
    origin.until_hits(1).await;
    let mut second = Listener::of(&node, "/file").await;
    origin.say(&announced(DRIPPED + 4));
    origin.say("abcd");
    for listener in [&mut first, &mut second] {
        assert!(listener.until("abcd").await.contains("fwd=uri-miss; stored"));
    }
    let mut late = Listener::of(&node, "/file").await;
    assert!(late.until("abcd").await.contains("; collapsed"));
    origin.say(&"e".repeat(DRIPPED));
    for listener in [&mut first, &mut second, &mut late] {
        listener.until(&"e".repeat(DRIPPED)).await;
    }
    stored(&node, 1).await;
    assert!(is_hit_on_disk(&node, &node.get("/file", &[]).await));
    assert_eq!(origin.hits(), 1);
    drop(stage);
}

/// Faults 16 and 68.
#[tokio::test(flavor = "multi_thread")]
async fn what_breaks_off_or_is_wanted_by_nobody_leaves_nothing_on_the_disk() {
    for deserted in [false, true] {
        let (origin, stage, node) = dripping("always").await;
        let mut reader = Listener::of(&node, "/file").await;
        origin.until_hits(1).await;
        origin.say(&announced(4 * DRIPPED));
        origin.say(&"a".repeat(DRIPPED));
        reader.until_bytes(DRIPPED).await;
        if deserted {
            drop(reader);
            node.until_metric("fills_total{outcome=\"deserted\"}", 1).await;
        } else {
            origin.close();
            node.until_metric("fills_total{outcome=\"failed\"}", 1).await;
            reader.heard_to_the_end().await;
        }
        until_gauge(&node, "disk_bytes{of=\"entries\"}", |bytes| bytes == 0).await;
        node.stop().await;
        assert!(stage.files().is_empty());
        assert_eq!(fs::read_dir(stage.folder.path().join("drafts")).unwrap().count(), 0);
    }
}

/// What most of is here goes on for the next who asks.
#[tokio::test(flavor = "multi_thread")]
async fn a_leader_that_leaves_after_half_of_it_takes_nothing_from_the_disk() {
    let (origin, _stage, node) = dripping("always").await;
    let mut reader = Listener::of(&node, "/file").await;
    origin.until_hits(1).await;
    origin.say(&announced(2 * DRIPPED));
    origin.say(&"a".repeat(DRIPPED + 1));
    reader.until_bytes(DRIPPED).await;
    drop(reader);
    node.until_metric("connections", 0).await;
    origin.say(&"a".repeat(DRIPPED - 1));
    stored(&node, 1).await;
    let hit = ask(node.address, request(&Method::GET, "/file", &[])).await.unwrap();
    assert!(is_hit_on_disk(&node, &hit) && hit.body.len() == 2 * DRIPPED);
}
