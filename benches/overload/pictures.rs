//! Requests for pictures, each for another one, and what became of them.

use std::fmt;
use std::io::{Read as _, Write as _};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use lucarne::clock::stopwatch;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// How many are asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Load {
    None,
    /// The next when one is there: a few clients keep the place busy.
    Capacity,
    /// So many a second, whatever is answered; those before the first were asked for already.
    Rate {
        rate: f64,
        first: u32,
    },
}

/// What became of them.
#[derive(Default)]
pub(crate) struct Pictures {
    answers: Vec<Answer>,
    took: Duration,
}

#[derive(Debug, Clone, Copy)]
struct Answer {
    kind: Kind,
    latency: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Made,
    /// 503 with Retry-After.
    Refused,
    /// Anything else.
    Failed,
}

/// One is made, the others are in line.
const CLIENTS: usize = 4;
/// Different pictures: widths and qualities; and what is kept of metadata that are not there, which takes no time.
const WIDTHS: u32 = 500;
const QUALITIES: u32 = 100;
const METADATA: [&str; 3] = ["none", "copyright", "all"];

impl Load {
    /// Asks for as long as that, and waits for what was asked for.
    pub(crate) async fn run(self, address: SocketAddr, duration: Duration) -> Pictures {
        let (start, mut asked) = (stopwatch(), JoinSet::new());
        match self {
            Self::None => {}
            Self::Capacity => {
                let next = Arc::new(AtomicU32::new(0));
                for _ in 0..CLIENTS {
                    let next = Arc::clone(&next);
                    asked.spawn(async move {
                        let mut answers = Vec::new();
                        while stopwatch().duration_since(start) < duration {
                            let number = next.fetch_add(1, Ordering::Relaxed);
                            answers.push(ask(address, number, stopwatch()).await);
                        }
                        answers
                    });
                }
            }
            Self::Rate { rate, first } => {
                let due = (0..).map(|number| (number, Duration::from_secs_f64(f64::from(number) / rate)));
                for (number, due) in due.take_while(|(_, due)| *due < duration) {
                    while stopwatch() < start + due {
                        tokio::task::yield_now().await;
                    }
                    asked.spawn(async move { vec![ask(address, first + number, start + due).await] });
                }
            }
        }
        let took = duration;
        Pictures { answers: asked.join_all().await.concat(), took }
    }
}

/// Asks for the file and for a picture of its own until both are there: a node's first calls touch all of its code.
pub(crate) fn warm_up(address: SocketAddr, file: &str) {
    for target in [file, "/photo.jpg?width=50"] {
        let is_there = (0..20).any(|_| {
            let mut stream = std::net::TcpStream::connect(address).unwrap();
            stream.write_all(get(target).as_bytes()).unwrap();
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).unwrap();
            answer.starts_with(b"HTTP/1.1 200")
        });
        assert!(is_there, "{target} is not answered");
    }
}

fn get(target: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nhost: bench.example\r\nconnection: close\r\n\r\n")
}

/// Asks for the picture of this number, which was due then.
async fn ask(address: SocketAddr, number: u32, due: Instant) -> Answer {
    // In no order of size: what takes longer is then not the number.
    let scrambled = number.wrapping_mul(617) % (WIDTHS * QUALITIES);
    let (width, quality) = (100 + scrambled % WIDTHS, 1 + scrambled / WIDTHS);
    let mut stream = TcpStream::connect(address).await.unwrap();
    let kept = METADATA[(number / (WIDTHS * QUALITIES)) as usize % METADATA.len()];
    let target = format!("/photo.jpg?width={width}&quality={quality}&metadata={kept}");
    stream.write_all(get(&target).as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let latency = stopwatch().duration_since(due);
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    let head = String::from_utf8_lossy(&answer[..end]).to_ascii_lowercase();
    let kind = match head.split(' ').nth(1) {
        Some("200") => Kind::Made,
        Some("503") if head.contains("\nretry-after: ") => Kind::Refused,
        _ => Kind::Failed,
    };
    assert!(!head.contains("; hit"), "there are no more different pictures");
    Answer { kind, latency }
}

impl Pictures {
    pub(crate) fn asked(&self) -> u32 {
        u32::try_from(self.answers.len()).unwrap()
    }

    /// Answers that are neither a picture nor a refusal.
    pub(crate) fn failed(&self) -> usize {
        self.answers.iter().filter(|answer| answer.kind == Kind::Failed).count()
    }

    pub(crate) fn made_per_second(&self) -> f64 {
        self.per_second(Kind::Made)
    }

    fn per_second(&self, kind: Kind) -> f64 {
        let count = self.answers.iter().filter(|answer| answer.kind == kind).count();
        f64::from(u32::try_from(count).unwrap()) / self.took.as_secs_f64()
    }
}

/// Cells of a table.
impl fmt::Display for Pictures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let refused = self.answers.iter().filter(|answer| answer.kind == Kind::Refused);
        let mut refusals: Vec<Duration> = refused.map(|answer| answer.latency).collect();
        refusals.sort_unstable();
        let p99 = refusals.get(refusals.len() * 99 / 100).copied().unwrap_or_default();
        let asked = f64::from(self.asked()) / self.took.as_secs_f64();
        let [made, refused] = [Kind::Made, Kind::Refused].map(|kind| self.per_second(kind));
        write!(f, "{asked:.1} | {made:.1} | {refused:.1} | {} | {p99:.1?}", self.failed())
    }
}
