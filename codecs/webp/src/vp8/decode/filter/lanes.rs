//! Samples across an edge, sixteen places at a time: as they stand in rows, or turned where the edge is upright. Of
//! chroma eight places of each plane go together.

use lucarne_simd::U8x16;

use super::edge::Taps;

/// U's and V's samples.
type Two<'a> = (&'a mut [u8], &'a mut [u8]);

/// A level edge of luma. `at` is the first sample of the row four above it.
#[inline(always)]
pub(super) fn sixteen_rows<const N: usize>(
    plane: &mut [u8],
    at: usize,
    stride: usize,
    filter: impl FnOnce(Taps) -> [U8x16; N],
) {
    let taps = std::array::from_fn(|row| U8x16::load(&plane[at + row * stride..]));
    for (row, samples) in filter(taps).into_iter().enumerate() {
        samples.store(&mut plane[at + (4 - N / 2 + row) * stride..]);
    }
}

/// A level edge of chroma.
#[inline(always)]
pub(super) fn twice_eight_rows<const N: usize>(
    (u, v): Two<'_>,
    at: usize,
    stride: usize,
    filter: impl FnOnce(Taps) -> [U8x16; N],
) {
    let taps = std::array::from_fn(|row| {
        let at = at + row * stride;
        eight(u, at).as_i16().join_low(eight(v, at).as_i16()).as_bytes()
    });
    for (row, samples) in filter(taps).into_iter().enumerate() {
        let at = at + (4 - N / 2 + row) * stride;
        let [of_u, of_v] = halves(samples);
        put(u, at, of_u);
        put(v, at, of_v);
    }
}

/// An upright edge of luma that changes six samples. `at` is that four before it in the first row.
#[inline(always)]
pub(super) fn sixteen_columns(plane: &mut [u8], at: usize, stride: usize, filter: impl FnOnce(Taps) -> [U8x16; 6]) {
    let taps = turned(std::array::from_fn(|row| eight(plane, at + row * stride)));
    for (row, samples) in rows_of_eight(taps, filter(taps)).into_iter().enumerate() {
        put(plane, at + row * stride, samples);
    }
}

/// An upright edge of chroma that changes six samples.
#[inline(always)]
pub(super) fn twice_eight_columns((u, v): Two<'_>, at: usize, stride: usize, filter: impl FnOnce(Taps) -> [U8x16; 6]) {
    let taps = turned(std::array::from_fn(|row| match row {
        0..8 => eight(u, at + row * stride),
        _ => eight(v, at + (row - 8) * stride),
    }));
    let rows = rows_of_eight(taps, filter(taps));
    let (of_u, of_v) = rows.split_at(8);
    for (plane, rows) in [(u, of_u), (v, of_v)] {
        rows.iter().enumerate().for_each(|(row, samples)| put(plane, at + row * stride, *samples));
    }
}

/// An upright edge of luma that changes four samples.
#[inline(always)]
pub(super) fn sixteen_inner_columns(
    plane: &mut [u8],
    at: usize,
    stride: usize,
    filter: impl FnOnce(Taps) -> [U8x16; 4],
) {
    let taps = turned(std::array::from_fn(|row| eight(plane, at + row * stride)));
    for (row, samples) in rows_of_four(filter(taps)).into_iter().enumerate() {
        put(plane, at + row * stride + 2, samples);
    }
}

/// An upright edge of chroma that changes four samples.
#[inline(always)]
pub(super) fn twice_eight_inner_columns(
    (u, v): Two<'_>,
    at: usize,
    stride: usize,
    filter: impl FnOnce(Taps) -> [U8x16; 4],
) {
    let taps = turned(std::array::from_fn(|row| match row {
        0..8 => eight(u, at + row * stride),
        _ => eight(v, at + (row - 8) * stride),
    }));
    let rows = rows_of_four(filter(taps));
    let (of_u, of_v) = rows.split_at(8);
    for (plane, rows) in [(u, of_u), (v, of_v)] {
        rows.iter().enumerate().for_each(|(row, samples)| put(plane, at + row * stride + 2, *samples));
    }
}

#[inline(always)]
fn eight(plane: &[u8], at: usize) -> U8x16 {
    U8x16::from_low(plane[at..].first_chunk().expect("an edge has its samples on both sides"))
}

#[inline(always)]
fn put<const N: usize>(plane: &mut [u8], at: usize, samples: [u8; N]) {
    *plane[at..].first_chunk_mut().expect("an edge has its samples on both sides") = samples;
}

#[inline(always)]
fn halves(samples: U8x16) -> [[u8; 8]; 2] {
    let samples = samples.to_array();
    let (halves, _) = samples.as_chunks();
    [halves[0], halves[1]]
}

/// Eight columns of sixteen rows, of which each is the lower half of a vector.
#[inline(always)]
fn turned(rows: [U8x16; 16]) -> Taps {
    // Each step puts a row's bit below the column's bits in the place, and a column's bit takes its place in the index.
    let a: [U8x16; 8] = std::array::from_fn(|i| rows[i].interleave_low(rows[i + 8]));
    let b = interleaved::<4>(a);
    let c = interleaved::<2>(b);
    interleaved::<1>(c)
}

/// Vectors that are `APART` from each other interleaved: what is low stays, what is high goes so far on.
#[inline(always)]
fn interleaved<const APART: usize>(vectors: [U8x16; 8]) -> [U8x16; 8] {
    std::array::from_fn(|i| {
        let (first, second) = (vectors[i & !APART], vectors[i | APART]);
        if i & APART == 0 { first.interleave_low(second) } else { first.interleave_high(second) }
    })
}

/// Sixteen rows of the eight columns, of which the outermost are as they were.
#[inline(always)]
fn rows_of_eight([p3, .., q3]: Taps, [p2, p1, p0, q0, q1, q2]: [U8x16; 6]) -> [[u8; 8]; 16] {
    let (before, behind) = (quads([p3, p2, p1, p0]), quads([q0, q1, q2, q3]));
    let mut rows = [[0; 8]; 16];
    for ((rows, before), behind) in rows.as_chunks_mut::<4>().0.iter_mut().zip(before).zip(behind) {
        let (before, behind) = (before.as_i16(), behind.as_i16());
        let [a, b] = halves(before.interleave_pairs_low(behind).as_bytes());
        let [c, d] = halves(before.interleave_pairs_high(behind).as_bytes());
        *rows = [a, b, c, d];
    }
    rows
}

/// Sixteen rows of four columns.
#[inline(always)]
fn rows_of_four(columns: [U8x16; 4]) -> [[u8; 4]; 16] {
    let mut rows = [[0; 4]; 16];
    for (rows, quads) in rows.as_chunks_mut::<4>().0.iter_mut().zip(quads(columns)) {
        rows.copy_from_slice(quads.to_array().as_chunks().0);
    }
    rows
}

/// Four columns by rows, four rows in each vector.
#[inline(always)]
fn quads([a, b, c, d]: [U8x16; 4]) -> [U8x16; 4] {
    let (ab, cd) = (a.interleave_low(b).as_i16(), c.interleave_low(d).as_i16());
    let (ab_high, cd_high) = (a.interleave_high(b).as_i16(), c.interleave_high(d).as_i16());
    [
        ab.interleave_low(cd).as_bytes(),
        ab.interleave_high(cd).as_bytes(),
        ab_high.interleave_low(cd_high).as_bytes(),
        ab_high.interleave_high(cd_high).as_bytes(),
    ]
}
