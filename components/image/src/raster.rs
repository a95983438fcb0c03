//! Pixels in memory: eight bits a sample, interleaved, rows without gaps.

use lucarne_guest::image::ImageError;

use crate::geometry::{Rect, Size};
use crate::turn::Turn;

/// What the samples of a pixel are, in order. Alpha is straight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Channels {
    Grey,
    GreyAlpha,
    Rgb,
    Rgba,
}

/// A picture. INVARIANT: `samples` has width × height × channels bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Raster {
    size: Size,
    channels: Channels,
    samples: Vec<u8>,
}

impl Channels {
    /// Samples, and so bytes, a pixel.
    pub(crate) fn count(self) -> usize {
        match self {
            Channels::Grey => 1,
            Channels::GreyAlpha => 2,
            Channels::Rgb => 3,
            Channels::Rgba => 4,
        }
    }

    pub(crate) fn has_alpha(self) -> bool {
        matches!(self, Channels::GreyAlpha | Channels::Rgba)
    }

    pub(crate) fn is_grey(self) -> bool {
        matches!(self, Channels::Grey | Channels::GreyAlpha)
    }
}

impl Raster {
    /// A black picture, transparent if it can be.
    ///
    /// # Errors
    /// `too-large` if memory does not suffice, where the allocator can say so.
    pub(crate) fn blank(size: Size, channels: Channels) -> Result<Raster, ImageError> {
        let refusal = || ImageError::TooLarge(format!("memory: {size} does not fit"));
        let bytes = size.pixels() * channels.count() as u64;
        let bytes = usize::try_from(bytes).map_err(|_| refusal())?;
        let mut samples = Vec::new();
        samples.try_reserve_exact(bytes).map_err(|_| refusal())?;
        samples.resize(bytes, 0);
        Ok(Raster { size, channels, samples })
    }

    pub(crate) fn size(&self) -> Size {
        self.size
    }

    pub(crate) fn channels(&self) -> Channels {
        self.channels
    }

    pub(crate) fn samples(&self) -> &[u8] {
        &self.samples
    }

    pub(crate) fn samples_mut(&mut self) -> &mut [u8] {
        &mut self.samples
    }

    /// The samples of each row, from the top.
    pub(crate) fn rows(&self) -> impl Iterator<Item = &[u8]> {
        self.samples.chunks_exact(self.row_bytes())
    }

    /// As [`Raster::rows`], to write.
    pub(crate) fn rows_mut(&mut self) -> impl Iterator<Item = &mut [u8]> {
        let row_bytes = self.row_bytes();
        self.samples.chunks_exact_mut(row_bytes)
    }

    /// A region of the picture, turned upright, as a picture of its own. `region` lies within the picture.
    pub(crate) fn upright(&self, region: Rect, turn: Turn) -> Result<Raster, ImageError> {
        let mut upright = Raster::blank(turn.size(region.size()), self.channels)?;
        match self.channels {
            Channels::Grey => self.walk::<1>(region, turn, &mut upright),
            Channels::GreyAlpha => self.walk::<2>(region, turn, &mut upright),
            Channels::Rgb => self.walk::<3>(region, turn, &mut upright),
            Channels::Rgba => self.walk::<4>(region, turn, &mut upright),
        }
        Ok(upright)
    }

    /// Fills `upright` with the pixels of `region`; `N` is the count of channels.
    fn walk<const N: usize>(&self, region: Rect, turn: Turn, upright: &mut Raster) {
        let (stored, _) = self.samples.as_chunks::<N>();
        let walk = turn.walk(region, self.size.width);
        let mut row_start = walk.start;
        for row in upright.rows_mut() {
            if walk.column == 1 {
                let from = row_start as usize * N;
                row.copy_from_slice(&self.samples[from..from + row.len()]);
            } else {
                let mut from = row_start;
                for pixel in row.as_chunks_mut::<N>().0 {
                    *pixel = stored[from as usize];
                    from += walk.column;
                }
            }
            row_start += walk.row;
        }
    }

    fn row_bytes(&self) -> usize {
        self.size.width as usize * self.channels.count()
    }
}
