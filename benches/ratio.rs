//! Hit ratios: the node's memory tier against LRU and against what theory allows, and what a scan costs it.
//!
//! Nothing here is timed, and everything follows from a seed: a claim that does not hold ends this with an error.
//! `-- --requests N` plays another number of requests.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on has failed")]

#[path = "ratio/trial.rs"]
mod trial;

use std::process::ExitCode;

use trial::{Ratios, Sizes, Trial};

/// How often the scan comes.
const SCANS: usize = 20;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let requests = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => Trial::REFERENCE.requests,
        ["--requests", number] => number.parse().unwrap(),
        other => panic!("unknown arguments {other:?}; there is --requests N"),
    };
    let reference = Trial { requests, ..Trial::REFERENCE };
    println!("Zipf, {} objects, cache of a tenth of their bytes, {requests} requests", reference.objects);
    println!("| sizes | α | static optimum | node | of the optimum | LRU | Che | node over LRU |");
    println!("|---|---|---|---|---|---|---|---|");
    let mut misses = Vec::new();
    for sizes in [Sizes::Equal, Sizes::LogNormal] {
        for alpha in [0.7, 0.8, 0.9, 1.0, 1.1] {
            let trial = Trial { alpha, sizes, ..reference };
            let ratios = trial.play();
            show(&trial, &ratios);
            if is_reference(&trial) {
                misses.extend(ratios.misses(0.0));
            }
        }
    }
    println!("\nhit ratio of the hot set around a scan of ten times the cache, {SCANS} scans");
    println!("| scanned per request | before | first turnover of the scan | rest of the scan | after |");
    println!("|---|---|---|---|---|");
    for scanned in [1, 10] {
        let scan = reference.scan(scanned, SCANS);
        let [before, at_first, during, after] = [scan.before, scan.at_first, scan.during, scan.after].map(points);
        println!("| {scanned} | {before} | {at_first} | {during} | {after} |");
        misses.extend(scan.misses(0.0));
    }
    for miss in &misses {
        println!("MISSED: {miss}");
    }
    if misses.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The goals are for this row; the others show where they end.
fn is_reference(trial: &Trial) -> bool {
    trial.sizes == Sizes::Equal && (trial.alpha - Trial::REFERENCE.alpha).abs() < f64::EPSILON
}

fn show(trial: &Trial, ratios: &Ratios) {
    let Ratios { node, lru, che, optimum } = *ratios;
    println!(
        "| {:?} | {} | {} | {} | {:.3} | {} | {} | {:+.1} |",
        trial.sizes,
        trial.alpha,
        points(optimum),
        points(node),
        node / optimum,
        points(lru),
        points(che),
        (node - lru) * 100.0,
    );
}

fn points(ratio: f64) -> String {
    format!("{:.2} %", ratio * 100.0)
}
