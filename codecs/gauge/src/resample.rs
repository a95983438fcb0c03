//! Pictures in other sizes, in floating point: what fast resamplers are held against.

use crate::pixels::{Pixels, to_sample};

/// Lobes of the kernel on each side.
const LOBES: f32 = 3.0;

/// The samples that one new sample is made of.
struct Tap {
    first: usize,
    weights: Vec<f32>,
}

/// The picture in another size by the Lanczos kernel with three lobes, stretched by the scale where it becomes smaller.
/// Colours are weighted by their alpha. Light is taken as stored.
///
/// # Panics
/// If a side is 0.
#[must_use]
pub fn lanczos3(picture: &Pixels, width: usize, height: usize) -> Pixels {
    assert!(width > 0 && height > 0, "{width}×{height} is no picture");
    let channels = picture.channels();
    let (across, down) = (taps(picture.width(), width), taps(picture.height(), height));
    let mut rows = Vec::with_capacity(picture.height() * width * channels);
    for row in picture.samples().chunks_exact(picture.width() * channels) {
        let row = premultiplied(row, channels);
        for tap in &across {
            let mut sums = [0.0; 4];
            let from = row[tap.first * channels..].chunks_exact(channels);
            for (weight, pixel) in tap.weights.iter().zip(from) {
                sums.iter_mut().zip(pixel).for_each(|(sum, sample)| *sum += weight * sample);
            }
            rows.extend_from_slice(&sums[..channels]);
        }
    }
    let stride = width * channels;
    let mut samples = Vec::with_capacity(stride * height);
    let mut sums = vec![0.0; stride];
    for tap in &down {
        sums.fill(0.0);
        for (weight, row) in tap.weights.iter().zip(rows[tap.first * stride..].chunks_exact(stride)) {
            sums.iter_mut().zip(row).for_each(|(sum, sample)| *sum += weight * sample);
        }
        unpremultiply(&mut sums, channels);
        samples.extend(sums.iter().map(|sum| to_sample(*sum)));
    }
    Pixels::new(width, height, channels, samples)
}

/// The picture made smaller by a whole factor on both axes: means of `factor`×`factor` pixels, at the right and lower
/// edge of those that are there.
///
/// # Panics
/// If the factor is 0.
#[must_use]
pub fn box_mean(picture: &Pixels, factor: usize) -> Pixels {
    let (width, height) = (picture.width().div_ceil(factor), picture.height().div_ceil(factor));
    let channels = picture.channels();
    let mut samples = Vec::with_capacity(width * height * channels);
    for y in 0..height {
        let rows = y * factor..((y + 1) * factor).min(picture.height());
        for x in 0..width {
            let columns = x * factor..((x + 1) * factor).min(picture.width());
            for channel in 0..channels {
                let row = |y: usize| columns.clone().map(move |x| (y * picture.width() + x) * channels + channel);
                let sum: usize = rows.clone().flat_map(row).map(|at| usize::from(picture.samples()[at])).sum();
                samples.push(to_sample(sum as f32 / (rows.len() * columns.len()) as f32));
            }
        }
    }
    Pixels::new(width, height, channels, samples)
}

