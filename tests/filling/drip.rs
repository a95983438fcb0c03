//! An origin that says what it is told, piece by piece, and a client that listens.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::SOON;
use crate::harness::TestNode;

/// Says the same to everyone who asks: what it has said already, and what it says from then on.
pub(crate) struct Drip {
    address: SocketAddr,
    said: watch::Sender<Said>,
    heads: watch::Receiver<Vec<String>>,
    left: watch::Receiver<usize>,
    running: JoinHandle<()>,
}

#[derive(Default)]
struct Said {
    bytes: Vec<u8>,
    closed: bool,
}

/// A client on a connection of its own. It leaves when it is dropped.
pub(crate) struct Listener {
    stream: TcpStream,
    heard: Vec<u8>,
}

impl Drip {
    pub(crate) async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (said, hears) = watch::channel(Said::default());
        let (seen, heads) = watch::channel(Vec::new());
        let (leave, left) = watch::channel(0);
        let (seen, leave) = (Arc::new(seen), Arc::new(leave));
        let running = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (hears, seen, leave) = (hears.clone(), Arc::clone(&seen), Arc::clone(&leave));
                connections.spawn(async move {
                    speak(stream, hears, &seen).await;
                    leave.send_modify(|left| *left += 1);
                });
            }
        });
        Self { address, said, heads, left, running }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn say(&self, text: &str) {
        self.said.send_modify(|said| said.bytes.extend_from_slice(text.as_bytes()));
    }

    /// Hangs up on everyone.
    pub(crate) fn close(&self) {
        self.said.send_modify(|said| said.closed = true);
    }

    pub(crate) fn heads(&self) -> Vec<String> {
        self.heads.borrow().clone()
    }

    pub(crate) fn hits(&self) -> usize {
        self.heads.borrow().len()
    }

    pub(crate) async fn until_hits(&self, hits: usize) {
        let mut heads = self.heads.clone();
        let reached = tokio::time::timeout(SOON, heads.wait_for(|heads| heads.len() >= hits)).await;
        assert!(reached.is_ok(), "asked {} times and not {hits}", self.hits());
    }

    /// Waits until so many connections have ended.
    pub(crate) async fn until_left(&self, connections: usize) {
        let mut left = self.left.clone();
        let reached = tokio::time::timeout(SOON, left.wait_for(|left| *left >= connections)).await;
        assert!(reached.is_ok(), "{} have left and not {connections}", *self.left.borrow());
    }
}

impl Drop for Drip {
    fn drop(&mut self) {
        self.running.abort();
    }
}

async fn speak(mut stream: TcpStream, mut hears: watch::Receiver<Said>, seen: &watch::Sender<Vec<String>>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return,
        }
    }
    seen.send_modify(|seen| seen.push(String::from_utf8_lossy(&head).into_owned()));
    let mut sent = 0;
    loop {
        let (piece, closed) = {
            let said = hears.borrow_and_update();
            (said.bytes[sent..].to_vec(), said.closed)
        };
        sent += piece.len();
        if stream.write_all(&piece).await.is_err() || closed {
            return;
        }
        tokio::select! {
            changed = hears.changed() => if changed.is_err() { return },
            // What is read here is the end of the connection.
            _ = stream.read_u8() => return,
        }
    }
}

impl Listener {
    pub(crate) async fn of(node: &TestNode, target: &str) -> Self {
        Self::asking(node, "GET", target, "").await
    }

    /// `fields` are whole lines.
    pub(crate) async fn asking(node: &TestNode, method: &str, target: &str, fields: &str) -> Self {
        let mut stream = TcpStream::connect(node.address).await.unwrap();
        let request = format!("{method} {target} HTTP/1.1\r\nHost: test.example\r\n{fields}\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        Self { stream, heard: Vec::new() }
    }

    /// Reads until this text has come, and says all that has.
    pub(crate) async fn until(&mut self, text: &str) -> String {
        let wanted = text.as_bytes();
        self.while_not(|heard| heard.windows(wanted.len()).any(|window| window == wanted)).await;
        String::from_utf8_lossy(&self.heard).into_owned()
    }

    /// Reads until so many bytes have come, the head among them.
    pub(crate) async fn until_bytes(&mut self, bytes: usize) {
        self.while_not(|heard| heard.len() >= bytes).await;
    }

    /// Reads until the node hangs up.
    pub(crate) async fn heard_to_the_end(mut self) -> String {
        let ended = tokio::time::timeout(SOON, self.stream.read_to_end(&mut self.heard)).await;
        assert!(ended.is_ok(), "the node does not hang up");
        String::from_utf8_lossy(&self.heard).into_owned()
    }

    async fn while_not(&mut self, done: impl Fn(&[u8]) -> bool) {
        let reading = async {
            while !done(&self.heard) {
                let read = self.stream.read_buf(&mut self.heard).await.unwrap();
                assert!(read > 0, "it ended with {}", String::from_utf8_lossy(&self.heard));
            }
        };
        let in_time = tokio::time::timeout(SOON, reading).await;
        assert!(in_time.is_ok(), "it has come to {}", String::from_utf8_lossy(&self.heard));
    }
}
