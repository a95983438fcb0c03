//! The main job: pictures are made, resized, cached, and answered as HTTP says.

use crate::harness::pictures::{describe, jpeg};
use crate::harness::{Origin, TestNode};
use image::ImageFormat;

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_is_made_once_and_then_comes_from_the_cache() {
    let origin = Origin::with_picture(jpeg(640, 480), "max-age=60").await;
    let node = TestNode::over(&origin.url()).await;
    let first = node.get("/photo.jpg?width=320", &[]).await;
    assert_eq!(first.status, 200, "{}", first.text());
    assert_eq!(describe(&first.body), (ImageFormat::Jpeg, 320, 240));
    assert_eq!(first.cache_status(), "lucarne; fwd=uri-miss; stored");
    let second = node.get("/photo.jpg?w=320", &[]).await;
    assert!(second.is_hit(), "{}", second.cache_status());
    assert_eq!(second.body, first.body);
    assert_eq!(origin.hits(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_sizes_cost_one_fetch() {
    let origin = Origin::with_picture(jpeg(640, 480), "max-age=60").await;
    let node = TestNode::over(&origin.url()).await;
    for width in 1..=10 {
        let reply = node.get(&format!("/photo.jpg?width={}", width * 20), &[]).await;
        assert_eq!(describe(&reply.body).1, width * 20);
    }
    assert_eq!(origin.hits(), 1);
}
