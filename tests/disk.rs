//! The disk tier as its soak test has it (`benches/disk_soak.rs`), for as long as a test may take.

#[path = "../benches/disk/kill.rs"]
mod kill;
#[path = "../benches/disk/race.rs"]
mod race;
#[path = "../benches/disk/values.rs"]
mod values;

use std::env;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use lucarne::disk::{AdmissionRule, DiskConfig, DiskTier, LARGEST};

/// Has the folder for the process that is to be killed, and the number of the kill.
const VICTIM: &str = "LUCARNE_TEST_DISK_VICTIM";

/// Fault 95.
#[tokio::test(flavor = "multi_thread")]
async fn whatever_races_nothing_wrong_older_or_removed_is_read_from_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    let config = DiskConfig { path, size: 16 << 20, object: LARGEST, admission: AdmissionRule::SecondRequest };
    let tier = Arc::new(DiskTier::open(&config).unwrap());
    let report = race::race(&tier, folder.path(), Duration::from_secs(2), 1).await;
    assert!(report.wrong.is_empty(), "{report:#?}");
    let usage = tier.usage();
    assert!(report.hits > 0 && report.removals > 0 && report.promotions > 0, "{report:?} {usage:?}");
    assert_eq!((usage.faults, usage.unusable), (0, 0), "{usage:?}");
}

/// Faults 88 and 89.
#[test]
fn a_process_that_is_killed_while_it_writes_leaves_whole_entries_and_none_that_was_removed() {
    if let Ok(victim) = env::var(VICTIM) {
        let (round, folder) = victim.split_once(' ').unwrap();
        return kill::victim(Path::new(folder), round.parse().unwrap());
    }
    let name = "disk::a_process_that_is_killed_while_it_writes_leaves_whole_entries_and_none_that_was_removed";
    let folder = tempfile::tempdir().unwrap();
    let report = kill::kill(folder.path(), 20, |round| {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["--exact", name, "--nocapture", "--test-threads=1"]);
        command.env(VICTIM, format!("{round} {}", folder.path().display()));
        command
    });
    assert!(report.wrong.is_empty(), "{report:#?}");
    assert!(report.found > 0);
}
