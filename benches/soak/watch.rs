//! What the node holds while it runs, and what it still holds at the end.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::child::Server;

/// How many samples a run has.
pub(crate) const SAMPLES: u32 = 120;
/// By how much the last third may exceed the first third after the warm-up.
const MARGIN: f64 = 0.10;

/// The node at one time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample {
    /// Resident MiB.
    pub(crate) resident: f64,
    pub(crate) descriptors: f64,
    /// Of clients.
    pub(crate) connections: f64,
}

/// The means of something in the first third after the warm-up and in the last one, and what it may grow by besides the
/// margin.
#[derive(Debug)]
pub(crate) struct Grown {
    pub(crate) what: &'static str,
    pub(crate) first: f64,
    pub(crate) last: f64,
    slack: f64,
}

pub(crate) async fn sample(node: &Server, admin: SocketAddr) -> Sample {
    let connections = value(&metrics(admin).await, "lucarne_connections");
    #[expect(clippy::cast_precision_loss, reason = "megabytes and dozens")]
    let (resident, descriptors) = (node.resident() as f64 / f64::from(1 << 20), node.descriptors() as f64);
    Sample { resident, descriptors, connections }
}

/// The first quarter is the warm-up.
pub(crate) fn grown(samples: &[Sample]) -> Vec<Grown> {
    let warm = &samples[samples.len() / 4..];
    let third = warm.len().div_ceil(3);
    let (first, last) = (&warm[..third], &warm[warm.len() - third..]);
    #[expect(clippy::cast_precision_loss, reason = "a hundred samples")]
    let mean = |part: &[Sample], of: fn(&Sample) -> f64| part.iter().map(of).sum::<f64>() / part.len() as f64;
    let grown =
        |what, slack, of: fn(&Sample) -> f64| Grown { what, first: mean(first, of), last: mean(last, of), slack };
    vec![
        grown("resident MiB", 16.0, |sample| sample.resident),
        grown("descriptors", 32.0, |sample| sample.descriptors),
        grown("connections", 16.0, |sample| sample.connections),
    ]
}

/// What is still in flight when no client is there any more, and does not end soon.
pub(crate) async fn in_flight(admin: SocketAddr) -> Vec<String> {
    let mut left = Vec::new();
    for _ in 0..300 {
        let text = metrics(admin).await;
        let is_of_work = |name: &str| {
            let known = ["lucarne_connections", "lucarne_image_queue_waiting", "lucarne_image_queue_running"];
            known.contains(&name) || name.contains("in_flight")
        };
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let counts = lines
            .filter_map(|line| line.rsplit_once(' '))
            .filter(|(name, _)| is_of_work(name.split('{').next().unwrap_or(name)));
        left = counts.filter(|(_, count)| *count != "0").map(|(name, count)| format!("{name} {count}")).collect();
        if left.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    left
}

async fn metrics(admin: SocketAddr) -> String {
    let mut stream = TcpStream::connect(admin).await.unwrap();
    stream.write_all(b"GET /metrics HTTP/1.1\r\nhost: admin\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

fn value(text: &str, name: &str) -> f64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("there is no metric {name}")).parse().unwrap()
}

impl Grown {
    pub(crate) fn is_a_leak(&self) -> bool {
        self.last > self.first * (1.0 + MARGIN) + self.slack
    }
}

impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { resident, descriptors, connections } = self;
        write!(f, "{resident:.0} MiB, {descriptors} descriptors, {connections} connections")
    }
}
