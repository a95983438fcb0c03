//! The disk tier under what breaks disk tiers: a race on the same keys, kills, a disk that fills up, a restart.
//!
//! `cargo bench --bench disk_soak -- race --minutes 10`, `-- kill --times 500`, `-- restart --entries 200000`; each with
//! `--folder DIR` on the file system that is meant, which for a full disk is one smaller than `--size` MiB.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on has failed")]

mod disk {
    //! The parts, which the tests use too.
    pub(crate) mod kill;
    pub(crate) mod race;
    pub(crate) mod restart;
    pub(crate) mod values;
}

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use clap::{Parser, Subcommand};
use disk::{kill, race, restart};
use lucarne::disk::{AdmissionRule, DiskConfig, DiskTier, LARGEST};

#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    what: What,
    /// Where the entries are; a temporary folder without it
    #[arg(long, global = true)]
    folder: Option<PathBuf>,
    /// Given by cargo
    #[arg(long, global = true, hide = true)]
    bench: bool,
}

#[derive(Subcommand)]
enum What {
    /// Removals, reads and writes at once
    Race {
        #[arg(long, default_value_t = 10.0)]
        minutes: f64,
        /// MiB that entries may take; all of them take some 65
        #[arg(long, default_value_t = 48)]
        size: u64,
    },
    /// Kills in the middle of writes
    Kill {
        #[arg(long, default_value_t = 10)]
        times: u64,
    },
    /// The time to the first hit
    Restart {
        #[arg(long, default_value_t = 100_000)]
        entries: u64,
        #[arg(long, default_value_t = 30_000)]
        bytes: usize,
    },
    /// Is killed
    #[command(hide = true)]
    Victim { round: u64 },
}

fn main() {
    let arguments = Arguments::parse();
    let scratch = tempfile::tempdir().unwrap();
    let folder = arguments.folder.as_deref().unwrap_or(scratch.path());
    match arguments.what {
        What::Race { minutes, size } => run_race(folder, Duration::from_secs_f64(60.0 * minutes), size << 20),
        What::Kill { times } => run_kills(folder, times),
        What::Restart { entries, bytes } => in_runtime(restart::restart(folder, entries, bytes)),
        What::Victim { round } => kill::victim(folder, round),
    }
}

fn in_runtime<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Runtime::new().unwrap().block_on(work)
}

fn run_race(folder: &Path, duration: Duration, size: u64) {
    let config = DiskConfig { path: folder.to_owned(), size, object: LARGEST, admission: AdmissionRule::Always };
    let (report, usage) = in_runtime(async {
        let tier = Arc::new(DiskTier::open(&config).unwrap());
        (race::race(&tier, folder, duration, 1).await, tier.usage())
    });
    println!("{usage:#?}\n{report:#?}");
    let stalls = report.reads.stalls + report.writes.stalls + report.removes.stalls;
    assert!(report.wrong.is_empty() && stalls == 0, "see above");
}

fn run_kills(folder: &Path, times: u64) {
    let report = kill::kill(folder, times, |round| {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.arg("victim").arg(round.to_string()).arg("--folder").arg(folder);
        command
    });
    println!("{times} kills: {report:#?}");
    assert!(report.wrong.is_empty(), "see above");
}
