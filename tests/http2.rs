//! HTTP/2 with prior knowledge on the same port: what works, and what floods and broken frames come to.

mod floods;
mod messages;
mod windows;

use crate::harness::pictures::jpeg;
use crate::harness::{Frame, Http2, Origin, TestNode};

const PICTURE: &str = "/photo.jpg?width=32";

async fn node_with_picture() -> (Origin, TestNode) {
    let origin = Origin::with_picture(jpeg(64, 64), "max-age=60").await;
    let node = TestNode::over(&origin.url()).await;
    (origin, node)
}

/// A whole GET.
fn get(stream: u32, path: &str) -> Frame {
    let fields = [(":method", "GET"), (":scheme", "http"), (":authority", "a.example"), (":path", path)];
    Frame::headers(stream, Frame::END_STREAM | Frame::END_HEADERS, &fields)
}

/// Whether the status in a response's head is this one: 200 and 400 have entries in the static table, others end with
/// their digits or Huffman's form of them.
fn has_status(head: &Frame, status: u16) -> bool {
    let indexed = match status {
        200 => 0x88,
        400 => 0x8c,
        _ => panic!("not in the table"),
    };
    head.kind == Frame::HEADERS && head.payload.first() == Some(&indexed)
}

/// A node that has cut one client off serves the next.
async fn still_serves(node: &TestNode) {
    assert_eq!(node.get(PICTURE, &[]).await.status, 200);
    let mut client = Http2::to(node.address).await;
    client.send(&[get(1, PICTURE)]).await;
    let head = client.outcome(1).await.unwrap();
    assert!(has_status(&head, 200), "{head:?}");
}
