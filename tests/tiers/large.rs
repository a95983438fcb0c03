//! What is larger than memory keeps of one response: on the disk alone, written while it arrives and read while it is
//! sent.

mod arriving;

use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::join_all;
use http::Method;
use lucarne::disk::DiskLimits;
use lucarne::node::NodeParts;
use tokio::sync::Barrier;

use super::files::Files;
use super::removed::purge;
use super::{Stage, detail, parts, scripted};
use crate::harness::{Fields, Origin, RawOrigin, Reply, Script, TestNode, Then, Wire, answer, status};

const KIB: usize = 1 << 10;

/// More than memory takes, and sixteen blocks of the disk.
const LARGE: usize = 1 << 20;

const FIELDS: Fields<'static> = &[("cache-control", "max-age=100"), ("etag", "\"a\""), ("surrogate-key", "red")];

/// Bytes that differ in every place where parts could be exchanged.
fn content(length: usize) -> Bytes {
    (0..length).map(|at| (at ^ (at >> 8) ^ (at >> 16)) as u8).collect()
}

/// Over an origin with something large; memory takes 64 KiB.
fn small_memory(origin: Origin) -> Stage {
    Stage { cache: "object = \"64KiB\"", ..Stage::over(origin) }
}

async fn stage_with(content: &Bytes) -> Stage {
    let content = content.clone();
    small_memory(Origin::answering(move |_| answer(FIELDS, content.clone())).await)
}

/// Waits until so many fills have been stored.
async fn stored(node: &TestNode, fills: u64) {
    node.until_metric("fills_total{outcome=\"stored\"}", fills).await;
}

async fn until_declined(node: &TestNode, fills: u64) {
    node.until_metric("fills_total{outcome=\"declined\"}", fills).await;
}

/// A number of the disk or of memory, as it is now.
fn gauge(node: &TestNode, name: &str) -> u64 {
    node.gateway.refresh_gauges();
    node.metric(name)
}

async fn until_gauge(node: &TestNode, name: &str, holds: impl Fn(u64) -> bool) {
    let reached = async {
        while !holds(gauge(node, name)) {
            tokio::task::yield_now().await;
        }
    };
    let in_time = tokio::time::timeout(Duration::from_secs(20), reached).await;
    assert!(in_time.is_ok(), "{name} is {}", gauge(node, name));
}

/// The file of the content, which is by far the largest.
fn content_file(stage: &Stage) -> PathBuf {
    stage.files().into_iter().max_by_key(|file| fs::metadata(file).unwrap().len()).unwrap()
}

