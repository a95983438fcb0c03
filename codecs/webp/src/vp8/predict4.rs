//! Predictions of 4×4 luma blocks from thirteen samples around them. RFC 6386 §12.3.
//!
//! All directions are made of the same means of two and three neighbours along the edge, which runs from the bottom of
//! the left column through the corner to the end of the row above; a direction only says which mean goes where.

use lucarne_simd::{I32x4, U8x16};

use super::block::Block;
use super::predict::true_motion;

/// How many modes there are. Their order is the standard's: DC, TM, VE, HE, LD, RD, VR, VL, HD, HU.
pub(crate) const MODES: usize = 10;

/// The mode that stands for a neighbour outside the picture, and for one that is predicted by [`super::predict::Mode::Dc`].
pub(crate) const DC: u8 = 0;

const TRUE_MOTION: u8 = 1;

/// The samples around a block.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Edge4 {
    pub(crate) above: [u8; 4],
    /// Those further on the right in the row above.
    pub(crate) above_right: [u8; 4],
    /// From the top.
    pub(crate) left: [u8; 4],
    pub(crate) corner: u8,
}

/// Nothing of this table.
const N: u8 = 255;

/// Places of means of three, E(i−1) + 2 E(i) + E(i+1), where E is: the lowest left sample twice, the left ones upwards,
/// the corner, the row above, its last sample twice. Index i − 1.
const OF_THREE: [[u8; 16]; 8] = [
    [5, 6, 7, 8, 5, 6, 7, 8, 5, 6, 7, 8, 5, 6, 7, 8],
    [3, 3, 3, 3, 2, 2, 2, 2, 1, 1, 1, 1, 0, 0, 0, 0],
    [6, 7, 8, 9, 7, 8, 9, 10, 8, 9, 10, 11, 9, 10, 11, 12],
    [4, 5, 6, 7, 3, 4, 5, 6, 2, 3, 4, 5, 1, 2, 3, 4],
    [N, N, N, N, 4, 5, 6, 7, 3, N, N, N, 2, 4, 5, 6],
    [N, N, N, N, 6, 7, 8, 9, N, N, N, 10, 7, 8, 9, 11],
    [N, 4, 5, 6, N, 3, N, 4, N, 2, N, 3, N, 1, N, 2],
    [N, 2, N, 1, N, 1, N, 0, N, 0, N, N, N, N, N, N],
];

/// Places of means of two, E(i) + E(i+1).
const OF_TWO: [[u8; 16]; 4] = [
    [5, 6, 7, 8, N, N, N, N, N, 5, 6, 7, N, N, N, N],
    [6, 7, 8, 9, N, N, N, N, 7, 8, 9, N, N, N, N, N],
    [4, N, N, N, 3, N, 4, N, 2, N, 3, N, 1, N, 2, N],
    [3, N, 2, N, 2, N, 1, N, 1, N, 0, 0, 0, 0, 0, 0],
];

/// Where the left samples (0 to 3, upwards), the row above (4 to 11) and the corner (12) are along the edge E.
const ALONG: [u8; 16] = [0, 0, 1, 2, 3, 12, 4, 5, 6, 7, 8, 9, 10, 11, 11, 11];
const ALONG_NEXT: [u8; 16] = [0, 1, 2, 3, 12, 4, 5, 6, 7, 8, 9, 10, 11, 11, 11, 11];
const ALONG_SECOND: [u8; 16] = [1, 2, 3, 12, 4, 5, 6, 7, 8, 9, 10, 11, 11, 11, 11, 11];

impl Edge4 {
    /// What each mode predicts.
    #[inline(always)]
    pub(crate) fn predictions(&self) -> [Block; MODES] {
        let (two, three) = self.means();
        let pick = |table: U8x16, places: [u8; 16]| table.swizzle(U8x16::from_array(places));
        let both = |index: usize| pick(three, OF_THREE[4 + index]) | pick(two, OF_TWO[index]);
        [
            self.mean(),
            true_motion(self.above, self.left, self.corner),
            pick(three, OF_THREE[0]),
            pick(three, OF_THREE[1]),
            pick(three, OF_THREE[2]),
            pick(three, OF_THREE[3]),
            both(0),
            both(1),
            both(2),
            both(3),
        ]
    }

    /// What one mode predicts.
    #[inline(always)]
    pub(crate) fn predict(&self, mode: u8) -> Block {
        match mode {
            DC => self.mean(),
            TRUE_MOTION => true_motion(self.above, self.left, self.corner),
            _ => {
                let (two, three) = self.means();
                let direction = usize::from(mode - 2) & 7;
                let of_three = three.swizzle(U8x16::from_array(OF_THREE[direction]));
                match direction.checked_sub(4) {
                    Some(place) => of_three | two.swizzle(U8x16::from_array(OF_TWO[place])),
                    None => of_three,
                }
            }
        }
    }

