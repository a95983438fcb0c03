//! How far a picture is from another one.

use crate::pixels::Pixels;

/// Samples on each side of the window's middle.
const RADIUS: usize = 5;
const SIGMA: f32 = 1.5;
/// (K₁ L)² and (K₂ L)² with the constants of the paper.
const STABILISERS: [f32; 2] = [(0.01 * 255.0) * (0.01 * 255.0), (0.03 * 255.0) * (0.03 * 255.0)];

/// Structural similarity of luma, 1 for the same: the mean over all windows of 11×11 that lie within the picture,
/// weighted by a Gaussian of σ 1.5 (Wang, Bovik, Sheikh and Simoncelli 2004).
///
/// # Panics
/// If the pictures differ in size, or are smaller than a window.
#[must_use]
pub fn ssim(picture: &Pixels, reference: &Pixels) -> f64 {
    assert_same_size(picture, reference);
    let (width, height) = (picture.width(), picture.height());
    assert!(width.min(height) > 2 * RADIUS, "{width}×{height} holds no window");
    let (a, b) = (picture.luma(), reference.luma());
    let product = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).collect::<Vec<f32>>();
    let moments = [a.clone(), b.clone(), product(&a, &a), product(&b, &b), product(&a, &b)]
        .map(|plane| smooth(&plane, width, height));
    let [mean_a, mean_b, aa, bb, ab] = &moments;
    let [c1, c2] = STABILISERS;
    let similarity = |at: usize| {
        let (ma, mb) = (mean_a[at], mean_b[at]);
        let (variance_a, variance_b, covariance) = (aa[at] - ma * ma, bb[at] - mb * mb, ab[at] - ma * mb);
        let top = (2.0 * ma * mb + c1) * (2.0 * covariance + c2);
        f64::from(top / ((ma * ma + mb * mb + c1) * (variance_a + variance_b + c2)))
    };
    (0..mean_a.len()).map(similarity).sum::<f64>() / mean_a.len() as f64
}

/// Peak signal to noise ratio over all samples but alpha, in decibels; infinite for the same.
///
/// # Panics
/// If the pictures differ in size or channels.
#[must_use]
pub fn psnr(picture: &Pixels, reference: &Pixels) -> f64 {
    assert_same_size(picture, reference);
    assert_eq!(picture.channels(), reference.channels(), "channels");
    let channels = picture.channels();
    let colors = channels.min(3);
    let mut squares = 0u64;
    for (a, b) in picture.samples().chunks_exact(channels).zip(reference.samples().chunks_exact(channels)) {
        for (a, b) in a.iter().zip(b).take(colors) {
            squares += u64::from(a.abs_diff(*b)).pow(2);
        }
    }
    let mean = squares as f64 / (picture.width() * picture.height() * colors) as f64;
    10.0 * (255.0 * 255.0 / mean).log10()
}

fn assert_same_size(picture: &Pixels, reference: &Pixels) {
    let size = |picture: &Pixels| (picture.width(), picture.height());
    assert_eq!(size(picture), size(reference), "sizes");
}

/// The weighted mean around each place whose window lies within the plane.
fn smooth(plane: &[f32], width: usize, height: usize) -> Vec<f32> {
    let weights = gaussian();
    let mut across = Vec::with_capacity((width - 2 * RADIUS) * height);
    for row in plane.chunks_exact(width) {
        across.extend(row.windows(weights.len()).map(|window| dot(&weights, window)));
    }
    let width = width - 2 * RADIUS;
    let mut both = vec![0.0; width * (height - 2 * RADIUS)];
    for (y, row) in both.chunks_exact_mut(width).enumerate() {
        for (tap, weight) in weights.iter().enumerate() {
            let from = &across[(y + tap) * width..][..width];
            row.iter_mut().zip(from).for_each(|(sum, sample)| *sum += weight * sample);
        }
    }
    both
}

fn dot(weights: &[f32], samples: &[f32]) -> f32 {
    weights.iter().zip(samples).map(|(weight, sample)| weight * sample).sum()
}

fn gaussian() -> [f32; 2 * RADIUS + 1] {
    let weights: [f32; 2 * RADIUS + 1] = std::array::from_fn(|tap| {
        let distance = tap.abs_diff(RADIUS) as f32;
        (-distance * distance / (2.0 * SIGMA * SIGMA)).exp()
    });
    let sum: f32 = weights.iter().sum();
    weights.map(|weight| weight / sum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::Scene;

    fn grey(width: usize, height: usize, sample: impl FnMut(usize, usize) -> f32) -> Pixels {
        let mut sample = sample;
        Pixels::painted(width, height, |x, y| [sample(x, y)])
    }

    #[test]
    fn a_picture_is_like_itself() {
        let picture = Scene::Leaves.paint(64, 48);
        assert!((ssim(&picture, &picture) - 1.0).abs() < 1e-6);
        assert_eq!(psnr(&picture, &picture), f64::INFINITY);
    }

    /// For two flat pictures only the term of luminance is left, which can be worked out by hand.
    #[test]
    fn flat_pictures_differ_by_their_luminance_alone() {
        let (a, b) = (grey(20, 20, |_, _| 100.0), grey(20, 20, |_, _| 110.0));
        let c1 = f64::from(STABILISERS[0]);
        let expected = (2.0 * 100.0 * 110.0 + c1) / (100.0 * 100.0 + 110.0 * 110.0 + c1);
        assert!((ssim(&a, &b) - expected).abs() < 1e-4);
        assert!((psnr(&a, &b) - 20.0 * (255.0f64 / 10.0).log10()).abs() < 1e-9);
    }

    #[test]
    fn the_window_is_a_gaussian_of_eleven_samples() {
        let weights = gaussian();
        assert!((weights.iter().sum::<f32>() - 1.0).abs() < 1e-6);
        // exp(-1/4.5) from the middle to its neighbour.
        assert!((weights[4] / weights[5] - 0.800_737_4).abs() < 1e-5);
        assert_eq!(weights[0], weights[10]);
    }

    /// An inverted pattern has the opposite structure; a slightly brighter one nearly the same.
    #[test]
    fn structure_counts_more_than_brightness() {
        let stripes = |low: f32, high: f32| grey(40, 40, move |x, _| if x / 4 % 2 == 0 { low } else { high });
        let pattern = stripes(80.0, 170.0);
        let inverted = ssim(&stripes(170.0, 80.0), &pattern);
        let brighter = ssim(&stripes(85.0, 175.0), &pattern);
        assert!(inverted < -0.5, "{inverted}");
        assert!(brighter > 0.99, "{brighter}");
    }

    #[test]
    fn alpha_is_no_part_of_either() {
        let opaque = Pixels::new(12, 12, 4, [[9, 8, 7, 255]; 144].concat());
        let clear = Pixels::new(12, 12, 4, [[9, 8, 7, 0]; 144].concat());
        assert_eq!(psnr(&opaque, &clear), f64::INFINITY);
        assert!((ssim(&opaque, &clear) - 1.0).abs() < 1e-6);
    }
}
