//! What a hit costs: server CPU per request, against a bare hyper server that sends the same head and body.
//!
//! Each server is a process of its own, pinned to the first core; the load comes from this process on the second. The
//! two take turns in one run, so that whatever else the machine does meets both. CPU time is what the kernel counts
//! for the server's process, user and system.
#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "a benchmark that cannot go on has failed")]

#[path = "hit/bare.rs"]
mod bare;
#[path = "hit/load.rs"]
mod load;
#[path = "hit/process.rs"]
mod process;

use std::path::Path;
use std::time::Duration;

use process::{Kind, Server};

/// Keep-alive connections.
const CONNECTIONS: usize = 64;
/// Requests of one turn: some seconds.
const REQUESTS: u64 = 120_000;
/// Turns of each server and target; the median counts.
const TURNS: usize = 7;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["serve-lucarne", folder] => process::serve_lucarne(Path::new(folder)),
        ["serve-bare", head, body] => bare::serve(Path::new(head), Path::new(body)),
        _ => measure(),
    }
}

/// A row: what is asked for.
struct Row {
    name: &'static str,
    target: &'static str,
}

fn measure() {
    let scratch = tempfile::tempdir().unwrap();
    process::write_files(scratch.path());
    let rows = [
        Row { name: "file of 10 KiB", target: "/10k.bin" },
        Row { name: "file of 100 KiB", target: "/100k.bin" },
        Row { name: "picture of about 10 KiB", target: "/noise.png?width=124&format=jpg" },
        Row { name: "picture of about 100 KiB", target: "/noise.png?width=400&format=jpg" },
    ];
    println!("{CONNECTIONS} connections, {REQUESTS} requests a turn, medians of {TURNS} turns; server CPU a request");
    println!("| what | bytes | lucarne | bare hyper | ratio | requests/s lucarne | bare |");
    println!("|---|---|---|---|---|---|---|");
    let lucarne = Server::start(Kind::Lucarne { folder: scratch.path() });
    for row in rows {
        let sample = load::fetch(lucarne.address, row.target);
        let again = load::fetch(lucarne.address, row.target);
        assert!(again.head.contains("; hit"), "not a hit:\n{}", again.head);
        let (head, body) = (scratch.path().join("head"), scratch.path().join("body"));
        std::fs::write(&head, &again.head).unwrap();
        std::fs::write(&body, &sample.body).unwrap();
        let bare = Server::start(Kind::Bare { head: &head, body: &body });
        let same = load::fetch(bare.address, row.target);
        assert_eq!(same.body, sample.body);
        assert_eq!(load::names(&same.head), load::names(&again.head), "the heads have the same fields");
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..TURNS {
            ours.push(turn(&lucarne, row.target));
            theirs.push(turn(&bare, row.target));
        }
        let (our_cpu, our_rate) = median(&ours);
        let (their_cpu, their_rate) = median(&theirs);
        println!(
            "| {} | {} | {our_cpu:.2} µs | {their_cpu:.2} µs | {:.3} | {our_rate:.0} | {their_rate:.0} |",
            row.name,
            sample.body.len(),
            our_cpu / their_cpu,
        );
    }
}

/// CPU microseconds a request, and requests a second.
fn turn(server: &Server, target: &str) -> (f64, f64) {
    let before = cpu_time(server);
    let start = std::time::Instant::now();
    load::run(server.address, target, CONNECTIONS, REQUESTS);
    let took = start.elapsed();
    let cpu = cpu_time(server) - before;
    #[expect(clippy::cast_precision_loss, reason = "thousands of requests")]
    let requests = REQUESTS as f64;
    (cpu.as_secs_f64() * 1e6 / requests, requests / took.as_secs_f64())
}

/// User and system time of a server so far.
fn cpu_time(server: &Server) -> Duration {
    let stat = server.proc("stat");
    // Fields 14 and 15, counted from after the name, which may hold anything.
    let fields: Vec<&str> = stat.rsplit_once(") ").unwrap().1.split(' ').collect();
    let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
    Duration::from_secs(ticks) / u32::try_from(rustix::param::clock_ticks_per_second()).unwrap()
}

fn median(turns: &[(f64, f64)]) -> (f64, f64) {
    let middle = |mut values: Vec<f64>| {
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    (middle(turns.iter().map(|turn| turn.0).collect()), middle(turns.iter().map(|turn| turn.1).collect()))
}
