//! From interleaved RGB to planes, with JFIF's colours (BT.601, full range).

use lucarne_simd::{I16x8, I32x4, U8x16};

use super::{EncodeError, MAX_SIDE, Sampling};
use crate::plane::Plane;

/// Samples that a vector has, and by which rows are lengthened so that whole vectors can be stored.
const LANES: usize = U8x16::LANES;

/// Sixteen pixels by colour.
type Colours = [U8x16; 3];
/// Eight sums of one, two or four pixels' samples, by colour.
type Sums = [I16x8; 3];

/// Y, Cb and Cr of pixels of three bytes. Where the planes of colour are smaller, their samples are means of two or four
/// pixels, rounded once; the last column and row count twice where there is no other.
///
/// # Errors
/// If a side is out of range, there are not `width` × `height` × 3 bytes, or there is no memory.
pub fn rgb_to_planes(rgb: &[u8], width: usize, height: usize, sampling: Sampling) -> Result<[Plane; 3], EncodeError> {
    if let Some(side) = [width, height].into_iter().find(|side| *side == 0 || *side > MAX_SIDE) {
        return Err(EncodeError::Side { side });
    }
    // Each side fits in 16 bits, but the product may be more than a word has on machines of 32.
    if width.checked_mul(3).and_then(|row| row.checked_mul(height)) != Some(rgb.len()) {
        return Err(EncodeError::Planes);
    }
    match sampling {
        Sampling::S444 => convert::<1, 1, 16>(rgb, width, height),
        Sampling::S422 => convert::<2, 1, 17>(rgb, width, height),
        Sampling::S420 => convert::<2, 2, 18>(rgb, width, height),
    }
}

/// `SHIFT` is 16 bits after the point of a factor, and the logarithm of `ACROSS` × `DOWN`.
fn convert<const ACROSS: usize, const DOWN: usize, const SHIFT: u32>(
    rgb: &[u8],
    width: usize,
    height: usize,
) -> Result<[Plane; 3], EncodeError> {
    let (colour_width, colour_height) = (width.div_ceil(ACROSS), height.div_ceil(DOWN));
    let colour_stride = colour_width.next_multiple_of(LANES);
    let stride = colour_stride * ACROSS;
    let mut y = zeros(stride * height)?;
    let mut cb = zeros(colour_stride * colour_height)?;
    let mut cr = zeros(colour_stride * colour_height)?;

    let rows = rgb.chunks(width * 3 * DOWN).zip(y.chunks_mut(stride * DOWN));
    let colour_rows = cb.chunks_exact_mut(colour_stride).zip(cr.chunks_exact_mut(colour_stride));
    for ((rgb, y), (cb, cr)) in rows.zip(colour_rows) {
        let colour_vectors = cb.chunks_exact_mut(LANES).zip(cr.chunks_exact_mut(LANES));
        for (index, (cb, cr)) in colour_vectors.enumerate() {
            let mut sums: [Sums; 2] = [[I16x8::splat(0); 3]; 2];
            for down in 0..DOWN {
                let row = rgb.chunks_exact(width * 3).nth(down);
                // The last row again, where the height is odd.
                let pixels = row.unwrap_or(&rgb[..width * 3]);
                for across in 0..ACROSS {
                    let left = (index * ACROSS + across) * LANES;
                    let colours = colours(pixels, left);
                    if row.is_some() {
                        lightness(colours).store(&mut y[down * stride + left..]);
                    }
                    if ACROSS == 1 {
                        sums = [colours.map(U8x16::widen_low), colours.map(U8x16::widen_high)];
                    } else {
                        let pairs = colours.map(U8x16::pair_sums);
                        sums[across] = std::array::from_fn(|colour| sums[across][colour] + pairs[colour]);
                    }
                }
            }
            let [low, high] = sums.map(differences::<SHIFT>);
            low[0].to_bytes(high[0]).store(cb);
            low[1].to_bytes(high[1]).store(cr);
        }
    }
    let plane = |width, height, stride, samples| Plane::new(width, height, stride, samples).ok_or(EncodeError::Planes);
    Ok([
        plane(width, height, stride, y)?,
        plane(colour_width, colour_height, colour_stride, cb)?,
        plane(colour_width, colour_height, colour_stride, cr)?,
    ])
}

