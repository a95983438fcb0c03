//! The filters against the standard's own words, place by place.

use proptest::prelude::*;

use super::*;

/// A segment of an edge as RFC 6386 §15.2 and §15.3 filter it; samples from P3 to Q3.
struct Plain {
    samples: [i32; 8],
    limits: [i32; 3],
}

impl Plain {
    fn clamp(value: i32) -> i32 {
        value.clamp(-128, 127)
    }

    fn differs(&self, a: usize, b: usize) -> i32 {
        (self.samples[a] - self.samples[b]).abs()
    }

    fn signed(&self, at: usize) -> i32 {
        self.samples[at] - 128
    }

    fn set(&mut self, at: usize, value: i32) {
        self.samples[at] = Self::clamp(value) + 128;
    }

    fn is_near_across(&self) -> bool {
        2 * self.differs(3, 4) + self.differs(2, 5) / 2 <= self.limits[0]
    }

    fn is_near(&self) -> bool {
        let pairs = [(0, 1), (1, 2), (2, 3), (7, 6), (6, 5), (5, 4)];
        self.is_near_across() && pairs.iter().all(|&(a, b)| self.differs(a, b) <= self.limits[1])
    }

    fn is_varied(&self) -> bool {
        self.differs(2, 3) > self.limits[2] || self.differs(5, 4) > self.limits[2]
    }

    fn common_adjust(&mut self, outer_taps: bool) -> i32 {
        let further = if outer_taps { Self::clamp(self.signed(2) - self.signed(5)) } else { 0 };
        let a = Self::clamp(further + 3 * (self.signed(4) - self.signed(3)));
        let b = Self::clamp(a + 3) >> 3;
        let a = Self::clamp(a + 4) >> 3;
        self.set(4, self.signed(4) - a);
        self.set(3, self.signed(3) + b);
        a
    }

    fn simple(mut self) -> [i32; 8] {
        if self.is_near_across() {
            self.common_adjust(true);
        }
        self.samples
    }

    fn inner(mut self) -> [i32; 8] {
        if self.is_near() {
            let varied = self.is_varied();
            let a = (self.common_adjust(varied) + 1) >> 1;
            if !varied {
                self.set(5, self.signed(5) - a);
                self.set(2, self.signed(2) + a);
            }
        }
        self.samples
    }

    fn outer(mut self) -> [i32; 8] {
        if self.is_near() {
            if self.is_varied() {
                self.common_adjust(true);
            } else {
                let across = 3 * (self.signed(4) - self.signed(3));
                let w = Self::clamp(Self::clamp(self.signed(2) - self.signed(5)) + across);
                for (parts, before, behind) in [(27, 3, 4), (18, 2, 5), (9, 1, 6)] {
                    let a = Self::clamp((parts * w + 63) >> 7);
                    self.set(behind, self.signed(behind) - a);
                    self.set(before, self.signed(before) + a);
                }
            }
        }
        self.samples
    }
}

/// Samples near each other, so that the limits let some pass, and far from each other.
fn samples() -> impl Strategy<Value = [u8; 8]> {
    let near = (any::<u8>(), prop::array::uniform8(0..12u8));
    let near = near.prop_map(|(base, offsets)| offsets.map(|offset| base.saturating_add(offset)));
    let steep = (any::<u8>(), any::<u8>(), prop::array::uniform8(0..4u8));
    let steep = steep.prop_map(|(before, behind, offsets)| {
        std::array::from_fn(|at| if at < 4 { before } else { behind }.saturating_add(offsets[at]))
    });
    prop_oneof![3 => near, 3 => steep, 1 => any::<[u8; 8]>()]
}

proptest! {
    #[test]
    fn filters_are_those_of_the_standard(
        places in prop::array::uniform16(samples()), edge in 0..=193u8, interior in 1..=63u8, variance in 0..=2u8,
    ) {
        let taps: Taps = std::array::from_fn(|tap| U8x16::from_array(places.map(|samples| samples[tap])));
        let limits =
            Limits { edge: U8x16::splat(edge), interior: U8x16::splat(interior), variance: U8x16::splat(variance) };
        let (outer, inner, simple) = (outer(taps, &limits), inner(taps, &limits), simple(taps, &limits));
        for (place, samples) in places.iter().enumerate() {
            let plain = || Plain {
                samples: samples.map(i32::from),
                limits: [i32::from(edge), i32::from(interior), i32::from(variance)],
            };
            let found = |lanes: &[U8x16]| lanes.iter().map(|lane| i32::from(lane.to_array()[place])).collect::<Vec<_>>();
            prop_assert_eq!(found(&outer), &plain().outer()[1..7]);
            prop_assert_eq!(found(&inner), &plain().inner()[2..6]);
            prop_assert_eq!(found(&simple), &plain().simple()[2..6]);
        }
    }
}
