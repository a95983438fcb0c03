//! What is sent of a stored response's content. Only here is it known where that content is: in memory, or on the disk,
//! from where no more is read than is sent.

use std::io;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use crate::cache::{Content, StoredResponse};
use crate::respond::Body;
use crate::respond::multipart::Piece;
use crate::upstream::FetchError;

/// How many bytes there are.
pub(super) fn length(response: &StoredResponse) -> u64 {
    response.body.len()
}

/// All of them.
pub(super) fn whole(response: &StoredResponse) -> Body {
    part(response, &(0..length(response)))
}

/// One part of them.
///
/// INVARIANT: within them, as every part of [`super::range::Ranges`] is.
pub(super) fn part(response: &StoredResponse, part: &Range<u64>) -> Body {
    match &response.body {
        Content::Memory(bytes) => Body::from(shared(bytes, part)),
        Content::Disk(_) => pieces(response, vec![Piece::Content(part.clone())]),
    }
}

/// Parts of them with text between. Nothing in memory is copied.
pub(super) fn pieces(response: &StoredResponse, pieces: Vec<Piece>) -> Body {
    match &response.body {
        Content::Memory(bytes) => {
            let bytes = |piece| match piece {
                Piece::Text(text) => text,
                Piece::Content(part) => shared(bytes, &part),
            };
            pieces.into_iter().map(bytes).collect()
        }
        Content::Disk(content) => {
            let (content, length) = (content.clone(), pieces.iter().map(Piece::len).sum());
            let read = stream::iter(pieces).flat_map(move |piece| match piece {
                Piece::Text(text) => stream::iter([Ok(text)]).left_stream(),
                Piece::Content(part) => content.stream(part).map_err(unreadable).right_stream(),
            });
            Body::exactly(length, read)
        }
    }
}

/// It ends as a connection does that breaks off.
fn unreadable(error: io::Error) -> FetchError {
    FetchError::Reset(Arc::new(error))
}

fn shared(bytes: &Bytes, part: &Range<u64>) -> Bytes {
    // What is in memory has a length that memory has.
    let place = |offset: u64| usize::try_from(offset).unwrap_or(usize::MAX);
    bytes.slice(place(part.start)..place(part.end))
}
