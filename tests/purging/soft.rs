//! Soft purges: what they hit is stale, and nothing more.

use bytes::Bytes;
use serde_json::json;

use super::{counting, node_over, purge};
use crate::harness::pictures::{describe, jpeg};
use crate::harness::{Origin, Script, answer, status};

/// Fault 63.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_softly_purged_is_served_once_and_revalidated() {
    let origin = counting(&[("cache-control", "max-age=60"), ("etag", "\"v1\""), ("surrogate-key", "red")]).await;
    let node = node_over(&origin).await;
    node.get("/page", &[]).await;
    purge(&node, json!({ "tag": "red", "soft": true })).await;
    let stale = node.get("/page", &[]).await;
    assert_eq!((stale.is_hit(), stale.text().as_str()), (true, "answer 1"));
    origin.until_hits(2).await;
    assert_eq!(origin.asked()[1].field("if-none-match"), "\"v1\"");
    node.gateway.tasks.close();
    node.gateway.tasks.wait().await;
    let fresh = node.get("/page", &[]).await;
    assert_eq!((fresh.is_hit(), fresh.text().as_str()), (true, "answer 2"));
    assert_eq!(origin.hits(), 2, "what was revalidated is fresh");
}

/// Fault 63, for pictures: the source is asked about once, and a picture that has not changed is not made again.
#[tokio::test(flavor = "multi_thread")]
async fn a_picture_that_was_softly_purged_is_served_once_and_revalidated() {
    for changed in [false, true] {
        let (old, new) = (Bytes::from(jpeg(64, 64)), Bytes::from(jpeg(64, 32)));
        let fields = [("cache-control", "max-age=60"), ("etag", "\"v1\"")];
        let script = Script::new(move |_| answer(&fields, old.clone()));
        let origin = Origin::following(&script).await;
        let node = node_over(&origin).await;
        node.get("/photo.jpg?width=64", &[]).await;
        script.becomes(move |_| if changed { answer(&fields, new.clone()) } else { status(304, &fields, "") });
        purge(&node, json!({ "url": "http://test.example/photo.jpg?width=64", "soft": true })).await;
        let stale = node.get("/photo.jpg?width=64", &[]).await;
        assert_eq!((stale.is_hit(), describe(&stale.body).2), (true, 64));
        origin.until_hits(2).await;
        node.gateway.tasks.close();
        node.gateway.tasks.wait().await;
        let fresh = node.get("/photo.jpg?width=64", &[]).await;
        assert_eq!((fresh.is_hit(), describe(&fresh.body).2), (true, if changed { 32 } else { 64 }));
        assert_eq!((origin.hits(), node.transforms()), (2, 1 + u64::from(changed)));
        assert_eq!(origin.asked()[1].field("if-none-match"), "\"v1\"");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_must_be_validated_is_not_served_after_a_soft_purge() {
    let origin = counting(&[("cache-control", "max-age=60, must-revalidate")]).await;
    let node = node_over(&origin).await;
    node.get("/page", &[]).await;
    assert!(node.get("/page", &[]).await.is_hit());
    purge(&node, json!({ "site": "test.example", "soft": true })).await;
    let validated = node.get("/page", &[]).await;
    assert_eq!((validated.is_hit(), validated.text().as_str()), (false, "answer 2"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hard_purge_is_not_softened_by_a_soft_one() {
    let origin = counting(&[("cache-control", "max-age=60")]).await;
    let node = node_over(&origin).await;
    node.get("/page", &[]).await;
    purge(&node, json!({ "url": "http://test.example/page" })).await;
    purge(&node, json!({ "everything": true, "soft": true })).await;
    assert_eq!(node.get("/page", &[]).await.text(), "answer 2");
}
