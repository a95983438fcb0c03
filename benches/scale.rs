//! What a hit costs among a thousand entries and among a million, what an entry takes, and how many decisions are
//! remembered.
//!
//! A gateway for each number of entries, all in this process, asked in turn without sockets, so that whatever else the
//! machine does meets all. Requests are drawn evenly, which finds nothing in the processor's caches, or as Zipf has it
//! (α 0.9), which is what a node sees.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on has failed")]

#[expect(dead_code, reason = "other benchmarks start servers")]
mod child;
#[path = "scale/filled.rs"]
mod filled;
#[path = "scale/origin.rs"]
mod origin;

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use fastrand::Rng;

use filled::Filled;

/// Measures gateways of several sizes.
#[derive(Parser)]
struct Options {
    /// The largest number of entries; the others are a tenth, a hundredth and a thousandth of it
    #[arg(long, default_value_t = 1_000_000)]
    entries: usize,
    /// Turns of each size and distribution; medians count
    #[arg(long, default_value_t = 21)]
    rounds: usize,
    /// Requests of a turn
    #[arg(long, default_value_t = 50_000)]
    requests: usize,
    /// Room for remembered decisions, as in the configuration. The default has room for all; with less, the share that
    /// is remembered falls, and each of the others costs a call
    #[arg(long, default_value = "4GiB")]
    decisions: String,
    /// What cargo adds
    #[arg(long, hide = true)]
    bench: bool,
}

/// By how much a hit among the most may cost more than one among the fewest.
const GOAL: f64 = 1.15;

/// How requests are drawn.
#[derive(Debug, Clone, Copy)]
enum Drawn {
    Evenly,
    Zipf,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let origin = runtime.block_on(origin::start());
    let sizes = [1000, 100, 10, 1].map(|part| (options.entries / part).max(1));
    println!("| entries | accounted bytes an entry | with its decision | resident bytes an entry |");
    println!("|---|---|---|---|");
    let gateways = sizes.map(|entries| {
        let filled = runtime.block_on(Filled::new(entries, origin, &options.decisions));
        println!("| {entries} | {} | {} | {} |", filled.stored, filled.with_decision, filled.resident);
        filled
    });
    println!("\n| entries | requests are drawn | a hit | remembered decisions |");
    println!("|---|---|---|---|");
    let mut is_met = true;
    for drawn in [Drawn::Evenly, Drawn::Zipf] {
        let mut rng = Rng::with_seed(1);
        let mut times = sizes.map(|_| Vec::new());
        let calls = gateways.each_ref().map(Filled::route_calls);
        for _ in 0..options.rounds {
            for (gateway, times) in gateways.iter().zip(&mut times) {
                let targets = (0..options.requests).map(|_| drawn.draw(&mut rng, gateway.entries)).collect();
                times.push(runtime.block_on(gateway.ask(targets)));
            }
        }
        let costs = times.map(|mut times| {
            times.sort_unstable();
            times[times.len() / 2] / u32::try_from(options.requests).unwrap()
        });
        #[expect(clippy::cast_precision_loss, reason = "millions")]
        for ((gateway, cost), before) in gateways.iter().zip(costs).zip(calls) {
            let asked = (options.rounds * options.requests) as f64;
            let share = 1.0 - (gateway.route_calls() - before) as f64 / asked;
            println!("| {} | {drawn:?} | {cost:.2?} | {:.1} % |", gateway.entries, share * 100.0);
        }
        let ratio =
            costs[costs.len() - 1].as_secs_f64() / costs[0].as_secs_f64().max(Duration::from_nanos(1).as_secs_f64());
        is_met &= ratio <= GOAL;
        let word = if ratio <= GOAL { "met" } else { "MISSED" };
        println!("drawn {drawn:?}: the most cost {ratio:.2} of the fewest; the goal is {GOAL} at most: {word}");
    }
    if is_met { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

impl Drawn {
    fn draw(self, rng: &mut Rng, entries: usize) -> usize {
        match self {
            Self::Evenly => rng.usize(..entries),
            Self::Zipf => {
                // The continuous distribution, inverted: P(rank < r) goes as r^(1 - α).
                #[expect(clippy::cast_precision_loss, reason = "millions")]
                let rank = (1.0 + rng.f64() * ((entries as f64 + 1.0).powf(0.1) - 1.0)).powi(10);
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 1 to the entries")]
                let rank = rank as usize;
                // Ranks that follow each other do not stand beside each other in memory.
                rank.min(entries).wrapping_mul(2_654_435_761) % entries
            }
        }
    }
}
