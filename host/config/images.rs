//! `[images]`: how much work pictures may be, for all sites together.

use std::time::Duration;

use super::reader::Section;
use super::units::{self, GIB, KIB, MIB, TIMEOUT};

/// Bounds on transforms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImagesConfig {
    /// Transforms at once. `None`, the default, for as many as there are cores: they only compute.
    pub concurrency: Option<usize>,
    /// Transforms that may wait for their turn; one more is answered with 503. Default 256: at 50 ms each on four
    /// cores, about three seconds of work.
    pub queue: usize,
    /// How long a transform may wait for its turn before it is answered with 503. Default 10 s: nobody looks at a page
    /// for longer without its picture.
    pub wait: Duration,
    /// Bytes of a source picture; more is refused unread. Default 32 MiB: a camera's largest JPEG.
    pub source_bytes: u64,
    /// Pixels of a source picture, width times height; more is refused before decoding. Default 50,000,000: what fits
    /// an image component's memory at four bytes a pixel, which is what most kinds of pictures take that are decoded
    /// whole.
    pub source_pixels: u64,
    /// Pixels of a made picture, width times height. Default 8192 × 8192: no screen has more. The component's
    /// memory may end before.
    pub output_pixels: u64,
    /// Bytes of a made picture. Default 32 MiB, the bytes that one call may hand to the host.
    pub output_bytes: u64,
}

/// What one call may hand to the host; the sandbox's limit on transfers is a little more.
const MOST_OUTPUT: u64 = 32 * MIB;

/// What a picture may have: a thousand million pixels are four GiB at four bytes each, all that a component can address.
const MOST_PIXELS: u64 = 1_000_000_000;

impl Default for ImagesConfig {
    fn default() -> Self {
        Self {
            concurrency: None,
            queue: 256,
            wait: Duration::from_secs(10),
            source_bytes: 32 * MIB,
            source_pixels: 50_000_000,
            output_pixels: 8192 * 8192,
            output_bytes: 32 * MIB,
        }
    }
}

impl ImagesConfig {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        let default = Self::default();
        let bytes = || units::size(KIB..=GIB);
        let pixels = || units::pixels(1..=MOST_PIXELS);
        Self {
            concurrency: section.value("concurrency", units::count(1..=1024)),
            queue: section.value("queue", units::count(0..=1_000_000)).unwrap_or(default.queue),
            wait: section.value("wait", units::duration(TIMEOUT)).unwrap_or(default.wait),
            source_bytes: section.value("source-bytes", bytes()).unwrap_or(default.source_bytes),
            source_pixels: section.value("source-pixels", pixels()).unwrap_or(default.source_pixels),
            output_pixels: section.value("output-pixels", pixels()).unwrap_or(default.output_pixels),
            output_bytes: section.value("output-bytes", units::size(1..=MOST_OUTPUT)).unwrap_or(default.output_bytes),
        }
    }
}
