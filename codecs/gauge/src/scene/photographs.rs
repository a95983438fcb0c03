//! What a camera sees.

use super::camera::photographed;
use super::drawing::{Color, disc, fill, mix};
use super::noise::{Octaves, share, value};
use crate::pixels::Pixels;

pub(crate) fn landscape(width: usize, height: usize) -> Pixels {
    let unit = height as f32;
    let clouds = Octaves { seed: 11, period: unit / 2.5, gain: 0.5 }.plane(width, height);
    let ground = Octaves { seed: 23, period: unit / 4.0, gain: 0.88 }.plane(width, height);
    let profile = |seed| Octaves { seed, period: unit / 1.8, gain: 0.45 }.plane(width, 1);
    let hills = [(0.42, 0.10, profile(31)), (0.52, 0.09, profile(37)), (0.64, 0.06, profile(41))];
    const SKY: [Color; 2] = [[70.0, 120.0, 190.0], [205.0, 215.0, 225.0]];
    const HILLS: [Color; 3] = [[125.0, 140.0, 160.0], [84.0, 104.0, 88.0], [64.0, 84.0, 40.0]];
    let picture = Pixels::painted(width, height, |x, y| {
        let (at, down) = (y * width + x, y as f32 / unit);
        let texture = ground[at];
        let hill = (0..3).rev().find(|hill| {
            let (base, tall, profile) = &hills[*hill];
            down > base - tall * profile[x]
        });
        match hill {
            None => mix(mix(SKY[0], SKY[1], down * 2.0), [250.0; 3], clouds[at] * 1.4),
            Some(hill) => HILLS[hill].map(|color| color * (1.0 + texture * (0.12 + 0.14 * hill as f32))),
        }
    });
    photographed(picture, 2.4, 43)
}

/// Shapes over shapes whose sizes follow a power law: what is left has the statistics of natural scenes (Lee, Mumford
/// and Huang 2001).
pub(crate) fn leaves(width: usize, height: usize) -> Pixels {
    const LAYERS: u32 = 9000;
    let unit = height as f32;
    let texture = Octaves { seed: 53, period: unit / 20.0, gain: 0.85 }.plane(width, height);
    let mut picture = Pixels::painted(width, height, |_, _| [40.0, 50.0, 30.0]);
    for layer in 0..LAYERS {
        let random = |part| share(layer, part, 59);
        // The largest lie below, so that the small ones are seen.
        let radius = unit * 0.28 / (1.0 + layer as f32 * 0.02) * (0.5 + random(0));
        let (x, y) = (random(1) * width as f32, random(2) * unit);
        let color = [40.0 + 150.0 * random(3), 60.0 + 130.0 * random(4), 25.0 + 90.0 * random(5)];
        let (sine, cosine) = (random(6) * 6.3).sin_cos();
        let slim = 1.2 + 2.0 * random(7);
        let distance = |(px, py): (f32, f32)| {
            let (dx, dy) = (px - x, py - y);
            (dx * cosine + dy * sine).hypot((dy * cosine - dx * sine) * slim) - radius
        };
        let bounds = [x - radius, y - radius, x + radius, y + radius];
        let lit = |px: usize, py: usize| {
            let light = 1.0 + texture[py * width + px] * 0.22 + (px as f32 - x) / radius * 0.12;
            color.map(|color| color * light)
        };
        fill(&mut picture, bounds, distance, lit);
    }
    photographed(picture, 2.2, 61)
}

pub(crate) fn portrait(width: usize, height: usize) -> Pixels {
    let unit = height as f32;
    let soft = Octaves { seed: 67, period: unit / 3.0, gain: 0.3 }.plane(width, height);
    let pores = Octaves { seed: 71, period: unit / 60.0, gain: 0.95 }.plane(width, height);
    let strands = Octaves { seed: 73, period: unit / 90.0, gain: 0.85 }.plane(width, 1);
    let picture = Pixels::painted(width, height, |x, y| {
        let at = y * width + x;
        let (across, down) = ((x as f32 - width as f32 / 2.0) / unit, y as f32 / unit - 0.5);
        let face = (across / 0.26).hypot((down + 0.02) / 0.36);
        let hair = (across / 0.36).hypot((down + 0.1) / 0.44);
        let light = 1.0 - across * 0.7 - down * 0.2;
        if face < 1.0 {
            let blush = (-((across.abs() - 0.13).powi(2) + (down - 0.08).powi(2)) / 0.004).exp() * 18.0;
            let eye = (-((across.abs() - 0.1).powi(2) / 0.0012 + (down + 0.06).powi(2) / 0.0003)).exp();
            let skin = [214.0 + blush, 168.0 - blush * 0.2, 142.0 - blush * 0.2];
            let shade = light * (1.05 - face * face * 0.25) + pores[at] * 0.02 + soft[at] * 0.03;
            mix(skin.map(|color| color * shade), [40.0, 28.0, 24.0], eye)
        } else if hair < 1.0 {
            // A strand keeps its place while it bends.
            let bend = (across * (1.0 + down * 0.8) + 0.5) * unit;
            let strand = strands[bend.clamp(0.0, width as f32 - 1.0) as usize];
            [70.0, 46.0, 30.0].map(|color| color * (light + strand * 0.5))
        } else {
            mix([96.0, 112.0, 104.0], [180.0, 170.0, 140.0], 0.5 + soft[at] * 0.7)
        }
    });
    photographed(picture, 2.0, 79)
}

