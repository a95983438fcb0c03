//! The least linear memory in which the component makes a picture.

use lucarne_gauge::Pixels;

use crate::Bench;
use crate::source::{Kind, Picture};

/// A source, by its megapixels, and the most MiB that it should take.
const ROWS: [(Kind, f64, usize); 6] = [
    (Kind::Baseline, 12.0, 16),
    (Kind::Baseline, 24.0, 24),
    (Kind::Baseline, 100.0, 256),
    (Kind::Progressive, 12.0, 48),
    (Kind::Progressive, 24.0, 256),
    (Kind::Progressive, 100.0, 256),
];

/// Prints the table, for the first painted picture.
pub(crate) fn measure(bench: &mut Bench) {
    println!("\n### Linear memory, JPEG → 800 JPEG\n\n| source | MiB | goal | |\n|---|---|---|---|");
    let picture = &Picture::TIMED[0];
    for (kind, megapixels, goal) in ROWS {
        // Beyond 25 megapixels four copies of one picture, which no decoder can tell from a larger one.
        let pixels = match megapixels {
            ..50.0 => bench.pixels(picture, megapixels),
            _ => four_times(&bench.pixels(picture, megapixels / 4.0)),
        };
        let source = kind.write(&pixels, bench.scratch.join("source"), false, &mut bench.sharp);
        let plan = bench.ours.plan("width=800&format=jpeg&quality=80");
        let (found, word) = match bench.ours.memory(&source.bytes, &plan) {
            Some(mib) if mib <= goal => (mib.to_string(), "met"),
            Some(mib) => (mib.to_string(), "MISSED"),
            None => (bench.ours.make(&source.bytes, &plan).expect_err("it was not made"), "MISSED"),
        };
        println!("| {kind:?} {megapixels} MP | {found} | {goal} | {word} |");
    }
}

fn four_times(pixels: &Pixels) -> Pixels {
    let stride = pixels.width() * pixels.channels();
    let rows = pixels.samples().chunks_exact(stride).flat_map(|row| [row, row].concat());
    let half: Vec<u8> = rows.collect();
    Pixels::new(pixels.width() * 2, pixels.height() * 2, pixels.channels(), half.repeat(2))
}