fn zeros(bytes: usize) -> Result<Vec<u8>, EncodeError> {
    let mut zeros = Vec::new();
    zeros.try_reserve_exact(bytes).map_err(|_| EncodeError::Memory)?;
    zeros.resize(bytes, 0);
    Ok(zeros)
}

/// The pixels of a row from `left`; right of the last, the last again.
#[inline(always)]
fn colours(row: &[u8], left: usize) -> Colours {
    const BYTES: usize = 3 * LANES;
    match row.get(left * 3..).and_then(|row| row.first_chunk::<BYTES>()) {
        Some(pixels) => by_colour(pixels),
        None => by_colour(&edge(row, left)),
    }
}

#[cold]
fn edge(row: &[u8], left: usize) -> [u8; 3 * LANES] {
    let last = row.len() / 3 - 1;
    std::array::from_fn(|byte| row[(left + byte / 3).min(last) * 3 + byte % 3])
}

#[inline(always)]
fn by_colour(pixels: &[u8; 3 * LANES]) -> Colours {
    std::array::from_fn(|colour| {
        let (vectors, _) = pixels.as_chunks::<LANES>();
        let mut gathered = U8x16::splat(0);
        for (index, vector) in vectors.iter().enumerate() {
            let places = std::array::from_fn(|pixel| {
                let byte = 3 * pixel + colour;
                if byte / LANES == index { (byte % LANES) as u8 } else { 255 }
            });
            gathered = gathered | U8x16::from_array(*vector).swizzle(U8x16::from_array(places));
        }
        gathered
    })
}

/// Y = 0.299 R + 0.587 G + 0.114 B.
#[inline(always)]
fn lightness(colours: Colours) -> U8x16 {
    let half = |[red, green, blue]: Sums| {
        // Green's factor is more than 16 bits hold, so it comes in two halves.
        let sum = weighed([red, green], [19595, 19235], [blue, green], [7471, 19235]);
        let [low, high] = sum.map(|sum| (sum + I32x4::splat(1 << 15)).shr::<16>());
        low.narrow(high)
    };
    half(colours.map(U8x16::widen_low)).to_bytes(half(colours.map(U8x16::widen_high)))
}

/// Cb = 128 − 0.168736 R − 0.331264 G + 0.5 B and Cr = 128 + 0.5 R − 0.418688 G − 0.081312 B, of sums.
#[inline(always)]
fn differences<const SHIFT: u32>([red, green, blue]: Sums) -> [I16x8; 2] {
    // One less than a half, so that the greatest is 255 and not 256.
    let offset = I32x4::splat((128 << SHIFT) + (1 << (SHIFT - 1)) - 1);
    let finish = |sums: [I32x4; 2]| {
        let [low, high] = sums.map(|sum| (sum + offset).shr::<SHIFT>());
        low.narrow(high)
    };
    [
        finish(weighed([red, green], [-11059, -21709], [blue, blue], [16384, 16384])),
        finish(weighed([green, blue], [-27439, -5329], [red, red], [16384, 16384])),
    ]
}

