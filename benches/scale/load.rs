//! The load: keep-alive connections that ask for one target after another, one request at a time each.

use std::net::SocketAddr;
use std::time::Duration;

use lucarne::clock::thread_cpu_time;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Connections at once.
const CONNECTIONS: usize = 64;

/// Pins the calling thread: those that it starts inherit it.
pub(crate) fn pin(core: usize) {
    let mut cores = rustix::thread::CpuSet::new();
    cores.set(core);
    rustix::thread::sched_setaffinity(None, &cores).unwrap();
}

/// Asks with each of these heads, from a thread on the second core. Every answer has content of so many bytes. What CPU
/// time that took.
pub(crate) fn ask(address: SocketAddr, heads: &[String], length: usize) -> Duration {
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            pin(1);
            let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
            let shares = heads.chunks(heads.len().div_ceil(CONNECTIONS));
            let clients = shares.map(|heads| connection(address, heads, length));
            runtime.block_on(futures_util::future::join_all(clients));
            thread_cpu_time()
        });
        thread.join().unwrap()
    })
}

async fn connection(address: SocketAddr, heads: &[String], length: usize) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let mut answer = Vec::with_capacity(4096);
    for head in heads {
        stream.write_all(head.as_bytes()).await.unwrap();
        answer.clear();
        while !is_whole(&answer, length) {
            assert!(stream.read_buf(&mut answer).await.unwrap() > 0, "the server hung up");
        }
        assert!(answer.starts_with(b"HTTP/1.1 200"), "not a 200");
    }
}

fn is_whole(answer: &[u8], length: usize) -> bool {
    let end = |answer: &[u8]| answer.windows(4).position(|window| window == b"\r\n\r\n");
    answer.len() > length && end(answer).is_some_and(|head| answer.len() == head + 4 + length)
}
