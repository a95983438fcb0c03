//! The origin: it tells the truth, in bytes of its own making, unless it is its turn to fail.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fastrand::Rng;
use lucarne::clock::Clock;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::truth::{Kind, Truth};

pub(crate) struct Origin {
    pub(crate) address: SocketAddr,
    pub(crate) faults: Arc<Faults>,
}

/// When to fail, and how often it was done how.
pub(crate) struct Faults {
    percent: u32,
    rng: Mutex<Rng>,
    done: [AtomicU64; Fault::ALL.len()],
}

/// A way to fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// Closes without an answer.
    Silent,
    /// Half of the content, then the end.
    Truncated,
    /// Half of the content, then a reset.
    Reset,
    /// Half of the content, and nothing more for longer than anybody waits.
    Stalled,
    /// A few bytes at a time.
    Slow,
    /// More than was announced.
    Longer,
    /// A chunk whose size is no number.
    BadChunk,
    /// Chunks without the last one.
    NoLastChunk,
    /// 500, 502 or 503.
    Error,
    /// A 304 that nobody asked for.
    Unmodified,
}

/// A request, as far as it matters here.
struct Asked {
    is_head: bool,
    path: String,
    if_none_match: Option<String>,
    range: Option<(usize, usize)>,
}

/// What becomes of the connection.
enum Then {
    Next,
    Close,
}

/// Answers until the program ends.
pub(crate) async fn start(truth: Arc<Truth>, faults: Faults) -> Origin {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, faults) = (listener.local_addr().unwrap(), Arc::new(faults));
    let shared = Arc::clone(&faults);
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let (truth, faults) = (Arc::clone(&truth), Arc::clone(&shared));
            tokio::spawn(async move {
                stream.set_nodelay(true).unwrap();
                let mut stream = BufReader::new(stream);
                // A node that hangs up is no failure of the origin.
                while let Some(asked) = Asked::read(&mut stream).await {
                    let fault = faults.draw();
                    if !matches!(answer(stream.get_mut(), &asked, &truth, fault).await, Ok(Then::Next)) {
                        break;
                    }
                }
            });
        }
    });
    Origin { address, faults }
}

