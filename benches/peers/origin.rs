//! The origin of all contestants: a few files with a long lifetime, and how often it was asked.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

pub(crate) struct Origin {
    pub(crate) address: SocketAddr,
    asked: Arc<AtomicUsize>,
}

impl Origin {
    /// Serves files of these sizes, on threads that end with the program.
    pub(crate) fn start(files: &'static [(&'static str, usize)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, asked) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
        let count = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let count = Arc::clone(&count);
                std::thread::spawn(move || serve(&stream.unwrap(), files, &count));
            }
        });
        Self { address, asked }
    }

    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

/// Answers until the client hangs up.
fn serve(stream: &TcpStream, files: &[(&str, usize)], asked: &AtomicUsize) {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    while let Some(request) = lines.next() {
        while lines.next().is_some_and(|line| !line.is_empty()) {}
        asked.fetch_add(1, Ordering::Relaxed);
        let target = request.split(' ').nth(1).unwrap();
        let (_, length) = files.iter().find(|(name, _)| *name == target).unwrap();
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/octet-stream\r\ncache-control: max-age=86400\r\n\
             etag: \"{length}\"\r\ncontent-length: {length}\r\n\r\n"
        );
        let mut answer = head.into_bytes();
        answer.resize(answer.len() + length, b'x');
        if (&mut &*stream).write_all(&answer).is_err() {
            return;
        }
    }
}
