//! What is sent of a stored response's content. Only here is it known where that content is: in memory.

use std::ops::Range;

use bytes::Bytes;

use crate::cache::StoredResponse;
use crate::respond::Body;
use crate::respond::multipart::Piece;

/// How many bytes there are.
pub(super) fn length(response: &StoredResponse) -> u64 {
    response.body.len() as u64
}

/// All of them.
pub(super) fn whole(response: &StoredResponse) -> Body {
    Body::from(bytes(response))
}

/// The same, as they are.
pub(super) fn bytes(response: &StoredResponse) -> Bytes {
    response.body.clone()
}

/// One part of them.
///
/// INVARIANT: within them, as every part of [`super::range::Ranges`] is.
pub(super) fn part(response: &StoredResponse, part: &Range<u64>) -> Body {
    Body::from(shared(response, part))
}

/// Parts of them with text between. Nothing is copied.
pub(super) fn pieces(response: &StoredResponse, pieces: Vec<Piece>) -> Body {
    let bytes = |piece| match piece {
        Piece::Text(text) => text,
        Piece::Content(part) => shared(response, &part),
    };
    pieces.into_iter().map(bytes).collect()
}

fn shared(response: &StoredResponse, part: &Range<u64>) -> Bytes {
    // What is in memory has a length that memory has.
    let place = |offset: u64| usize::try_from(offset).unwrap_or(usize::MAX);
    response.body.slice(place(part.start)..place(part.end))
}