async fn answer(stream: &mut TcpStream, asked: &Asked, truth: &Truth, fault: Option<Fault>) -> std::io::Result<Then> {
    let Some(thing) = truth.at(&asked.path) else { panic!("nobody asks for {}", asked.path) };
    let version = truth.current(thing);
    let content = truth.content(thing, version);
    let digest = blake3::hash(&content).to_hex();
    let etag = format!("\"{version}-{}\"", &digest[..16]);
    let date = httpdate::fmt_http_date(Clock::default().now().wall);
    let fields = format!(
        "date: {date}\r\netag: {etag}\r\ncache-control: {}\r\nsurrogate-key: all {}\r\ncontent-type: {}\r\n\
         x-version: {version}\r\nx-digest: {digest}\r\n",
        lifetime(thing),
        Truth::tag(thing),
        if truth.kind(thing) == Kind::Picture { "image/png" } else { "application/octet-stream" },
    );
    match fault {
        Some(Fault::Silent) => return Ok(Then::Close),
        Some(Fault::Error) => {
            let status = 500 + 2 * (version % 2);
            let head = format!("HTTP/1.1 {status} Oh\r\ndate: {date}\r\ncontent-length: 3\r\n\r\n");
            stream.write_all(head.as_bytes()).await?;
            stream.write_all(if asked.is_head { b"" } else { b"oh\n" }).await?;
            return Ok(Then::Next);
        }
        Some(Fault::Unmodified) => {
            stream.write_all(format!("HTTP/1.1 304 Not Modified\r\n{fields}\r\n").as_bytes()).await?;
            return Ok(Then::Next);
        }
        _ => {}
    }
    if asked.if_none_match.as_ref().is_some_and(|tags| tags.contains(&etag)) {
        stream.write_all(format!("HTTP/1.1 304 Not Modified\r\n{fields}\r\n").as_bytes()).await?;
        return Ok(Then::Next);
    }
    let (status, content, fields) = match asked.range {
        Some((first, last)) if first < content.len() => {
            let last = last.min(content.len() - 1);
            let range = format!("content-range: bytes {first}-{last}/{}\r\n", content.len());
            ("206 Partial Content", content[first..=last].to_vec(), fields + &range)
        }
        _ => ("200 OK", content, fields),
    };
    let is_chunked = matches!(fault, Some(Fault::BadChunk | Fault::NoLastChunk)) || thing % 3 == 1;
    let framing =
        if is_chunked { "transfer-encoding: chunked".to_owned() } else { format!("content-length: {}", content.len()) };
    stream.write_all(format!("HTTP/1.1 {status}\r\n{fields}{framing}\r\n\r\n").as_bytes()).await?;
    if asked.is_head {
        return Ok(Then::Next);
    }
    let chunk = |part: &[u8]| match is_chunked {
        true if part.is_empty() => Vec::new(),
        true => [format!("{:x}\r\n", part.len()).as_bytes(), part, b"\r\n"].concat(),
        false => part.to_vec(),
    };
    let last: &[u8] = if is_chunked { b"0\r\n\r\n" } else { b"" };
    let half = &content[..content.len() / 2];
    match fault {
        Some(Fault::Truncated) => stream.write_all(&chunk(half)).await?,
        Some(Fault::Reset) => {
            stream.write_all(&chunk(half)).await?;
            stream.set_zero_linger()?;
        }
        Some(Fault::Stalled) => {
            stream.write_all(&chunk(half)).await?;
            // What is read is the end of the connection.
            let _ended = tokio::time::timeout(Duration::from_secs(60), stream.read(&mut [0])).await;
        }
        Some(Fault::BadChunk) => {
            stream.write_all(&chunk(half)).await?;
            stream.write_all(b"zz\r\noh\r\n").await?;
        }
        Some(Fault::NoLastChunk) => stream.write_all(&chunk(&content)).await?,
        Some(Fault::Slow) => {
            for part in content.chunks(content.len().div_ceil(10).max(1)) {
                stream.write_all(&chunk(part)).await?;
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            stream.write_all(last).await?;
            return Ok(Then::Next);
        }
        Some(Fault::Longer) => {
            stream
                .write_all(&[&chunk(&content), last, b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\noh!\n"].concat())
                .await?;
        }
        _ => {
            stream.write_all(&chunk(&content)).await?;
            stream.write_all(last).await?;
            return Ok(Then::Next);
        }
    }
    Ok(Then::Close)
}

/// Things differ in how long they are fresh. What is fresh for an hour changes for clients by a purge alone.
fn lifetime(thing: usize) -> &'static str {
    match thing / 5 % 8 {
        0 | 1 => "max-age=1, stale-while-revalidate=2",
        2 => "max-age=5",
        3 => "max-age=2, stale-if-error=30",
        4 => "no-cache",
        5 => "no-store",
        _ => "max-age=3600",
    }
}

impl Asked {
    /// The next request of a connection, if there is one.
    async fn read(stream: &mut BufReader<TcpStream>) -> Option<Self> {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok()?;
        let mut words = line.split(' ');
        let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
        let mut asked = Self { is_head: method == "HEAD", path, if_none_match: None, range: None };
        loop {
            line.clear();
            stream.read_line(&mut line).await.ok()?;
            if line == "\r\n" {
                return Some(asked);
            }
            let (name, value) = line.trim_end().split_once(": ")?;
            match name.to_ascii_lowercase().as_str() {
                "if-none-match" => asked.if_none_match = Some(value.to_owned()),
                "range" => {
                    asked.range = value
                        .strip_prefix("bytes=")
                        .and_then(|range| range.split_once('-'))
                        .and_then(|(first, last)| Some((first.parse().ok()?, last.parse().unwrap_or(usize::MAX))));
                }
                _ => {}
            }
        }
    }
}

impl Fault {
    const ALL: [Self; 10] = [
        Self::Silent,
        Self::Truncated,
        Self::Reset,
        Self::Stalled,
        Self::Slow,
        Self::Longer,
        Self::BadChunk,
        Self::NoLastChunk,
        Self::Error,
        Self::Unmodified,
    ];
}

impl Faults {
    pub(crate) fn new(percent: u32, seed: u64) -> Self {
        Self { percent, rng: Mutex::new(Rng::with_seed(seed)), done: Default::default() }
    }

    fn draw(&self) -> Option<Fault> {
        let mut rng = self.rng.lock().unwrap();
        if rng.u32(..100) >= self.percent {
            return None;
        }
        let drawn = rng.usize(..Fault::ALL.len());
        self.done[drawn].fetch_add(1, Ordering::Relaxed);
        Some(Fault::ALL[drawn])
    }

    /// How often each was done.
    pub(crate) fn told(&self) -> Vec<(String, u64)> {
        let counts = self.done.iter().map(|count| count.load(Ordering::Relaxed));
        Fault::ALL.iter().zip(counts).map(|(fault, count)| (format!("{fault:?}"), count)).collect()
    }
}