fn taps(from: usize, to: usize) -> Vec<Tap> {
    let scale = from as f32 / to as f32;
    let stretch = scale.max(1.0);
    let reach = LOBES * stretch;
    let tap = |index: usize| {
        let middle = (index as f32 + 0.5) * scale;
        let first = clamp(middle - reach, from);
        let last = clamp((middle + reach).ceil(), from).max(first + 1);
        let weight = |at: usize| lanczos((at as f32 + 0.5 - middle) / stretch);
        let weights: Vec<f32> = (first..last).map(weight).collect();
        let sum: f32 = weights.iter().sum();
        Tap { first, weights: weights.iter().map(|weight| weight / sum).collect() }
    };
    (0..to).map(tap).collect()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to a length before")]
fn clamp(place: f32, length: usize) -> usize {
    place.clamp(0.0, length as f32) as usize
}

fn lanczos(x: f32) -> f32 {
    let sinc =
        |x: f32| if x.abs() < 1e-6 { 1.0 } else { (x * std::f32::consts::PI).sin() / (x * std::f32::consts::PI) };
    if x.abs() < LOBES { sinc(x) * sinc(x / LOBES) } else { 0.0 }
}

fn premultiplied(row: &[u8], channels: usize) -> Vec<f32> {
    let mut row: Vec<f32> = row.iter().map(|sample| f32::from(*sample)).collect();
    if channels == 4 {
        for pixel in row.chunks_exact_mut(4) {
            let share = pixel[3] / 255.0;
            pixel[..3].iter_mut().for_each(|color| *color *= share);
        }
    }
    row
}

fn unpremultiply(row: &mut [f32], channels: usize) {
    if channels == 4 {
        for pixel in row.chunks_exact_mut(4) {
            let alpha = pixel[3];
            // What is less than half a step of alpha has no colour that could be told.
            pixel[..3].iter_mut().for_each(|color| *color = if alpha < 0.5 { 0.0 } else { *color * 255.0 / alpha });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quality::psnr;
    use crate::scene::Scene;

    #[test]
    fn the_same_size_is_the_same_picture() {
        for scene in [Scene::Leaves, Scene::Page] {
            let picture = scene.paint(40, 31);
            assert_eq!(lanczos3(&picture, 40, 31), picture, "{}", scene.name());
        }
    }

    #[test]
    fn a_flat_picture_stays_flat_in_every_size() {
        let flat = Pixels::new(37, 23, 3, [[10, 200, 77]; 37 * 23].concat());
        for (width, height) in [(1, 1), (5, 3), (36, 23), (90, 70)] {
            let resized = lanczos3(&flat, width, height);
            assert_eq!(resized.samples(), [[10, 200, 77]].repeat(width * height).concat(), "{width}×{height}");
        }
    }

    /// A wave that is long beside the kernel comes through as the same wave, sampled elsewhere.
    #[test]
    fn a_slow_wave_is_sampled_anew() {
        let wave = |width: usize, height: usize| {
            Pixels::painted(width, height, |x, y| {
                let (x, y) = ((x as f32 + 0.5) / width as f32, (y as f32 + 0.5) / height as f32);
                [128.0 + 90.0 * (x * 20.0).sin() * (y * 14.0).cos()]
            })
        };
        let resized = lanczos3(&wave(600, 400), 150, 100);
        let inner = |picture: &Pixels| {
            let rows = (8..92).flat_map(|y| picture.samples()[y * 150 + 8..][..134].to_vec());
            Pixels::new(134, 84, 1, rows.collect())
        };
        let likeness = psnr(&inner(&resized), &inner(&wave(150, 100)));
        assert!(likeness > 50.0, "{likeness}");
    }

    /// Green that is transparent does not bleed into what is next to it.
    #[test]
    fn hidden_colours_stay_hidden() {
        let half =
            Pixels::painted(40, 20, |x, _| if x < 20 { [0.0, 255.0, 0.0, 0.0] } else { [200.0, 0.0, 0.0, 255.0] });
        let resized = lanczos3(&half, 10, 5);
        let visible = resized.samples().chunks_exact(4).filter(|pixel| pixel[3] > 8);
        for pixel in visible {
            assert!(pixel[1] == 0 && pixel[0].abs_diff(200) <= 1, "{pixel:?}");
        }
    }

    #[test]
    fn a_box_mean_is_the_mean_of_what_is_there() {
        let picture = Pixels::new(3, 2, 1, vec![0, 10, 7, 20, 30, 9]);
        assert_eq!(box_mean(&picture, 2), Pixels::new(2, 1, 1, vec![15, 8]));
    }
}
