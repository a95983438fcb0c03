//! One channel's curve: a list of samples, a power, or one of the five formulas of ICC.1:2022 §10.18.

use super::icc::{fixed, u16_at, u32_at};
use super::srgb::unit;

/// A function from 0 to 1 into the same range.
#[derive(Debug, Clone, Copy)]
pub(super) enum Curve<'a> {
    Samples(Samples<'a>),
    Formula(Formula),
}

/// Equidistant samples. INVARIANT: there is at least one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Samples<'a> {
    bytes: &'a [u8],
    depth: Depth,
}

/// How samples are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    One,
    Two,
}

/// `(a·x + b)^g + e` from `d` on, `c·x + f` below.
#[derive(Debug, Clone, Copy)]
pub(super) struct Formula {
    g: f64,
    a: f64,
    b: f64,
    c: f64,
    d: f64,
    e: f64,
    f: f64,
}

impl<'a> Curve<'a> {
    /// The curve that a tag is.
    pub(super) fn parse(data: &'a [u8]) -> Option<Curve<'a>> {
        Self::parse_one(data).map(|(curve, _)| curve)
    }

    /// As many curves as there are places, one behind the other, each beginning at a multiple of four.
    pub(super) fn parse_several<const N: usize>(mut data: &'a [u8]) -> Option<[Curve<'a>; N]> {
        let mut curves = [Curve::Formula(Formula::power(1.0)); N];
        for place in &mut curves {
            let (curve, length) = Self::parse_one(data)?;
            *place = curve;
            // What follows the last need not be there.
            data = data.get(length.next_multiple_of(4)..).unwrap_or_default();
        }
        Some(curves)
    }

    /// A curve, and the bytes that it takes.
    fn parse_one(data: &'a [u8]) -> Option<(Curve<'a>, usize)> {
        match data.first_chunk()? {
            b"curv" => {
                let count = u32_at(data, 8)? as usize;
                let bytes = data.get(12..12_usize.checked_add(count.checked_mul(2)?)?)?;
                let curve = match count {
                    0 => Curve::Formula(Formula::power(1.0)),
                    1 => Curve::Formula(Formula::power(f64::from(u16_at(bytes, 0)?) / 256.0)),
                    _ => Curve::Samples(Samples { bytes, depth: Depth::Two }),
                };
                Some((curve, 12 + bytes.len()))
            }
            b"para" => {
                let (formula, count) = Formula::parse(u16_at(data, 8)?, data.get(12..)?)?;
                Some((Curve::Formula(formula), 12 + 4 * count))
            }
            _ => None,
        }
    }

    /// The value at `x`, both from 0 to 1.
    pub(super) fn at(&self, x: f64) -> f64 {
        unit(match self {
            Curve::Samples(samples) => samples.between(x),
            Curve::Formula(formula) => formula.at(x),
        })
    }
}

impl<'a> Samples<'a> {
    /// The first `count` samples of what the bytes hold; at least one.
    pub(super) fn new(bytes: &'a [u8], depth: Depth, count: usize) -> Option<Samples<'a>> {
        let bytes = bytes.get(..count.checked_mul(depth.bytes())?)?;
        (count > 0).then_some(Samples { bytes, depth })
    }

    /// The sample of an index, from 0 to 1; the last beyond it.
    pub(super) fn get(&self, index: usize) -> f64 {
        let last = self.count() - 1;
        let at = index.min(last) * self.depth.bytes();
        match self.depth {
            Depth::One => f64::from(self.bytes[at]) * (1.0 / 255.0),
            Depth::Two => f64::from(u16::from_be_bytes([self.bytes[at], self.bytes[at + 1]])) * (1.0 / 65535.0),
        }
    }

    /// The value at `x` of 0 to 1, between two samples.
    pub(super) fn between(&self, x: f64) -> f64 {
        let place = unit(x) * (self.count() - 1) as f64;
        let index = place as usize;
        let (low, high) = (self.get(index), self.get(index + 1));
        low + (high - low) * (place - index as f64)
    }

    fn count(&self) -> usize {
        self.bytes.len() / self.depth.bytes()
    }
}

impl Depth {
    pub(super) fn bytes(self) -> usize {
        match self {
            Depth::One => 1,
            Depth::Two => 2,
        }
    }
}

impl Formula {
    fn power(g: f64) -> Formula {
        Formula { g, a: 1.0, b: 0.0, c: 0.0, d: 0.0, e: 0.0, f: 0.0 }
    }

    /// The formula of a kind, and how many parameters it has (table 68).
    fn parse(kind: u16, data: &[u8]) -> Option<(Formula, usize)> {
        let count = *[1, 3, 4, 5, 7].get(usize::from(kind))?;
        let mut values = [0.0; 7];
        for (index, value) in values.iter_mut().take(count).enumerate() {
            *value = fixed(data, 4 * index)?;
        }
        let [g, a, b, c, d, e, f] = values;
        let begin = if a == 0.0 { 0.0 } else { -b / a };
        let formula = match kind {
            0 => Formula::power(g),
            1 => Formula { c: 0.0, d: begin, e: 0.0, f: 0.0, g, a, b },
            2 => Formula { c: 0.0, d: begin, e: c, f: c, g, a, b },
            _ => Formula { g, a, b, c, d, e, f },
        };
        Some((formula, count))
    }

    fn at(&self, x: f64) -> f64 {
        if x < self.d {
            return self.c * x + self.f;
        }
        let base = self.a * x + self.b;
        // A power of what is less than nothing is no number.
        libm::pow(if base > 0.0 { base } else { 0.0 }, self.g) + self.e
    }
}
