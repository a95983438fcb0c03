//! More than the node can make: what is stored is answered as ever, and what cannot be made is refused at once.

use std::sync::Arc;

use tokio::task::JoinSet;

use crate::harness::pictures::{describe, jpeg};
use crate::harness::{Line, Origin, TestNode, config_for, request};

/// Transforms that may wait.
const QUEUE: u64 = 4;
/// Transforms that are asked for besides.
const SURPLUS: u32 = 64;
/// Hits for each transform in surplus.
const HITS: u32 = 10;

/// Fault 83: transforms go first. The one place is held throughout, so that whatever is answered did not wait for it.
#[tokio::test(flavor = "multi_thread")]
async fn with_the_line_full_every_hit_is_answered_and_every_surplus_transform_is_refused_at_once() {
    let origin = Origin::with_picture(jpeg(128, 128), "max-age=3600").await;
    let config = format!("{}[images]\nconcurrency = 1\nqueue = {QUEUE}\nwait = \"1h\"\n", config_for(&origin.url()));
    let node = Arc::new(TestNode::start(&config).await);
    let kept = node.get("/photo.jpg?width=100", &[]).await;
    let file = node.get("/file", &[]).await;
    let place = node.gateway.images.place(1).await.unwrap();

    let mut in_line = JoinSet::new();
    for width in 1..=QUEUE {
        let node = Arc::clone(&node);
        in_line.spawn(async move { (width, node.get(&format!("/photo.jpg?width={width}"), &[]).await) });
    }
    node.until_metric("image_queue_waiting", QUEUE).await;

    let mut clients = JoinSet::new();
    for number in 0..SURPLUS {
        let (node, kept, file) = (Arc::clone(&node), kept.body.clone(), file.body.clone());
        clients.spawn(async move {
            let mut line = Line::to(node.address).await;
            let mut ask = async |target: &str| line.ask(request(&http::Method::GET, target, &[])).await.unwrap();
            let refused = ask(&format!("/photo.jpg?width={}&quality=70", 20 + number)).await;
            assert_eq!((refused.status.as_u16(), refused.field("retry-after")), (503, "2"), "{}", refused.text());
            for _ in 0..HITS {
                let (picture, passed) = (ask("/photo.jpg?width=100").await, ask("/file").await);
                assert!(picture.is_hit() && passed.is_hit());
                assert!(picture.body == kept && passed.body == file, "a hit has the bytes that were stored");
            }
        });
    }
    while let Some(client) = clients.join_next().await {
        client.unwrap();
    }
    assert_eq!((node.transforms(), node.metric("image_queue_waiting")), (1, QUEUE), "nothing has moved meanwhile");

    drop(place);
    while let Some(made) = in_line.join_next().await {
        let (width, made) = made.unwrap();
        assert_eq!(u64::from(describe(&made.body).1), width);
    }
    assert_eq!(node.transforms(), 1 + QUEUE, "those in line are made, and nobody else");
}
