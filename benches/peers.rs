//! What a hit costs beside nginx and Varnish: server CPU a hit and requests a second under full load, and the 99th
//! percentile at half of what nginx can do.
//!
//! Each server has the first core, the load has the second. They take turns in one run, so that whatever else the
//! machine does meets all. CPU time is what the kernel counts for a server's processes, user and system. Every server is
//! asked twice before it is measured: the second answer has to be a whole hit, and the origin is asked no more until
//! the end.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on has failed")]

#[expect(dead_code, reason = "other benchmarks ask more of a process")]
mod child;
#[path = "peers/contestant.rs"]
mod contestant;
#[path = "peers/origin.rs"]
mod origin;
mod paced;
#[path = "peers/wrk.rs"]
mod wrk;

use std::time::Duration;

use clap::Parser;

use contestant::{Contestant, Kind};
use origin::Origin;
use paced::Pace;

/// Keep-alive connections.
const CONNECTIONS: u32 = 64;
/// What is asked for: a name and its bytes.
const FILES: [(&str, usize); 2] = [("/10k.bin", 10 << 10), ("/100k.bin", 100 << 10)];
/// By how much a hit should be cheaper than the better peer's, for each of the files.
const GOALS: [f64; 2] = [1.3, 1.1];

/// Compares hits with those of nginx and Varnish.
#[derive(Parser)]
struct Options {
    /// Turns of each server, load and file; medians count
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Length of a turn
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// What cargo adds
    #[arg(long, hide = true)]
    bench: bool,
}

/// What a server did in all its turns.
#[derive(Default)]
struct Results {
    /// Microseconds of server CPU a hit.
    cpu: Vec<f64>,
    /// Requests a second.
    rate: Vec<f64>,
    /// Microseconds.
    p99: Vec<f64>,
}

fn main() {
    let options = Options::parse();
    let origin = Origin::start(&FILES);
    let scratch = tempfile::tempdir().unwrap();
    let contestants: Vec<Contestant> =
        Kind::ALL.iter().map(|kind| Contestant::start(*kind, scratch.path(), origin.address)).collect();
    println!("{CONNECTIONS} connections, {} rounds of {} s; medians, and the spread", options.rounds, options.seconds);
    for ((target, length), goal) in FILES.into_iter().zip(GOALS) {
        contestants.iter().for_each(|contestant| contestant.assert_hit(target, length));
        let fetched = origin.asked();
        let results = measure(&contestants, target, length, &options);
        assert_eq!(origin.asked(), fetched, "something was no hit");
        show(target, &contestants, &results, goal);
    }
}

fn measure(contestants: &[Contestant], target: &str, length: usize, options: &Options) -> Vec<Results> {
    let mut results: Vec<Results> = contestants.iter().map(|_| Results::default()).collect();
    let duration = Duration::from_secs(options.seconds);
    for _ in 0..options.rounds {
        for (contestant, results) in contestants.iter().zip(&mut results) {
            let before = contestant.server.cpu_time();
            let run = wrk::run(contestant.server.address, target, CONNECTIONS, duration);
            let cpu = contestant.server.cpu_time() - before;
            results.cpu.push(cpu.as_secs_f64() * 1e6 / run.requests);
            results.rate.push(run.rate);
        }
    }
    let nginx = contestants.iter().position(|contestant| contestant.kind == Kind::Nginx).unwrap();
    let rate = median(&results[nginx].rate) / 2.0;
    for _ in 0..options.rounds {
        for (contestant, results) in contestants.iter().zip(&mut results) {
            let address = contestant.server.address;
            let pace = Pace { address, target, length, connections: CONNECTIONS, rate, duration };
            results.p99.push(paced::pinned(wrk::CORE, || pace.run()).percentile(99).as_secs_f64() * 1e6);
        }
    }
    println!("\n{target}: {length} bytes; fixed rate {rate:.0} requests/s");
    results
}

fn show(target: &str, contestants: &[Contestant], results: &[Results], goal: f64) {
    println!("| server | CPU a hit, µs | requests/s | p99 at the fixed rate, µs |");
    println!("|---|---|---|---|");
    for (contestant, results) in contestants.iter().zip(results) {
        println!(
            "| {} | {} | {} | {} |",
            contestant.kind.name(),
            spread(&results.cpu, 2),
            spread(&results.rate, 0),
            spread(&results.p99, 0),
        );
    }
    let of = |kind: Kind| &results[contestants.iter().position(|contestant| contestant.kind == kind).unwrap()];
    let (ours, nginx, varnish) = (of(Kind::Lucarne), of(Kind::Nginx), of(Kind::Varnish));
    let better = median(&nginx.cpu).min(median(&varnish.cpu));
    let ratio = better / median(&ours.cpu);
    let word = |holds: bool| if holds { "met" } else { "MISSED" };
    println!(
        "\n{target}: the better peer's CPU a hit is {ratio:.2} of ours; the goal is {goal}: {}",
        word(ratio >= goal)
    );
    let rate = median(&ours.rate) / median(&nginx.rate).max(median(&varnish.rate));
    println!("{target}: requests/s are {rate:.2} of the better peer's; the load may be the limit");
    let (our_p99, their_p99) = (median(&ours.p99), median(&nginx.p99));
    let held = word(our_p99 <= their_p99);
    println!("{target}: p99 is {our_p99:.0} µs, nginx's {their_p99:.0}; the goal is no more: {held}");
}

fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// The median with the least and the greatest.
fn spread(values: &[f64], digits: usize) -> String {
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let greatest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    format!("{:.digits$} ({least:.digits$}–{greatest:.digits$})", median(values))
}
