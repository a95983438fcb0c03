//! Pixels in memory: eight bits a sample, interleaved.

use lucarne_guest::image::ImageError;
use lucarne_jpeg::plane::{Plane, PlaneRef};
pub(crate) use lucarne_resample::Channels;

use crate::geometry::{Rect, Size};
use crate::turn::Turn;

/// A picture, or a plane of one. Alpha is straight.
///
/// INVARIANT: each of its rows has width × channels bytes of `samples`, and begins `stride` bytes after the one before;
/// only of one channel is that more than a row has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Raster {
    size: Size,
    channels: Channels,
    stride: usize,
    samples: Vec<u8>,
}

impl Raster {
    /// A black picture, transparent if it can be.
    ///
    /// # Errors
    /// `too-large` if memory does not suffice, where the allocator can say so.
    pub(crate) fn blank(size: Size, channels: Channels) -> Result<Raster, ImageError> {
        let bytes = size.pixels() * channels.count() as u64;
        let bytes = usize::try_from(bytes).map_err(|_| size.does_not_fit())?;
        let mut samples = Vec::new();
        samples.try_reserve_exact(bytes).map_err(|_| size.does_not_fit())?;
        samples.resize(bytes, 0);
        Ok(Raster::packed(size, channels, samples))
    }

    /// The picture of samples, which are as many as it has, row by row.
    pub(crate) fn packed(size: Size, channels: Channels, samples: Vec<u8>) -> Raster {
        let stride = size.width as usize * channels.count();
        assert_eq!(samples.len() as u64, size.pixels() * channels.count() as u64, "a picture has its samples");
        Raster { size, channels, stride, samples }
    }

    /// The one channel that a plane is.
    pub(crate) fn of_plane(plane: Plane) -> Raster {
        // The sides of a plane are those of a frame, which are of 16 bits.
        let size = Size { width: plane.width() as u32, height: plane.height() as u32 };
        Raster { size, channels: Channels::Grey, stride: plane.stride(), samples: plane.into_samples() }
    }

    /// The picture, which has one channel, as a plane.
    pub(crate) fn into_plane(self) -> Plane {
        let (width, height) = (self.size.width as usize, self.size.height as usize);
        assert_eq!(self.channels, Channels::Grey, "a plane is one channel");
        Plane::new(width, height, self.stride, self.samples).expect("a picture has its samples")
    }

    /// As [`Raster::into_plane`], as a view.
    pub(crate) fn plane(&self) -> PlaneRef<'_> {
        let (width, height) = (self.size.width as usize, self.size.height as usize);
        assert_eq!(self.channels, Channels::Grey, "a plane is one channel");
        PlaneRef::new(width, height, self.stride, &self.samples).expect("a picture has its samples")
    }

    /// The same picture without gaps between rows.
    pub(crate) fn without_gaps(mut self) -> Raster {
        let row_bytes = self.row_bytes();
        if self.stride != row_bytes {
            for row in 1..self.size.height as usize {
                self.samples.copy_within(row * self.stride..row * self.stride + row_bytes, row * row_bytes);
            }
            self.stride = row_bytes;
        }
        self.samples.truncate(row_bytes * self.size.height as usize);
        self
    }

    /// The same picture without alpha, if all of it is opaque.
    pub(crate) fn without_opaque_alpha(self) -> Raster {
        match self.channels {
            Channels::Rgba => self.without_last::<4, 3>(Channels::Rgb),
            Channels::GreyAlpha => self.without_last::<2, 1>(Channels::Grey),
            Channels::Grey | Channels::Rgb => self,
        }
    }

    /// Leaves out the last of `N` channels where it is full everywhere; `M` is one less.
    fn without_last<const N: usize, const M: usize>(mut self, channels: Channels) -> Raster {
        if self.samples.as_chunks::<N>().0.iter().any(|pixel| pixel[M] != 255) {
            return self;
        }
        for pixel in 0..self.samples.len() / N {
            self.samples.copy_within(pixel * N..pixel * N + M, pixel * M);
        }
        self.samples.truncate(self.samples.len() / N * M);
        Raster::packed(self.size, channels, self.samples)
    }

    pub(crate) fn size(&self) -> Size {
        self.size
    }

    pub(crate) fn channels(&self) -> Channels {
        self.channels
    }

    /// Bytes from one row to the next.
    pub(crate) fn stride(&self) -> usize {
        self.stride
    }

    /// All bytes, those between rows included.
    pub(crate) fn samples(&self) -> &[u8] {
        &self.samples
    }

    /// As [`Raster::samples`], to write.
    pub(crate) fn samples_mut(&mut self) -> &mut [u8] {
        &mut self.samples
    }

    /// The samples of each row, from the top.
    pub(crate) fn rows(&self) -> impl Iterator<Item = &[u8]> {
        let row_bytes = self.row_bytes();
        self.samples.chunks(self.stride).map(move |row| &row[..row_bytes]).take(self.size.height as usize)
    }

    /// As [`Raster::rows`], to write.
    pub(crate) fn rows_mut(&mut self) -> impl Iterator<Item = &mut [u8]> {
        let row_bytes = self.row_bytes();
        let height = self.size.height as usize;
        self.samples.chunks_mut(self.stride).map(move |row| &mut row[..row_bytes]).take(height)
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
        let walk = turn.walk(region, (self.stride / N) as u32);
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
