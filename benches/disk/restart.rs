//! How soon a node with a full disk has its first hit, and what the index takes.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use lucarne::disk::{AdmissionRule, DiskConfig, DiskLimits, DiskTier, LARGEST, SystemFiles};
use tokio::time::Instant;

use crate::disk::values;

/// Writes `entries` entries of a `bytes` each, opens the folder anew and prints what that takes.
pub(crate) async fn restart(folder: &Path, entries: u64, bytes: usize) {
    let size = 2 * entries * (bytes as u64 + 16384);
    let config = DiskConfig { path: folder.to_owned(), size, object: LARGEST, admission: AdmissionRule::Always };
    let tier = open(&config);
    let content = Bytes::from(vec![7; bytes]);
    for number in 0..entries {
        tier.write(&values::key(number), Bytes::from_static(b"head"), content.clone());
        while tier.usage().queued > 16 << 20 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    tier.close().await;
    forget_pages();

    let before = resident();
    let begun = Instant::now();
    let tier = open(&config);
    let opened = begun.elapsed();
    let hit = tier.read(&values::key(entries / 2)).await.is_some();
    let first = begun.elapsed();
    while tier.usage().unlisted > 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let listed = begun.elapsed();
    let usage = tier.usage();
    let index = resident().saturating_sub(before);
    println!("| entries | GiB | opened ms | first hit ms | all listed ms | index bytes an entry |");
    println!("|---|---|---|---|---|---|");
    println!(
        "| {} | {:.2} | {:.1} | {:.1}{} | {:.0} | {} |",
        usage.entries,
        usage.bytes as f64 / f64::from(1 << 30),
        1e3 * opened.as_secs_f64(),
        1e3 * first.as_secs_f64(),
        if hit { "" } else { " (a miss)" },
        1e3 * listed.as_secs_f64(),
        index / usage.entries.max(1) as u64,
    );
}

/// A cold disk may take longer to begin with than a node would wait.
fn open(config: &DiskConfig) -> DiskTier {
    let limits = DiskLimits { open: Duration::from_secs(10), ..DiskLimits::default() };
    DiskTier::open_on(config, limits, Arc::new(SystemFiles)).expect("the folder can be opened")
}

/// As after a restart of the machine, where this is allowed.
fn forget_pages() {
    let allowed =
        std::process::Command::new("sync").status().is_ok() && std::fs::write("/proc/sys/vm/drop_caches", "3").is_ok();
    println!("pages in memory before: {}", if allowed { "none" } else { "all" });
}

/// Resident bytes.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok()).unwrap_or(0) << 10
}
