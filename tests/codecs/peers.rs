//! The codecs beside programs that everyone has: what `cjpeg` and `cwebp` write is decoded as `djpeg` and `dwebp` decode
//! it, and what is written here is read by `djpeg`, `dwebp` and a third decoder.
//!
//! `cargo xtask test` installs the programs and runs this. Pictures are small, so that the whole matrix takes seconds.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod decoding;
mod encoding;
mod files;
mod frames;
mod programs;
