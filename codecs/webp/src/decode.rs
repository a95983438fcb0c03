//! From a lossy picture's bitstream, the payload of a `VP8 ` chunk, to its planes.

use std::collections::TryReserveError;

use crate::convert::Planes;
use crate::vp8;

/// Why there is no picture.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The bytes are no key frame of VP8.
    #[error("the bytes are no key frame of VP8")]
    NotKeyFrame,
    /// A later version of the format.
    #[error("version {0} of VP8 is not known")]
    Version(u8),
    /// A side is 0.
    #[error("the frame has no pixels")]
    Empty,
    /// The frame ends early, or is damaged so that it seems to.
    #[error("the frame ends before its pixels do")]
    Truncated,
    /// The planes would be larger than allowed.
    #[error("the planes would take {bytes} bytes, and {limit} are allowed")]
    TooLarge {
        /// Bytes that they would take.
        bytes: usize,
        /// Bytes that they may take.
        limit: usize,
    },
    /// There is not enough memory.
    #[error("not enough memory to decode WebP")]
    Memory(#[from] TryReserveError),
}

/// Pixels a row and rows of a frame.
///
/// # Errors
/// If the bytes do not begin with the head of a key frame.
pub fn frame_size(frame: &[u8]) -> Result<(usize, usize), DecodeError> {
    vp8::frame_size(frame)
}

/// Decodes a frame whose planes, 384 bytes for each begun square of 16 × 16 pixels, take no more than `limit` bytes. What
/// else is needed is about 100 bytes for each column of such squares.
///
/// Rows of the planes go on to the end of the last square.
///
/// # Errors
/// If the bytes are no whole key frame, or the planes are too large for the limit or for the memory there is.
pub fn decode_frame(frame: &[u8], limit: usize) -> Result<Planes, DecodeError> {
    vp8::decode(frame, limit, EarlyEnd::Refused)
}

/// As [`decode_frame`], of a frame that may end early: from the first row of squares on that is not whole, the planes
/// are grey.
///
/// # Errors
/// Those of [`decode_frame`], but that `Truncated` is only for a frame of which not even the first row is whole.
pub fn decode_beginning(frame: &[u8], limit: usize) -> Result<Planes, DecodeError> {
    vp8::decode(frame, limit, EarlyEnd::Grey)
}

/// What a frame comes to that ends before its pixels do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EarlyEnd {
    /// An error.
    Refused,
    /// What is there, and grey below.
    Grey,
}
