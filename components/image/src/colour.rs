//! From what a file says its samples mean to sRGB, which is what every result is in.
//!
//! A [`Transform`] is made once for a picture, from an ICC profile or the words of a PNG, and maps rows afterwards; it
//! is meant for the picture that is already small. Profiles of a matrix and curves, which cameras and phones write, have
//! a path of their own (`shaper`); those that are tables (`table`) and inks without a profile (`ink`) become a
//! `lattice` of colours in sRGB, between which is interpolated. Grey stays grey and is a list of 256 levels.
//!
//! All mapping is in integers. What is calculated beforehand is in `f64` with no other operations than those that IEEE
//! 754 defines and `libm`'s, so a result is the same wherever it is made. A profile is a stranger's input: it is read in
//! place, by checked slices, and the work that it can cause has a bound that does not depend on it.
//!
//! What it does not know: files (`head` finds the profile) and pictures.

mod curve;
mod icc;
mod ink;
mod lattice;
mod shaper;
mod srgb;
mod table;

use std::borrow::Cow;

use lucarne_guest::image::ImageError;

use crate::head::Head;
use curve::Curve;
use icc::{Connection, Profile};
use lattice::Lattice;
use shaper::Shaper;
use srgb::Encoder;
use table::Table;

/// The bytes of a profile that is applied. Those of printing presses reach 3 MiB; a larger one counts as none.
pub const MOST_PROFILE_BYTES: usize = 4 << 20;

/// What a file says of its colours.
#[derive(Debug, Clone, PartialEq)]
pub enum Space<'a> {
    /// sRGB, or nothing.
    Srgb,
    /// An ICC profile.
    Icc(Cow<'a, [u8]>),
    /// What a PNG says without a profile.
    Measured(Measured),
}

/// Gamma and primaries of a PNG, in hundred-thousandths, as its chunks have them (PNG third edition §11.3.2.1 and
/// §11.3.2.2). What is not there is sRGB's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measured {
    /// The exponent that made the samples from light.
    pub gamma: Option<u32>,
    /// x and y of white, red, green and blue.
    pub primaries: Option<[[u32; 2]; 4]>,
}

/// What the samples are amounts of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Model {
    /// One channel.
    Grey,
    /// Three.
    Rgb,
    /// Four inks: 0 is none, 255 is full.
    Cmyk,
}

/// From a source's samples to sRGB's.
#[derive(Debug, Clone)]
pub struct Transform(Kind);

#[derive(Debug, Clone)]
enum Kind {
    Grey(Box<[u8; 256]>),
    Shaper(Box<Shaper>),
    Rgb(Lattice<3>),
    Inks(Lattice<4>),
}

impl Transform {
    /// The transform of a picture; none where its samples are sRGB already, within one level of 255.
    ///
    /// A profile that makes no sense, is beyond [`MOST_PROFILE_BYTES`] or is for another model counts as none, as it does
    /// in browsers. Inks always have a transform.
    ///
    /// # Errors
    /// `too-large` if memory does not suffice.
    pub fn for_source(space: &Space<'_>, model: Model) -> Result<Option<Transform>, ImageError> {
        let kind = match space {
            Space::Icc(bytes) if bytes.len() <= MOST_PROFILE_BYTES => of_profile(bytes, model)?,
            Space::Measured(measured) => of_measured(*measured, model),
            Space::Srgb | Space::Icc(_) => None,
        };
        match kind {
            Some(kind) => Ok(Some(Transform(kind)).filter(Transform::changes)),
            None if model == Model::Cmyk => Ok(Some(Transform(Kind::Inks(ink::offset()?)))),
            None => Ok(None),
        }
    }

    /// As [`Transform::for_source`], by what a file says of its colours.
    ///
    /// # Errors
    /// Those of a head that cannot be read, and `too-large`.
    pub fn of_file(source: &[u8], model: Model) -> Result<Option<Transform>, ImageError> {
        Transform::for_source(&Head::read(source)?.space(source), model)
    }

