//! From RGB, and from a JPEG's planes, to planes of VP8's kind.
//!
//! Luma of BT.601 in limited range is 16 + 219/255 of full range's, chroma 128 + 224/255 of it. Chroma of a square of
//! four pixels is that of their mean, weighted by their opacity: what is not seen does not tint what is.

use std::collections::TryReserveError;

use lucarne_simd::{I16x8, U8x16};

use crate::plane::Plane;
use crate::source::{MAX_SIDE, Source, Yuv420};

/// A picture's planes, owned. INVARIANT: as [`Source`]'s.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planes {
    y: Plane,
    u: Plane,
    v: Plane,
    alpha: Option<Plane>,
}

/// Pixels that cannot become planes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConvertError {
    /// Too few or too many bytes for the sides, or sides that WebP cannot have.
    #[error("{bytes} bytes are no picture of {width} × {height} pixels")]
    Size {
        /// Bytes given.
        bytes: usize,
        /// Pixels a row.
        width: usize,
        /// Rows.
        height: usize,
    },
    /// There is not enough memory.
    #[error("not enough memory to convert pixels")]
    Memory(#[from] TryReserveError),
}

impl Planes {
    /// Of a picture without alpha. The sides of chroma are half those of luma, rounded up.
    pub(crate) fn opaque(y: Plane, u: Plane, v: Plane) -> Planes {
        Planes { y, u, v, alpha: None }
    }

    /// Luma, U and V.
    pub fn into_yuv(self) -> [Plane; 3] {
        [self.y, self.u, self.v]
    }

    /// A view to encode.
    pub fn source(&self) -> Source<'_> {
        let planes = Yuv420 { y: self.y.as_ref(), u: self.u.as_ref(), v: self.v.as_ref() };
        Source::new(planes, self.alpha.as_ref().map(Plane::as_ref)).expect("the planes were made for each other")
    }
}

/// Planes of opaque pixels, three bytes each.
///
/// # Errors
/// If the bytes are not `width` × `height` pixels, or memory is short.
pub fn from_rgb(pixels: &[u8], width: usize, height: usize) -> Result<Planes, ConvertError> {
    from_pixels::<3>(pixels, width, height)
}

/// Planes of pixels with opacity, four bytes each, colours not multiplied by it.
///
/// # Errors
/// If the bytes are not `width` × `height` pixels, or memory is short.
pub fn from_rgba(pixels: &[u8], width: usize, height: usize) -> Result<Planes, ConvertError> {
    from_pixels::<4>(pixels, width, height)
}

/// Luma of full range (JPEG's) becomes luma of limited range, in place.
pub fn luma_to_limited(samples: &mut [u8]) {
    // 219/255 in 1/32768; no sample is as near to a half as what that is rounded by.
    to_limited(samples, 0, 28142, 16);
}

/// Chroma of full range (JPEG's) becomes chroma of limited range, in place.
pub fn chroma_to_limited(samples: &mut [u8]) {
    // 224/255 in 1/32768.
    to_limited(samples, 128, 28785, 128);
}

/// Scales all samples' distances from one value, and sets them off from another.
fn to_limited(samples: &mut [u8], from: i16, scale: i16, to: i16) {
    let scaled = |vector: I16x8| (vector - I16x8::splat(from)).mul_q15(I16x8::splat(scale)) + I16x8::splat(to);
    let vector = |samples: U8x16| scaled(samples.widen_low()).to_bytes(scaled(samples.widen_high()));
    let (chunks, rest) = samples.as_chunks_mut::<16>();
    for chunk in chunks {
        *chunk = vector(U8x16::from_array(*chunk)).to_array();
    }
    let mut last = [0; 16];
    last[..rest.len()].copy_from_slice(rest);
    rest.copy_from_slice(&vector(U8x16::from_array(last)).to_array()[..rest.len()]);
}

fn from_pixels<const BYTES: usize>(pixels: &[u8], width: usize, height: usize) -> Result<Planes, ConvertError> {
    let fits = (1..=MAX_SIDE).contains(&width) && (1..=MAX_SIDE).contains(&height);
    if !fits || pixels.len() != width * height * BYTES {
        return Err(ConvertError::Size { bytes: pixels.len(), width, height });
    }
    let (half_width, half_height) = (width.div_ceil(2), height.div_ceil(2));
    let mut y = zeroed(width * height)?;
    let mut u = zeroed(half_width * half_height)?;
    let mut v = zeroed(half_width * half_height)?;
    let row_bytes = width * BYTES;
    for (pixels, y) in pixels.chunks_exact(row_bytes).zip(y.chunks_exact_mut(width)) {
        for (pixel, y) in pixels.as_chunks::<BYTES>().0.iter().zip(y) {
            *y = luma(pixel[0], pixel[1], pixel[2]);
        }
    }
    let chroma_rows = u.chunks_exact_mut(half_width).zip(v.chunks_exact_mut(half_width));
    for (pair, (u, v)) in pixels.chunks(2 * row_bytes).zip(chroma_rows) {
        let (upper, lower) = pair.split_at(row_bytes);
        let lower = if lower.is_empty() { upper } else { lower };
        let squares = upper.chunks(2 * BYTES).zip(lower.chunks(2 * BYTES));
        for (((upper, lower), u), v) in squares.zip(u).zip(v) {
            (*u, *v) = chroma(sums::<BYTES>(upper, lower));
        }
    }
    let alpha = if BYTES == 4 {
        let mut alpha = zeroed(width * height)?;
        alpha.iter_mut().zip(pixels.chunks_exact(BYTES)).for_each(|(alpha, pixel)| *alpha = pixel[BYTES - 1]);
        Some(plane(width, height, alpha))
    } else {
        None
    };
    Ok(Planes {
        y: plane(width, height, y),
        u: plane(half_width, half_height, u),
        v: plane(half_width, half_height, v),
        alpha,
    })
}

