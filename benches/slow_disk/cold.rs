//! Requests for what memory has no room for, and where the answers came from.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use lucarne::clock::stopwatch;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// One target after the other, at a fixed rate.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cold<'a> {
    pub(crate) address: SocketAddr,
    pub(crate) targets: &'a [&'static str],
    /// Requests a second.
    pub(crate) rate: f64,
    pub(crate) duration: Duration,
    /// A turn goes on where the one before it ended.
    pub(crate) turn: usize,
}

/// What became of them.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    disk: usize,
    /// From memory are those that the cache happened to keep.
    memory: usize,
    origin: usize,
    pub(crate) failed: usize,
    latencies: Vec<Duration>,
}

impl Cold<'_> {
    pub(crate) async fn run(self) -> Answers {
        let start = stopwatch();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of requests")]
        let requests = (self.rate * self.duration.as_secs_f64()) as u32;
        let mut asked = JoinSet::new();
        for number in 0..requests {
            let due = start + Duration::from_secs_f64(f64::from(number) / self.rate);
            while stopwatch() < due {
                tokio::task::yield_now().await;
            }
            let (address, at) = (self.address, self.turn * requests as usize + number as usize);
            let target = self.targets[at % self.targets.len()];
            asked.spawn(async move { (ask(address, target).await, stopwatch().duration_since(due)) });
        }
        let mut answers = Answers::default();
        for (head, latency) in asked.join_all().await {
            answers.count(&head);
            answers.latencies.push(latency);
        }
        answers
    }
}

/// The head of the answer.
async fn ask(address: SocketAddr, target: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {target} HTTP/1.1\r\nhost: bench.example\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    String::from_utf8_lossy(&answer[..end]).to_ascii_lowercase()
}

impl Answers {
    fn count(&mut self, head: &str) {
        let place = if !head.starts_with("http/1.1 200") {
            &mut self.failed
        } else if head.contains("detail=disk") {
            &mut self.disk
        } else if head.contains("; hit") {
            &mut self.memory
        } else {
            &mut self.origin
        };
        *place += 1;
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.disk += other.disk;
        self.memory += other.memory;
        self.origin += other.origin;
        self.failed += other.failed;
        self.latencies.extend(other.latencies);
    }
}

/// Cells of a table.
impl fmt::Display for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut latencies = self.latencies.clone();
        latencies.sort_unstable();
        let p99 = latencies.get(latencies.len() * 99 / 100).copied().unwrap_or_default();
        write!(f, "{} | {} | {} | {p99:.1?}", self.disk, self.origin, self.failed)
    }
}
