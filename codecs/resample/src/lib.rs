//! New samples from old ones: pictures and planes of eight bits a sample, made larger or smaller.
//!
//! A [`Kernel`] says how samples are weighed. A [`Resampler`] is what that comes to on pictures of one size. It takes
//! their rows once, from the top, as a decoder makes them, and keeps only those that it still needs. What is far larger than its result
//! is averaged in whole rows first, down to at least twice as many rows as the result has.
//!
//! Every number is an integer or a float whose operations IEEE 754 defines to the last bit, so the result is the same
//! natively and in WebAssembly. What it does not know: formats, colour spaces beyond sRGB's curve, orientation.
#![forbid(unsafe_code)]

mod across;
mod axis;
mod down;
mod kernel;
mod light;
mod load;
mod resample;
mod store;

pub use axis::Span;
pub use kernel::Kernel;
pub use resample::{Channels, Light, Resampler, Resampling};

/// Memory did not suffice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is not enough memory to resample")]
pub struct OutOfMemory;

/// What samples are between loading and storing: 255 is this many.
///
/// Six bits more than a byte keep what the first pass rounds out of sight of the second, and a kernel that overshoots
/// by half has room in 16 bits.
const WHITE: i16 = 255 << FRACTION;
const FRACTION: u32 = 6;

/// Weights are in units of 2⁻¹⁴: the whole weight of one sample fits 16 bits.
const WEIGHT_BITS: u32 = 14;

/// Lanes of a vector of 16-bit numbers.
const LANES: usize = 8;

/// So many of `value`.
fn filled<T: Copy>(value: T, length: usize) -> Result<Vec<T>, OutOfMemory> {
    let mut values = Vec::new();
    values.try_reserve_exact(length).map_err(|_| OutOfMemory)?;
    values.resize(length, value);
    Ok(values)
}
