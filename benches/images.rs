//! The image component in its sandbox beside sharp: CPU time, bytes, likeness and memory for the same work on the same
//! bytes.
//!
//! Both run on one core, in turns, and CPU time is what the kernel counts for all threads of a process. The component
//! has the engine's defaults, a fresh instance for each picture, and its limits; sharp has one thread and no cache. What
//! both make is held against a full decode by a third decoder, resized with Lanczos in floating point.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on has failed")]

#[expect(dead_code, reason = "other benchmarks ask more of a process")]
mod child;
#[path = "images/memory.rs"]
mod memory;
#[path = "images/ours.rs"]
mod ours;
#[path = "images/profile.rs"]
mod profile;
#[path = "images/quality.rs"]
mod quality;
#[path = "images/reference.rs"]
mod reference;
#[path = "images/serving.rs"]
mod serving;
#[path = "images/sharp.rs"]
mod sharp;
#[path = "images/source.rs"]
mod source;
#[path = "images/timed.rs"]
mod timed;
#[path = "images/work.rs"]
mod work;

use std::path::{Path, PathBuf};

use clap::Parser;
use lucarne_gauge::Pixels;

use ours::Ours;
use sharp::Sharp;
use source::Picture;
use timed::Ratios;

/// Compares pictures with sharp's.
#[derive(Parser)]
struct Options {
    /// The folder with the npm packages; `cargo xtask bench images` makes it
    #[arg(long)]
    modules: PathBuf,
    /// Use the pictures of this folder; without it, some are painted
    #[arg(long)]
    pictures: Option<PathBuf>,
    /// Bytes and likeness over many qualities and kinds of pictures, instead of time
    #[arg(long)]
    quality: bool,
    /// Servers instead of libraries
    #[arg(long)]
    server: bool,
    /// Turns of each; medians count
    #[arg(long, default_value_t = 7)]
    rounds: usize,
    /// Only the rows whose name has this in it
    #[arg(long)]
    only: Option<String>,
    /// What cargo adds
    #[arg(long, hide = true)]
    bench: bool,
}

/// What the parts of a run share.
struct Bench {
    options: Options,
    ours: Ours,
    sharp: Sharp,
    scratch: PathBuf,
    /// The pixels that were asked for last: rows of the same size follow each other.
    held: Option<(String, Pixels)>,
}

/// The core of both.
const CORE: usize = 0;

fn main() {
    let options = Options::parse();
    let mut cores = rustix::thread::CpuSet::new();
    cores.set(CORE);
    rustix::thread::sched_setaffinity(None, &cores).unwrap();
    let scratch = tempfile::tempdir().unwrap();
    let sharp = Sharp::start(&options.modules, scratch.path());
    let ours = Ours::new(&Path::new(env!("CARGO_TARGET_TMPDIR")).join("images"));
    println!("{}; {} rounds, medians; qualities {}", sharp.versions, options.rounds, work::QUALITY);
    let mut bench = Bench { options, ours, sharp, scratch: scratch.path().to_owned(), held: None };

    match (bench.options.quality, bench.options.server) {
        (true, _) => quality::measure(&mut bench),
        (_, true) => serving::measure(&mut bench),
        _ => time(&mut bench),
    }
}

fn time(bench: &mut Bench) {
    let pictures = match bench.options.pictures.clone() {
        Some(folder) => Picture::all_in(&folder, &mut bench.sharp),
        None => Picture::TIMED.into(),
    };
    let mut ratios = Ratios::new();
    for picture in &pictures {
        timed::measure(bench, picture, &mut ratios);
    }
    timed::summary(&ratios);
    if bench.options.only.is_none() {
        memory::measure(bench);
    }
}

impl Bench {
    /// A picture's pixels in about so many megapixels.
    fn pixels(&mut self, picture: &Picture, megapixels: f64) -> Pixels {
        let name = format!("{} {megapixels}", picture.name());
        if let Some((held, pixels)) = &self.held
            && *held == name
        {
            return pixels.clone();
        }
        let pixels = picture.pixels(megapixels, &mut self.sharp);
        self.held = Some((name, pixels.clone()));
        pixels
    }
}
