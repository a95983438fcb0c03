//! Several parts of one content as one message: `multipart/byteranges` (RFC 9110 §14.6).

use std::hash::{BuildHasher as _, RandomState};
use std::ops::Range;

use bytes::Bytes;
use http::HeaderValue;

use crate::respond::range::Ranges;

/// What an answer consists of, one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// These bytes.
    Text(Bytes),
    /// These bytes of the content.
    Content(Range<u64>),
}

/// Several parts, with what introduces each of them.
#[derive(Debug)]
pub(super) struct Multipart {
    /// The field's value.
    pub(super) content_type: HeaderValue,
    /// To be sent in this order.
    pub(super) pieces: Vec<Piece>,
    /// Bytes of all of them.
    pub(super) length: u64,
}

impl Multipart {
    /// These parts of content of this type.
    pub(super) fn of(ranges: &Ranges, content_type: Option<&HeaderValue>) -> Self {
        Self::divided(ranges, content_type, &boundary())
    }

    fn divided(ranges: &Ranges, content_type: Option<&HeaderValue>, boundary: &str) -> Self {
        let mut pieces = Vec::with_capacity(2 * ranges.parts().len() + 1);
        for part in ranges.parts() {
            let mut text = if pieces.is_empty() { Vec::new() } else { b"\r\n".to_vec() };
            text.extend_from_slice(format!("--{boundary}\r\n").as_bytes());
            if let Some(content_type) = content_type {
                text.extend_from_slice(b"Content-Type: ");
                text.extend_from_slice(content_type.as_bytes());
                text.extend_from_slice(b"\r\n");
            }
            text.extend_from_slice(format!("Content-Range: {}\r\n\r\n", ranges.content_range(part)).as_bytes());
            pieces.extend([Piece::Text(text.into()), Piece::Content(part.clone())]);
        }
        pieces.push(Piece::Text(format!("\r\n--{boundary}--\r\n").into()));
        let length = pieces.iter().map(Piece::len).sum();
        let content_type = HeaderValue::try_from(format!("multipart/byteranges; boundary={boundary}"))
            .expect("INVARIANT: a boundary is of letters and digits");
        Self { content_type, pieces, length }
    }
}

impl Piece {
    pub(super) fn len(&self) -> u64 {
        match self {
            Self::Text(text) => text.len() as u64,
            Self::Content(part) => part.end - part.start,
        }
    }
}

/// A line that is in no content: 128 bits that nobody can foresee, so nobody can write content that has them either.
fn boundary() -> String {
    let half = || RandomState::new().hash_one(());
    format!("{:016x}{:016x}", half(), half())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::respond::range::{self, Requested, tests::map};

    #[test]
    fn parts_are_written_as_rfc_9110_says() {
        let request = map(&[("range", "bytes=-6,0-4")]);
        let Requested::Parts(ranges) = range::requested(&request, &map(&[]), 1000) else { panic!("two parts") };
        let written = |content_type: Option<&HeaderValue>| {
            let multipart = Multipart::divided(&ranges, content_type, "b");
            let mut text = String::new();
            for piece in &multipart.pieces {
                match piece {
                    Piece::Text(bytes) => text.push_str(std::str::from_utf8(bytes).expect("text")),
                    Piece::Content(part) => text.push_str(&"x".repeat((part.end - part.start) as usize)),
                }
            }
            assert_eq!(multipart.length, text.len() as u64);
            assert_eq!(multipart.content_type, "multipart/byteranges; boundary=b");
            text
        };
        assert_eq!(
            written(Some(&HeaderValue::from_static("image/png"))),
            "--b\r\nContent-Type: image/png\r\nContent-Range: bytes 994-999/1000\r\n\r\nxxxxxx\r\n\
             --b\r\nContent-Type: image/png\r\nContent-Range: bytes 0-4/1000\r\n\r\nxxxxx\r\n--b--\r\n"
        );
        assert_eq!(
            written(None),
            "--b\r\nContent-Range: bytes 994-999/1000\r\n\r\nxxxxxx\r\n\
             --b\r\nContent-Range: bytes 0-4/1000\r\n\r\nxxxxx\r\n--b--\r\n"
        );
    }

    #[test]
    fn no_two_boundaries_are_the_same() {
        let (one, other) = (boundary(), boundary());
        assert_ne!(one, other);
        assert_ne!(one[..16], one[16..]);
        assert!(one.len() == 32 && one.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    }
}