fn zeroed(len: usize) -> Result<Vec<u8>, TryReserveError> {
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(len)?;
    bytes.resize(len, 0);
    Ok(bytes)
}

fn plane(width: usize, height: usize, samples: Vec<u8>) -> Plane {
    Plane::new(width, height, width, samples).expect("as many samples as the sides ask for")
}

/// BT.601's luma in 1/65536, scaled by 219/255.
fn luma(r: u8, g: u8, b: u8) -> u8 {
    let sum = 16829 * u32::from(r) + 33039 * u32::from(g) + 6416 * u32::from(b);
    ((sum + (16 << 16) + (1 << 15)) >> 16) as u8
}

/// Four times the mean colour of a square; of one or two columns where the row ends.
fn sums<const BYTES: usize>(upper: &[u8], lower: &[u8]) -> [i32; 3] {
    let last = upper.len() - BYTES;
    let square = [&upper[..BYTES], &upper[last..], &lower[..BYTES], &lower[last..]];
    let plain = || std::array::from_fn(|c| square.iter().map(|pixel| i32::from(pixel[c])).sum());
    if BYTES < 4 {
        return plain();
    }
    let opacity: i32 = square.iter().map(|pixel| i32::from(pixel[BYTES - 1])).sum();
    if opacity == 0 || opacity == 4 * 255 {
        return plain();
    }
    let weighted = |c: usize| square.iter().map(|pixel| i32::from(pixel[c]) * i32::from(pixel[BYTES - 1])).sum::<i32>();
    std::array::from_fn(|c| (4 * weighted(c) + opacity / 2) / opacity)
}

/// BT.601's chroma in 1/65536, scaled by 224/255, of four times a colour.
fn chroma([r, g, b]: [i32; 3]) -> (u8, u8) {
    let scaled = |sum: i32| ((sum + (128 << 18) + (1 << 17)) >> 18).clamp(0, 255) as u8;
    (scaled(-9714 * r - 19070 * g + 28784 * b), scaled(28784 * r - 24103 * g - 4681 * b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn greys_have_neutral_chroma_and_limited_luma() {
        for grey in 0..=255u8 {
            let planes = from_rgb(&[grey; 12], 2, 2).unwrap();
            let exact = 16.0 + f64::from(grey) * 219.0 / 255.0;
            assert!((f64::from(planes.y.samples()[0]) - exact).abs() <= 0.51, "{grey}");
            assert_eq!((planes.u.samples(), planes.v.samples()), (&[128][..], &[128][..]), "{grey}");
        }
    }

    #[test]
    fn full_range_shrinks_to_limited_range_within_half_a_step() {
        // One more than the vectors take.
        let mut luma: Vec<u8> = (0..=255).chain([255]).collect();
        let mut chroma = luma.clone();
        luma_to_limited(&mut luma);
        chroma_to_limited(&mut chroma);
        assert_eq!((luma[256], chroma[256]), (235, 240));
        for full in 0..256 {
            let exact = 16.0 + full as f64 * 219.0 / 255.0;
            assert!((f64::from(luma[full]) - exact).abs() <= 0.5, "luma {full}");
            let exact = 128.0 + (full as f64 - 128.0) * 224.0 / 255.0;
            assert!((f64::from(chroma[full]) - exact).abs() <= 0.5, "chroma {full}");
        }
    }

    #[test]
    fn transparent_pixels_do_not_tint_their_neighbours() {
        let (red, green) = ([255, 0, 0, 255], [0, 255, 0, 0]);
        let mixed = from_rgba(&[red, green, red, green].concat(), 2, 2).unwrap();
        let plain = from_rgba(&[red; 4].concat(), 2, 2).unwrap();
        assert_eq!((mixed.u, mixed.v), (plain.u, plain.v));
    }

    #[test]
    fn pixels_of_another_number_are_refused() {
        assert!(matches!(from_rgb(&[0; 11], 2, 2), Err(ConvertError::Size { bytes: 11, .. })));
        assert!(from_rgb(&[], 0, 2).is_err());
        assert!(from_rgb(&vec![0; 3 * 16384], 16384, 1).is_err());
    }
}
