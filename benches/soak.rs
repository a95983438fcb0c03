//! A node under mixed load before an origin that fails in every way it can: every answer is checked against the truth.
//!
//! The origin and the clients are in this process and share that truth: which version of a thing is current, and which is
//! the oldest that may still be seen after a purge. The node is the program, in a process of its own. It ends with an
//! error if a body is wrong, a client waited beyond every timeout, memory, descriptors or connections grow, or anything
//! is still in flight after the last client has gone. It prints a table to keep under `benches/results/`.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on has failed")]

#[expect(dead_code, reason = "other benchmarks ask more of a process")]
mod child;
#[path = "soak/client.rs"]
mod client;
#[path = "soak/origin.rs"]
mod origin;
#[path = "soak/purge.rs"]
mod purge;
#[path = "soak/report.rs"]
mod report;
#[path = "soak/truth.rs"]
mod truth;
#[path = "soak/watch.rs"]
mod watch;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{ExitCode, Stdio};
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use lucarne::clock::stopwatch;
use tokio::sync::watch as signal;
use tokio::task::JoinSet;

use child::{Server, free_address};
use origin::Faults;
use report::Report;
use truth::Truth;

/// Soaks a node.
#[derive(Parser)]
struct Options {
    /// How long the load lasts
    #[arg(long, default_value_t = 30.0)]
    minutes: f64,
    /// Clients at once
    #[arg(long, default_value_t = 200)]
    clients: u64,
    /// Things that they ask for; a fifth of them are pictures
    #[arg(long, default_value_t = 3000)]
    things: usize,
    /// The longest that a client waits before its next request, in milliseconds
    #[arg(long, default_value_t = 20)]
    pause: u64,
    /// How many of a hundred answers of the origin are faulty
    #[arg(long, default_value_t = 5)]
    faults: u32,
    /// Changes of things a second
    #[arg(long, default_value_t = 20)]
    changes: u32,
    /// Purges a second; 0 for a node that cannot be purged
    #[arg(long, default_value_t = 5)]
    purges: u32,
    /// One more line of the node's [cache] table, such as the one that gives it a disk
    #[arg(long)]
    cache: Vec<String>,
    /// Of all that is drawn
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Where the node's log goes
    #[arg(long, default_value = concat!(env!("CARGO_TARGET_TMPDIR"), "/soak.log"))]
    log: PathBuf,
    /// What cargo adds
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let report = runtime.block_on(soak(&options));
    print!("{report}");
    if report.failures().is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn soak(options: &Options) -> Report {
    let (truth, report) = (Arc::new(Truth::new(options.things, options.seed)), Report::default());
    let origin = origin::start(Arc::clone(&truth), Faults::new(options.faults, options.seed)).await;
    let (node, admin) = start_node(options, origin.address);
    let (stop, stopped) = signal::channel(false);

    let mut clients = JoinSet::new();
    for number in 0..options.clients {
        let pause = Duration::from_millis(options.pause);
        let client = client::Client::new(node.address, Arc::clone(&truth), options.seed + number, pause);
        clients.spawn(client.run(report.clone(), stopped.clone()));
    }
    let mut others = JoinSet::new();
    others.spawn(changes(Arc::clone(&truth), options.changes, options.seed));
    if let Some(between) = Duration::from_secs(1).checked_div(options.purges) {
        others.spawn(purge::run(admin, Arc::clone(&truth), between, options.seed, report.clone()));
    }

    let whole = Duration::from_secs_f64(options.minutes * 60.0);
    let (start, mut samples) = (stopwatch(), Vec::new());
    let step = (whole / watch::SAMPLES).max(Duration::from_millis(100));
    while stopwatch().duration_since(start) < whole {
        tokio::time::sleep(step).await;
        samples.push(watch::sample(&node, admin).await);
        eprintln!("{:>5.0?}  {}", stopwatch().duration_since(start), samples[samples.len() - 1]);
    }
    others.shutdown().await;
    stop.send(true).unwrap();
    clients.join_all().await;
    report.errors();
    report.grown(watch::grown(&samples));
    report.left(watch::in_flight(admin).await);
    report.told(origin.faults.told());
    report.lasted(stopwatch().duration_since(start));
    report
}

/// The timeouts are short, so that an origin that is silent costs little.
fn start_node(options: &Options, origin: SocketAddr) -> (Server, SocketAddr) {
    let (address, admin) = (free_address(), free_address());
    let purging = if options.purges > 0 { format!("[purge]\ntoken = \"{}\"\n", purge::TOKEN) } else { String::new() };
    let config = format!(
        "listen = \"{address}\"\nadmin = \"{admin}\"\n[log]\naccess = \"off\"\nlevel = \"error\"\n\
         [[site]]\nhosts = [\"*\"]\nupstream = \"origin\"\n\
         [upstream.origin]\nurl = \"http://{origin}\"\nfirst-byte-timeout = \"2s\"\nbetween-bytes-timeout = \"1s\"\n\
         {purging}[cache]\nmemory = \"96MiB\"\nobject = \"8MiB\"\ndecisions = \"4MiB\"\n{}\n",
        options.cache.join("\n"),
    );
    let scratch = tempfile::tempdir().unwrap();
    let mut command = child::lucarne(&[], scratch.path(), &config);
    command.stdout(Stdio::null()).stderr(std::fs::File::create(&options.log).unwrap());
    (Server::start(command, address), admin)
}

/// Things change while they are asked for, fetched and purged.
async fn changes(truth: Arc<Truth>, a_second: u32, seed: u64) {
    let mut rng = fastrand::Rng::with_seed(seed);
    loop {
        tokio::time::sleep(Duration::from_secs(1) / a_second.max(1)).await;
        truth.change(truth.draw(&mut rng));
    }
}
