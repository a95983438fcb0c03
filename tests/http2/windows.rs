//! Clients that ask and do not take.

use super::{PICTURE, get, has_status, still_serves};
use crate::harness::pictures::jpeg;
use crate::harness::{Frame, Http2, Origin, TestNode, answer, config_for};

/// Fault 31.
#[tokio::test(flavor = "multi_thread")]
async fn a_window_that_does_not_open_ends_the_connection() {
    let origin = Origin::answering(|asked| {
        let fields = [("cache-control", "max-age=60")];
        if asked.target == "/large" { answer(&fields, vec![b'x'; 5 << 20]) } else { answer(&fields, jpeg(64, 64)) }
    })
    .await;
    let patience = "[timeouts]\nstall = \"200ms\"\nidle = \"200ms\"\n";
    let node = TestNode::start(&format!("{}{patience}", config_for(&origin.url()))).await;
    assert_eq!(node.get("/large", &[]).await.body.len(), 5 << 20);
    // A large hit waits before the window; what is left of a small one lies inside the protocol.
    for (path, window) in [("/large", 0), ("/large", 1000), (PICTURE, 0)] {
        let mut client = Http2::with_settings(node.address, &[(4, window)]).await;
        client.send(&[get(1, path)]).await;
        let head = client.outcome(1).await.unwrap();
        assert!(has_status(&head, 200), "{head:?}");
        let mut taken = 0;
        while let Some(frame) = client.next().await {
            taken += if frame.kind == Frame::DATA { frame.payload.len() } else { 0 };
        }
        assert!(taken <= window as usize, "{taken}");
    }
    still_serves(&node).await;
    node.until_metric("connections", 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_without_requests_is_closed_with_a_farewell() {
    let origin = Origin::with_picture(jpeg(64, 64), "max-age=60").await;
    let node = TestNode::start(&format!("{}[timeouts]\nidle = \"100ms\"\n", config_for(&origin.url()))).await;
    let mut client = Http2::to(node.address).await;
    client.send(&[get(1, PICTURE)]).await;
    let farewell = client.until(Frame::GO_AWAY, 0).await.expect("a farewell");
    assert_eq!(farewell.code(), 0);
    while let Some(frame) = client.next().await {
        // RFC 9113 §6.8: whoever is asked whether all was seen says so.
        if frame.kind == Frame::PING && frame.flags == 0 {
            client.send(&[frame.with_flags(1)]).await;
        }
    }
    assert_eq!(node.metric("connections_closed_total{reason=\"idle\"}"), 1);
}