fn is_hit_on_disk(node: &TestNode, reply: &Reply) -> bool {
    let in_memory = gauge(node, "cache_bytes{shelf=\"responses\"}");
    reply.is_hit() && detail(reply) == "disk" && in_memory < 64 * KIB as u64
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_large_for_memory_is_a_hit_on_the_disk_also_after_a_restart() {
    let content = content(LARGE + 7);
    let head = "HTTP/1.1 200 OK\r\nCache-Control: max-age=100\r\n";
    let counted = [format!("{head}Content-Length: {}\r\n\r\n", content.len()).as_bytes(), &content].concat();
    let size = format!("{head}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n", content.len());
    let chunked = [size.as_bytes(), &content, b"\r\n0\r\n\r\n"].concat();
    for bytes in [counted, chunked] {
        let origin = RawOrigin::answering(bytes, Then::Hang).await;
        let mut stage = stage_with(&content).await;
        stage.upstream = Some(origin.url());
        let node = stage.start().await;
        let first = node.get("/file", &[]).await;
        assert!(first.body == content && first.cache_status().contains("fwd=uri-miss; stored"));
        stored(&node, 1).await;
        let again = node.get("/file", &[]).await;
        assert!(again.body == content && is_hit_on_disk(&node, &again), "{}", again.cache_status());
        let node = stage.restart(node).await;
        stage.clock.advance(Duration::from_secs(10));
        let later = node.get("/file", &[]).await;
        assert!(later.body == content && is_hit_on_disk(&node, &later), "{}", later.cache_status());
        assert!(super::age(&later) >= 10);
        assert_eq!(origin.hits(), 1);
    }
}

/// Fault 55: what is asked for is read, in whole blocks of 64 KiB, and nothing else.
#[tokio::test(flavor = "multi_thread")]
async fn a_part_of_a_large_entry_reads_its_blocks_alone_and_a_head_none() {
    let content = content(LARGE);
    let stage = stage_with(&content).await;
    let node = stage.start().await;
    node.get("/file", &[]).await;
    stored(&node, 1).await;
    node.stop().await;
    let files = Arc::new(Files::default());
    let node = stage.start_on(Some(Arc::clone(&files) as _)).await;
    let get = Method::GET;
    let table: [(Method, Fields<'_>, u16, usize, usize); 10] = [
        (Method::HEAD, &[], 200, 0, 0),
        (get.clone(), &[("if-none-match", "\"a\"")], 304, 0, 0),
        (get.clone(), &[("range", "bytes=2000000-")], 416, 0, 0),
        (get.clone(), &[("range", "bytes=0-9")], 206, 1, 10),
        (get.clone(), &[("range", "bytes=-10")], 206, 1, 10),
        (get.clone(), &[("range", "bytes=65530-65545")], 206, 2, 16),
        (get.clone(), &[("range", "bytes=0-9,500000-500009")], 206, 2, 20),
        (get.clone(), &[("range", "bytes=700000-700009"), ("if-range", "\"a\"")], 206, 1, 10),
        (get.clone(), &[("range", "bytes=700000-700009"), ("if-range", "\"b\"")], 200, 16, LARGE),
        (get, &[], 200, 16, LARGE),
    ];
    for (method, fields, expected, blocks, least) in table {
        drop((files.read(), files.announced()));
        let reply = node.ask(method.clone(), "/file", fields).await;
        assert_eq!((reply.status.as_u16(), detail(&reply)), (expected, "disk"), "{method} {fields:?}");
        let whole_blocks = files.read().iter().filter(|read| read.end - read.start == 64 * KIB as u64).count();
        assert_eq!(whole_blocks, blocks, "{method} {fields:?}");
        let announced = files.announced();
        assert!(announced <= 2 * (blocks * 64 * KIB) as u64, "{method} {fields:?}: {announced}");
        assert!((least..least + KIB).contains(&reply.body.len()), "{method} {fields:?}: {}", reply.body.len());
        match fields.first() {
            Some((_, "bytes=65530-65545")) => assert_eq!(reply.body, content[65530..65546]),
            Some((_, "bytes=0-9,500000-500009")) => {
                assert!(reply.field("content-type").starts_with("multipart/byteranges"));
                let has = |part: &[u8]| reply.body.windows(10).any(|window| window == part);
                assert!(has(&content[..10]) && has(&content[500_000..500_010]));
            }
            _ if expected == 200 && least > 0 => assert!(reply.body == content),
            _ => {}
        }
        if method == Method::HEAD {
            assert_eq!(reply.field("content-length"), LARGE.to_string());
        }
    }
    assert_eq!(stage.origin.hits(), 1);
}

/// Fault 79: each client costs what is between the disk and its socket.
#[tokio::test(flavor = "multi_thread")]
async fn eight_clients_of_one_large_entry_hold_a_small_part_of_it() {
    const CLIENTS: usize = 8;
    const HELD: &str = "disk_bytes{of=\"held\"}";
    let content = content(32 << 20);
    let stage = stage_with(&content).await;
    let node = stage.start().await;
    assert_eq!(node.get("/file", &[]).await.body.len(), content.len());
    stored(&node, 1).await;
    let begun = Arc::new(Barrier::new(CLIENTS + 1));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let (address, content, begun) = (node.address, content.clone(), Arc::clone(&begun));
            tokio::spawn(async move {
                let mut wire = Wire::to(address).await;
                wire.send("GET /file HTTP/1.1\r\nHost: test.example\r\n\r\n").await;
                assert!(wire.until("\r\n\r\n").await.contains("detail=disk"));
                begun.wait().await;
                for piece in content.chunks(256 * KIB) {
                    assert!(wire.take(piece.len()).await.unwrap() == piece);
                }
            })
        })
        .collect();
    // Nobody reads yet, so what is between the disk and the sockets is there.
    until_gauge(&node, HELD, |held| held > 0).await;
    let mut most = gauge(&node, HELD);
    begun.wait().await;
    while !clients.iter().all(|client| client.is_finished()) {
        most = most.max(gauge(&node, HELD));
        tokio::task::yield_now().await;
    }
    join_all(clients).await.into_iter().for_each(|client| client.unwrap());
    until_gauge(&node, HELD, |held| held == 0).await;
    assert!((1..=CLIENTS as u64 * (1 << 20)).contains(&most), "{most} bytes");
    assert_eq!(stage.origin.hits(), 1);
}

