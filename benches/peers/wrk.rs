//! Full load, by wrk, on a core of its own.

use std::net::SocketAddr;
use std::time::Duration;

use crate::child::words;

/// The core of everything that makes load.
pub(crate) const CORE: usize = 1;

/// What wrk says of a run.
pub(crate) struct Run {
    pub(crate) requests: f64,
    /// Requests a second.
    pub(crate) rate: f64,
}

/// Asks for this target as fast as answers come.
pub(crate) fn run(address: SocketAddr, target: &str, connections: u32, duration: Duration) -> Run {
    let mut command = words(&["taskset", "-c", &CORE.to_string()], "wrk");
    command.args(["-t1", &format!("-c{connections}"), &format!("-d{}s", duration.as_secs())]);
    // Varnish keeps hosts apart, so it is the same for all that is asked.
    command.args(["-H", "Host: bench.example"]);
    let output = command.arg(format!("http://{address}{target}")).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let clean = output.status.success() && !text.contains("Non-2xx") && !text.contains("Socket errors");
    assert!(clean, "{text}{}", String::from_utf8_lossy(&output.stderr));
    let lines = text.lines().map(str::trim);
    // "  602031 requests in 5.00s, 5.92GB read" and "Requests/sec: 120388.25".
    let requests = lines.clone().find_map(|line| line.split_once(" requests in ")).unwrap().0;
    let rate = lines.clone().find_map(|line| line.strip_prefix("Requests/sec:")).unwrap();
    Run { requests: requests.parse().unwrap(), rate: rate.trim().parse().unwrap() }
}
