//! A lossy WebP encoder, with alpha, in the container of RFC 9649; and a decoder of its frames, VP8 key frames (RFC 6386).
//!
//! A picture is given as planes of VP8's own kind, luma and two of chroma at half the size, in BT.601's limited range.
//! [`from_rgb`] and [`from_rgba`] make such planes, [`luma_to_limited`] and [`chroma_to_limited`] make them of a JPEG's.
//!
//! ```
//! let (width, height) = (64, 48);
//! let pixels: Vec<u8> = (0..width * height).flat_map(|i| [(i % width * 4) as u8, (i / width * 5) as u8, 128]).collect();
//! let planes = lucarne_webp::from_rgb(&pixels, width, height)?;
//! let file = lucarne_webp::encode(&planes.source(), &lucarne_webp::Settings::default())?;
//! assert_eq!(&file[8..12], b"WEBP");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`decode_frame`] makes such planes of a frame, which is what the chunk `VP8 ` of a file holds.
//!
//! The same source and settings give the same bytes on every machine: all arithmetic is on integers.
#![forbid(unsafe_code)]

mod alpha;
mod container;
mod convert;
mod decode;
mod encode;
mod plane;
mod source;
mod vp8;

pub use convert::{ConvertError, Planes, chroma_to_limited, from_rgb, from_rgba, luma_to_limited};
pub use decode::{DecodeError, decode_beginning, decode_frame, frame_size};
pub use encode::{EncodeError, Settings, encode};
pub use plane::{Plane, PlaneRef};
pub use source::{MAX_SIDE, Source, SourceError, Yuv420};
