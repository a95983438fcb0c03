//! The timed rows: each picture by both in turn, in one process each, on one core.

use std::collections::BTreeMap;

use lucarne_gauge::Curve;

use crate::Bench;
use crate::reference::Reference;
use crate::source::{Kind, Picture, Source, with_alpha};
use crate::work::{Format, QUALITY, WORK, Work};

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
        for (index, work) in WORK.iter().enumerate().filter(|(_, work)| work.also_with_profile || !with_profile) {
            if let Some(only) = &bench.options.only
                && !work.name.contains(only.as_str())
            {
                continue;
            }
            let name = if with_profile { format!("{}, with a profile", work.name) } else { work.name.to_owned() };
            let source = source(bench, picture, work, with_profile);
            let ratio = row(bench, work, &name, &source, with_profile);
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
fn row(bench: &mut Bench, work: &Work, name: &str, source: &Source, profile: bool) -> Option<f64> {
    let (plan, theirs) = (bench.ours.plan(&work.query(QUALITY)), work.for_sharp(QUALITY));
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
    let mut reference = Reference::new(&source.bytes, profile);
    let [our_likeness, their_likeness] = [&ours, &sharps].map(|file| reference.likeness(file));
    let at_equal = match work.format {
        Format::Png => None,
        Format::Jpeg | Format::Webp => {
            let bytes = curve(bench, work, source, &mut reference).bytes_at(their_likeness.0);
            bytes.map(|bytes| bytes / sharps.len() as f64)
        }
    };
    let memory = bench.ours.memory(&source.bytes, &plan).map_or("more than the default".into(), |mib| mib.to_string());
    let ratio = our_time / their_time;
    let word = if ratio <= work.goal { "" } else { " MISSED" };
    let at_equal = at_equal.map_or("–".into(), |share| format!("{share:.3}"));
    println!(
        "| {name} | {our_time:.1} | {their_time:.1} | {ratio:.2}{word} | {:.2} | {} | {} | {at_equal} | {:.4} | {:.4} | \
         {:.1} | {:.1} | {memory} |",
        work.goal,
        ours.len(),
        sharps.len(),
        our_likeness.0,
        their_likeness.0,
        our_likeness.1,
        their_likeness.1,
    );
    Some(ratio)
}

/// Our bytes and likeness over several qualities.
fn curve(bench: &Bench, work: &Work, source: &Source, reference: &mut Reference) -> Curve {
    Curve::new(QUALITIES.into_iter().filter_map(|quality| {
        let plan = bench.ours.plan(&work.query(quality));
        let (bytes, _) = bench.ours.make(&source.bytes, &plan).ok()?;
        Some((bytes.len(), reference.likeness(&bytes).0))
    }))
}

pub(crate) fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
