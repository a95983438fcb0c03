//! Twice the load that a node can carry: pictures go first, what can be made is still made, and hits keep their pace.
//!
//! The node has the first core and with it one place for pictures; the load has the second. First as many pictures are
//! asked for as can be made, which gives the capacity; then twice as many, whatever is answered. Hits come at a fixed
//! rate throughout, and their latency counts from when each was due.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on has failed")]

#[expect(dead_code, reason = "other benchmarks ask more of a process")]
mod child;
mod paced;
#[path = "overload/pictures.rs"]
mod pictures;

use std::net::SocketAddr;
use std::path::Path;
use std::process::{ExitCode, Stdio};
use std::time::Duration;

use clap::Parser;

use child::{Server, free_address};
use paced::{Pace, pinned};
use pictures::{Load, Pictures};

/// Overloads a node.
#[derive(Parser)]
struct Options {
    /// How long the overload lasts
    #[arg(long, default_value_t = 5.0)]
    minutes: f64,
    /// How long the capacity is measured, in seconds
    #[arg(long, default_value_t = 20.0)]
    capacity: f64,
    /// Hits a second
    #[arg(long, default_value_t = 2000.0)]
    hits: f64,
    /// What cargo adds
    #[arg(long, hide = true)]
    bench: bool,
}

/// What is a hit throughout: a file of so many bytes.
const HIT: (&str, usize) = ("/10k.bin", 10 << 10);
/// Where the node's log goes.
const LOG: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/overload.log");
/// What pictures are made of: its width and height.
const SOURCE: (u32, u32) = (800, 600);
/// How much of what can be made has to be made.
const GOODPUT: f64 = 0.9;
/// By how much the 99th percentile of hits may exceed that at capacity: runs differ by as much.
const PACE: f64 = 1.25;

/// What a load did.
struct Phase {
    pictures: Pictures,
    hits_p99: Duration,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let scratch = tempfile::tempdir().unwrap();
    let node = start_node(scratch.path());
    pictures::warm_up(node.address, HIT.0);
    println!("hits: {} of {} bytes at {} a second", HIT.0, HIT.1, options.hits);
    println!("| pictures asked for | /s | made, /s | refused, /s | failed | p99 to a refusal | p99 of hits |");
    println!("|---|---|---|---|---|---|---|");
    let (short, long) = (Duration::from_secs_f64(options.capacity), Duration::from_secs_f64(options.minutes * 60.0));
    Phase::play("none", &options, node.address, Load::None, short);
    let capacity = Phase::play("what can be made", &options, node.address, Load::Capacity, short);
    let load = Load::Rate { rate: capacity.pictures.made_per_second() * 2.0, first: capacity.pictures.asked() };
    let overload = Phase::play("twice that", &options, node.address, load, long);

    let goodput = overload.pictures.made_per_second() / capacity.pictures.made_per_second();
    let pace = overload.hits_p99.as_secs_f64() / capacity.hits_p99.as_secs_f64();
    let word = |holds: bool| if holds { "met" } else { "MISSED" };
    println!("\nmade of what can be made: {goodput:.2}; the goal is {GOODPUT}: {}", word(goodput >= GOODPUT));
    println!("p99 of hits against that at capacity: {pace:.2}; the goal is {PACE} at most: {}", word(pace <= PACE));
    let failed = capacity.pictures.failed() + overload.pictures.failed();
    println!(
        "every hit was answered; neither made nor refused: {failed} pictures; the goal is 0: {}",
        word(failed == 0)
    );
    if goodput >= GOODPUT && pace <= PACE && failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

impl Phase {
    fn play(name: &str, options: &Options, address: SocketAddr, load: Load, duration: Duration) -> Self {
        let (target, length) = HIT;
        let pace = Pace { address, target, length, connections: 16, rate: options.hits, duration };
        let (hits, pictures) = pinned(1, || async move { tokio::join!(pace.run(), load.run(address, duration)) });
        let phase = Self { pictures, hits_p99: hits.percentile(99) };
        println!("| {name} | {} | {:.1?} |", phase.pictures, phase.hits_p99);
        phase
    }
}

/// Over a folder with the file and the source, both fresh for longer than this runs.
fn start_node(scratch: &Path) -> Server {
    let folder = scratch.join("files");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("10k.bin"), vec![b'x'; HIT.1]).unwrap();
    let picture = image::RgbImage::from_fn(SOURCE.0, SOURCE.1, |x, y| {
        image::Rgb([(x * 7 % 256), (y * 5 % 256), ((x * y) % 256)].map(|value| u8::try_from(value).unwrap()))
    });
    picture.save(folder.join("photo.jpg")).unwrap();
    let address = free_address();
    let config = format!(
        "listen = \"{address}\"\n[log]\naccess = \"off\"\n[images]\nconcurrency = 1\n\
         [[site]]\nhosts = [\"*\"]\nupstream = \"folder\"\n[upstream.folder]\npath = {folder:?}\nmax-age = \"1d\"\n"
    );
    let mut command = child::lucarne(&["taskset", "-c", "0"], scratch, &config);
    command.stdout(Stdio::null()).stderr(std::fs::File::create(LOG).unwrap());
    Server::start(command, address)
}
