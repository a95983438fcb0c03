//! Sockets without HTTP: an origin that writes exactly these bytes, and a client that does.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

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

/// A client's end of a connection, byte by byte.
pub(crate) struct Wire {
    stream: TcpStream,
    heard: Vec<u8>,
}

impl Wire {
    pub(crate) async fn to(address: SocketAddr) -> Self {
        Self { stream: TcpStream::connect(address).await.unwrap(), heard: Vec::new() }
    }

    /// With a receive buffer of about this size: what the node sends waits on its side.
    pub(crate) async fn with_receive_buffer(address: SocketAddr, bytes: u32) -> Self {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(bytes).unwrap();
        Self { stream: socket.connect(address).await.unwrap(), heard: Vec::new() }
    }

    /// Writes these bytes. A node that hung up already is seen by whoever reads.
    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let _sent = self.stream.write_all(bytes.as_ref()).await;
    }

    /// Reads some more. Whether there was any.
    pub(crate) async fn more(&mut self) -> bool {
        let mut buffer = [0; 16 << 10];
        let read = tokio::time::timeout(Duration::from_secs(20), self.stream.read(&mut buffer)).await;
        // A reset is an end too.
        let read = read.expect("the node says something or hangs up").unwrap_or(0);
        self.heard.extend_from_slice(&buffer[..read]);
        read > 0
    }

    /// Reads until this has been heard, and takes all up to its end; all that was heard if the node hangs up before.
    pub(crate) async fn until(&mut self, text: &str) -> String {
        loop {
            if let Some(place) = self.heard.windows(text.len()).position(|window| window == text.as_bytes()) {
                let heard: Vec<u8> = self.heard.drain(..place + text.len()).collect();
                return String::from_utf8_lossy(&heard).into_owned();
            }
            if !self.more().await {
                return String::from_utf8_lossy(&std::mem::take(&mut self.heard)).into_owned();
            }
        }
    }

    /// Reads so many bytes.
    pub(crate) async fn take(&mut self, length: usize) -> Option<Vec<u8>> {
        while self.heard.len() < length {
            if !self.more().await {
                return None;
            }
        }
        Some(self.heard.drain(..length).collect())
    }

    /// Reads until the node hangs up.
    pub(crate) async fn rest(&mut self) -> String {
        while self.more().await {}
        String::from_utf8_lossy(&std::mem::take(&mut self.heard)).into_owned()
    }

    /// Waits until the node hangs up, without reading what it sends: the end shows in what is written.
    pub(crate) async fn until_reset(&mut self) {
        let ended = async { while !self.stream.ready(tokio::io::Interest::ERROR).await.unwrap().is_error() {} };
        tokio::time::timeout(Duration::from_secs(20), ended).await.expect("the node hangs up");
    }
}
