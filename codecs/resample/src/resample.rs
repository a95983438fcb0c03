//! The way of rows through both passes.

use crate::across::{across, margin};
use crate::axis::Axis;
use crate::down::down;
use crate::load::Load;
use crate::{Kernel, LANES, OutOfMemory, Span, filled, store};

/// What the samples of a pixel are, in order. Alpha is straight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channels {
    /// One: grey, or a plane of anything.
    Grey,
    /// Grey and alpha.
    GreyAlpha,
    /// Three of any kind.
    Rgb,
    /// Three and alpha.
    Rgba,
}

/// What is averaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Light {
    /// The samples as they are stored, gamma and all.
    Stored,
    /// The light that they stand for, by the curve of sRGB.
    Linear,
}

impl Channels {
    /// Samples a pixel.
    pub fn count(self) -> usize {
        match self {
            Channels::Grey => 1,
            Channels::GreyAlpha => 2,
            Channels::Rgb => 3,
            Channels::Rgba => 4,
        }
    }

    /// Whether there is no colour.
    pub fn is_grey(self) -> bool {
        matches!(self, Channels::Grey | Channels::GreyAlpha)
    }

    /// Whether the last sample of a pixel is alpha.
    pub fn has_alpha(self) -> bool {
        matches!(self, Channels::GreyAlpha | Channels::Rgba)
    }
}

/// A resize that is laid out. It can be carried out on any number of pictures of one size, such as two planes of chroma.
pub struct Resampler {
    channels: Channels,
    across: Axis,
    down: Axis,
    /// Rows of the source.
    height: usize,
    load: Load,
}

/// A resize that is under way, for one picture.
pub struct Resampling<'a> {
    resampler: &'a Resampler,
    /// The rows that the result still needs, each at its number modulo how many there are; of a source that is shrunk
    /// first, the means of its rows.
    rows: Vec<[i16; LANES]>,
    /// Vectors a row.
    vectors: usize,
    sums: Vec<[i32; LANES]>,
    between: Vec<[i16; LANES]>,
    new: Vec<i16>,
    /// Rows taken, and made.
    taken: usize,
    made: usize,
    result: &'a mut [u8],
}

impl Resampler {
    /// Lays a resize out. `Nearest` takes samples as they are stored: for it, neither alpha nor light has a meaning.
    ///
    /// # Errors
    /// If memory does not suffice.
    pub fn new(
        channels: Channels,
        kernel: Kernel,
        light: Light,
        across: Span,
        down: Span,
    ) -> Result<Resampler, OutOfMemory> {
        let height = down.source;
        let load = match kernel {
            Kernel::Nearest => Load::plain(),
            // What is left for the kernel is at least two rows for one.
            _ => Load::new(channels, light, ((down.length / down.result as f64 / 2.0) as usize).max(1))?,
        };
        let parts = load.rows() as f64;
        let down = Span {
            source: height.div_ceil(load.rows()),
            start: down.start / parts,
            length: down.length / parts,
            result: down.result,
        };
        let (across, down) = (Axis::new(kernel, across)?, Axis::new(kernel, down)?);
        Ok(Resampler { channels, across, down, height, load })
    }

    /// Resamples a picture in memory, whose rows are `stride` bytes apart, into rows without gaps.
    ///
    /// # Errors
    /// If memory does not suffice.
    ///
    /// # Panics
    /// If there are fewer rows or columns than the spans say.
    pub fn resample(&self, samples: &[u8], stride: usize, result: &mut [u8]) -> Result<(), OutOfMemory> {
        let mut resampling = self.begin(result)?;
        for row in samples.chunks(stride).take(self.height) {
            resampling.push(row);
        }
        Ok(())
    }

    /// Begins a resize whose rows come one by one. `result` is as large as the spans say.
    ///
    /// # Errors
    /// If memory does not suffice.
    pub fn begin<'a>(&'a self, result: &'a mut [u8]) -> Result<Resampling<'a>, OutOfMemory> {
        let count = self.channels.count();
        let (first, end) = self.across.range;
        let vectors = ((end - first) * count).div_ceil(LANES);
        let margin = margin(&self.across, count).div_ceil(LANES);
        Ok(Resampling {
            resampler: self,
            rows: filled([0; LANES], vectors.checked_mul(self.down.longest()).ok_or(OutOfMemory)?)?,
            vectors,
            sums: filled([0; LANES], vectors)?,
            between: filled([0; LANES], vectors + margin)?,
            new: filled(0, self.across.result() * count)?,
            taken: 0,
            made: 0,
            result,
        })
    }
}

impl Resampling<'_> {
    /// Takes the next row of the source, and makes what rows of the result follow from it. Rows beyond the last that
    /// counts are passed over.
    ///
    /// # Panics
    /// If the row is shorter than the span says.
    pub fn push(&mut self, row: &[u8]) {
        let Resampler { channels, across, down, height, load } = self.resampler;
        let (index, place) = (self.taken / load.rows(), self.taken % load.rows());
        self.taken += 1;
        let (top, end) = down.range;
        if index < top || index >= end {
            return;
        }

        let count = channels.count();
        let (first, last) = across.range;
        let pixels = &row[first * count..last * count];
        let slot = (index - top) % down.longest() * self.vectors;
        let slot = &mut self.rows[slot..][..self.vectors].as_flattened_mut()[..pixels.len()];
        // The last row stands in for those that it is to be averaged with and that are not there.
        let repeated = if self.taken == *height { load.rows() - place } else { 1 };
        (place..place + repeated).for_each(|place| load.row(pixels, place, slot));
        if place + repeated == load.rows() {
            self.make(index - top);
        }
    }

    /// The rows of the result that need no row beyond `index`, counted from the first that counts.
    fn make(&mut self, index: usize) {
        let Resampler { channels, across: axis_across, down: axis_down, load, .. } = self.resampler;
        let (vectors, slots) = (self.vectors, axis_down.longest());
        while let Some((start, count, weights)) = axis_down.sample(self.made)
            && start + count <= index + 1
        {
            let row = |row: usize| &self.rows[(start + row) % slots * vectors..][..vectors];
            down(count, weights, row, &mut self.sums, &mut self.between[..vectors]);
            across(axis_across, channels.count(), self.between.as_flattened(), &mut self.new);
            let bytes = &mut self.result[self.made * self.new.len()..][..self.new.len()];
            store::row(load, channels.count(), &self.new, bytes);
            self.made += 1;
        }
    }
}

#[cfg(test)]
mod tests;
