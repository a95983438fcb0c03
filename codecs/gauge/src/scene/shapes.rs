//! Pictures that are hard for one reason each.

use super::drawing::{disc, mix, panel};
use super::letters::{Line, write};
use super::noise::{Octaves, bits};
use crate::pixels::Pixels;

pub(crate) fn gradients(width: usize, height: usize) -> Pixels {
    let (wide, unit) = (width as f32, height as f32);
    Pixels::painted(width, height, |x, y| {
        let (across, down) = (x as f32 / wide, y as f32 / unit);
        let turn = (down - 0.5).atan2(across - 0.5) / 6.3 + 0.5;
        let from_middle = (across - 0.5).hypot(down - 0.5);
        [255.0 * across, 255.0 * (1.0 - from_middle * 1.3), 80.0 + 150.0 * (turn * 12.6).cos().abs() * down]
    })
}

pub(crate) fn noise(width: usize, height: usize) -> Pixels {
    Pixels::painted(width, height, |x, y| {
        let [red, green, blue, _] = bits(x as u32, y as u32, 193).to_le_bytes();
        [red, green, blue].map(f32::from)
    })
}

/// The phase grows with the square of the distance, so that the frequency grows with the distance: to half a wave a
/// pixel in the corners.
pub(crate) fn rings(width: usize, height: usize) -> Pixels {
    let (middle_x, middle_y) = (width as f32 / 2.0, height as f32 / 2.0);
    let corner = middle_x.hypot(middle_y);
    Pixels::painted(width, height, |x, y| {
        let distance = (x as f32 + 0.5 - middle_x).hypot(y as f32 + 0.5 - middle_y);
        let wave = 127.5 + 127.5 * (std::f32::consts::FRAC_PI_2 * distance * distance / corner).cos();
        [wave, wave, 255.0 - wave]
    })
}

pub(crate) fn logo(width: usize, height: usize) -> Pixels {
    let (wide, unit) = (width as f32, height as f32);
    let middle = (wide * 0.5, unit * 0.42);
    let radius = wide.min(unit) * 0.3;
    let mut picture = Pixels::painted(width, height, |x, y| {
        let shadow = (x as f32 - middle.0).hypot(y as f32 - middle.1 - radius * 0.1) / radius - 0.9;
        [0.0, 0.0, 0.0, 140.0 * (1.0 - shadow * 3.0).clamp(0.0, 1.0)]
    });
    disc(&mut picture, middle, radius, [32.0, 90.0, 200.0]);
    disc(&mut picture, (middle.0 + radius * 0.2, middle.1 - radius * 0.2), radius * 0.6, [250.0, 190.0, 40.0]);
    let bar = [middle.0 - radius * 0.9, middle.1 + radius * 0.2, middle.0 + radius * 0.9, middle.1 + radius * 0.5];
    panel(&mut picture, bar, radius * 0.1, [255.0; 3]);
    let at = (wide * 0.2, unit * 0.8);
    write(&mut picture, Line { at, size: unit * 0.12, length: wide * 0.6, color: [32.0, 36.0, 48.0], seed: 197 });
    picture
}

pub(crate) fn glass(width: usize, height: usize) -> Pixels {
    let (wide, unit) = (width as f32, height as f32);
    let thickness = Octaves { seed: 199, period: unit / 3.0, gain: 0.5 }.plane(width, height);
    Pixels::painted(width, height, |x, y| {
        let [red, green, blue] = mix([30.0, 160.0, 170.0], [240.0, 90.0, 120.0], x as f32 / wide);
        let alpha = 255.0 * y as f32 / unit + thickness[y * width + x] * 90.0;
        [red, green, blue, alpha]
    })
}