/// Fault 86: what was sent before is what was stored, and it does not end as if it were whole.
#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_block_breaks_the_answer_off_and_the_entry_is_fetched_again() {
    let content = content(LARGE);
    let stage = stage_with(&content).await;
    let node = stage.start().await;
    node.get("/file", &[]).await;
    stored(&node, 1).await;
    let file = content_file(&stage);
    let mut bytes = fs::read(&file).unwrap();
    bytes[10 * 64 * KIB + 5000] ^= 1;
    fs::write(&file, bytes).unwrap();
    let part = node.get("/file", &[("range", "bytes=10-19")]).await;
    assert_eq!(part.body, content[10..20], "another block is as good as ever");
    let mut wire = Wire::to(node.address).await;
    wire.send("GET /file HTTP/1.1\r\nHost: test.example\r\n\r\n").await;
    assert!(wire.until("\r\n\r\n").await.contains("detail=disk"));
    let mut sent = Vec::new();
    while let Some(more) = wire.take(4 * KIB).await {
        sent.extend(more);
    }
    assert!(sent.len() <= 10 * 64 * KIB && sent == content[..sent.len()], "{}", sent.len());
    until_gauge(&node, "disk_operations_total{outcome=\"unusable\"}", |count| count == 1).await;
    assert!(!file.exists());
    assert!(node.get("/file", &[]).await.body == content);
    stored(&node, 2).await;
    assert!(is_hit_on_disk(&node, &node.get("/file", &[]).await));
    assert_eq!(stage.origin.hits(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purge_lets_who_reads_read_on_and_nobody_else() {
    let old = content(8 << 20);
    let body = old.clone();
    let script = Script::new(move |_| answer(FIELDS, body.clone()));
    let stage = small_memory(Origin::following(&script).await);
    let node = stage.start().await;
    node.get("/file", &[]).await;
    stored(&node, 1).await;
    let mut wire = Wire::with_receive_buffer(node.address, 4096).await;
    wire.send("GET /file HTTP/1.1\r\nHost: test.example\r\n\r\n").await;
    assert!(wire.until("\r\n\r\n").await.contains("detail=disk"));
    purge(&node, "{\"tag\": \"red\"}").await;
    script.becomes(|_| answer(&[("cache-control", "max-age=100")], "new"));
    assert_eq!(node.get("/file", &[]).await.text(), "new");
    assert!(wire.take(old.len()).await.unwrap() == old);
    let node = stage.restart(node).await;
    assert_eq!(node.get("/file", &[]).await.text(), "new");
    assert_eq!(stage.origin.hits(), 2);
}

/// Fault 92: it may be as slow as it likes.
#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_is_slower_than_the_origin_loses_the_write_and_never_the_answer() {
    let content = content(4 << 20);
    let stage = stage_with(&content).await;
    let files = Arc::new(Files::default());
    let disk_limits = DiskLimits { queue: 1 << 20, ..parts().disk_limits };
    let parts = NodeParts { files: Some(Arc::clone(&files) as _), disk_limits, ..parts() };
    let node = TestNode::assembled(&stage.config(stage.folder.path()), parts, stage.clock.clone()).await;
    files.hold(true);
    assert!(node.get("/file", &[]).await.body == content);
    until_declined(&node, 1).await;
    assert!(gauge(&node, "disk_bytes{of=\"queue\"}") <= 1 << 20);
    files.hold(false);
    until_gauge(&node, "disk_bytes{of=\"queue\"}", |queue| queue == 0).await;
    assert_eq!((gauge(&node, "disk_entries"), gauge(&node, "disk_bytes{of=\"entries\"}")), (0, 0));
}

/// Faults 84 and 85.
#[tokio::test(flavor = "multi_thread")]
async fn no_large_response_fails_for_a_disk_that_is_full_or_fails() {
    for kind in [ErrorKind::StorageFull, ErrorKind::PermissionDenied, ErrorKind::NotFound] {
        let content = content(LARGE);
        let stage = stage_with(&content).await;
        let files = Arc::new(Files::default());
        let node = stage.start_on(Some(Arc::clone(&files) as _)).await;
        files.fail(kind);
        for fills in 1..3 {
            assert!(node.get("/file", &[]).await.body == content, "{kind:?}");
            until_declined(&node, fills).await;
        }
        assert_eq!(gauge(&node, "disk_entries"), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_large_is_written_when_it_is_asked_for_a_second_time() {
    let content = content(LARGE);
    let stage = Stage { admission: "second-request", ..stage_with(&content).await };
    let node = stage.start().await;
    let first = node.get("/file", &[]).await;
    assert_eq!((first.body == content, detail(&first)), (true, "seen-once"));
    assert_eq!(gauge(&node, "disk_entries"), 0);
    let second = node.get("/file", &[]).await;
    assert!(second.body == content && second.cache_status().ends_with("; stored"), "{}", second.cache_status());
    stored(&node, 1).await;
    assert!(is_hit_on_disk(&node, &node.get("/file", &[]).await));
    assert_eq!(stage.origin.hits(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_memory_took_once_and_takes_no_more_is_sent_from_the_disk() {
    let content = content(LARGE);
    let mut stage = Stage { cache: "", ..stage_with(&content).await };
    let node = stage.start().await;
    node.get("/file", &[]).await;
    assert_eq!(detail(&node.get("/file", &[]).await), "memory");
    node.stop().await;
    stage.cache = "object = \"64KiB\"";
    let node = stage.start().await;
    for _ in 0..2 {
        let hit = node.get("/file", &[]).await;
        assert!(hit.body == content && is_hit_on_disk(&node, &hit), "{}", hit.cache_status());
    }
    assert_eq!(stage.origin.hits(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_larger_than_an_entry_may_be_is_passed_on() {
    let content = content(LARGE);
    let stage = Stage { disk: "object = \"512KiB\"", ..stage_with(&content).await };
    let node = stage.start().await;
    for _ in 0..2 {
        let reply = node.get("/file", &[]).await;
        assert_eq!((reply.body == content, detail(&reply)), (true, "too-large"));
    }
    assert_eq!(gauge(&node, "disk_entries"), 0);
}

/// A 304 writes the head anew, and leaves the content where it is.
#[tokio::test(flavor = "multi_thread")]
async fn a_validation_of_something_large_writes_its_head_alone() {
    let content = content(LARGE);
    let body = content.clone();
    let origin = Origin::answering(move |asked| match (asked.method.as_str(), asked.field("if-none-match")) {
        ("HEAD", _) => status(200, &[FIELDS, &[("x-told", "by a HEAD")]].concat(), ""),
        (_, "\"a\"") => status(304, &[FIELDS, &[("x-told", "by a 304")]].concat(), ""),
        _ => answer(FIELDS, body.clone()),
    })
    .await;
    let stage = small_memory(origin);
    let mut node = stage.start().await;
    node.get("/file", &[]).await;
    stored(&node, 1).await;
    let file = content_file(&stage);
    let mut asked = 1;
    for (method, told) in [(Method::GET, "by a 304"), (Method::HEAD, "by a HEAD")] {
        stage.clock.advance(Duration::from_secs(150));
        let validated = node.ask(method.clone(), "/file", &[]).await;
        assert!(validated.cache_status().contains("fwd=stale"), "{}", validated.cache_status());
        assert!(method == Method::HEAD || validated.body == content);
        asked += 1;
        for _ in 0..2 {
            let hit = node.get("/file", &[]).await;
            assert!(hit.body == content && is_hit_on_disk(&node, &hit), "{}", hit.cache_status());
            assert_eq!(hit.field("x-told"), told);
            node = stage.restart(node).await;
        }
        assert_eq!((content_file(&stage), stage.origin.hits()), (file.clone(), asked), "{method}");
    }
}

/// The whole is not waited for, which may take long.
#[tokio::test(flavor = "multi_thread")]
async fn a_part_of_something_large_that_has_changed_is_asked_for_as_it_is() {
    let (old, new) = (content(LARGE), Bytes::from(vec![b'n'; LARGE]));
    let changed = Arc::new(AtomicBool::new(false));
    let has_changed = Arc::clone(&changed);
    let origin = Origin::answering(move |asked| {
        if !has_changed.load(Ordering::Relaxed) {
            answer(FIELDS, old.clone())
        } else if asked.field("range") == "bytes=0-9" {
            status(206, &[("content-range", "bytes 0-9/1048576")], "nnnnnnnnnn")
        } else {
            answer(&[("cache-control", "max-age=100"), ("etag", "\"b\"")], new.clone())
        }
    })
    .await;
    let stage = small_memory(origin);
    let node = stage.start().await;
    node.get("/file", &[]).await;
    stored(&node, 1).await;
    changed.store(true, Ordering::Relaxed);
    stage.clock.advance(Duration::from_secs(150));
    let part = node.get("/file", &[("range", "bytes=0-9")]).await;
    assert_eq!((part.status.as_u16(), part.text().as_str()), (206, "nnnnnnnnnn"));
    assert!(node.get("/file", &[]).await.body.iter().all(|byte| *byte == b'n'));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_grows_or_shrinks_is_in_one_tier_alone() {
    let script = scripted("small");
    let stage = small_memory(Origin::following(&script).await);
    let large = content(LARGE);
    let node = stage.start().await;
    assert_eq!(node.get("/file", &[]).await.text(), "small");
    let (body, mut fills) = (large.clone(), 1);
    for _ in 0..2 {
        let body = body.clone();
        script.becomes(move |_| answer(FIELDS, body.clone()));
        stage.clock.advance(Duration::from_secs(150));
        assert!(node.get("/file", &[]).await.body == large);
        fills += 1;
        stored(&node, fills).await;
        assert!(is_hit_on_disk(&node, &node.get("/file", &[]).await));
        assert_eq!(gauge(&node, "cache_entries{shelf=\"responses\"}"), 0);
        script.becomes(|_| answer(&[("cache-control", "max-age=100")], "small"));
        stage.clock.advance(Duration::from_secs(150));
        node.get("/file", &[]).await;
        fills += 1;
        let hit = node.get("/file", &[]).await;
        assert_eq!((hit.text().as_str(), detail(&hit)), ("small", "memory"));
        until_gauge(&node, "disk_bytes{of=\"entries\"}", |bytes| bytes < 64 * KIB as u64).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn selections_of_something_large_are_told_apart() {
    let origin = Origin::answering(|asked| {
        let language = asked.field("accept-language").to_owned();
        let fields = [("cache-control", "max-age=100"), ("vary", "accept-language"), ("content-language", &language)];
        answer(&fields, language.repeat(LARGE / 2))
    })
    .await;
    let stage = small_memory(origin);
    let mut node = stage.start().await;
    for (fills, language) in [(1, "de"), (2, "fr")] {
        node.get("/file", &[("accept-language", language)]).await;
        stored(&node, fills).await;
    }
    for _ in 0..2 {
        for language in ["fr", "de"] {
            let reply = node.get("/file", &[("accept-language", language)]).await;
            assert!(is_hit_on_disk(&node, &reply) && reply.text() == language.repeat(LARGE / 2));
        }
        node = stage.restart(node).await;
    }
    assert_eq!(stage.origin.hits(), 2);
}

/// Fault 89.
#[tokio::test(flavor = "multi_thread")]
async fn what_an_unsafe_request_changed_is_gone_though_it_is_large() {
    let body = content(LARGE);
    let script = Script::new(move |_| answer(FIELDS, body.clone()));
    let stage = small_memory(Origin::following(&script).await);
    let node = stage.start().await;
    node.get("/file", &[]).await;
    stored(&node, 1).await;
    script.becomes(|asked| if asked.method == "POST" { status(200, &[], "") } else { answer(&[], "new") });
    node.ask(Method::POST, "/file", &[]).await;
    let (_left, other) = stage.killed().await;
    assert_eq!(other.get("/file", &[]).await.text(), "new");
    assert_eq!(node.get("/file", &[]).await.text(), "new");
}
