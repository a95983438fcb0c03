//! Luma and differences to red, green and blue: BT.601, full range, as in JFIF, with the rounding of libjpeg.

use lucarne_simd::{I16x8, U8x16};

/// Pixels that are converted at once.
const STEP: usize = 16;

/// A row of red, green and blue from one of luma and the two differences, pixel by pixel in turn.
///
/// `rgb` has three bytes for each of luma's samples; the differences have as many samples as luma.
pub(super) fn ycc_to_rgb(luma: &[u8], blue: &[u8], red: &[u8], rgb: &mut [u8]) {
    for_steps([luma, blue, red], rgb, |[luma, blue, red]| interleave(convert(luma, blue, red)));
}

/// A row of pixels from one of each component.
pub(super) fn planes_to_rgb(red: &[u8], green: &[u8], blue: &[u8], rgb: &mut [u8]) {
    for_steps([red, green, blue], rgb, interleave);
}

/// Red, green and blue in the place of luma and the two differences.
pub(super) fn ycc_to_planes(luma: &mut [u8], blue: &mut [u8], red: &mut [u8]) {
    let length = luma.len().min(blue.len()).min(red.len());
    let mut at = 0;
    while at < length {
        let count = STEP.min(length - at);
        let range = at..at + count;
        let load = |samples: &[u8]| {
            let mut lanes = [0; STEP];
            lanes[..count].copy_from_slice(&samples[range.clone()]);
            U8x16::from_array(lanes)
        };
        let converted = convert(load(luma), load(blue), load(red)).map(U8x16::to_array);
        luma[range.clone()].copy_from_slice(&converted[0][..count]);
        blue[range.clone()].copy_from_slice(&converted[1][..count]);
        red[range].copy_from_slice(&converted[2][..count]);
        at += count;
    }
}

/// Calls `pixels` for sixteen samples of each plane after the other, the last filled up with zeros.
#[inline(always)]
fn for_steps(planes: [&[u8]; 3], rgb: &mut [u8], pixels: impl Fn([U8x16; 3]) -> [[u8; STEP]; 3]) {
    let length = planes.iter().map(|plane| plane.len()).min().unwrap_or(0).min(rgb.len() / 3);
    let [a, b, c] = planes.map(|plane| plane[..length].as_chunks::<STEP>());
    let (rgb, rest) = rgb[..3 * length].as_chunks_mut::<{ 3 * STEP }>();
    for (((rgb, a), b), c) in rgb.iter_mut().zip(a.0).zip(b.0).zip(c.0) {
        rgb.copy_from_slice(pixels([*a, *b, *c].map(U8x16::from_array)).as_flattened());
    }
    let last = [a.1, b.1, c.1].map(|samples| {
        let mut lanes = [0; STEP];
        lanes[..samples.len()].copy_from_slice(samples);
        U8x16::from_array(lanes)
    });
    rest.copy_from_slice(&pixels(last).as_flattened()[..rest.len()]);
}

/// Sixteen pixels. The factors of T.871 in 1/65536, less what is whole.
#[inline(always)]
fn convert(luma: U8x16, blue: U8x16, red: U8x16) -> [U8x16; 3] {
    let low = convert_half(luma.widen_low(), blue.widen_low(), red.widen_low());
    let high = convert_half(luma.widen_high(), blue.widen_high(), red.widen_high());
    [low[0].to_bytes(high[0]), low[1].to_bytes(high[1]), low[2].to_bytes(high[2])]
}

#[inline(always)]
fn convert_half(luma: I16x8, blue: I16x8, red: I16x8) -> [I16x8; 3] {
    let middle = I16x8::splat(128);
    let (blue, red) = (blue - middle, red - middle);
    [
        // 1.402 = 1 + 26345 / 65536
        luma + red + product(red, I16x8::splat(HALF), (26345, 2)),
        // −0.344136 and −0.714136 = −1 + 18734 / 65536
        luma - red + products(blue, red),
        // 1.772 = 2 − 14942 / 65536
        luma + blue + blue + product(blue, I16x8::splat(HALF), (-14942, 2)),
    ]
}

/// Half of what a half is in 1/65536.
const HALF: i16 = 16384;

/// a × `factors.0` + b × `factors.1`, in 1/65536.
#[inline(always)]
fn product(a: I16x8, b: I16x8, factors: (i16, i16)) -> I16x8 {
    let (first, second) = factors;
    let factors = I16x8::from_array([first, second, first, second, first, second, first, second]);
    a.interleave_low(b).dot(factors).shr::<16>().narrow(a.interleave_high(b).dot(factors).shr::<16>())
}

/// What green has of both differences, rounded.
#[inline(always)]
fn products(blue: I16x8, red: I16x8) -> I16x8 {
    let factors = I16x8::from_array([-22554, 18734, -22554, 18734, -22554, 18734, -22554, 18734]);
    let half = lucarne_simd::I32x4::splat(1 << 15);
    let (low, high) = (blue.interleave_low(red).dot(factors) + half, blue.interleave_high(red).dot(factors) + half);
    low.shr::<16>().narrow(high.shr::<16>())
}

/// For each byte of 48 which lane of a component it is: those of the other components are none.
const fn places(component: usize, vector: usize) -> [u8; STEP] {
    let mut places = [255; STEP];
    let mut index = 0;
    while index < STEP {
        let byte = vector * STEP + index;
        if byte % 3 == component {
            places[index] = (byte / 3) as u8;
        }
        index += 1;
    }
    places
}

/// Sixteen pixels, component by component in turn.
#[inline(always)]
fn interleave(components: [U8x16; 3]) -> [[u8; STEP]; 3] {
    const PLACES: [[[u8; STEP]; 3]; 3] = {
        let mut all = [[[0; STEP]; 3]; 3];
        let mut vector = 0;
        while vector < 3 {
            all[vector] = [places(0, vector), places(1, vector), places(2, vector)];
            vector += 1;
        }
        all
    };
    PLACES.map(|places| {
        let [a, b, c] = [0, 1, 2].map(|component| components[component].swizzle(U8x16::from_array(places[component])));
        (a | b | c).to_array()
    })
}
