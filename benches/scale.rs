//! What a hit costs among a thousand entries and among a million, what an entry takes, and how many decisions are
//! remembered.
//!
//! A node for each number of entries, all in this process, asked in turn, so that whatever else the machine does meets
//! all. Requests are drawn evenly, which finds nothing in the processor's caches, or as Zipf has it (α 0.9), which is
//! what a node sees.
//!
//! A hit is measured twice. *Served* is what a client's request costs the node, from the socket to the socket: CPU time
//! of all but the load, which is 64 connections on the other core. This is what the goal is about. *Looked up* is the CPU
//! time of `Gateway::plain_hit` alone, where hits get their head and content from: what is dear about many entries,
//! without what is the same for all.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on has failed")]

#[expect(dead_code, reason = "other benchmarks start servers")]
mod child;
#[path = "scale/drawn.rs"]
mod drawn;
#[path = "scale/filled.rs"]
mod filled;
#[path = "scale/load.rs"]
mod load;
#[path = "scale/origin.rs"]
mod origin;

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use fastrand::Rng;

use drawn::Drawn;
use filled::Filled;

/// Measures nodes of several sizes.
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

/// What hits cost in one node, turn by turn.
#[derive(Default)]
struct Costs {
    served: Vec<Duration>,
    looked_up: Vec<Duration>,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let origin = runtime.block_on(origin::start());
    let sizes = [1000, 100, 10, 1].map(|part| (options.entries / part).max(1));
    println!("| entries | accounted bytes an entry | with its decision | resident bytes an entry |");
    println!("|---|---|---|---|");
    let nodes = sizes.map(|entries| {
        let filled = Filled::new(&runtime, entries, origin, &options.decisions);
        println!("| {entries} | {} | {} | {} |", filled.stored, filled.with_decision, filled.resident);
        filled
    });
    println!("\n| entries | requests are drawn | a hit served | a hit looked up | remembered decisions |");
    println!("|---|---|---|---|---|");
    let mut is_met = true;
    for drawn in [Drawn::Evenly, Drawn::Zipf] {
        let mut rng = Rng::with_seed(1);
        let mut costs = sizes.map(|_| Costs::default());
        let calls = nodes.each_ref().map(Filled::route_calls);
        for _ in 0..options.rounds {
            for (node, costs) in nodes.iter().zip(&mut costs) {
                let mut targets = || (0..options.requests).map(|_| drawn.draw(&mut rng, node.entries)).collect();
                costs.served.push(node.serve(targets()));
                costs.looked_up.push(node.look_up(targets()));
            }
        }
        let costs = costs.map(|costs| (median(costs.served), median(costs.looked_up)));
        #[expect(clippy::cast_precision_loss, reason = "millions")]
        for ((node, (served, looked_up)), before) in nodes.iter().zip(costs).zip(calls) {
            let asked = (2 * options.rounds * options.requests) as f64;
            let share = 100.0 - 100.0 * (node.route_calls() - before) as f64 / asked;
            println!("| {} | {drawn:?} | {served:.2?} | {looked_up:.2?} | {share:.1} % |", node.entries);
        }
        let [fewest, .., most] = costs;
        let (served, looked_up) = (ratio(most.0, fewest.0), ratio(most.1, fewest.1));
        is_met &= served <= GOAL;
        let word = if served <= GOAL { "met" } else { "MISSED" };
        println!(
            "drawn {drawn:?}: served, the most cost {served:.2} of the fewest; the goal is {GOAL} at most: {word}. \
             Looked up, {looked_up:.2}"
        );
    }
    if is_met { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn ratio(most: Duration, fewest: Duration) -> f64 {
    most.as_secs_f64() / fewest.max(Duration::from_nanos(1)).as_secs_f64()
}
