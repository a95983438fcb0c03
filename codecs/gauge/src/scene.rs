//! Pictures of many kinds, painted by code at any size: the same scene, with finer detail where there are more pixels.
//!
//! The photographs have what cameras' pictures have: edges where one thing hides another, at every size; textures whose
//! strength falls with their frequency; a lens that is not quite sharp, and a sensor's noise.

mod camera;
mod drawing;
mod graphics;
mod letters;
mod noise;
mod photographs;
mod shapes;

use crate::pixels::Pixels;

/// A kind of picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scene {
    /// Sky, three ranges of hills and a meadow.
    Landscape,
    /// Leaves over leaves, of all sizes.
    Leaves,
    /// Soft light on skin, hair, and a background out of focus.
    Portrait,
    /// Brick and windows in rows.
    Street,
    /// Lights in the dark, with the noise of a sensor at its limit.
    Night,
    /// Ripples.
    Water,
    /// Flat colours with fine outlines.
    Artwork,
    /// Black hatching on white.
    LineArt,
    /// Windows, buttons and text on a screen.
    Screenshot,
    /// A printed page, scanned.
    Page,
    /// Roads, water and names.
    Map,
    /// Nothing but slow changes.
    Gradients,
    /// Nothing but noise, in every channel.
    Noise,
    /// Rings that become finer outwards, up to the limit.
    Rings,
    /// Opaque shapes with smooth edges and a soft shadow, on nothing.
    Logo,
    /// Colours of every transparency.
    Glass,
}

impl Scene {
    /// All of them.
    pub const ALL: [Scene; 16] = [
        Scene::Landscape,
        Scene::Leaves,
        Scene::Portrait,
        Scene::Street,
        Scene::Night,
        Scene::Water,
        Scene::Artwork,
        Scene::LineArt,
        Scene::Screenshot,
        Scene::Page,
        Scene::Map,
        Scene::Gradients,
        Scene::Noise,
        Scene::Rings,
        Scene::Logo,
        Scene::Glass,
    ];

    /// In one word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Scene::Landscape => "landscape",
            Scene::Leaves => "leaves",
            Scene::Portrait => "portrait",
            Scene::Street => "street",
            Scene::Night => "night",
            Scene::Water => "water",
            Scene::Artwork => "artwork",
            Scene::LineArt => "line-art",
            Scene::Screenshot => "screenshot",
            Scene::Page => "page",
            Scene::Map => "map",
            Scene::Gradients => "gradients",
            Scene::Noise => "noise",
            Scene::Rings => "rings",
            Scene::Logo => "logo",
            Scene::Glass => "glass",
        }
    }

    /// Whether a camera could have made it.
    #[must_use]
    pub fn is_photograph(self) -> bool {
        use Scene::{Landscape, Leaves, Night, Portrait, Street, Water};
        matches!(self, Landscape | Leaves | Night | Portrait | Street | Water)
    }

    /// Whether it has transparent pixels.
    #[must_use]
    pub fn has_alpha(self) -> bool {
        matches!(self, Scene::Logo | Scene::Glass)
    }

    /// The scene in this size: RGB, or RGBA if it has transparent pixels.
    ///
    /// # Panics
    /// If a side is 0.
    #[must_use]
    pub fn paint(self, width: usize, height: usize) -> Pixels {
        match self {
            Scene::Landscape => photographs::landscape(width, height),
            Scene::Leaves => photographs::leaves(width, height),
            Scene::Portrait => photographs::portrait(width, height),
            Scene::Street => photographs::street(width, height),
            Scene::Night => photographs::night(width, height),
            Scene::Water => photographs::water(width, height),
            Scene::Artwork => graphics::artwork(width, height),
            Scene::LineArt => graphics::line_art(width, height),
            Scene::Screenshot => graphics::screenshot(width, height),
            Scene::Page => graphics::page(width, height),
            Scene::Map => graphics::map(width, height),
            Scene::Gradients => shapes::gradients(width, height),
            Scene::Noise => shapes::noise(width, height),
            Scene::Rings => shapes::rings(width, height),
            Scene::Logo => shapes::logo(width, height),
            Scene::Glass => shapes::glass(width, height),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_scene_can_be_painted_in_every_size() {
        for scene in Scene::ALL {
            for (width, height) in [(1, 1), (2, 33), (64, 1), (47, 31)] {
                let picture = scene.paint(width, height);
                assert_eq!((picture.width(), picture.height()), (width, height), "{}", scene.name());
                assert_eq!(picture.channels() == 4, scene.has_alpha(), "{}", scene.name());
            }
        }
    }

    #[test]
    fn scenes_differ_and_are_the_same_each_time() {
        let paint = |scene: &Scene| scene.paint(48, 32).over_grey(128).into_samples();
        let pictures: Vec<Vec<u8>> = Scene::ALL.iter().map(paint).collect();
        let again: Vec<Vec<u8>> = Scene::ALL.iter().map(paint).collect();
        assert!(pictures == again);
        assert_eq!(pictures.iter().collect::<BTreeSet<_>>().len(), Scene::ALL.len());
        assert_eq!(Scene::ALL.map(Scene::name).into_iter().collect::<BTreeSet<_>>().len(), Scene::ALL.len());
    }

    /// Neighbours in a photograph are alike, and yet no two rows are the same.
    #[test]
    fn photographs_are_correlated_and_not_flat() {
        for scene in Scene::ALL.into_iter().filter(|scene| scene.is_photograph()) {
            let luma = scene.paint(240, 160).luma();
            let mean = luma.iter().sum::<f32>() / luma.len() as f32;
            let spread = luma.iter().map(|luma| (luma - mean).powi(2)).sum::<f32>() / luma.len() as f32;
            let steps = luma.windows(2).map(|pair| (pair[0] - pair[1]).powi(2)).sum::<f32>() / luma.len() as f32;
            assert!(spread > 100.0, "{}: variance {spread}", scene.name());
            assert!(steps < spread, "{}: steps {steps} of variance {spread}", scene.name());
            let rows: BTreeSet<Vec<u8>> =
                luma.chunks_exact(240).map(|row| row.iter().map(|luma| *luma as u8).collect()).collect();
            assert_eq!(rows.len(), 160, "{}", scene.name());
        }
    }
}
