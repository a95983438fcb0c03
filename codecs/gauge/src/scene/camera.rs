//! What lies between a scene and a photograph of it.

use super::noise;
use crate::pixels::{Pixels, to_sample};

/// A lens that spreads each point over its neighbours, and a sensor with noise of this deviation in the lights; in the
/// shadows it is twice as strong.
pub(crate) fn photographed(mut picture: Pixels, noise: f32, seed: u32) -> Pixels {
    let (width, height, channels) = (picture.width(), picture.height(), picture.channels());
    let stride = width * channels;
    let mut blurred = Vec::with_capacity(stride * height);
    let mut rows = [vec![0u16; stride], vec![0u16; stride], vec![0u16; stride]];
    let samples = picture.samples();
    let spread = |y: usize, to: &mut [u16]| {
        let row = &samples[y.min(height - 1) * stride..][..stride];
        for (at, sum) in to.iter_mut().enumerate() {
            let left = row[if at < channels { at } else { at - channels }];
            let right = row[if at + channels < stride { at + channels } else { at }];
            *sum = u16::from(left) + 2 * u16::from(row[at]) + u16::from(right);
        }
    };
    spread(0, &mut rows[0]);
    spread(0, &mut rows[1]);
    for y in 0..height {
        spread(y + 1, &mut rows[2]);
        let [above, here, below] = &rows;
        blurred.extend((0..stride).map(|at| f32::from(above[at] + 2 * here[at] + below[at]) / 16.0));
        rows.rotate_left(1);
    }
    for y in 0..height {
        for x in 0..width {
            for channel in 0..channels {
                let sample = blurred[y * stride + x * channels + channel];
                let seed = seed.wrapping_add(channel as u32 * 7919);
                // Two uniform numbers make a triangle, which is near enough to a bell.
                let [a, b] = [0, 1].map(|part| noise::value(x as u32, y as u32, seed ^ (part << 30)));
                let deviation = noise * (2.0 - sample / 255.0) * 1.22;
                picture.pixel_mut(x, y)[channel] = to_sample(sample + (a + b) * deviation);
            }
        }
    }
    picture
}
