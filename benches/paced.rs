//! Load at a fixed rate. Each request has a time at which it is due, and its latency counts from then: a server that
//! falls behind is charged for all that it keeps waiting (no coordinated omission).

use std::net::SocketAddr;
use std::time::Duration;

use lucarne::clock::stopwatch;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// What is asked for, how often, and what every answer has to be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace<'a> {
    pub(crate) address: SocketAddr,
    pub(crate) target: &'a str,
    /// Bytes of the content.
    pub(crate) length: usize,
    pub(crate) connections: u32,
    /// Requests a second, over all connections.
    pub(crate) rate: f64,
    pub(crate) duration: Duration,
}

/// How long answers took, in ascending order.
pub(crate) struct Latencies(Vec<Duration>);

impl Pace<'_> {
    /// Asks. The thread that runs this spins, since timers tick in milliseconds: it should have a core of its own.
    pub(crate) async fn run(self) -> Latencies {
        let start = stopwatch() + Duration::from_millis(50);
        let mut clients = JoinSet::new();
        let requests = self.duration.as_secs_f64() * self.rate / f64::from(self.connections);
        let between = Duration::from_secs_f64(f64::from(self.connections) / self.rate);
        for connection in 0..self.connections {
            let first = start + Duration::from_secs_f64(f64::from(connection) / self.rate);
            let request = format!("GET {} HTTP/1.1\r\nhost: bench.example\r\n\r\n", self.target);
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of requests")]
            let requests = requests as u32;
            clients.spawn(async move {
                let mut stream = TcpStream::connect(self.address).await.unwrap();
                stream.set_nodelay(true).unwrap();
                let mut buffer = Vec::with_capacity(self.length + 4096);
                let mut latencies = Vec::with_capacity(requests as usize);
                for number in 0..requests {
                    let due = first + between * number;
                    while stopwatch() < due {
                        tokio::task::yield_now().await;
                    }
                    stream.write_all(request.as_bytes()).await.unwrap();
                    answer(&mut stream, &mut buffer, self.length).await;
                    latencies.push(stopwatch().duration_since(due));
                }
                latencies
            });
        }
        let mut all = clients.join_all().await.concat();
        all.sort_unstable();
        Latencies(all)
    }
}

/// Runs this to its end on a thread of its own, pinned to a core.
pub(crate) fn pinned<T: Send, F: Future<Output = T>>(core: usize, work: impl FnOnce() -> F + Send) -> T {
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            let mut cores = rustix::thread::CpuSet::new();
            cores.set(core);
            rustix::thread::sched_setaffinity(None, &cores).unwrap();
            tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap().block_on(work())
        });
        thread.join().unwrap()
    })
}

impl Latencies {
    /// What so many of a hundred are within.
    pub(crate) fn percentile(&self, percent: usize) -> Duration {
        self.0[(self.0.len() * percent / 100).min(self.0.len() - 1)]
    }
}

/// Reads one answer, and forgets it.
async fn answer(stream: &mut TcpStream, buffer: &mut Vec<u8>, length: usize) {
    buffer.clear();
    let mut expected = usize::MAX;
    while buffer.len() < expected {
        assert!(stream.read_buf(buffer).await.unwrap() > 0, "the server hung up");
        let end = buffer.windows(4).take(8192).position(|window| window == b"\r\n\r\n");
        if expected == usize::MAX
            && let Some(end) = end
        {
            assert!(buffer.starts_with(b"HTTP/1.1 200"), "not a 200");
            expected = end + 4 + length;
        }
    }
    assert_eq!(buffer.len(), expected, "more than was asked for");
}
