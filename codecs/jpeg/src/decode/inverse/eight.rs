//! Eight points: the accurate integer transform of the Independent JPEG Group (after Loeffler, Ligtenberg and Moschytz),
//! with the same rounding, so that every sample is the same.
//!
//! Columns come first, with two more bits than the result has; lanes are the other direction. Sums of two products are
//! single instructions, so the factors of both are joined where they meet.

use lucarne_simd::{I16x8, I32x4, transpose};

use super::{Block, Samples};

/// Bits of the factors behind the point.
const FACTOR: u32 = 13;

/// Bits that the first pass keeps behind the point.
const KEPT: u32 = 2;

/// Where the first pass rounds, and the second, which also divides by 8.
const FIRST: u32 = FACTOR - KEPT;
const SECOND: u32 = FACTOR + KEPT + 3;

/// What is added before the bits behind the point go; in the second pass with the middle of the range.
const FIRST_BIAS: i32 = 1 << (FIRST - 1);
const SECOND_BIAS: i32 = (1 << (SECOND - 1)) + (128 << SECOND);

const F0_298: i16 = 2446;
const F0_390: i16 = 3196;
const F0_541: i16 = 4433;
const F0_765: i16 = 6270;
const F0_899: i16 = 7373;
const F1_175: i16 = 9633;
const F1_501: i16 = 12299;
const F1_847: i16 = 15137;
const F1_961: i16 = 16069;
const F2_053: i16 = 16819;
const F2_562: i16 = 20995;
const F3_072: i16 = 25172;

/// Eight lanes of 32 bits.
#[derive(Clone, Copy)]
struct Wide(I32x4, I32x4);

impl Wide {
    #[inline(always)]
    fn add(self, other: Wide) -> Wide {
        Wide(self.0 + other.0, self.1 + other.1)
    }

    #[inline(always)]
    fn sub(self, other: Wide) -> Wide {
        Wide(self.0 - other.0, self.1 - other.1)
    }

    /// The upper bits, as 16 each.
    #[inline(always)]
    fn round<const SHIFT: u32>(self) -> I16x8 {
        self.0.shr::<SHIFT>().narrow(self.1.shr::<SHIFT>())
    }
}

/// Two rows, lane by lane in turn.
#[derive(Clone, Copy)]
struct Pair(I16x8, I16x8);

impl Pair {
    #[inline(always)]
    fn new(a: I16x8, b: I16x8) -> Pair {
        Pair(a.interleave_low(b), a.interleave_high(b))
    }

    /// a × `first` + b × `second`.
    #[inline(always)]
    fn dot(self, first: i16, second: i16) -> Wide {
        let factors = factors(first, second);
        Wide(self.0.dot(factors), self.1.dot(factors))
    }
}

#[inline(always)]
fn factors(first: i16, second: i16) -> I16x8 {
    I16x8::from_array([first, second, first, second, first, second, first, second])
}

/// A row times 1 in the factors' units, with what rounding adds.
#[inline(always)]
fn scaled(row: I16x8, bias: i32) -> Wide {
    let bias = I32x4::splat(bias);
    Wide(row.widen_low().shl::<FACTOR>() + bias, row.widen_high().shl::<FACTOR>() + bias)
}

/// The last sums: even parts for rows 0 to 3, odd parts for rows 7 to 4 counted from the end.
#[inline(always)]
fn butterfly<const SHIFT: u32>(even: [Wide; 4], odd: [Wide; 4]) -> [I16x8; 8] {
    let sum = |row: usize| even[row].add(odd[row]).round::<SHIFT>();
    let difference = |row: usize| even[row].sub(odd[row]).round::<SHIFT>();
    [sum(0), sum(1), sum(2), sum(3), difference(3), difference(2), difference(1), difference(0)]
}

/// One direction.
#[inline(always)]
fn pass<const SHIFT: u32>(rows: [I16x8; 8], bias: i32) -> [I16x8; 8] {
    let [c0, c1, c2, c3, c4, c5, c6, c7] = rows;
    let outer = Pair::new(c2, c6);
    let (e3, e2) = (outer.dot(F0_541 + F0_765, F0_541), outer.dot(F0_541, F0_541 - F1_847));
    let (e0, e1) = (scaled(c0 + c4, bias), scaled(c0 - c4, bias));
    let crossed = Pair::new(c7 + c3, c5 + c1);
    let z3 = crossed.dot(F1_175 - F1_961, F1_175);
    let z4 = crossed.dot(F1_175, F1_175 - F0_390);
    let (p71, p53) = (Pair::new(c7, c1), Pair::new(c5, c3));
    let odd = [
        p71.dot(-F0_899, F1_501 - F0_899).add(z4),
        p53.dot(-F2_562, F3_072 - F2_562).add(z3),
        p53.dot(F2_053 - F2_562, -F2_562).add(z4),
        p71.dot(F0_298 - F0_899, -F0_899).add(z3),
    ];
    butterfly::<SHIFT>([e0.add(e3), e1.add(e2), e1.sub(e2), e0.sub(e3)], odd)
}

