//! A lossy WebP encoder: VP8 key frames (RFC 6386) in the container of RFC 9649, with alpha.
#![forbid(unsafe_code)]
