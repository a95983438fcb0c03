//! Whether hits in memory keep their pace while the disk tier waits for its disk.
//!
//! Three nodes with a disk tier take turns in one run: one as it is, one whose system calls are looked at by `strace`,
//! and one where `strace` makes each call that the disk tier alone uses take longer. All have the first core, the load
//! has the second. Hits in memory come at a fixed rate, and beside them, as steadily, requests for more things than
//! memory has room for, so that the disk is read and written throughout.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on has failed")]

#[expect(dead_code, reason = "other benchmarks ask more of a process")]
mod child;
#[path = "slow_disk/cold.rs"]
mod cold;
#[path = "slow_disk/node.rs"]
mod node;
#[path = "peers/origin.rs"]
#[expect(dead_code, reason = "another benchmark counts what the origin is asked")]
mod origin;
mod paced;

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;

use cold::{Answers, Cold};
use node::{Disk, Node};
use origin::Origin;
use paced::{Pace, pinned};

/// Measures hits in memory while the disk is slow.
#[derive(Parser)]
struct Options {
    /// How much longer an operation on the slow disk takes, in milliseconds
    #[arg(long, default_value_t = 200)]
    delay: u32,
    /// Hits a second
    #[arg(long, default_value_t = 2000.0)]
    hits: f64,
    /// Requests a second for what memory has no room for
    #[arg(long, default_value_t = 100.0)]
    cold: f64,
    /// Turns of each node; medians count
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Length of a turn, in seconds
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// What cargo adds
    #[arg(long, hide = true)]
    bench: bool,
}

/// What is a hit in memory throughout.
const HIT: &str = "/hot.bin";
/// What everything has, in bytes.
const LENGTH: usize = 10 << 10;
/// How many other things there are, thrice what memory has room for: a turn asks for each once.
const OTHERS: usize = 1000;
/// By how much the 99th percentile may exceed that of the node as it is: runs differ by as much.
const PACE: f64 = 1.25;

/// What a node did in all its turns.
#[derive(Default)]
struct Results {
    hits_p50: Vec<Duration>,
    hits_p99: Vec<Duration>,
    cold: Answers,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let others: &[String] = Box::leak((0..OTHERS).map(|number| format!("/{number}.bin")).collect());
    let targets: Vec<&str> = others.iter().map(String::as_str).collect();
    let files: Vec<(&str, usize)> = targets.iter().chain([&HIT]).map(|target| (*target, LENGTH)).collect();
    let origin = Origin::start(files.leak());
    let scratch = tempfile::tempdir().unwrap();
    let disks = [Disk::AsItIs, Disk::Traced, Disk::Slow(options.delay)];
    let nodes = disks.map(|disk| Node::start(disk, scratch.path(), origin.address));
    let mut results = nodes.each_ref().map(|_| Results::default());
    for round in 0..=options.rounds {
        for (node, results) in nodes.iter().zip(&mut results) {
            let seconds = Duration::from_secs(options.seconds);
            let (address, connections) = (node.server.address, 16);
            let pace =
                Pace { address, target: HIT, length: LENGTH, connections, rate: options.hits, duration: seconds };
            let cold = Cold { address, targets: &targets, rate: options.cold, duration: seconds, turn: round };
            let (hits, cold) = pinned(1, || async move { tokio::join!(pace.run(), cold.run()) });
            // In the first turn the node's code, its memory and its disk are filled.
            if round > 0 {
                results.hits_p50.push(hits.percentile(50));
                results.hits_p99.push(hits.percentile(99));
                results.cold.add(cold);
            }
        }
    }
    show(&options, disks, &mut results)
}

fn show(options: &Options, disks: [Disk; 3], results: &mut [Results; 3]) -> ExitCode {
    println!("{} hits in memory a second, {} others; medians of {} turns", options.hits, options.cold, options.rounds);
    println!("| disk | others from the disk | from the origin | failed | their p99 | p50 of hits | p99 of hits |");
    println!("|---|---|---|---|---|---|---|");
    let p99 = results.each_mut().map(|results| {
        results.hits_p50.sort_unstable();
        results.hits_p99.sort_unstable();
        results.hits_p99[results.hits_p99.len() / 2]
    });
    for (disk, results) in disks.iter().zip(results.iter_mut()) {
        let p50 = results.hits_p50[results.hits_p50.len() / 2];
        let (least, greatest) = (results.hits_p99[0], results.hits_p99[results.hits_p99.len() - 1]);
        let middle = results.hits_p99[results.hits_p99.len() / 2];
        println!("| {disk} | {} | {p50:.0?} | {middle:.0?} ({least:.0?}–{greatest:.0?}) |", results.cold);
    }
    let pace = p99[2].as_secs_f64() / p99[0].as_secs_f64();
    let (is_met, failed) = (pace <= PACE, results.iter().any(|results| results.cold.failed > 0));
    let word = if is_met { "met" } else { "MISSED" };
    println!("\np99 of hits with the slow disk against that as it is: {pace:.2}; the goal is {PACE} at most: {word}");
    if is_met && !failed { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