/// One direction where rows 4 to 7 are 0.
#[inline(always)]
fn pass_low<const SHIFT: u32>(rows: [I16x8; 4], bias: i32) -> [I16x8; 8] {
    let [c0, c1, c2, c3] = rows;
    let times = |factor: i16| Wide(c2.mul_low(I16x8::splat(factor)), c2.mul_high(I16x8::splat(factor)));
    let (e3, e2) = (times(F0_541 + F0_765), times(F0_541));
    let e0 = scaled(c0, bias);
    let p13 = Pair::new(c1, c3);
    let odd = [
        p13.dot(F1_501 - F0_899 + F1_175 - F0_390, F1_175),
        p13.dot(F1_175, F3_072 - F2_562 + F1_175 - F1_961),
        p13.dot(F1_175 - F0_390, F1_175 - F2_562),
        p13.dot(F1_175 - F0_899, F1_175 - F1_961),
    ];
    butterfly::<SHIFT>([e0.add(e3), e0.add(e2), e0.sub(e2), e0.sub(e3)], odd)
}

/// The first four columns become rows.
#[inline(always)]
fn transpose_low(rows: [I16x8; 8]) -> [I16x8; 4] {
    let [a, b, c, d, e, f, g, h] = rows;
    let (ae, bf, cg, dh) = (a.interleave_low(e), b.interleave_low(f), c.interleave_low(g), d.interleave_low(h));
    let (even0, even1) = (ae.interleave_low(cg), ae.interleave_high(cg));
    let (odd0, odd1) = (bf.interleave_low(dh), bf.interleave_high(dh));
    [even0.interleave_low(odd0), even0.interleave_high(odd0), even1.interleave_low(odd1), even1.interleave_high(odd1)]
}

/// Columns as bytes, two rows in each result.
#[inline(always)]
pub(super) fn to_rows(columns: [I16x8; 8]) -> [[u8; 16]; 4] {
    let [a, b, c, d, e, f, g, h] = columns;
    let (ab, cd, ef, gh) = (a.to_bytes(b), c.to_bytes(d), e.to_bytes(f), g.to_bytes(h));
    let (ae, bf) = (ab.interleave_low(ef), ab.interleave_high(ef));
    let (cg, dh) = (cd.interleave_low(gh), cd.interleave_high(gh));
    let (even0, even1) = (ae.interleave_low(cg), ae.interleave_high(cg));
    let (odd0, odd1) = (bf.interleave_low(dh), bf.interleave_high(dh));
    [
        even0.interleave_low(odd0).to_array(),
        even0.interleave_high(odd0).to_array(),
        even1.interleave_low(odd1).to_array(),
        even1.interleave_high(odd1).to_array(),
    ]
}

#[inline(always)]
fn write(columns: [I16x8; 8], samples: &mut Samples<'_>) {
    for (pair, rows) in to_rows(columns).iter().enumerate() {
        samples.row(2 * pair, &rows[..8]);
        samples.row(2 * pair + 1, &rows[8..]);
    }
}

/// All coefficients. Empties the block.
pub(super) fn transform(block: &mut Block, samples: &mut Samples<'_>) {
    let (rows, _) = block.as_chunks_mut::<8>();
    let loaded = std::array::from_fn(|row| I16x8::from_array(rows[row]));
    rows[..8].fill([0; 8]);
    let columns = transpose(pass::<FIRST>(loaded, FIRST_BIAS));
    write(pass::<SECOND>(columns, SECOND_BIAS), samples);
}

/// Coefficients of the lowest 4 × 4 alone, the others being 0. Empties the block.
pub(super) fn transform_low(block: &mut Block, samples: &mut Samples<'_>) {
    let (rows, _) = block.as_chunks_mut::<8>();
    let loaded = std::array::from_fn(|row| I16x8::from_array(rows[row]));
    rows[..4].fill([0; 8]);
    let columns = transpose_low(pass_low::<FIRST>(loaded, FIRST_BIAS));
    write(pass_low::<SECOND>(columns, SECOND_BIAS), samples);
}
