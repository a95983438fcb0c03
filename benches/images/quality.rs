//! Likeness at equal bytes, on pictures of many kinds; and what scaled decoding costs in likeness.

use lucarne_gauge::{Curve, Scene, box_mean, lanczos3, psnr};

use crate::Bench;
use crate::reference::Reference;
use crate::source::{Kind, Picture, Source, decoded};
use crate::timed::median;
use crate::work::{Format, WORK, Work};

/// sharp's qualities, and ours: the same numbers may stand for other sizes, so that more of them are needed.
const SHARPS: [u32; 5] = [70, 75, 80, 85, 90];
const OURS: [u32; 10] = [50, 56, 62, 68, 74, 80, 85, 90, 94, 97];

/// How much less SSIM than sharp's is allowed on a single picture; the median must not be less at all.
const SLACK: f64 = 0.003;
/// How much less PSNR than by a box mean is allowed, decibels.
const SCALING_SLACK: f64 = 1.0;

/// Prints both tables.
pub(crate) fn measure(bench: &mut Bench) {
    let pictures = match bench.options.pictures.clone() {
        Some(folder) => Picture::all_in(&folder, &mut bench.sharp),
        None => Scene::ALL.into_iter().map(Picture::Painted).collect(),
    };
    let mut differences = [Vec::new(), Vec::new()];
    let mut scaling = Vec::new();
    println!("\n### SSIM at equal bytes, 800 pixels wide\n");
    println!(
        "| picture | source | JPEG: ours − sharp | q 80: ours, bytes / SSIM | sharp | WebP: ours − sharp | q 80: ours | \
         sharp |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for picture in &pictures {
        let (kind, megapixels) = source_of(picture);
        let source = source(bench, picture, kind, megapixels);
        print!("| {} | {kind:?} {megapixels} MP |", picture.name());
        for (format, differences) in [Format::Jpeg, Format::Webp].into_iter().zip(&mut differences) {
            let cells = compare(bench, &source, format);
            print!(" {} |", cells.text);
            differences.extend(cells.difference);
        }
        println!();
        if kind == Kind::Baseline {
            scaling.push((picture.name(), scaled(bench, &source)));
        }
    }
    for (name, differences) in ["JPEG", "WebP"].into_iter().zip(&differences) {
        let least = differences.iter().copied().fold(f64::INFINITY, f64::min);
        let holds = least >= -SLACK && median(differences) >= 0.0;
        println!(
            "\n{name}: median {:+.4}, least {least:+.4} of {} pictures; the goal is at least 0 and at least −{SLACK}: {}",
            median(differences),
            differences.len(),
            if holds { "met" } else { "MISSED" },
        );
    }
    println!(
        "\n### Scaled decoding beside decoding whole and averaging boxes: PSNR end to end, without an encoder's loss\n"
    );
    println!("| picture | ¼: ours | box mean | ⅛: ours | box mean |\n|---|---|---|---|---|");
    for (name, rows) in scaling {
        let cell = |(ours, boxes): (f64, f64)| {
            let word = if ours >= boxes - SCALING_SLACK { "" } else { " MISSED" };
            format!("{ours:.2}{word} | {boxes:.2}")
        };
        println!("| {name} | {} |", rows.map(cell).join(" | "));
    }
}

/// What a picture of this kind is stored as.
fn source_of(picture: &Picture) -> (Kind, f64) {
    let is_photograph = match picture {
        Picture::Painted(scene) => scene.is_photograph(),
        Picture::File { path, .. } => path.extension().is_some_and(|extension| extension != "png"),
    };
    if is_photograph { (Kind::Baseline, 12.0) } else { (Kind::Png, 2.0) }
}

fn source(bench: &mut Bench, picture: &Picture, kind: Kind, megapixels: f64) -> Source {
    let pixels = bench.pixels(picture, megapixels);
    let pixels = if kind == Kind::Png { pixels } else { pixels.over_grey(255) };
    kind.write(&pixels, bench.scratch.join("source"), false, &mut bench.sharp)
}

/// Three cells, and the difference in SSIM where the curves overlap.
struct Compared {
    text: String,
    difference: Option<f64>,
}

fn compare(bench: &mut Bench, source: &Source, format: Format) -> Compared {
    let work = WORK.iter().find(|work| work.format == format).expect("each format has a row");
    let work = Work { asked: "", width: 800, ..*work };
    let mut reference = Reference::new(&source.bytes, false);
    if format == Format::Jpeg {
        reference = reference.over(255);
    }
    let ours = OURS.map(|quality| {
        let plan = bench.ours.plan(&work.query(quality));
        let (bytes, _) = bench.ours.make(&source.bytes, &plan).unwrap();
        (quality, bytes.len(), reference.likeness(&bytes).0)
    });
    let theirs = SHARPS.map(|quality| {
        let bytes = bench.sharp.make(source, &work.for_sharp(quality), 1).bytes;
        (quality, bytes.len(), reference.likeness(&bytes).0)
    });
    let curve = |points: &[(u32, usize, f64)]| Curve::new(points.iter().map(|(_, bytes, ssim)| (*bytes, *ssim)));
    let difference = curve(&ours).above(&curve(&theirs));
    let shown = |points: &[(u32, usize, f64)]| {
        let (_, bytes, ssim) = points.iter().find(|(quality, ..)| *quality == 80).expect("80 is among them");
        format!("{bytes} / {ssim:.4}")
    };
    let word = |difference: f64| if difference >= -SLACK { "" } else { " MISSED" };
    let first = difference.map_or("no bytes in common".into(), |value| format!("{value:+.4}{}", word(value)));
    Compared { text: format!("{first} | {} | {}", shown(&ours), shown(&theirs)), difference }
}

/// PSNR of ours and by box means, at a size that takes a quarter and at one that takes an eighth.
fn scaled(bench: &Bench, source: &Source) -> [(f64, f64); 2] {
    let mut reference = Reference::new(&source.bytes, false);
    [(4, 5), (8, 10)].map(|(factor, divisor)| {
        let width = reference.whole().width() / divisor;
        let plan = bench.ours.plan(&format!("width={width}&format=png"));
        let ours = decoded(&bench.ours.make(&source.bytes, &plan).unwrap().0);
        let boxes = lanczos3(&box_mean(reference.whole(), factor), ours.width(), ours.height());
        let wanted = reference.sized(ours.width(), ours.height());
        (psnr(&ours, wanted), psnr(&boxes, wanted))
    })
}
