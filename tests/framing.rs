//! HTTP/1 by the letter: what could be read in two ways reaches nobody, and what is in order is answered in order.

mod bodies;
mod heads;

use http::Response;
use http_body_util::Full;

use crate::harness::{Origin, TestNode, answer};

/// An origin whose answers say what was asked, and a node before it.
async fn echo() -> (Origin, TestNode) {
    echo_with("").await
}

async fn echo_with(more: &str) -> (Origin, TestNode) {
    let origin = Origin::answering(|asked| -> Response<Full<bytes::Bytes>> {
        let said = format!("<{} {} {}>", asked.method, asked.target, String::from_utf8_lossy(&asked.body));
        answer(&[("cache-control", "max-age=60")], said)
    })
    .await;
    let node = TestNode::start(&format!("{}{more}", crate::harness::config_for(&origin.url()))).await;
    (origin, node)
}