/// The sums of four products.
#[inline(always)]
fn weighed(a: [I16x8; 2], a_factors: [i16; 2], b: [I16x8; 2], b_factors: [i16; 2]) -> [I32x4; 2] {
    let factors =
        |[first, second]: [i16; 2]| I16x8::from_array([first, second, first, second, first, second, first, second]);
    let (a_factors, b_factors) = (factors(a_factors), factors(b_factors));
    [
        a[0].interleave_low(a[1]).dot(a_factors) + b[0].interleave_low(b[1]).dot(b_factors),
        a[0].interleave_high(a[1]).dot(a_factors) + b[0].interleave_high(b[1]).dot(b_factors),
    ]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pixels() -> impl Strategy<Value = (Vec<u8>, usize, usize)> {
        (1usize..70, 1usize..6).prop_flat_map(|(width, height)| {
            let bytes = proptest::collection::vec(prop_oneof![any::<u8>(), Just(0), Just(255)], width * height * 3);
            (bytes, Just(width), Just(height))
        })
    }

    fn weighed(pixel: [f64; 3], factors: [f64; 3]) -> f64 {
        pixel.iter().zip(factors).map(|(sample, factor)| sample * factor).sum()
    }

    proptest! {
        #[test]
        fn planes_are_jfifs_and_colour_is_the_mean_of_a_box(
            (rgb, width, height) in pixels(),
            sampling in prop_oneof![Just(Sampling::S444), Just(Sampling::S422), Just(Sampling::S420)],
        ) {
            let [y, cb, cr] = rgb_to_planes(&rgb, width, height, sampling).unwrap();
            let pixel = |x: usize, y: usize| -> [f64; 3] {
                let at = (y.min(height - 1) * width + x.min(width - 1)) * 3;
                std::array::from_fn(|colour| f64::from(rgb[at + colour]))
            };
            prop_assert_eq!((y.width(), y.height()), (width, height));
            for (x, row) in (0..width).flat_map(|x| (0..height).map(move |row| (x, row))) {
                let wanted = weighed(pixel(x, row), [0.299, 0.587, 0.114]);
                prop_assert!((f64::from(y.row(row)[x]) - wanted).abs() < 0.51);
            }
            let [across, down] = sampling.factors();
            prop_assert_eq!((cb.width(), cb.height()), sampling.colour_size(width, height));
            prop_assert_eq!((cr.width(), cr.height()), sampling.colour_size(width, height));
            for (x, row) in (0..cb.width()).flat_map(|x| (0..cb.height()).map(move |row| (x, row))) {
                let mean = |factors: [f64; 3]| -> f64 {
                    let boxed = (0..across * down).map(|index| {
                        weighed(pixel(x * across + index % across, row * down + index / across), factors)
                    });
                    (128.0 + boxed.sum::<f64>() / (across * down) as f64).min(255.0)
                };
                let (blue, red) = (mean([-0.168736, -0.331264, 0.5]), mean([0.5, -0.418688, -0.081312]));
                prop_assert!((f64::from(cb.row(row)[x]) - blue).abs() < 0.51);
                prop_assert!((f64::from(cr.row(row)[x]) - red).abs() < 0.51);
            }
        }
    }

    #[test]
    fn grey_has_no_colour_and_its_own_lightness() {
        let rgb: Vec<u8> = (0..=255).flat_map(|grey| [grey; 3]).collect();
        for sampling in [Sampling::S444, Sampling::S422, Sampling::S420] {
            let [y, cb, cr] = rgb_to_planes(&rgb, 256, 1, sampling).unwrap();
            assert!(y.row(0).iter().copied().eq(0..=255));
            assert!(cb.row(0).iter().chain(cr.row(0)).all(|sample| *sample == 128));
        }
    }

    #[test]
    fn sides_and_bytes_that_do_not_fit_are_refused() {
        let convert = |bytes: usize, width, height| rgb_to_planes(&vec![0; bytes], width, height, Sampling::S420).err();
        assert_eq!(convert(0, 0, 5), Some(EncodeError::Side { side: 0 }));
        assert_eq!(convert(3, 1, 65536), Some(EncodeError::Side { side: 65536 }));
        assert_eq!(convert(17, 2, 3), Some(EncodeError::Planes));
        assert_eq!(convert(18, 2, 3), None);
    }
}
