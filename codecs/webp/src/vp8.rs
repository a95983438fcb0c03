//! VP8 key frames. RFC 6386.
//!
//! A frame is coded in one pass over its macroblocks ([`decide`]), from the source's planes ([`macroblock`]) and what was
//! coded before ([`neighbours`]). Bits of coefficients are recorded ([`tokens`]) until all are known, so that their
//! probabilities can be written first ([`frame`]). [`mod@decode`] is the way back.

mod block;
mod boolean;
mod cost;
mod decide;
mod decode;
mod frame;
mod macroblock;
mod method;
mod modes;
mod neighbours;
mod predict;
mod predict4;
mod quantise;
mod reader;
mod room;
mod segments;
mod tables;
mod tokens;
mod transform;
mod trellis;
mod unseen;

use std::collections::TryReserveError;

pub(crate) use decode::{decode, frame_size};
pub(crate) use frame::encode;

/// So many of a value.
pub(crate) fn filled<T: Clone>(len: usize, value: T) -> Result<Vec<T>, TryReserveError> {
    let mut values = Vec::new();
    values.try_reserve_exact(len)?;
    values.resize(len, value);
    Ok(values)
}
