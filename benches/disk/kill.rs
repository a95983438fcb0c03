//! A process that writes and removes until it is killed, and what the next one must find: whole values, and none whose
//! removal was confirmed.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use lucarne::disk::{AdmissionRule, DiskConfig, DiskTier, LARGEST, Removal};
use tokio::time::Instant;

use crate::disk::values::{self, Numbers};

/// Keys that are written and removed.
const KEYS: u64 = 300;
/// Versions of one process: those of the next one begin behind them.
const VERSIONS: u64 = 1 << 32;

/// What was found over all kills.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// Values that were read back.
    pub(crate) found: u64,
    /// The longest time from opening the folder to its first value.
    pub(crate) first: Duration,
    /// Partial, removed and unknown values, each as a line.
    pub(crate) wrong: Vec<String>,
}

/// The tier of a folder that processes are killed over.
pub(crate) fn config(folder: &Path) -> DiskConfig {
    DiskConfig { path: folder.to_owned(), size: 64 << 20, object: LARGEST, admission: AdmissionRule::Always }
}

/// Starts a process `kills` times, kills it after some hundred of its operations, and looks at what it left. `victim`
/// is a command that calls [`victim`] with the folder and the number of the kill.
pub(crate) fn kill(folder: &Path, kills: u64, victim: impl Fn(u64) -> Command) -> Report {
    let mut report = Report::default();
    let (mut called, mut removed) = (HashMap::new(), HashMap::new());
    let mut numbers = Numbers(kills);
    for round in 0..kills {
        let mut child = victim(round).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it can be run");
        let mut lines = BufReader::new(child.stdout.take().expect("it is a pipe")).lines();
        let mut note = |line: String| {
            let words: Vec<&str> = line.split(' ').collect();
            if let [act @ ("called" | "removed"), number, version] = words.as_slice() {
                let (number, version): (u64, u64) = (number.parse().unwrap(), version.parse().unwrap());
                let map = if *act == "called" { &mut called } else { &mut removed };
                let known = map.entry(number).or_insert(version);
                *known = version.max(*known);
            }
        };
        for line in lines.by_ref().take(50 + numbers.below(1000) as usize) {
            note(line.unwrap());
        }
        child.kill().unwrap();
        lines.map_while(Result::ok).for_each(&mut note);
        child.wait().unwrap();
        look(folder, &called, &removed, &mut report);
    }
    report
}

/// Looks at every key. The folder is opened once more, by this process, and closed.
#[tokio::main(flavor = "current_thread")]
async fn look(folder: &Path, called: &HashMap<u64, u64>, removed: &HashMap<u64, u64>, report: &mut Report) {
    let begun = Instant::now();
    let tier = DiskTier::open(&config(folder)).expect("the folder of a killed process can be opened");
    let mut first = None;
    for number in 0..KEYS {
        let Some(entry) = tier.read(&values::key(number)).await else { continue };
        first.get_or_insert_with(|| begun.elapsed());
        match values::version(number, &entry).await {
            Err(wrong) => report.wrong.push(wrong),
            Ok(None) => {}
            Ok(Some(version)) => {
                report.found += 1;
                if called.get(&number).is_none_or(|called| version > *called) {
                    report.wrong.push(format!("{number}: nobody wrote version {version}"));
                }
                if removed.get(&number).is_some_and(|removed| version <= *removed) {
                    report.wrong.push(format!("{number}: version {version} came back after its removal"));
                }
            }
        }
    }
    report.first = report.first.max(first.unwrap_or_default());
    tier.close().await;
}

/// Writes and removes until it is killed, and says each: a write before it is called, a removal when it is confirmed.
#[tokio::main]
pub(crate) async fn victim(folder: &Path, round: u64) {
    let tier = Arc::new(DiskTier::open(&config(folder)).expect("the folder can be opened"));
    // Ends a line that others may have begun.
    say(format_args!(""));
    let tasks: Vec<_> = (0..4).map(|task| tokio::spawn(work(Arc::clone(&tier), round, task))).collect();
    for task in tasks {
        task.await.expect("it goes on until it is killed");
    }
}

/// Each task has keys of its own.
async fn work(tier: Arc<DiskTier>, round: u64, task: u64) {
    let mut numbers = Numbers(round << 8 | task);
    let mut version = round * VERSIONS;
    loop {
        let number = numbers.below(KEYS / 4) * 4 + task;
        if numbers.below(3) == 0 {
            if tier.remove(&values::key(number)).await == Removal::Gone {
                say(format_args!("removed {number} {version}"));
            }
        } else {
            version += 1;
            say(format_args!("called {number} {version}"));
            values::write(&tier, number, version);
        }
        tokio::task::yield_now().await;
    }
}

/// A line that has left this process when this returns. Who reads it may be gone.
fn say(line: std::fmt::Arguments<'_>) {
    let mut out = std::io::stdout().lock();
    if writeln!(out, "{line}").and_then(|()| out.flush()).is_err() {
        std::process::exit(1);
    }
}
