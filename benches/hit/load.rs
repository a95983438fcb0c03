//! The load: keep-alive connections that ask for the same target, one request at a time each.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// An answer, as bytes.
pub(crate) struct Sample {
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

/// Asks once.
pub(crate) fn fetch(address: SocketAddr, target: &str) -> Sample {
    fetch_with(address, target, "")
}

/// Asks once, with more header lines, each ended as HTTP ends them.
pub(crate) fn fetch_with(address: SocketAddr, target: &str, lines: &str) -> Sample {
    runtime().block_on(async {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(request(target, lines).as_bytes()).await.unwrap();
        let mut buffer = Vec::new();
        loop {
            stream.read_buf(&mut buffer).await.unwrap();
            if let Some((head, length)) = whole(&buffer) {
                let text = String::from_utf8(buffer[..head].to_vec()).unwrap();
                return Sample { head: text, body: buffer[head..head + length].to_vec() };
            }
        }
    })
}

/// Asks `requests` times over `connections`.
pub(crate) fn run(address: SocketAddr, target: &str, connections: usize, requests: u64) {
    let each = requests / connections as u64;
    let request = request(target, "");
    runtime().block_on(async {
        let mut clients = tokio::task::JoinSet::new();
        for _ in 0..connections {
            let request = request.clone();
            clients.spawn(async move {
                let mut stream = TcpStream::connect(address).await.unwrap();
                stream.set_nodelay(true).unwrap();
                let mut buffer = Vec::with_capacity(256 << 10);
                for _ in 0..each {
                    stream.write_all(request.as_bytes()).await.unwrap();
                    answer(&mut stream, &mut buffer).await;
                }
            });
        }
        while let Some(ended) = clients.join_next().await {
            ended.unwrap();
        }
    });
}

/// Reads one answer, and forgets it.
async fn answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) {
    buffer.clear();
    let mut expected = usize::MAX;
    while buffer.len() < expected {
        let read = stream.read_buf(buffer).await.unwrap();
        assert!(read > 0, "the server hung up");
        if expected == usize::MAX
            && let Some(end) = head_end(buffer)
        {
            assert!(buffer.starts_with(b"HTTP/1.1 200"), "not a 200");
            expected = end + content_length(&buffer[..end]);
        }
    }
}

/// The names of a head's fields, in order of the alphabet.
pub(crate) fn names(head: &str) -> Vec<String> {
    let names = head.lines().skip(1).filter_map(|line| line.split_once(": "));
    let mut names: Vec<String> = names.map(|(name, _)| name.to_ascii_lowercase()).collect();
    names.sort();
    names
}

fn whole(buffer: &[u8]) -> Option<(usize, usize)> {
    let end = head_end(buffer)?;
    let length = content_length(&buffer[..end]);
    (buffer.len() >= end + length).then_some((end, length))
}

fn head_end(buffer: &[u8]) -> Option<usize> {
    buffer.windows(4).position(|window| window == b"\r\n\r\n").map(|position| position + 4)
}

fn content_length(head: &[u8]) -> usize {
    let head = std::str::from_utf8(head).unwrap();
    let value = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    value.unwrap().trim().parse().unwrap()
}

fn request(target: &str, lines: &str) -> String {
    const BROWSER: &str = "host: bench.example\r\naccept: image/webp,image/*,*/*;q=0.8";
    format!("GET {target} HTTP/1.1\r\n{BROWSER}\r\n{lines}\r\n")
}

fn runtime() -> tokio::runtime::Runtime {
    crate::process::pin(1);
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}
