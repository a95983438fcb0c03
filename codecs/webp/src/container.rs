//! The RIFF container of RFC 9649: which chunks there are, in which order.

use crate::encode::EncodeError;

/// The largest file: RIFF counts in 32 bits, and sizes are even.
pub(crate) const MAX_FILE: usize = u32::MAX as usize - 1;

/// What a file holds.
pub(crate) struct Chunks<'a> {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) frame: &'a [u8],
    pub(crate) alpha: Option<&'a [u8]>,
    pub(crate) icc: Option<&'a [u8]>,
    pub(crate) exif: Option<&'a [u8]>,
    pub(crate) xmp: Option<&'a [u8]>,
}

// RFC 9649 §2.7: the flags of VP8X.
const ICC: u8 = 1 << 5;
const ALPHA: u8 = 1 << 4;
const EXIF: u8 = 1 << 3;
const XMP: u8 = 1 << 2;

/// The file: the simple form where the frame is all there is, otherwise the extended form.
pub(crate) fn write(chunks: &Chunks<'_>, limit: usize) -> Result<Vec<u8>, EncodeError> {
    let flag = |chunk: Option<&[u8]>, flag| if chunk.is_some() { flag } else { 0 };
    let flags = flag(chunks.icc, ICC) | flag(chunks.alpha, ALPHA) | flag(chunks.exif, EXIF) | flag(chunks.xmp, XMP);
    let mut header = [0; 10];
    header[0] = flags;
    header[4..7].copy_from_slice(&(chunks.width as u32 - 1).to_le_bytes()[..3]);
    header[7..10].copy_from_slice(&(chunks.height as u32 - 1).to_le_bytes()[..3]);
    // RFC 9649 §2.7.1.1: the order of chunks.
    let all: [(&[u8; 4], Option<&[u8]>); 6] = [
        (b"VP8X", (flags != 0).then_some(&header[..])),
        (b"ICCP", chunks.icc),
        (b"ALPH", chunks.alpha),
        (b"VP8 ", Some(chunks.frame)),
        (b"EXIF", chunks.exif),
        (b"XMP ", chunks.xmp),
    ];
    let present = || all.iter().filter_map(|(name, payload)| payload.map(|payload| (*name, payload)));
    let size =
        present().try_fold(12usize, |size, (_, payload)| size.checked_add(8 + payload.len().next_multiple_of(2)));
    let limit = limit.min(MAX_FILE);
    let size = size.filter(|&size| size <= limit).ok_or(EncodeError::TooLarge { limit })?;
    let mut file = Vec::new();
    file.try_reserve_exact(size)?;
    file.extend_from_slice(b"RIFF");
    file.extend_from_slice(&(size as u32 - 8).to_le_bytes());
    file.extend_from_slice(b"WEBP");
    for (name, payload) in present() {
        file.extend_from_slice(name);
        file.extend_from_slice(&(payload.len() as u32).to_le_bytes());
        file.extend_from_slice(payload);
        if !payload.len().is_multiple_of(2) {
            file.push(0);
        }
    }
    Ok(file)
}