    #[inline(always)]
    fn mean(&self) -> Block {
        let sum: u32 = self.above.iter().chain(&self.left).map(|&sample| u32::from(sample)).sum();
        U8x16::splat(((sum + 4) >> 3) as u8)
    }

    /// Means of two and of three neighbours along the edge, rounded.
    #[inline(always)]
    fn means(&self) -> (U8x16, U8x16) {
        let [a, b, c, d] = self.left;
        let samples = I32x4::from_array([
            i32::from_le_bytes([d, c, b, a]),
            i32::from_le_bytes(self.above),
            i32::from_le_bytes(self.above_right),
            i32::from(self.corner),
        ])
        .as_bytes();
        let along = |places: [u8; 16]| samples.swizzle(U8x16::from_array(places));
        let (first, next, second) = (along(ALONG), along(ALONG_NEXT), along(ALONG_SECOND));
        // (a + 2b + c + 2) / 4 is the mean of b with that of a and c, the inner one rounded down.
        let outer = first.average(second).saturating_sub((first ^ second) & U8x16::splat(1));
        (first.average(next), next.average(outer))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The subblock predictions as RFC 6386 §12.3 prints them, `e[4]` being the corner.
    fn plain(edge: &Edge4) -> [[[u8; 4]; 4]; MODES] {
        let (a, l, p) = ([edge.above, edge.above_right].concat(), edge.left, edge.corner);
        let e = [l[3], l[2], l[1], l[0], p, a[0], a[1], a[2], a[3]];
        let avg2 = |x: u8, y: u8| ((u32::from(x) + u32::from(y) + 1) >> 1) as u8;
        let avg3 = |x: u8, y: u8, z: u8| ((u32::from(x) + 2 * u32::from(y) + u32::from(z) + 2) >> 2) as u8;
        let mut b = [[[0u8; 4]; 4]; MODES];
        let dc = (a[..4].iter().chain(&l).map(|&s| u32::from(s)).sum::<u32>() + 4) >> 3;
        for r in 0..4 {
            for c in 0..4 {
                b[0][r][c] = dc as u8;
                b[1][r][c] = (i32::from(l[r]) + i32::from(a[c]) - i32::from(p)).clamp(0, 255) as u8;
                b[2][r][c] = avg3(if c == 0 { p } else { a[c - 1] }, a[c], a[c + 1]);
                b[3][r][c] = avg3(if r == 0 { p } else { l[r - 1] }, l[r], l[(r + 1).min(3)]);
                b[4][r][c] = avg3(a[r + c], a[(r + c + 1).min(7)], a[(r + c + 2).min(7)]);
                b[5][r][c] = avg3(e[3 - r + c], e[4 - r + c], e[5 - r + c]);
            }
        }
        let (t, w) = (|i: usize| avg3(e[i], e[i + 1], e[i + 2]), |i: usize| avg2(e[i], e[i + 1]));
        b[6] = [[w(4), w(5), w(6), w(7)], [t(3), t(4), t(5), t(6)], [t(2), w(4), w(5), w(6)], [t(1), t(3), t(4), t(5)]];
        let (u, v) = (|i: usize| avg3(a[i], a[i + 1], a[i + 2]), |i: usize| avg2(a[i], a[i + 1]));
        b[7] = [[v(0), v(1), v(2), v(3)], [u(0), u(1), u(2), u(3)], [v(1), v(2), v(3), u(4)], [u(1), u(2), u(3), u(5)]];
        b[8] = [[w(3), t(3), t(4), t(5)], [w(2), t(2), w(3), t(3)], [w(1), t(1), w(2), t(2)], [w(0), t(0), w(1), t(1)]];
        let (m, n) = (avg3(l[2], l[3], l[3]), l[3]);
        let (x, y) = (avg3(l[0], l[1], l[2]), avg3(l[1], l[2], l[3]));
        let (i, j, k) = (avg2(l[0], l[1]), avg2(l[1], l[2]), avg2(l[2], l[3]));
        b[9] = [[i, x, j, y], [j, y, k, m], [k, m, n, n], [n; 4]];
        b
    }

    proptest! {
        #[test]
        fn predictions_are_those_of_the_standard(
            above in any::<[u8; 4]>(), above_right in any::<[u8; 4]>(), left in any::<[u8; 4]>(), corner in any::<u8>(),
        ) {
            let edge = Edge4 { above, above_right, left, corner };
            for (mode, (found, expected)) in edge.predictions().into_iter().zip(plain(&edge)).enumerate() {
                let found = found.to_array();
                prop_assert_eq!(found.as_chunks::<4>().0, expected, "mode {}", mode);
                prop_assert_eq!(edge.predict(mode as u8).to_array(), found, "mode {} alone", mode);
            }
        }
    }
}