    /// Maps pixels of grey, with `STEP` samples each, the first of which is the grey one: 1, or 2 with alpha.
    ///
    /// # Panics
    /// If the transform was made for another model than [`Model::Grey`].
    pub fn grey<const STEP: usize>(&self, samples: &mut [u8]) {
        let Kind::Grey(levels) = &self.0 else { unreachable!("{OTHER_MODEL}") };
        for pixel in samples.as_chunks_mut::<STEP>().0 {
            pixel[0] = levels[usize::from(pixel[0])];
        }
    }

    /// Maps pixels of red, green and blue, with `STEP` samples each: 3, or 4 with alpha, which is left as it is.
    ///
    /// # Panics
    /// If the transform was made for another model than [`Model::Rgb`].
    pub fn rgb<const STEP: usize>(&self, samples: &mut [u8]) {
        let pixels = samples.as_chunks_mut::<STEP>().0;
        match &self.0 {
            Kind::Shaper(shaper) => pixels.iter_mut().for_each(|pixel| {
                [pixel[0], pixel[1], pixel[2]] = shaper.map([pixel[0], pixel[1], pixel[2]]);
            }),
            Kind::Rgb(lattice) => pixels.iter_mut().for_each(|pixel| {
                [pixel[0], pixel[1], pixel[2]] = lattice.map([pixel[0], pixel[1], pixel[2]]);
            }),
            Kind::Grey(_) | Kind::Inks(_) => unreachable!("{OTHER_MODEL}"),
        }
    }

    /// Maps pixels of cyan, magenta, yellow and black to red, green and blue, as far as there are both.
    ///
    /// # Panics
    /// If the transform was made for another model than [`Model::Cmyk`].
    pub fn inks(&self, inks: &[[u8; 4]], rgb: &mut [[u8; 3]]) {
        let Kind::Inks(lattice) = &self.0 else { unreachable!("{OTHER_MODEL}") };
        for (pixel, inks) in rgb.iter_mut().zip(inks) {
            *pixel = lattice.map(*inks);
        }
    }

    /// Whether some colour of a few hundred moves by more than one level. Inks always do.
    fn changes(&self) -> bool {
        let moves = |before: [u8; 3], after: [u8; 3]| before.iter().zip(after).any(|(&a, b)| a.abs_diff(b) > 1);
        match &self.0 {
            Kind::Grey(levels) => (0..=255).zip(levels.iter()).any(|(before, &after)| moves([before; 3], [after; 3])),
            Kind::Shaper(shaper) => sampled().any(|color| moves(color, shaper.map(color))),
            Kind::Rgb(lattice) => sampled().any(|color| moves(color, lattice.map(color))),
            Kind::Inks(_) => true,
        }
    }
}

const OTHER_MODEL: &str = "a transform maps samples of the model that it was made for";

/// All greys, and the colours of nine levels a channel.
fn sampled() -> impl Iterator<Item = [u8; 3]> {
    let level = |step: u16| (step * 255 / 8) as u8;
    let colors = (0..9 * 9 * 9).map(move |index| [level(index % 9), level(index / 9 % 9), level(index / 81)]);
    (0..=255).map(|grey| [grey; 3]).chain(colors)
}

/// What a profile comes to, if it is one and for this model.
fn of_profile(bytes: &[u8], model: Model) -> Result<Option<Kind>, ImageError> {
    let Some(profile) = Profile::parse(bytes) else { return Ok(None) };
    match (model, profile.inputs()) {
        (Model::Grey, 1) => Ok(grey_curve(&profile)),
        (Model::Grey, 3) => Ok(of_color(&profile)?.map(|kind| neutral(&kind))),
        (Model::Rgb, 3) => of_color(&profile),
        (Model::Cmyk, 4) => match Table::of(&profile) {
            Some(table) => ink::lattice(INK_NODES, |inks| table.xyz(&inks)).map(Kind::Inks).map(Some),
            None => Ok(None),
        },
        _ => Ok(None),
    }
}

