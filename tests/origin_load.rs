//! What an origin is asked at once: a bound, a line before it, and an answer at once for everyone beyond.

use std::sync::Arc;

use http::StatusCode;
use tokio::sync::Semaphore;

use crate::harness::{Origin, TestNode, answer, config_for};

/// An origin that answers as often as the gate lets it.
async fn behind(gate: &Arc<Semaphore>, cache_control: &'static str) -> Origin {
    let gate = Arc::clone(gate);
    Origin::scripted(move |_| {
        let gate = Arc::clone(&gate);
        Box::pin(async move {
            gate.acquire().await.unwrap().forget();
            answer(&[("cache-control", cache_control)], "content")
        })
    })
    .await
}

/// Faults 73 and 75.
#[tokio::test]
async fn an_origin_is_never_asked_more_at_once_than_it_bears() {
    let gate = Arc::new(Semaphore::new(0));
    let origin = behind(&gate, "max-age=60").await;
    let config = format!("{}concurrency = 2\nqueue = 1\nwait = \"20s\"\n", config_for(&origin.url()));
    let node = Arc::new(TestNode::start(&config).await);

    let ask = |target: &'static str| {
        let node = Arc::clone(&node);
        tokio::spawn(async move { node.get(target, &[]).await })
    };
    let served = [ask("/1"), ask("/2")];
    origin.until_hits(2).await;
    let mut beyond: Vec<_> = ["/3", "/4", "/5"].map(ask).into();
    // One of the three waits; whoever finds the line full is answered while nothing else moves.
    let mut turned_away = 0;
    while turned_away < 2 {
        let (reply, _, rest) = futures_util::future::select_all(beyond).await;
        let reply = reply.unwrap();
        assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(reply.field("retry-after"), "1");
        (beyond, turned_away) = (rest, turned_away + 1);
    }
    assert_eq!(origin.hits(), 2);

    gate.add_permits(3);
    for reply in served.into_iter().chain(beyond) {
        assert_eq!(reply.await.unwrap().text(), "content");
    }
    assert_eq!(origin.hits(), 3);
    node.get("/1", &[]).await.is_hit().then_some(()).unwrap();
}

/// Fault 75: overload is a failure of the origin's side, for which what is stale may stand in.
#[tokio::test]
async fn what_is_stale_stands_in_where_the_line_is_full() {
    let gate = Arc::new(Semaphore::new(1));
    let origin = behind(&gate, "max-age=1, stale-if-error=600").await;
    let config = format!("{}concurrency = 1\nqueue = 0\n", config_for(&origin.url()));
    let node = Arc::new(TestNode::start(&config).await);
    assert_eq!(node.get("/stale", &[]).await.text(), "content");
    node.advance(10);

    let busy = tokio::spawn({
        let node = Arc::clone(&node);
        async move { node.get("/other", &[]).await }
    });
    origin.until_hits(2).await;
    let reply = node.get("/stale", &[]).await;
    assert_eq!((reply.status, reply.text().as_str()), (StatusCode::OK, "content"));
    assert_eq!(reply.field("age"), "10");
    assert!(reply.cache_status().contains("fwd=stale"), "{}", reply.cache_status());
    gate.add_permits(1);
    assert_eq!(busy.await.unwrap().status, StatusCode::OK);
}
