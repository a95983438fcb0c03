//! A picture in memory.

/// Interleaved samples of eight bits, rows from the top without gaps: grey, RGB or RGBA with straight alpha.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pixels {
    width: usize,
    height: usize,
    channels: usize,
    samples: Vec<u8>,
}

/// How much each of red, green and blue adds to luma (ITU-R BT.601 §2.5.1).
const LUMA: [f32; 3] = [0.299, 0.587, 0.114];

impl Pixels {
    /// A picture over samples, with 1, 3 or 4 channels.
    ///
    /// # Panics
    /// If it has no pixels, another number of channels, or not as many samples.
    #[must_use]
    pub fn new(width: usize, height: usize, channels: usize, samples: Vec<u8>) -> Self {
        assert!(width > 0 && height > 0, "{width}×{height} is no picture");
        assert!(matches!(channels, 1 | 3 | 4), "{channels} channels");
        assert_eq!(samples.len(), width * height * channels, "samples of {width}×{height}");
        Self { width, height, channels, samples }
    }

    /// A picture from the colour of each pixel.
    pub(crate) fn painted<const N: usize>(
        width: usize,
        height: usize,
        mut color: impl FnMut(usize, usize) -> [f32; N],
    ) -> Self {
        let mut samples = Vec::with_capacity(width * height * N);
        for y in 0..height {
            for x in 0..width {
                samples.extend(color(x, y).map(to_sample));
            }
        }
        Self::new(width, height, N, samples)
    }

    /// Pixels a row.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// Rows.
    #[must_use]
    pub fn height(&self) -> usize {
        self.height
    }

    /// 1, 3 or 4.
    #[must_use]
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// All samples.
    #[must_use]
    pub fn samples(&self) -> &[u8] {
        &self.samples
    }

    /// All samples, given away.
    #[must_use]
    pub fn into_samples(self) -> Vec<u8> {
        self.samples
    }

    /// The samples of a pixel.
    pub(crate) fn pixel_mut(&mut self, x: usize, y: usize) -> &mut [u8] {
        let start = (y * self.width + x) * self.channels;
        &mut self.samples[start..start + self.channels]
    }

    /// Luma of each pixel, 0 to 255; alpha is not looked at.
    #[must_use]
    pub fn luma(&self) -> Vec<f32> {
        let weighted = |pixel: &[u8]| match pixel {
            [grey] => f32::from(*grey),
            _ => LUMA.iter().zip(pixel).map(|(weight, sample)| weight * f32::from(*sample)).sum(),
        };
        self.samples.chunks_exact(self.channels).map(weighted).collect()
    }

    /// The picture as it looks over an opaque grey, without alpha.
    #[must_use]
    pub fn over_grey(&self, grey: u8) -> Self {
        if self.channels != 4 {
            return self.clone();
        }
        let back = f32::from(grey);
        Self::painted(self.width, self.height, |x, y| {
            let pixel = &self.samples[(y * self.width + x) * 4..][..4];
            let alpha = f32::from(pixel[3]) / 255.0;
            [0, 1, 2].map(|channel| f32::from(pixel[channel]) * alpha + back * (1.0 - alpha))
        })
    }

    /// Each pixel's colour as another, alpha as it is.
    #[must_use]
    pub fn recolored(&self, mut color: impl FnMut([u8; 3]) -> [u8; 3]) -> Self {
        let mut result = self.clone();
        if self.channels >= 3 {
            for pixel in result.samples.chunks_exact_mut(self.channels) {
                let [red, green, blue] = color([pixel[0], pixel[1], pixel[2]]);
                (pixel[0], pixel[1], pixel[2]) = (red, green, blue);
            }
        }
        result
    }
}

/// The nearest sample, a half up.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to a sample before")]
pub(crate) fn to_sample(value: f32) -> u8 {
    (value + 0.5).clamp(0.0, 255.0) as u8
}
