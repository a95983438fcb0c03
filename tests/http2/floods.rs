//! Floods: each ends its connection, and nobody else notices.

use super::{PICTURE, get, has_status, node_with_picture, still_serves};
use crate::harness::{Frame, Http2};

const ENHANCE_YOUR_CALM: u32 = 11;

/// Reads to the end: the code of the farewell, if there is one before it.
async fn farewell(client: &mut Http2) -> Option<u32> {
    let mut code = None;
    while let Some(frame) = client.next().await {
        if frame.kind == Frame::GO_AWAY {
            code = Some(frame.code());
        }
    }
    code
}

/// Fault 27.
#[tokio::test(flavor = "multi_thread")]
async fn requests_that_are_reset_at_once_end_the_connection() {
    let (_origin, node) = node_with_picture().await;
    let mut client = Http2::to(node.address).await;
    let cancel = 8_u32.to_be_bytes();
    let frames: Vec<Frame> = (0..2000)
        .flat_map(|number| [get(number * 2 + 1, PICTURE), Frame::of(Frame::RESET, number * 2 + 1, &cancel)])
        .collect();
    client.send(&frames).await;
    let code = farewell(&mut client).await;
    assert!(matches!(code, None | Some(ENHANCE_YOUR_CALM)), "{code:?}");
    still_serves(&node).await;
}

/// Fault 28.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_makes_the_node_reset_its_streams_is_cut_off() {
    let (_origin, node) = node_with_picture().await;
    let mut client = Http2::to(node.address).await;
    // A window that grows beyond its end is a fault of its stream (RFC 9113 §6.9.1).
    let most = i32::MAX.to_be_bytes();
    let frames: Vec<Frame> = (0..2000)
        .flat_map(|number| [get(number * 2 + 1, PICTURE), Frame::of(Frame::WINDOW_UPDATE, number * 2 + 1, &most)])
        .collect();
    client.send(&frames).await;
    let code = farewell(&mut client).await;
    assert!(matches!(code, None | Some(ENHANCE_YOUR_CALM)), "{code:?}");
    still_serves(&node).await;
}

/// Fault 29.
#[tokio::test(flavor = "multi_thread")]
async fn a_head_in_endless_pieces_ends_the_connection() {
    let (origin, node) = node_with_picture().await;
    for piece in [&[][..], &[0x40; 100][..]] {
        let mut client = Http2::to(node.address).await;
        let begin = Frame::headers(1, Frame::END_STREAM, &[(":method", "GET")]);
        client.send(&[begin]).await;
        client.send(&vec![Frame::of(Frame::CONTINUATION, 1, piece); 20_000]).await;
        farewell(&mut client).await;
    }
    assert_eq!(origin.hits(), 0);
    still_serves(&node).await;
}

/// Fault 30.
#[tokio::test(flavor = "multi_thread")]
async fn a_small_block_that_becomes_a_large_head_is_refused() {
    let (origin, node) = node_with_picture().await;
    let mut client = Http2::to(node.address).await;
    let mut bomb = get(1, PICTURE);
    // One large field enters the table, and a byte each repeats it (RFC 7541 §6.2.1, §6.1).
    let value = "x".repeat(3000);
    let mut entry = vec![0x40, 1, b'a', 0x7f];
    entry.extend([(3000 - 127) as u8 & 0x7f | 0x80, ((3000 - 127) >> 7) as u8]);
    entry.extend(value.as_bytes());
    bomb.payload.extend(entry);
    bomb.payload.extend([0xbe; 3000]);
    client.send(&[bomb]).await;
    let outcome = client.outcome(1).await;
    let status = outcome.as_ref().map(|frame| String::from_utf8_lossy(&frame.payload).into_owned());
    let refused =
        outcome.as_ref().is_none_or(|frame| frame.kind == Frame::RESET || !frame.payload.starts_with(&[0x88]));
    assert!(refused, "{status:?}");
    assert_eq!(origin.hits(), 0);
    still_serves(&node).await;
}

/// Fault 34.
#[tokio::test(flavor = "multi_thread")]
async fn frames_that_ask_for_nothing_have_an_end() {
    let (_origin, node) = node_with_picture().await;
    let table = [
        Frame::of(Frame::PING, 0, &[0; 8]),
        Frame::of(Frame::SETTINGS, 0, &[]),
        Frame::of(Frame::PRIORITY, 3, &[0, 0, 0, 0, 16]),
        Frame::of(0x42, 0, b"unknown"),
    ];
    for frame in table {
        let mut client = Http2::to(node.address).await;
        client.send(&vec![frame.clone(); 200]).await;
        client.send(&[get(1, PICTURE)]).await;
        assert!(client.outcome(1).await.is_some(), "{frame:?}: some are nothing to worry about");
        client.send(&vec![frame; 1000]).await;
        farewell(&mut client).await;
    }
    still_serves(&node).await;
}

/// Fault 35.
#[tokio::test(flavor = "multi_thread")]
async fn there_are_so_many_streams_and_none_comes_back() {
    let (origin, node) = node_with_picture().await;
    let mut client = Http2::to(node.address).await;
    let head = |stream| {
        let fields = [(":method", "POST"), (":scheme", "http"), (":authority", "a.example"), (":path", "/upload")];
        Frame::headers(stream, Frame::END_HEADERS, &fields)
    };
    let open: Vec<Frame> = (0..101).map(|number| head(number * 2 + 1)).collect();
    client.send(&open).await;
    let refused = client.until(Frame::RESET, 201).await.unwrap();
    assert_eq!(refused.code(), 7, "REFUSED_STREAM");

    let mut client = Http2::to(node.address).await;
    client.send(&[get(1, PICTURE)]).await;
    assert!(client.outcome(1).await.is_some());
    client.send(&[Frame::of(Frame::DATA, 1, b"late"), get(1, "/again"), get(3, PICTURE)]).await;
    let other = client.outcome(3).await;
    assert!(other.is_none_or(|head| has_status(&head, 200)), "the others go on, or all end");
    assert!(origin.asked().iter().all(|asked| asked.target != "/again"));
    still_serves(&node).await;
}
