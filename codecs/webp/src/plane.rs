//! One component's samples.

/// A rectangle of samples, rows from the top. INVARIANT: `samples` has at least `stride` × (`height` − 1) + `width`
/// bytes, `stride` is at least `width`, and neither side is 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plane {
    width: usize,
    height: usize,
    stride: usize,
    samples: Vec<u8>,
}

/// A plane that is another's.
#[derive(Debug, Clone, Copy)]
pub struct PlaneRef<'a> {
    width: usize,
    height: usize,
    stride: usize,
    samples: &'a [u8],
}

impl Plane {
    /// A plane over samples; `None` where they are too few, a side is 0 or rows overlap.
    pub fn new(width: usize, height: usize, stride: usize, samples: Vec<u8>) -> Option<Plane> {
        fits(width, height, stride, samples.len()).then_some(Plane { width, height, stride, samples })
    }

    /// Samples a row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Rows.
    pub fn height(&self) -> usize {
        self.height
    }

    /// Bytes from the beginning of a row to that of the next.
    pub fn stride(&self) -> usize {
        self.stride
    }

    /// All bytes, those between rows included.
    pub fn samples(&self) -> &[u8] {
        &self.samples
    }

    /// As [`Plane::samples`], to write.
    pub fn samples_mut(&mut self) -> &mut [u8] {
        &mut self.samples
    }

    /// All bytes, those between rows included, and nothing else.
    pub fn into_samples(self) -> Vec<u8> {
        self.samples
    }

    /// A row's samples.
    ///
    /// # Panics
    /// If there are not so many rows.
    pub fn row(&self, y: usize) -> &[u8] {
        self.as_ref().row(y)
    }

    /// A view of the whole.
    pub fn as_ref(&self) -> PlaneRef<'_> {
        PlaneRef { width: self.width, height: self.height, stride: self.stride, samples: &self.samples }
    }
}

impl<'a> PlaneRef<'a> {
    /// A plane over samples; `None` where they are too few, a side is 0 or rows overlap.
    pub fn new(width: usize, height: usize, stride: usize, samples: &'a [u8]) -> Option<PlaneRef<'a>> {
        fits(width, height, stride, samples.len()).then_some(PlaneRef { width, height, stride, samples })
    }

    /// Samples a row.
    pub fn width(self) -> usize {
        self.width
    }

    /// Rows.
    pub fn height(self) -> usize {
        self.height
    }

    /// A row's samples.
    ///
    /// # Panics
    /// If there are not so many rows.
    pub fn row(self, y: usize) -> &'a [u8] {
        assert!(y < self.height, "row {y} of {}", self.height);
        &self.samples[y * self.stride..][..self.width]
    }
}

fn fits(width: usize, height: usize, stride: usize, bytes: usize) -> bool {
    let needed = (height.wrapping_sub(1)).checked_mul(stride).and_then(|rows| rows.checked_add(width));
    width > 0 && height > 0 && stride >= width && needed.is_some_and(|needed| bytes >= needed)
}
