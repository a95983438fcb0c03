//! Whole resizes, held against sums of floats.

use proptest::prelude::*;

use super::*;

const KERNELS: [Kernel; 5] = [Kernel::Nearest, Kernel::Linear, Kernel::CatmullRom, Kernel::Mitchell, Kernel::Lanczos3];

fn whole(source: usize, result: usize) -> Span {
    Span { source, start: 0.0, length: source as f64, result }
}

fn resampled(
    channels: Channels,
    kernel: Kernel,
    light: Light,
    (across, down): (Span, Span),
    samples: &[u8],
) -> Vec<u8> {
    let resampler = Resampler::new(channels, kernel, light, across, down).unwrap();
    let mut result = vec![1; across.result * down.result * channels.count()];
    resampler.resample(samples, across.source * channels.count(), &mut result).unwrap();
    result
}

/// One axis by the definition: `values` has one for each sample of the span.
fn reference(kernel: Kernel, span: Span, values: &[f64]) -> Vec<f64> {
    let step = span.length / span.result as f64;
    let scale = step.max(1.0);
    (0..span.result)
        .map(|index| {
            let centre = span.start + (index as f64 + 0.5) * step;
            if kernel == Kernel::Nearest {
                return values[(centre as usize).min(span.source - 1)];
            }
            let weights: Vec<_> =
                (0..span.source).map(|sample| kernel.weight((sample as f64 + 0.5 - centre) / scale)).collect();
            let sum: f64 = weights.iter().sum();
            weights.iter().zip(values).map(|(weight, value)| weight * value / sum).sum()
        })
        .collect()
}

/// A picture of one channel by the definition, without rounding.
fn reference_picture(kernel: Kernel, across: Span, down: Span, samples: &[u8]) -> Vec<f64> {
    let rows: Vec<Vec<f64>> = samples
        .chunks(across.source)
        .map(|row| reference(kernel, across, &row.iter().map(|&sample| f64::from(sample)).collect::<Vec<_>>()))
        .collect();
    let columns: Vec<Vec<f64>> = (0..across.result)
        .map(|x| reference(kernel, down, &rows.iter().map(|row| row[x]).collect::<Vec<_>>()))
        .collect();
    (0..down.result).flat_map(|y| columns.iter().map(move |column| column[y])).collect()
}

/// Waves of several lengths with a hard edge.
fn waves(width: usize, height: usize) -> Vec<u8> {
    let wave = |x: f64, y: f64| 60.0 * ((x / 5.3).sin() + (y / 3.1 + x / 11.0).cos());
    let sample = |x: usize, y: usize| {
        let edge = if x * 2 > width { 30.0 } else { -30.0 };
        (128.0 + edge + wave(x as f64, y as f64)).clamp(0.0, 255.0) as u8
    };
    (0..height).flat_map(|y| (0..width).map(move |x| sample(x, y))).collect()
}

#[test]
fn each_kernel_is_within_one_of_its_definition() {
    let sizes = [(40, 30, 31, 23), (40, 30, 20, 16), (17, 9, 50, 40), (64, 48, 18, 15), (33, 1, 10, 1)];
    for kernel in KERNELS {
        for (width, height, new_width, new_height) in sizes {
            let samples = waves(width, height);
            let (across, down) = (whole(width, new_width), whole(height, new_height));
            let found = resampled(Channels::Grey, kernel, Light::Stored, (across, down), &samples);
            let expected = reference_picture(kernel, across, down, &samples);
            for (found, expected) in found.iter().zip(expected) {
                let expected = expected.clamp(0.0, 255.0);
                assert!((f64::from(*found) - expected).abs() <= 1.0, "{kernel:?} {width}: {found} not {expected}");
            }
        }
    }
}

#[test]
fn a_window_between_samples_is_within_one_of_its_definition() {
    let samples = waves(50, 40);
    let across = Span { source: 50, start: 3.25, length: 30.5, result: 24 };
    let down = Span { source: 40, start: 0.75, length: 39.25, result: 30 };
    let found = resampled(Channels::Grey, Kernel::Lanczos3, Light::Stored, (across, down), &samples);
    let expected = reference_picture(Kernel::Lanczos3, across, down, &samples);
    assert!(found.iter().zip(expected).all(|(a, b)| (f64::from(*a) - b.clamp(0.0, 255.0)).abs() <= 1.0));
}

