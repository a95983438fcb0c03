//! HTTP/2 frame by frame, as no well-behaved client writes them.

use std::net::SocketAddr;

use super::Wire;

/// A client that writes frames.
pub(crate) struct Http2 {
    pub(crate) wire: Wire,
}

/// A frame that came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) kind: u8,
    pub(crate) flags: u8,
    pub(crate) stream: u32,
    pub(crate) payload: Vec<u8>,
}

impl Frame {
    pub(crate) const DATA: u8 = 0;
    pub(crate) const HEADERS: u8 = 1;
    pub(crate) const PRIORITY: u8 = 2;
    pub(crate) const RESET: u8 = 3;
    pub(crate) const SETTINGS: u8 = 4;
    pub(crate) const PING: u8 = 6;
    pub(crate) const GO_AWAY: u8 = 7;
    pub(crate) const WINDOW_UPDATE: u8 = 8;
    pub(crate) const CONTINUATION: u8 = 9;

    pub(crate) const END_STREAM: u8 = 1;
    pub(crate) const END_HEADERS: u8 = 4;

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let length = u32::try_from(self.payload.len()).unwrap().to_be_bytes();
        let head = [&length[1..], &[self.kind, self.flags], &self.stream.to_be_bytes()].concat();
        [head, self.payload.clone()].concat()
    }

    /// A request's head, or a part of one.
    pub(crate) fn headers(stream: u32, flags: u8, fields: &[(&str, &str)]) -> Self {
        Self { kind: Self::HEADERS, flags, stream, payload: block(fields) }
    }

    pub(crate) fn of(kind: u8, stream: u32, payload: &[u8]) -> Self {
        Self { kind, flags: 0, stream, payload: payload.to_vec() }
    }

    pub(crate) fn with_flags(self, flags: u8) -> Self {
        Self { flags, ..self }
    }

    /// The code in a reset or at the end.
    pub(crate) fn code(&self) -> u32 {
        let place = if self.kind == Self::GO_AWAY { 4 } else { 0 };
        u32::from_be_bytes(self.payload[place..place + 4].try_into().unwrap())
    }
}

impl Http2 {
    /// A connection whose preface and settings are sent.
    pub(crate) async fn to(address: SocketAddr) -> Self {
        Self::with_settings(address, &[]).await
    }

    /// With these settings.
    pub(crate) async fn with_settings(address: SocketAddr, settings: &[(u16, u32)]) -> Self {
        let mut wire = Wire::to(address).await;
        wire.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await;
        let settings: Vec<u8> = settings
            .iter()
            .flat_map(|(name, value)| [&name.to_be_bytes()[..], &value.to_be_bytes()].concat())
            .collect();
        let mut client = Self { wire };
        client.send(&[Frame::of(Frame::SETTINGS, 0, &settings)]).await;
        client
    }

    pub(crate) async fn send(&mut self, frames: &[Frame]) {
        let bytes: Vec<u8> = frames.iter().flat_map(Frame::bytes).collect();
        self.wire.send(bytes).await;
    }

    /// The next frame; none if the node hangs up.
    pub(crate) async fn next(&mut self) -> Option<Frame> {
        let head = self.wire.take(9).await?;
        let length = usize::from(head[0]) << 16 | usize::from(head[1]) << 8 | usize::from(head[2]);
        let payload = self.wire.take(length).await?;
        let stream = u32::from_be_bytes(head[5..9].try_into().unwrap());
        Some(Frame { kind: head[3], flags: head[4], stream, payload })
    }

    /// The next frame of this kind on this stream; none if the node hangs up before.
    pub(crate) async fn until(&mut self, kind: u8, stream: u32) -> Option<Frame> {
        loop {
            let frame = self.next().await?;
            if (frame.kind, frame.stream) == (kind, stream) {
                return Some(frame);
            }
        }
    }

    /// What becomes of a stream: its head or its reset; none if the node hangs up.
    pub(crate) async fn outcome(&mut self, stream: u32) -> Option<Frame> {
        loop {
            let frame = self.next().await?;
            if frame.stream == stream && [Frame::HEADERS, Frame::RESET].contains(&frame.kind) {
                return Some(frame);
            }
        }
    }
}

/// The fields of a GET for this path.
pub(crate) fn block(fields: &[(&str, &str)]) -> Vec<u8> {
    let mut block = Vec::new();
    for (name, value) in fields {
        // Literals that are not indexed (RFC 7541 §6.2.2), without Huffman coding.
        block.push(0);
        text(&mut block, name);
        text(&mut block, value);
    }
    block
}

fn text(block: &mut Vec<u8>, text: &str) {
    match text.len() {
        length @ 0..127 => block.push(u8::try_from(length).unwrap()),
        mut length => {
            // RFC 7541 §5.1.
            block.push(127);
            length -= 127;
            while length >= 128 {
                block.push(u8::try_from(length % 128 + 128).unwrap());
                length /= 128;
            }
            block.push(u8::try_from(length).unwrap());
        }
    }
    block.extend_from_slice(text.as_bytes());
}
