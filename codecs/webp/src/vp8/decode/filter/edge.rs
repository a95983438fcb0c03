//! The arithmetic of the filters over sixteen places of an edge at once. RFC 6386 §15.2 and §15.3.
//!
//! Samples across an edge are named as the standard does: P3, P2, P1, P0 before it, Q0, Q1, Q2, Q3 behind it. With their
//! top bit flipped they are signed bytes, of which the standard's arithmetic is, and saturating sums clamp as it does.

use lucarne_simd::{I16x8, U8x16};

/// Samples across an edge, from P3 to Q3.
pub(super) type Taps = [U8x16; 8];

/// Up to where differences are taken to be flaws rather than the picture, in every lane.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Of the difference across the edge.
    pub(super) edge: U8x16,
    /// Of differences between neighbours on one side.
    pub(super) interior: U8x16,
    /// Beyond it neighbours of the edge vary so much that only the two at the edge are changed.
    pub(super) variance: U8x16,
}

/// Between macroblocks: what becomes of P2 to Q2.
#[inline(always)]
pub(super) fn outer(taps: Taps, limits: &Limits) -> [U8x16; 6] {
    let (near, varied) = (is_near(&taps, limits), is_varied(&taps, limits));
    let [_, p2, p1, p0, q0, q1, q2, _] = taps.map(flip);
    let step = step(p1.saturating_sub_signed(q1), p0, q0) & near;
    let (p0, q0) = adjust(p0, q0, step & varied).0;
    // Elsewhere 27, 18 and 9 of 128 parts of the step.
    let step = step & flip_all(varied);
    let zero = U8x16::splat(0);
    let nine = [zero.interleave_low(step), zero.interleave_high(step)].map(|halves| {
        let wide = halves.as_i16().shr::<8>();
        wide.shl::<3>() + wide
    });
    let mut sums = [I16x8::splat(63); 2];
    let [by_nine, by_eighteen, by_twenty_seven] = std::array::from_fn(|_| {
        sums = [sums[0] + nine[0], sums[1] + nine[1]];
        sums[0].shr::<7>().to_signed_bytes(sums[1].shr::<7>())
    });
    [
        p2.saturating_add_signed(by_nine),
        p1.saturating_add_signed(by_eighteen),
        p0.saturating_add_signed(by_twenty_seven),
        q0.saturating_sub_signed(by_twenty_seven),
        q1.saturating_sub_signed(by_eighteen),
        q2.saturating_sub_signed(by_nine),
    ]
    .map(flip)
}

/// Between a macroblock's blocks: what becomes of P1 to Q1.
#[inline(always)]
pub(super) fn inner(taps: Taps, limits: &Limits) -> [U8x16; 4] {
    let (near, varied) = (is_near(&taps, limits), is_varied(&taps, limits));
    let [_, _, p1, p0, q0, q1, _, _] = taps.map(flip);
    let step = step(p1.saturating_sub_signed(q1) & varied, p0, q0) & near;
    let ((p0, q0), by) = adjust(p0, q0, step);
    // Half of it, rounded up: as bytes without a sign the mean with what stands for 0.
    let half = flip(flip(by).average(U8x16::splat(SIGN))) & flip_all(varied);
    [p1.saturating_add_signed(half), p0, q0, q1.saturating_sub_signed(half)].map(flip)
}

/// Of the simple filter: what becomes of P1 to Q1, of which the outer two stay.
#[inline(always)]
pub(super) fn simple(taps: Taps, limits: &Limits) -> [U8x16; 4] {
    let near = is_near_across(&taps, limits);
    let [_, _, p1, p0, q0, q1, _, _] = taps.map(flip);
    let step = step(p1.saturating_sub_signed(q1), p0, q0) & near;
    let ((p0, q0), _) = adjust(p0, q0, step);
    [p1, p0, q0, q1].map(flip)
}

const SIGN: u8 = 0x80;

#[inline(always)]
fn flip(samples: U8x16) -> U8x16 {
    samples ^ U8x16::splat(SIGN)
}

#[inline(always)]
fn flip_all(mask: U8x16) -> U8x16 {
    mask ^ U8x16::splat(255)
}

#[inline(always)]
fn distance(a: U8x16, b: U8x16) -> U8x16 {
    a.saturating_sub(b) | b.saturating_sub(a)
}

#[inline(always)]
fn is_within(value: U8x16, limit: U8x16) -> U8x16 {
    value.saturating_sub(limit).equal(U8x16::splat(0))
}

/// Where twice the difference across the edge and half of that further out are within the limit.
#[inline(always)]
fn is_near_across([_, _, p1, p0, q0, q1, _, _]: &Taps, limits: &Limits) -> U8x16 {
    let (at_edge, further) = (distance(*p0, *q0), distance(*p1, *q1));
    is_within(at_edge.saturating_add(at_edge).saturating_add(further.shr_zero::<1>()), limits.edge)
}

#[inline(always)]
fn is_near(taps: &Taps, limits: &Limits) -> U8x16 {
    let [p3, p2, p1, p0, q0, q1, q2, q3] = *taps;
    let before = distance(p3, p2).max(distance(p2, p1)).max(distance(p1, p0));
    let behind = distance(q3, q2).max(distance(q2, q1)).max(distance(q1, q0));
    is_within(before.max(behind), limits.interior) & is_near_across(taps, limits)
}

#[inline(always)]
fn is_varied([_, _, p1, p0, q0, q1, _, _]: &Taps, limits: &Limits) -> U8x16 {
    flip_all(is_within(distance(*p1, *p0).max(distance(*q1, *q0)), limits.variance))
}

/// What differs further out, plus three times the difference across the edge.
#[inline(always)]
fn step(further: U8x16, p0: U8x16, q0: U8x16) -> U8x16 {
    let across = q0.saturating_sub_signed(p0);
    // What was added once has the sign of what is added again: so only the last sum need not be clamped.
    further.saturating_add_signed(across).saturating_add_signed(across).saturating_add_signed(across)
}

/// An eighth of the step from either side; and by how much Q0 changed.
#[inline(always)]
fn adjust(p0: U8x16, q0: U8x16, step: U8x16) -> ((U8x16, U8x16), U8x16) {
    // As bytes without a sign, of which 128 stands for 0, and 16 for an eighth of it.
    let eighth = |value: U8x16| flip(value).shr_zero::<3>() - U8x16::splat(16);
    let by = eighth(step.saturating_add_signed(U8x16::splat(4)));
    let before = eighth(step.saturating_add_signed(U8x16::splat(3)));
    ((p0.saturating_add_signed(before), q0.saturating_sub_signed(by)), by)
}

#[cfg(test)]
mod tests;
