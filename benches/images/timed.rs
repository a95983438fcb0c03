//! The timed rows: each picture by both in turn, in one process each, on one core.

use std::collections::BTreeMap;

use lucarne_gauge::{Pixels, lanczos3, psnr, ssim};

use crate::Bench;
use crate::curve::Curve;
use crate::profile::p3_to_srgb;
use crate::source::{Kind, Picture, Source, decoded, with_alpha};
use crate::work::{Format, QUALITY, WORK, Work};

/// What a row came to.
struct Row {
    ours: f64,
    theirs: f64,
    holds: bool,
}

/// Ratios of a row over all pictures, by its place in the table.
pub(crate) type Ratios = BTreeMap<(bool, usize), (String, f64, Vec<f64>)>;

/// Qualities between which bytes at equal likeness are looked for.
const QUALITIES: [u32; 6] = [55, 65, 75, 82, 89, 95];

/// Prints the table of a picture.
pub(crate) fn measure(bench: &mut Bench, picture: &Picture, ratios: &mut Ratios) {
    println!("\n### {}\n", picture.name());
    println!(
        "| work | ours, ms | sharp, ms | ratio | goal | bytes, ours | sharp | ours/sharp at equal SSIM | SSIM, ours | \
         sharp | PSNR, ours | sharp | sandbox MiB |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|---|---|");
    for with_profile in [false, true] {
        // Rows that share a source follow each other in no order that matters; the sources are made as they come.
        for (index, work) in WORK.iter().enumerate().filter(|(_, work)| work.also_with_profile || !with_profile) {
            if let Some(only) = &bench.options.only
                && !work.name.contains(only.as_str())
            {
                continue;
            }
            let name = if with_profile { format!("{}, with a profile", work.name) } else { work.name.to_owned() };
            let source = source(bench, picture, work, with_profile);
            let ratio = row(bench, picture, work, &name, &source, with_profile);
            let entry = ratios.entry((with_profile, index)).or_insert_with(|| (name, work.goal, Vec::new()));
            entry.2.extend(ratio);
        }
    }
}

/// Prints how the rows did over all pictures.
pub(crate) fn summary(ratios: &Ratios) {
    println!("\n### All pictures\n\n| work | ratio: median | least | greatest | goal | |\n|---|---|---|---|---|---|");
    for (name, goal, ratios) in ratios.values().filter(|(_, _, ratios)| !ratios.is_empty()) {
        let mut sorted = ratios.clone();
        sorted.sort_by(f64::total_cmp);
        let (median, least, greatest) = (median(ratios), sorted[0], sorted[sorted.len() - 1]);
        let word = if median <= *goal { "met" } else { "MISSED" };
        println!("| {name} | {median:.2} | {least:.2} | {greatest:.2} | {goal:.2} | {word} |");
    }
}

fn source(bench: &mut Bench, picture: &Picture, work: &Work, profile: bool) -> Source {
    let pixels = bench.pixels(picture, work.megapixels);
    let path = bench.scratch.join("source");
    let pixels = if work.source == Kind::Png { with_alpha(&pixels) } else { pixels.over_grey(255) };
    work.source.write(&pixels, path, profile, &mut bench.sharp)
}

/// Prints a row and returns its ratio; nothing if we cannot do it.
fn row(bench: &mut Bench, picture: &Picture, work: &Work, name: &str, source: &Source, profile: bool) -> Option<f64> {
    let size = picture.size_of_width(work.width);
    let (plan, theirs) = (bench.ours.plan(&work.query(size, QUALITY)), work.for_sharp(size, QUALITY));
    if let Err(reason) = bench.ours.make(&source.bytes, &plan) {
        println!("| {name} | not made: {reason} | | | {} | | | | | | | | |", work.goal);
        return None;
    }
    bench.sharp.make(source, &theirs, 2);
    let (mut our_times, mut their_times, mut made) = (Vec::new(), Vec::new(), None);
    for _ in 0..bench.options.rounds {
        let (bytes, time) = bench.ours.make(&source.bytes, &plan).expect("it was made before");
        let by_sharp = bench.sharp.make(source, &theirs, 1);
        our_times.push(time);
        their_times.extend(&by_sharp.times);
        made = Some((bytes, by_sharp.bytes));
    }
    let (ours, sharps) = made.expect("there is a round");
    let (our_time, their_time) = (median(&our_times), median(&their_times));
    let reference = reference(&source.bytes, size, profile);
    let at_equal = match work.format {
        Format::Png => None,
        Format::Jpeg | Format::Webp => at_equal_likeness(bench, work, source, size, &reference, &sharps),
    };
    let memory = bench.ours.memory(&source.bytes, &plan).map_or("more than the default".into(), |mib| mib.to_string());
    let ratio = our_time / their_time;
    let row = Row { ours: our_time, theirs: their_time, holds: ratio <= work.goal };
    println!(
        "| {name} | {:.1} | {:.1} | {ratio:.2}{} | {:.2} | {} | {} | {} | {:.4} | {:.4} | {:.1} | {:.1} | {memory} |",
        row.ours,
        row.theirs,
        if row.holds { "" } else { " MISSED" },
        work.goal,
        ours.len(),
        sharps.len(),
        at_equal.map_or("–".into(), |share| format!("{share:.3}")),
        likeness(&ours, &reference).0,
        likeness(&sharps, &reference).0,
        likeness(&ours, &reference).1,
        likeness(&sharps, &reference).1,
    );
    Some(ratio)
}

/// Our bytes in relation to sharp's where both are as like the reference as sharp's picture is.
fn at_equal_likeness(
    bench: &Bench,
    work: &Work,
    source: &Source,
    size: (usize, usize),
    reference: &Pixels,
    sharps: &[u8],
) -> Option<f64> {
    let point = |quality| {
        let plan = bench.ours.plan(&work.query(size, quality));
        let (bytes, _) = bench.ours.make(&source.bytes, &plan).ok()?;
        Some((bytes.len(), likeness(&bytes, reference).0))
    };
    let curve = Curve::new(QUALITIES.into_iter().filter_map(point));
    Some(curve.bytes_at(likeness(sharps, reference).0)? / sharps.len() as f64)
}

/// The source decoded whole, brought to sRGB and made smaller in floating point.
pub(crate) fn reference(source: &[u8], (width, height): (usize, usize), profile: bool) -> Pixels {
    let whole = decoded(source);
    let resized = lanczos3(&whole, width, height);
    // Profiles hardly bend what a kernel averages, and a small picture is converted in no time.
    if profile { resized.recolored(p3_to_srgb) } else { resized }
}

/// SSIM and PSNR of a file.
pub(crate) fn likeness(file: &[u8], reference: &Pixels) -> (f64, f64) {
    // What is transparent counts as much as it shows over a middle grey.
    let (picture, reference) = (decoded(file).over_grey(128), reference.over_grey(128));
    (ssim(&picture, &reference), psnr(&picture, &reference))
}

pub(crate) fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
