//! What was purged, invalidated or replaced does not come back, however the process ends.

use http::Method;

use super::{Stage, TOKEN, scripted};
use crate::harness::{Origin, TestNode, answer, ask, status, with_body};

pub(super) async fn purge(node: &TestNode, wanted: &str) {
    let authorization = format!("Bearer {TOKEN}");
    let fields = [("authorization", authorization.as_str())];
    let reply = ask(node.admin, with_body(&Method::POST, "/purge", &fields, wanted.to_owned())).await.unwrap();
    assert_eq!(reply.status, 200, "{}", reply.text());
}

/// Fault 89.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_purged_is_not_on_the_disk_after_a_restart_or_a_kill() {
    let script = scripted("old");
    let stage = Stage::over(Origin::following(&script).await);
    let node = stage.start().await;
    node.get("/page", &[]).await;
    // What is on the disk is read once more, so that it is there for sure.
    let node = stage.restart(node).await;
    assert!(node.get("/page", &[]).await.is_hit());
    purge(&node, "{\"tag\": \"red\"}").await;
    script.becomes(|_| answer(&[("cache-control", "max-age=100")], "new"));
    let (_left, other) = stage.killed().await;
    assert_eq!(other.get("/page", &[]).await.text(), "new");
    let node = stage.restart(node).await;
    assert_eq!(node.get("/page", &[]).await.text(), "new");
}

/// Fault 89: the log of purges is gone with all that it knew.
#[tokio::test(flavor = "multi_thread")]
async fn without_the_log_of_purges_nothing_on_the_disk_counts() {
    let script = scripted("old");
    let stage = Stage::over(Origin::following(&script).await);
    let node = stage.start().await;
    node.get("/page", &[]).await;
    node.stop().await;
    std::fs::remove_file(stage.folder.path().join("purges/purges.log")).unwrap();
    script.becomes(|_| answer(&[], "new"));
    assert_eq!(stage.start().await.get("/page", &[]).await.text(), "new");
}

/// Fault 89.
#[tokio::test(flavor = "multi_thread")]
async fn what_an_unsafe_request_changed_is_gone_from_the_disk_when_it_is_answered() {
    let script = scripted("old");
    let stage = Stage::over(Origin::following(&script).await);
    let node = stage.start().await;
    node.get("/page", &[]).await;
    node.get("/other", &[]).await;
    let node = stage.restart(node).await;
    script.becomes(|asked| match asked.method.as_str() {
        "POST" => status(200, &[("location", "/other")], ""),
        _ => answer(&[("cache-control", "max-age=100")], "new"),
    });
    node.ask(Method::POST, "/page", &[]).await;
    let (_left, other) = stage.killed().await;
    for target in ["/page", "/other"] {
        assert_eq!(other.get(target, &[]).await.text(), "new");
    }
    let node = stage.restart(node).await;
    assert_eq!(node.get("/page", &[]).await.text(), "new");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_response_does_not_outlive_a_newer_one_that_is_not_written() {
    let script = scripted("old");
    let stage = Stage { admission: "second-request", ..Stage::over(Origin::following(&script).await) };
    let node = stage.start().await;
    node.get("/page", &[]).await;
    node.get("/page", &[]).await;
    let node = stage.restart(node).await;
    assert!(node.get("/page", &[]).await.is_hit());
    // It may not be stored any more, and takes the place of what is.
    stage.clock.advance(std::time::Duration::from_secs(150));
    script.becomes(|_| answer(&[("cache-control", "no-store")], "private"));
    assert_eq!(node.get("/page", &[]).await.text(), "private");
    let node = stage.restart(node).await;
    script.becomes(|_| status(503, &[], "down"));
    assert_eq!(node.get("/page", &[]).await.status, 503);
}

#[tokio::test(flavor = "multi_thread")]
async fn selections_of_a_forgotten_target_do_not_come_back() {
    let text = std::sync::Arc::new(parking_lot::Mutex::new("old"));
    let told = std::sync::Arc::clone(&text);
    let origin = Origin::answering(move |asked| {
        if asked.method == "POST" {
            return status(200, &[], "");
        }
        let text = format!("{} {}", told.lock(), asked.field("x-one"));
        answer(&[("cache-control", "max-age=100"), ("vary", "x-one")], text)
    })
    .await;
    let stage = Stage::over(origin);
    let node = stage.start().await;
    for one in ["1", "2"] {
        node.get("/page", &[("x-one", one)]).await;
    }
    let node = stage.restart(node).await;
    node.ask(Method::POST, "/page", &[]).await;
    *text.lock() = "new";
    node.get("/page", &[("x-one", "1")]).await;
    let node = stage.restart(node).await;
    assert_eq!(node.get("/page", &[("x-one", "1")]).await.text(), "new 1");
    assert_eq!(node.get("/page", &[("x-one", "2")]).await.text(), "new 2");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crowded_table_of_purges_does_not_purge_what_only_the_disk_has() {
    use lucarne::cache::{Purge, PurgeMark};
    let stage = Stage::counting(&[("cache-control", "max-age=100")]).await;
    let node = stage.start().await;
    node.get("/page", &[]).await;
    let node = stage.restart(node).await;
    let marks = (0..95_000).map(|tag| PurgeMark::tag(Some("other"), &tag.to_string())).collect();
    node.gateway.purging.purges.purge(Purge::Hard, marks);
    purge(&node, "{\"tag\": \"blue\"}").await;
    assert!(node.gateway.purging.purges.names() < 95_000);
    assert!(node.get("/page", &[]).await.is_hit());
}
