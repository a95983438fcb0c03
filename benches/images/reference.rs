//! What every picture is held against: the source decoded whole by a third decoder, and resized in floating point.

use std::collections::BTreeMap;

use lucarne_gauge::{Pixels, lanczos3, psnr, ssim};

use crate::profile::p3_to_srgb;
use crate::source::decoded;

/// A source as it should look in any size.
pub(crate) struct Reference {
    whole: Pixels,
    /// Whether its colours are of Display P3.
    profile: bool,
    /// What transparent pixels are laid over, where the format has none.
    canvas: Option<u8>,
    /// By width and height.
    resized: BTreeMap<(usize, usize), Pixels>,
}

impl Reference {
    pub(crate) fn new(source: &[u8], profile: bool) -> Self {
        Self { whole: decoded(source), profile, canvas: None, resized: BTreeMap::new() }
    }

    /// The reference for pictures without transparency.
    pub(crate) fn over(self, grey: u8) -> Self {
        Self { canvas: Some(grey), ..self }
    }

    pub(crate) fn whole(&self) -> &Pixels {
        &self.whole
    }

    /// In this size.
    pub(crate) fn sized(&mut self, width: usize, height: usize) -> &Pixels {
        self.resized.entry((width, height)).or_insert_with(|| {
            let mut resized = lanczos3(&self.whole, width, height);
            if let Some(grey) = self.canvas {
                resized = resized.over_grey(grey);
            }
            // A profile hardly bends what a kernel averages, and a small picture is converted in no time.
            if self.profile { resized.recolored(p3_to_srgb) } else { resized }
        })
    }

    /// SSIM and PSNR of a file.
    pub(crate) fn likeness(&mut self, file: &[u8]) -> (f64, f64) {
        let picture = decoded(file);
        // What is transparent counts as much as it shows over a middle grey.
        let reference = self.sized(picture.width(), picture.height()).over_grey(128);
        let picture = picture.over_grey(128);
        (ssim(&picture, &reference), psnr(&picture, &reference))
    }
}
