//! What is measured on: pictures as they are painted or found, and the files made of them.

use std::fs;
use std::path::{Path, PathBuf};

use lucarne_gauge::{Pixels, Scene};
use serde_json::json;

use crate::profile::{display_p3, with_profile};
use crate::sharp::Sharp;

/// A picture that can be had in several sizes.
pub(crate) enum Picture {
    Painted(Scene),
    /// A file, with the size at which it is stored, upright.
    File {
        name: String,
        path: PathBuf,
        size: (usize, usize),
    },
}

/// A file to make pictures from.
pub(crate) struct Source {
    pub(crate) path: PathBuf,
    pub(crate) bytes: Vec<u8>,
}

/// What a source is written as. sharp writes it: what is compared has no hand in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// 4:2:0 with the tables of the standard's annex K, as most cameras write it.
    Baseline,
    Progressive,
    Png,
    Webp,
}

/// The quality of sources: what cameras write.
const QUALITY: u32 = 92;

impl Picture {
    /// The scenes of the timed rows: photographs, whose entropy is that of cameras' files.
    pub(crate) const TIMED: [Picture; 3] =
        [Picture::Painted(Scene::Leaves), Picture::Painted(Scene::Street), Picture::Painted(Scene::Landscape)];

    /// The pictures of a folder, in the order of their names.
    pub(crate) fn all_in(folder: &Path, sharp: &mut Sharp) -> Vec<Picture> {
        let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        let is_picture = |path: &PathBuf| {
            let extension = path.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
            extension.is_some_and(|extension| ["jpg", "jpeg", "png", "webp"].contains(&extension.as_str()))
        };
        let pictures = paths.into_iter().filter(is_picture).map(|path| {
            let pixels = sharp.decode(&path, None);
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            Picture::File { name, path, size: (pixels.width(), pixels.height()) }
        });
        pictures.collect()
    }

    pub(crate) fn name(&self) -> &str {
        match self {
            Picture::Painted(scene) => scene.name(),
            Picture::File { name, .. } => name,
        }
    }

    /// Width and height of about so many megapixels: four to three for what is painted, else the picture's own ratio.
    pub(crate) fn size(&self, megapixels: f64) -> (usize, usize) {
        let (width, height) = match self {
            Picture::Painted(_) => (4, 3),
            Picture::File { size, .. } => *size,
        };
        let unit = (megapixels * 1e6 / (width * height) as f64).sqrt();
        // Whole blocks on both sides, as cameras have them: sharp shifts what a shrunken decode rounds. What is painted
        // also keeps its ratio exactly.
        let whole = |length: f64, step: usize| ((length / step as f64).round() as usize).max(1) * step;
        match self {
            Picture::Painted(_) => (width * whole(unit, 8), height * whole(unit, 8)),
            Picture::File { .. } => (whole(width as f64 * unit, 16), whole(height as f64 * unit, 16)),
        }
    }

    pub(crate) fn pixels(&self, megapixels: f64, sharp: &mut Sharp) -> Pixels {
        let (width, height) = self.size(megapixels);
        match self {
            Picture::Painted(scene) => scene.paint(width, height),
            Picture::File { path, .. } => sharp.decode(path, Some((width, height))),
        }
    }
}

impl Kind {
    /// Writes pixels as a source; `profile` puts a profile of Display P3 into a JPEG.
    pub(crate) fn write(self, pixels: &Pixels, path: PathBuf, profile: bool, sharp: &mut Sharp) -> Source {
        let jpeg = |progressive: bool| json!({ "quality": QUALITY, "progressive": progressive, "optimiseCoding": progressive });
        let mut bytes = match self {
            Kind::Baseline => sharp.encode(pixels, "jpeg", &jpeg(false)),
            Kind::Progressive => sharp.encode(pixels, "jpeg", &jpeg(true)),
            Kind::Png => sharp.encode(pixels, "png", &json!({})),
            Kind::Webp => sharp.encode(pixels, "webp", &json!({ "quality": QUALITY })),
        };
        if profile {
            bytes = with_profile(&bytes, Some(&display_p3()));
        }
        fs::write(&path, &bytes).unwrap();
        Source { path, bytes }
    }
}

/// Where a picture has no transparency, some: an ellipse with a soft edge stays.
pub(crate) fn with_alpha(pixels: &Pixels) -> Pixels {
    if pixels.channels() == 4 {
        return pixels.clone();
    }
    let (width, height, channels) = (pixels.width(), pixels.height(), pixels.channels());
    let mut samples = Vec::with_capacity(width * height * 4);
    for (index, pixel) in pixels.samples().chunks_exact(channels).enumerate() {
        let across = (index % width) as f32 / width as f32 - 0.5;
        let down = (index / width) as f32 / height as f32 - 0.5;
        let alpha = ((0.5 - across.hypot(down)) * 2000.0).clamp(0.0, 255.0);
        samples.extend([pixel[0], pixel[channels / 2], pixel[channels - 1], alpha as u8]);
    }
    Pixels::new(width, height, 4, samples)
}

/// A file's pixels by decoders that are neither ours nor sharp's.
pub(crate) fn decoded(file: &[u8]) -> Pixels {
    let picture = image::load_from_memory(file).unwrap();
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    if picture.color().has_alpha() {
        return Pixels::new(width, height, 4, picture.into_rgba8().into_raw());
    }
    Pixels::new(width, height, 3, picture.into_rgb8().into_raw())
}
