//! A hit runs no Wasm, and a flood of odd requests does not change that.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::join_all;

use crate::harness::pictures::jpeg;
use crate::harness::{Origin, TestNode, answer, status};

const PATHS: usize = 250;
const WISHES: [&str; 4] = ["width=4", "w=8", "height=6&format=png", "width=8&format=auto"];
const HITS: usize = 10_000;
const ODD: usize = 100_000;

fn url(index: usize) -> String {
    format!("/album/{}.jpg?{}", index / WISHES.len() % PATHS, WISHES[index % WISHES.len()])
}

/// One of fifty ways in which clients say what they accept.
fn accept(index: usize) -> String {
    const BEGINNINGS: [&str; 5] =
        ["image/webp", "image/avif,image/webp", "image/webp,image/png", "image/png,image/*;q=0.8", "text/html"];
    format!("{},*/*;q=0.{}", BEGINNINGS[index % 5], index % 50 / 5)
}

/// A request that nobody sends twice: refused, passed on, or a known picture with a parameter that means nothing.
fn odd(index: usize) -> String {
    match index % 50 {
        0 => format!("/missing/{index}"),
        1 => format!("/album/{}.jpg?width=4&unknown={index}", index % PATHS),
        2 => format!("/missing/{index}?width=4"),
        kind if kind < 10 => format!("/album/1.jpg?crop={index}"),
        kind if kind < 20 => format!("/album/{index}.jpg?width=0"),
        _ => format!("/album/1.jpg?width=x{index}"),
    }
}

/// Asks for `HITS` pictures, and returns how many were no hits.
async fn misses(node: &TestNode) -> usize {
    let mut misses = 0;
    for index in 0..HITS {
        // All URLs in turn, each with another Accept in each round.
        let reply = node.handle(&url(index), &[("accept", &accept(index / 1000 * 7 + index))]).await;
        misses += usize::from(!reply.is_hit());
    }
    misses
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hit_runs_no_wasm_whatever_else_is_asked() {
    let picture = Bytes::from(jpeg(16, 12));
    let origin = Origin::answering(move |asked| {
        if asked.target.starts_with("/missing/") {
            return status(404, &[("cache-control", "max-age=60")], "no such picture");
        }
        answer(&[("cache-control", "max-age=3600")], picture.clone())
    })
    .await;
    let node = Arc::new(TestNode::over(&origin.url()).await);

    // Each is used twice: what was used once may be forgotten for what comes later.
    for _ in 0..2 {
        for index in 0..PATHS * WISHES.len() {
            for accept in ["image/webp", "*/*"] {
                assert_eq!(node.handle(&url(index), &[("accept", accept)]).await.status, 200);
            }
        }
    }
    // For who reads no WebP, the negotiated picture is the second one: an equal plan, and so the same entry.
    assert_eq!(node.transforms(), 4 * PATHS as u64);

    let calls = node.component_calls();
    assert_eq!(misses(&node).await, 0);
    assert_eq!(node.component_calls(), calls, "a hit runs no Wasm");

    let askers = (0..4).map(|asker| {
        let node = Arc::clone(&node);
        tokio::spawn(async move {
            for index in (asker..ODD).step_by(4) {
                node.handle(&odd(index), &[]).await;
            }
        })
    });
    for asked in join_all(askers).await {
        asked.unwrap();
    }
    let after_flood = node.component_calls();
    assert!(after_flood >= calls + ODD as u64, "every odd request had to be decided");

    assert_eq!(misses(&node).await, 0, "the flood pushed nothing out that was in use");
    assert_eq!(node.component_calls(), after_flood, "and no decision either");
}
