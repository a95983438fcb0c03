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
    /// The first sample of the source that counts for anything, and the end of those that do.
    pub(crate) range: (usize, usize),
    /// How many vectors of weights each new sample has.
    pub(crate) groups: usize,
    /// The first sample that counts for each new one, from that of the range.
    pub(crate) starts: Vec<u32>,
    /// How many samples count for each new one.
    counts: Vec<u32>,
    /// The most of them.
    longest: usize,
    /// `groups` for each new sample; what lies behind those that count is 0.
    pub(crate) weights: Vec<[i16; LANES]>,
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
        let (mut starts, mut counts) = (filled(0, result)?, filled(0, result)?);
        let mut weights = filled([0; LANES], result.checked_mul(groups).ok_or(OutOfMemory)?)?;
        let mut exact = filled(0.0, groups * LANES)?;
        let (scale, last) = (1.0 / step.max(1.0), source - 1);
        for (index, weights) in weights.chunks_exact_mut(groups).enumerate() {
            let centre = start + (index as f64 + 0.5) * step;
            let (first, end) = if kernel == Kernel::Nearest {
                let nearest = (centre as usize).min(last);
                (nearest, nearest + 1)
            } else {
                let first = ((centre - radius - 0.5).ceil().max(0.0) as usize).min(last);
                let end = ((centre + radius - 0.5).floor().max(0.0) as usize).clamp(first, last) + 1;
                (first, end.min(first + exact.len()))
            };
            let exact = &mut exact[..end - first];
            let distance = (first as f64 + 0.5 - centre) * scale;
            for (index, weight) in exact.iter_mut().enumerate() {
                *weight = kernel.weight(distance + index as f64 * scale);
            }
            quantize(exact, weights.as_flattened_mut());
            (starts[index], counts[index]) = (first as u32, exact.len() as u32);
        }
        let first = starts.first().map_or(0, |&start| start);
        let end = starts.iter().zip(&counts).map(|(start, count)| start + count).max().unwrap_or(0);
        starts.iter_mut().for_each(|start| *start -= first);
        let longest = counts.iter().max().map_or(0, |&count| count as usize);
        Ok(Axis { range: (first as usize, end as usize), groups, starts, counts, longest, weights })
    }

    /// New samples.
    pub(crate) fn result(&self) -> usize {
        self.starts.len()
    }

    /// How many old samples in a row count for one new one, at most.
    pub(crate) fn longest(&self) -> usize {
        self.longest
    }

    /// For a new sample the first old one of the range that counts, how many do, and their weights; `None` behind the
    /// last.
    pub(crate) fn sample(&self, index: usize) -> Option<(usize, usize, &[[i16; LANES]])> {
        let (&start, &count) = (self.starts.get(index)?, self.counts.get(index)?);
        Some((start as usize, count as usize, self.weights.get(index * self.groups..)?.get(..self.groups)?))
    }
}

/// Rounds weights so that every beginning of their sum is rounded, and none of the whole is lost: a flat picture stays
/// as it is, and a thousand small weights together weigh what they should.
fn quantize(exact: &[f64], weights: &mut [i16]) {
    let unit = f64::from(1 << WEIGHT_BITS) / exact.iter().sum::<f64>();
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
            prop_assert_eq!(axis.result(), result);
            for index in 0..result {
                let (first, count, weights) = axis.sample(index).unwrap();
                let weights = weights.as_flattened();
                prop_assert!(count >= 1 && axis.range.0 + first + count <= axis.range.1 && axis.range.1 <= source);
                prop_assert_eq!(weights.iter().map(|&weight| i32::from(weight)).sum::<i32>(), 1 << WEIGHT_BITS);
                prop_assert!(weights[count..].iter().all(|&weight| weight == 0));
            }
        }
    }

    #[test]
    fn an_axis_that_changes_nothing_takes_each_sample_alone() {
        for kernel in [Kernel::Nearest, Kernel::Linear, Kernel::CatmullRom, Kernel::Lanczos3] {
            let axis = Axis::new(kernel, Span { source: 20, start: 0.0, length: 20.0, result: 20 }).unwrap();
            for index in 0..20 {
                let (first, _, weights) = axis.sample(index).unwrap();
                let whole = weights.as_flattened().iter().position(|&weight| weight == 1 << WEIGHT_BITS).unwrap();
                assert_eq!(first + whole, index, "{kernel:?}");
            }
        }
    }

    #[test]
    fn ten_thousand_samples_weigh_evenly_in_one() {
        let span = Span { source: 60_000, start: 0.0, length: 60_000.0, result: 2 };
        let axis = Axis::new(Kernel::Linear, span).unwrap();
        let (first, count, weights) = axis.sample(0).unwrap();
        let weights = &weights.as_flattened()[15_000 - first - 500..][..1000];
        let middle: i32 = weights.iter().map(|&weight| i32::from(weight)).sum();
        assert!(count > 30_000 && (600..630).contains(&middle), "{middle}");
    }
}