#[test]
fn what_is_far_larger_is_near_its_definition_too() {
    // Above four rows for one, means of rows stand in for the rows: at 40 dB nobody sees it.
    for (height, result) in [(200, 40), (200, 21), (400, 7)] {
        let samples = waves(30, height);
        let spans = (whole(30, 25), whole(height, result));
        let found = resampled(Channels::Grey, Kernel::Lanczos3, Light::Stored, spans, &samples);
        let expected = reference_picture(Kernel::Lanczos3, spans.0, spans.1, &samples);
        let squares: f64 =
            found.iter().zip(&expected).map(|(a, b)| (f64::from(*a) - b.clamp(0.0, 255.0)).powi(2)).sum();
        let decibels = 10.0 * (255.0f64.powi(2) * found.len() as f64 / squares).log10();
        assert!(decibels > 40.0, "{height} to {result}: {decibels}");
    }
}

#[test]
fn the_same_size_is_the_same_picture() {
    for kernel in [Kernel::Nearest, Kernel::Linear, Kernel::CatmullRom, Kernel::Lanczos3] {
        for light in [Light::Stored, Light::Linear] {
            for channels in [Channels::Grey, Channels::Rgb] {
                let samples = waves(21 * channels.count(), 10);
                assert_eq!(resampled(channels, kernel, light, (whole(21, 21), whole(10, 10)), &samples), samples);
            }
        }
    }
}

proptest! {
    #[test]
    fn a_flat_picture_stays_as_it_is(
        value: u8, width in 1usize..300, height in 1usize..300, new_width in 1usize..80, new_height in 1usize..80,
        kernel in 0usize..5, linear: bool,
    ) {
        let light = if linear { Light::Linear } else { Light::Stored };
        let spans = (whole(width, new_width), whole(height, new_height));
        let found = resampled(Channels::Grey, KERNELS[kernel], light, spans, &vec![value; width * height]);
        prop_assert!(found.iter().all(|&sample| sample == value), "{:?}", &found[..1]);
    }

    #[test]
    fn channels_are_resampled_each_for_itself(
        width in 1usize..60, height in 1usize..40, new_width in 1usize..60, new_height in 1usize..40,
    ) {
        let samples = waves(width * 3, height);
        let spans = (whole(width, new_width), whole(height, new_height));
        let together = resampled(Channels::Rgb, Kernel::Lanczos3, Light::Stored, spans, &samples);
        for channel in 0..3 {
            let alone: Vec<u8> = samples.iter().skip(channel).step_by(3).copied().collect();
            let alone = resampled(Channels::Grey, Kernel::Lanczos3, Light::Stored, spans, &alone);
            prop_assert!(together.iter().skip(channel).step_by(3).eq(&alone));
        }
    }
}

#[test]
fn colours_of_what_is_transparent_are_not_seen() {
    // White in the middle, and around it a red that is transparent.
    for (channels, white, red) in
        [(Channels::Rgba, vec![255; 4], vec![200, 0, 0, 0]), (Channels::GreyAlpha, vec![255; 2], vec![0, 0])]
    {
        let pixel = |x: usize, y: usize| if x.abs_diff(30) + y.abs_diff(30) < 20 { white.clone() } else { red.clone() };
        let samples: Vec<u8> = (0..60).flat_map(|y| (0..60).flat_map(move |x| pixel(x, y))).collect();
        for light in [Light::Stored, Light::Linear] {
            for result in [13, 25, 90] {
                let spans = (whole(60, result), whole(60, result));
                let found = resampled(channels, Kernel::Lanczos3, light, spans, &samples);
                let count = channels.count();
                assert!(found.chunks(count).any(|pixel| (20..235).contains(&pixel[count - 1])));
                for pixel in found.chunks(count).filter(|pixel| pixel[count - 1] >= 8) {
                    assert!(pixel[..count - 1].iter().all(|&color| color >= 250), "{light:?} {pixel:?}");
                }
            }
        }
    }
}

#[test]
fn light_is_averaged_where_that_is_asked_for() {
    let stripes: Vec<u8> = [0, 255].repeat(200);
    let spans = (whole(40, 20), whole(10, 5));
    let mean = |light| {
        let found = resampled(Channels::Grey, Kernel::Linear, light, spans, &stripes);
        found[45]
    };
    assert_eq!((mean(Light::Stored), mean(Light::Linear)), (128, 188));
}

#[test]
fn no_row_or_column_outside_the_span_has_an_influence() {
    let mut samples = waves(20, 20);
    let across = Span { source: 8, start: 0.0, length: 8.0, result: 5 };
    let down = Span { source: 8, start: 0.0, length: 8.0, result: 3 };
    let run = |samples: &[u8]| {
        let resampler = Resampler::new(Channels::Grey, Kernel::Lanczos3, Light::Stored, across, down).unwrap();
        let mut result = vec![0; 15];
        resampler.resample(samples, 20, &mut result).unwrap();
        result
    };
    let before = run(&samples);
    for (index, sample) in samples.iter_mut().enumerate() {
        if index % 20 >= 8 || index / 20 >= 8 {
            *sample = 255 - *sample;
        }
    }
    assert_eq!(run(&samples), before);
}
