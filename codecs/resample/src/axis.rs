//! What a kernel comes to on one axis: for each new sample, which old ones count and how much.

use crate::{Kernel, LANES, OutOfMemory, WEIGHT_BITS, filled};

/// A part of an axis, and how many samples it shall have. What is shown may begin and end between samples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Span {
    /// Samples of the whole axis, at least 1.
    pub source: usize,
    /// Where what is shown begins, in samples.
    pub start: f64,
    /// How much is shown, in samples; more than 0.
    pub length: f64,
    /// New samples, at least 1.
    pub result: usize,
}

/// The weights of one axis.
///
/// INVARIANT: every sample that counts is one of the source's; the weights of a new sample add up to 2¹⁴.
#[derive(Debug)]
pub(crate) struct Axis {
    groups: usize,
    /// The first sample that counts, and how many, for each new one.
    spans: Vec<(u32, u32)>,
    /// `groups` × 8 for each new sample; what a span does not reach is 0.
    weights: Vec<i16>,
}

impl Axis {
    /// The axis of a span. What lies outside the source has no weight.
    ///
    /// # Errors
    /// If memory does not suffice.
    pub(crate) fn new(kernel: Kernel, span: Span) -> Result<Axis, OutOfMemory> {
        let Span { source, start, length, result } = span;
        let step = length / result as f64;
        let radius = kernel.support() * step.max(1.0);
        // A span ends where the kernel or the source does, whichever is first.
        let most = if kernel == Kernel::Nearest { 1 } else { (2.0 * radius) as usize + 1 };
        let groups = most.min(source).div_ceil(LANES);
        let mut spans = filled((0, 0), result)?;
        let mut weights = filled(0, result.checked_mul(groups * LANES).ok_or(OutOfMemory)?)?;
        let mut exact = filled(0.0, groups * LANES)?;
        for (index, (span, weights)) in spans.iter_mut().zip(weights.chunks_exact_mut(groups * LANES)).enumerate() {
            let centre = start + (index as f64 + 0.5) * step;
            let last = source - 1;
            if kernel == Kernel::Nearest {
                *span = ((centre.floor().max(0.0) as usize).min(last) as u32, 1);
                weights[0] = 1 << WEIGHT_BITS;
                continue;
            }
            let first = ((centre - radius - 0.5).ceil().max(0.0) as usize).min(last);
            let end = ((centre + radius - 0.5).floor().max(0.0) as usize).clamp(first, last) + 1;
            let end = end.min(first + exact.len());
            let mut sum = 0.0;
            for (weight, sample) in exact.iter_mut().zip(first..end) {
                *weight = kernel.weight((sample as f64 + 0.5 - centre) / step.max(1.0));
                sum += *weight;
            }
            let count = end - first;
            *span = (first as u32, count as u32);
            quantize(&exact[..count], sum, weights);
        }
        Ok(Axis { groups, spans, weights })
    }

    /// How many vectors of weights each new sample has.
    pub(crate) fn groups(&self) -> usize {
        self.groups
    }

    /// Where the samples begin that count for anything, and end.
    pub(crate) fn range(&self) -> (usize, usize) {
        let first = self.spans.iter().map(|span| span.0).min().unwrap_or(0);
        let end = self.spans.iter().map(|span| span.0 + span.1).max().unwrap_or(0);
        (first as usize, end as usize)
    }

    /// How many old samples in a row count for one new one, at most.
    pub(crate) fn longest(&self) -> usize {
        self.spans.iter().map(|span| span.1).max().unwrap_or(0) as usize
    }

    /// For each new sample the first old one that counts, how many do, and their weights.
    pub(crate) fn samples(&self) -> impl Iterator<Item = (usize, usize, &[i16])> {
        let weights = self.weights.chunks_exact(self.groups * LANES);
        self.spans.iter().zip(weights).map(|(span, weights)| (span.0 as usize, span.1 as usize, weights))
    }

    /// As [`Axis::samples`], for one; `None` behind the last.
    pub(crate) fn sample(&self, index: usize) -> Option<(usize, usize, &[i16])> {
        let span = self.spans.get(index)?;
        let length = self.groups * LANES;
        Some((span.0 as usize, span.1 as usize, &self.weights[index * length..][..length]))
    }
}

/// Rounds weights so that every beginning of their sum is rounded, and none of the whole is lost: a flat picture stays
/// as it is, and a thousand small weights together weigh what they should.
fn quantize(exact: &[f64], sum: f64, weights: &mut [i16]) {
    let unit = f64::from(1 << WEIGHT_BITS) / sum;
    let (mut so_far, mut given) = (0.0, 0);
    for (weight, exact) in weights.iter_mut().zip(exact) {
        so_far += exact;
        let rounded = (so_far * unit + 0.5).floor() as i32;
        // No weight of a kernel exceeds the whole by more than its negative lobes give back, which is a fraction.
        *weight = (rounded - given).clamp(i16::MIN.into(), i16::MAX.into()) as i16;
        given = rounded;
    }
    // Sums of floats end a last bit beside the whole.
    let missing = (1 << WEIGHT_BITS) - given;
    if let Some(largest) = weights.iter_mut().max_by_key(|weight| **weight) {
        *largest += missing as i16;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn kernel() -> impl Strategy<Value = Kernel> {
        prop_oneof![
            Just(Kernel::Nearest),
            Just(Kernel::Linear),
            Just(Kernel::CatmullRom),
            Just(Kernel::Mitchell),
            Just(Kernel::Lanczos3)
        ]
    }

    proptest! {
        #[test]
        fn weights_add_up_and_stay_within_the_source(
            kernel in kernel(), source in 1usize..400, result in 1usize..300, start in 0.0..1.0f64, share in 0.001..1.0f64,
        ) {
            let start = start * source as f64;
            let length = share * (source as f64 - start).max(0.01);
            let axis = Axis::new(kernel, Span { source, start, length, result }).unwrap();
            prop_assert_eq!(axis.samples().count(), result);
            for (first, count, weights) in axis.samples() {
                prop_assert!(count >= 1 && first + count <= source);
                prop_assert_eq!(weights.iter().map(|&weight| i32::from(weight)).sum::<i32>(), 1 << WEIGHT_BITS);
                prop_assert!(weights[count..].iter().all(|&weight| weight == 0));
            }
        }
    }

    #[test]
    fn an_axis_that_changes_nothing_takes_each_sample_alone() {
        for kernel in [Kernel::Nearest, Kernel::Linear, Kernel::CatmullRom, Kernel::Lanczos3] {
            let axis = Axis::new(kernel, Span { source: 20, start: 0.0, length: 20.0, result: 20 }).unwrap();
            for (index, (first, _, weights)) in axis.samples().enumerate() {
                let whole = weights.iter().position(|&weight| weight == 1 << WEIGHT_BITS).unwrap();
                assert_eq!(first + whole, index, "{kernel:?}");
            }
        }
    }

    #[test]
    fn ten_thousand_samples_weigh_evenly_in_one() {
        let axis = Axis::new(Kernel::Linear, Span { source: 60_000, start: 0.0, length: 60_000.0, result: 2 }).unwrap();
        let (first, count, weights) = axis.samples().next().unwrap();
        let middle: i32 = weights[15_000 - first - 500..][..1000].iter().map(|&weight| i32::from(weight)).sum();
        assert!(count > 30_000 && (600..630).contains(&middle), "{middle}");
    }
}
