//! The chunk of alpha (RFC 9649 §2.7.1.2): opacity without loss.

use image_webp::{ColorType, WebPEncoder};

use crate::encode::EncodeError;
use crate::plane::PlaneRef;

/// Bytes before the stream of pixels: RIFF's header, the chunk's, and what VP8L says of size and version.
const BEFORE_PIXELS: usize = 12 + 8 + 5;

/// Compression is VP8L's, and the plane is not filtered before it.
const LOSSLESS: u8 = 1;

/// The payload of ALPH; `None` where all is opaque.
pub(crate) fn encode(plane: PlaneRef<'_>) -> Result<Option<Vec<u8>>, EncodeError> {
    let rows = || (0..plane.height()).map(|y| plane.row(y));
    if rows().all(|row| row.iter().all(|&alpha| alpha == 255)) {
        return Ok(None);
    }
    let mut payload = Vec::new();
    payload.try_reserve_exact(1 + plane.width() * plane.height())?;
    payload.push(0);
    rows().for_each(|row| payload.extend_from_slice(row));
    let mut file = Vec::new();
    let size = (plane.width() as u32, plane.height() as u32);
    let encoded = WebPEncoder::new(&mut file).encode(&payload[1..], size.0, size.1, ColorType::L8);
    if encoded.is_ok() && file.len() - BEFORE_PIXELS < payload.len() - 1 {
        payload.clear();
        payload.push(LOSSLESS);
        payload.extend_from_slice(&file[BEFORE_PIXELS..]);
    }
    Ok(Some(payload))
}
