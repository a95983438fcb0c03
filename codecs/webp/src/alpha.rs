//! The chunk of alpha (RFC 9649 §2.7.1.2): opacity without loss.

mod bits;
mod filter;
mod lossless;
mod matches;
mod prefix;

use self::filter::Filter;
use crate::encode::EncodeError;
use crate::plane::PlaneRef;
use crate::vp8::filled;

/// In the payload's first byte: that what follows is a stream of VP8L without its header.
const LOSSLESS: u8 = 1;

/// The payload of ALPH; `None` where all is opaque.
pub(crate) fn encode(plane: PlaneRef<'_>) -> Result<Option<Vec<u8>>, EncodeError> {
    let (width, height) = (plane.width(), plane.height());
    if (0..height).all(|y| plane.row(y).iter().all(|&opacity| opacity == 255)) {
        return Ok(None);
    }
    let mut samples = filled(width * height, 0)?;
    for (y, row) in samples.chunks_exact_mut(width).enumerate() {
        row.copy_from_slice(plane.row(y));
    }
    let mut payload = Vec::new();
    payload.try_reserve_exact(1 + samples.len())?;
    payload.push(0);
    payload.extend_from_slice(&samples);
    // Flat opacity is best left as it is, for its repetitions; soft edges are best told by their differences.
    for filter in [Filter::None, Filter::promising(&samples, width)] {
        let filtered = filter.apply(&samples, width)?;
        let stream = lossless::encode(&filtered, width)?;
        if 1 + stream.len() < payload.len() {
            payload.clear();
            payload.push(LOSSLESS | (filter as u8) << 2);
            payload.extend_from_slice(&stream);
        }
    }
    Ok(Some(payload))
}
