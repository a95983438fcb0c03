//! Clients that are slow or many: none keeps a place for nothing, and none makes the node hold much.

use tokio::net::TcpStream;

use crate::harness::{Origin, Program, TestNode, Wire, answer, config_for, get};

async fn node_with(more: &str) -> (Origin, TestNode) {
    let origin = Origin::answering(|asked| {
        let fields = [("cache-control", "max-age=60")];
        if asked.target == "/large" {
            answer(&fields, vec![b'x'; 5 << 20])
        } else {
            answer(&fields, asked.body.clone())
        }
    })
    .await;
    let node = TestNode::start(&format!("{}{more}", config_for(&origin.url()))).await;
    (origin, node)
}

/// Fault 77.
#[tokio::test(flavor = "multi_thread")]
async fn a_head_has_to_come_in_time_however_it_trickles() {
    let (origin, node) = node_with("[timeouts]\nheader-read = \"200ms\"\nidle = \"1h\"\n").await;
    for before in ["", "GET /first HTTP/1.1\r\nHost: a\r\n\r\n"] {
        for begun in ["P", "G", "GET /never HTTP/1.1\r\nHost: a\r\n", "PRI * HTTP/2.0\r\n"] {
            let mut wire = Wire::to(node.address).await;
            wire.send(before).await;
            if !before.is_empty() {
                wire.until("\r\n\r\n").await;
            }
            // Each byte is one of a head: none of them buys more time.
            wire.send(begun).await;
            wire.send("X").await;
            let heard = wire.rest().await;
            assert!(!heard.contains("HTTP/1.1 2"), "{begun}: {heard}");
        }
    }
    node.until_metric("connections", 0).await;
    assert!(origin.asked().iter().all(|asked| asked.target == "/first"));
}

/// Fault 78.
#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_does_not_get_on_is_cut_off() {
    let (origin, node) = node_with("[timeouts]\nstall = \"200ms\"\n").await;
    let counted = "POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nhello";
    let chunked = "POST /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n";
    for request in [counted, chunked] {
        let mut wire = Wire::to(node.address).await;
        wire.send(request).await;
        let heard = wire.rest().await;
        assert!(heard.starts_with("HTTP/1.1 400 ") || heard.starts_with("HTTP/1.1 408 "), "{heard}");
    }
    assert_eq!(origin.hits(), 0);
    node.until_metric("connections", 0).await;
}

/// Fault 79.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_does_not_take_its_answer_is_cut_off() {
    let (_origin, node) = node_with("[timeouts]\nstall = \"200ms\"\n").await;
    assert_eq!(node.get("/large", &[]).await.body.len(), 5 << 20);
    let mut readers = Vec::new();
    for _ in 0..10 {
        let mut wire = Wire::with_receive_buffer(node.address, 4096).await;
        wire.send("GET /large HTTP/1.1\r\nHost: test.example\r\n\r\n").await;
        readers.push(wire);
    }
    for reader in &mut readers {
        reader.until_reset().await;
    }
    assert_eq!(node.metric("connections_closed_total{reason=\"stalled\"}"), 10);
    node.until_metric("connections", 0).await;
}

/// Fault 79: what waits for slow clients is the one stored copy.
#[tokio::test(flavor = "multi_thread")]
async fn slow_readers_of_a_large_file_share_its_memory() {
    let origin = Origin::answering(|_| answer(&[("cache-control", "max-age=60")], vec![b'x'; 5 << 20])).await;
    let url = origin.url();
    let program = tokio::task::spawn_blocking(move || Program::over(&url)).await.unwrap();
    assert_eq!(get(program.address, "/large", &[]).await.body.len(), 5 << 20);
    let before = program.peak_memory();
    let mut readers = Vec::new();
    for _ in 0..200 {
        let mut wire = Wire::with_receive_buffer(program.address, 4096).await;
        wire.send("GET /large HTTP/1.1\r\nHost: test.example\r\n\r\n").await;
        wire.until("\r\n\r\n").await;
        readers.push(wire);
    }
    let grown = program.peak_memory().saturating_sub(before);
    assert!(grown < 64 << 20, "{grown} bytes for 200 readers of 5 MiB");
}

/// Fault 80.
#[tokio::test(flavor = "multi_thread")]
async fn for_one_connection_too_many_the_longest_idle_is_closed() {
    let (_origin, node) = node_with("[limits]\nconnections = 3\n[timeouts]\nidle = \"1h\"\n").await;
    let request = "GET /page HTTP/1.1\r\nHost: a\r\n\r\n";
    let mut idle = Vec::new();
    for _ in 0..3 {
        let mut wire = Wire::to(node.address).await;
        wire.send(request).await;
        assert!(wire.until("\r\n\r\n").await.starts_with("HTTP/1.1 200"));
        idle.push(wire);
    }
    // The first has been used since, so the second has been idle for longest.
    idle[0].send(request).await;
    assert!(idle[0].until("\r\n\r\n").await.starts_with("HTTP/1.1 200"));
    let mut new = Wire::to(node.address).await;
    new.send(request).await;
    assert!(new.until("\r\n\r\n").await.starts_with("HTTP/1.1 200"));
    assert_eq!(idle[1].rest().await, "");
    assert_eq!(node.metric("connections_closed_total{reason=\"displaced\"}"), 1);
    for used in [0, 2] {
        idle[used].send(request).await;
        assert!(idle[used].until("\r\n\r\n").await.starts_with("HTTP/1.1 200"), "{used}");
    }
}

/// Fault 80.
#[tokio::test(flavor = "multi_thread")]
async fn a_connection_at_work_gives_its_place_to_nobody() {
    let (gate, origin) = gated().await;
    let node = TestNode::start(&format!("{}[limits]\nconnections = 1\n", config_for(&origin.url()))).await;
    let mut busy = Wire::to(node.address).await;
    busy.send("GET /page HTTP/1.1\r\nHost: a\r\n\r\n").await;
    origin.until_hits(1).await;
    let mut waiting = Wire::to(node.address).await;
    waiting.send("GET /page HTTP/1.1\r\nHost: a\r\n\r\n").await;
    gate.add_permits(1);
    assert!(busy.until("\r\n\r\n").await.starts_with("HTTP/1.1 200"));
    assert!(waiting.until("\r\n\r\n").await.starts_with("HTTP/1.1 200"), "when the other has ended its work");
}

async fn gated() -> (std::sync::Arc<tokio::sync::Semaphore>, Origin) {
    let gate = std::sync::Arc::new(tokio::sync::Semaphore::new(0));
    let entrance = std::sync::Arc::clone(&gate);
    let origin = Origin::scripted(move |_| {
        let entrance = std::sync::Arc::clone(&entrance);
        Box::pin(async move {
            entrance.acquire().await.unwrap().forget();
            answer(&[("cache-control", "max-age=60")], "x")
        })
    })
    .await;
    (gate, origin)
}

/// Fault 80.
#[tokio::test(flavor = "multi_thread")]
async fn a_process_without_file_descriptors_makes_room() {
    let origin = Origin::answering(|_| answer(&[("cache-control", "max-age=60")], "x")).await;
    let url = origin.url();
    let program = tokio::task::spawn_blocking(move || Program::with_descriptors(&url, 64)).await.unwrap();
    assert_eq!(get(program.address, "/page", &[]).await.status, 200);
    let mut idle = Vec::new();
    for _ in 0..100 {
        idle.push(TcpStream::connect(program.address).await.unwrap());
    }
    for _ in 0..10 {
        assert_eq!(get(program.address, "/page", &[]).await.status, 200);
    }
    drop(idle);
}