/// Nodes an axis of the lattices that tables become. With 13 of inks no colour of a profile of 9 is off by more than 4
/// levels, and one in a hundred by 2; 17 would halve that for three times the time, which is spent for each picture.
const INK_NODES: u32 = 13;
const COLOR_NODES: u32 = 33;

/// A profile for three channels: by its table, else by its matrix, as ICC.1:2022 §8.3 and §8.4 order them.
fn of_color(profile: &Profile<'_>) -> Result<Option<Kind>, ImageError> {
    if let Some(table) = Table::of(profile) {
        let encoder = Encoder::new();
        return Lattice::new(COLOR_NODES, |color| encoder.levels(table.xyz(&color))).map(Kind::Rgb).map(Some);
    }
    let Some(primaries) = profile.colorants() else { return Ok(None) };
    let curves = [b"rTRC", b"gTRC", b"bTRC"].map(|name| profile.tag(name).and_then(Curve::parse));
    let [Some(red), Some(green), Some(blue)] = curves else { return Ok(None) };
    let curves = [&red, &green, &blue].map(|curve| |x| curve.at(x));
    Ok(Some(Kind::Shaper(Box::new(Shaper::new(curves, &srgb::from_xyz(primaries))))))
}

/// What equal amounts of three channels come to, as a grey.
fn neutral(kind: &Kind) -> Kind {
    let mut levels = Box::new([0; 256]);
    for (grey, level) in (0..=255).zip(levels.iter_mut()) {
        let [_, green, _] = match kind {
            Kind::Shaper(shaper) => shaper.map([grey; 3]),
            Kind::Rgb(lattice) => lattice.map([grey; 3]),
            Kind::Grey(_) | Kind::Inks(_) => [grey; 3],
        };
        *level = green;
    }
    Kind::Grey(levels)
}

/// A profile for grey: its curve gives light, or lightness where that connects (ICC.1:2022 §8.3.4).
fn grey_curve(profile: &Profile<'_>) -> Option<Kind> {
    let curve = Curve::parse(profile.tag(b"kTRC")?)?;
    let light = |x: f64| match profile.connection {
        Connection::Xyz => curve.at(x),
        Connection::Lab => srgb::lightness(curve.at(x) * 100.0),
    };
    Some(Kind::Grey(levels_of(light)))
}

/// sRGB's levels of an amount of light for each level of 255.
fn levels_of(light: impl Fn(f64) -> f64) -> Box<[u8; 256]> {
    let mut levels = Box::new([0; 256]);
    for (grey, level) in (0..=255_u8).zip(levels.iter_mut()) {
        *level = srgb::level(light(f64::from(grey) / 255.0));
    }
    levels
}

/// The words of a PNG. A gamma of 0 and primaries of no area are none; a gamma of about 1/2.2 is how a PNG says that it
/// has sRGB's curve.
fn of_measured(measured: Measured, model: Model) -> Option<Kind> {
    let gamma = measured.gamma.filter(|gamma| *gamma > 0 && !(45_000..=46_000).contains(gamma));
    let gamma = gamma.map(|gamma| 1e5 / f64::from(gamma));
    let curve = |x: f64| gamma.map_or_else(|| srgb::decode(x), |gamma| libm::pow(x, gamma));
    match model {
        Model::Grey => Some(Kind::Grey(levels_of(curve))),
        Model::Rgb => {
            let primaries = match measured.primaries {
                Some(primaries) => srgb::colorants(primaries.map(|point| point.map(|value| f64::from(value) / 1e5)))?,
                None => srgb::COLORANTS,
            };
            Some(Kind::Shaper(Box::new(Shaper::new([curve; 3], &srgb::from_xyz(primaries)))))
        }
        Model::Cmyk => None,
    }
}

#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
mod tests;