pub(crate) fn street(width: usize, height: usize) -> Pixels {
    let unit = height as f32;
    let grain = Octaves { seed: 83, period: unit / 12.0, gain: 0.9 }.plane(width, height);
    let picture = Pixels::painted(width, height, |x, y| {
        let at = y * width + x;
        // Rows grow towards the right, as a façade does that is seen at an angle.
        let across = (x as f32 / unit + 0.6).ln() * 1.6 + 1.0;
        let down = (y as f32 / unit - 0.4) / (x as f32 / unit * 0.5 + 0.7) + 1.0;
        let (window_x, window_y) = ((across * 5.0).fract(), (down * 6.0).fract());
        let (brick_y, brick_row) = ((down * 90.0).fract(), (down * 90.0) as u32);
        let shifted = across * 55.0 + if brick_row % 2 == 0 { 0.5 } else { 0.0 };
        let rough = 1.0 + grain[at] * 0.14;
        let color = if (0.3..0.75).contains(&window_x) && (0.25..0.8).contains(&window_y) {
            let frame = (window_x - 0.525).abs() < 0.015 || (window_y - 0.45).abs() < 0.012;
            let sky = 60.0 + 120.0 * share((across * 5.0) as u32, (down * 6.0) as u32, 89) * (1.2 - window_y);
            if frame { [228.0, 226.0, 218.0] } else { [sky * 0.8, sky * 0.95, sky * 1.1 + grain[at] * 10.0] }
        } else if brick_y < 0.12 || shifted.fract() < 0.05 {
            [176.0, 168.0, 156.0]
        } else {
            let tone = 1.0 + 0.16 * value(shifted as u32, brick_row, 97);
            [158.0 * tone, 84.0 * tone, 66.0 * tone]
        };
        color.map(|color| color * rough)
    });
    photographed(picture, 2.2, 101)
}

pub(crate) fn night(width: usize, height: usize) -> Pixels {
    let unit = height as f32;
    let haze = Octaves { seed: 103, period: unit / 2.0, gain: 0.4 }.plane(width, height);
    let mut picture = Pixels::painted(width, height, |x, y| {
        let glow = (1.0 + haze[y * width + x]) * 14.0 + 30.0 * y as f32 / unit;
        [glow * 1.1, glow * 0.9, glow * 0.8]
    });
    for lamp in 0..220 {
        let random = |part| share(lamp, part, 107);
        let place = (random(0) * width as f32, (0.35 + 0.6 * random(1)) * unit);
        let warm = [255.0, 150.0 + 100.0 * random(2), 60.0 + 180.0 * random(3)];
        let radius = unit * (0.002 + 0.02 * random(4) * random(4));
        disc(&mut picture, place, radius * 1.3, warm.map(|color| color * 0.4));
        disc(&mut picture, place, radius, warm);
    }
    photographed(picture, 4.5, 109)
}

pub(crate) fn water(width: usize, height: usize) -> Pixels {
    let unit = height as f32;
    let wind = Octaves { seed: 113, period: unit / 3.0, gain: 0.55 }.plane(width, height);
    let picture = Pixels::painted(width, height, |x, y| {
        let down = y as f32 / unit;
        let near = 0.15 + down;
        let phase = wind[y * width + x] * 5.0;
        let ripple = (60.0 / near + phase * 2.0 + x as f32 / unit * 3.0).sin() * 0.5
            + (140.0 / near + phase * 3.0 - x as f32 / unit * 7.0).sin() * 0.3;
        let glint = ((ripple + wind[y * width + x] * 0.6 - 0.55) * 3.0).max(0.0);
        mix(mix([20.0, 60.0, 84.0], [120.0, 160.0, 170.0], 0.5 + ripple * 0.5), [255.0, 250.0, 235.0], glint)
    });
    photographed(picture, 2.4, 127)
}
