//! Sockets without HTTP: an origin that writes exactly these bytes, and a client that does.

use std::net::SocketAddr;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

/// An origin that writes bytes, whatever they are, and does as it is told afterwards. It is gone when it is dropped.
pub(crate) struct RawOrigin {
    pub(crate) address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
    left: watch::Receiver<usize>,
    running: JoinHandle<()>,
}

/// What a raw origin does on a connection after its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    /// Closes it.
    Close,
    /// Says nothing more, until the node hangs up.
    Hang,
    /// Goes on for ever, until the node hangs up.
    Flood,
}

impl RawOrigin {
    /// Answers the first request of every connection with these bytes.
    pub(crate) async fn answering(answer: impl Into<Vec<u8>>, then: Then) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let (leave, left) = watch::channel(0);
        let (answer, seen): (Arc<[u8]>, _) = (answer.into().into(), Arc::clone(&heads));
        let running = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (answer, seen, leave) = (Arc::clone(&answer), Arc::clone(&seen), leave.clone());
                connections.spawn(async move {
                    serve(stream, &answer, then, &seen).await;
                    leave.send_modify(|left| *left += 1);
                });
            }
        });
        Self { address, heads, left, running }
    }

    /// Where it is, as a URL.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How often it was asked.
    pub(crate) fn hits(&self) -> usize {
        self.heads.lock().len()
    }

    /// Waits until so many connections have ended.
    pub(crate) async fn ended(&self, connections: usize) {
        self.left.clone().wait_for(|left| *left >= connections).await.unwrap();
    }
}

impl Drop for RawOrigin {
    fn drop(&mut self) {
        self.running.abort();
    }
}

async fn serve(mut stream: TcpStream, answer: &[u8], then: Then, seen: &Mutex<Vec<String>>) {
    let mut head = Vec::new();
    let mut buffer = [0; 4096];
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut buffer).await {
            Ok(read @ 1..) => head.extend_from_slice(&buffer[..read]),
            _ => return,
        }
    }
    seen.lock().push(String::from_utf8_lossy(&head).into_owned());
    if stream.write_all(answer).await.is_err() {
        return;
    }
    match then {
        Then::Close => {}
        // What is read here is the end of the connection.
        Then::Hang => drop(stream.read(&mut buffer).await),
        Then::Flood => while stream.write_all(&[b'x'; 4096]).await.is_ok() {},
    }
}

/// Sends these bytes and reads until the node closes the connection, which `Connection: close` makes it do.
pub(crate) async fn converse(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // A node that refuses a request may close before it has read all of it, which resets the connection.
    let _ended = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}
