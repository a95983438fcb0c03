//! Over real sockets, against an origin that does what a script says, however wrong.

mod answers;
mod connecting;
mod redirects;
mod requests;

use std::io::{Read as _, Write as _};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use ::http::{HeaderMap, HeaderName, StatusCode};
use bytes::Bytes;
use http_body::Frame;
use http_body_util::BodyExt as _;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::upstream::{BadRedirect, BadResponse, Body, Collected, Upstream};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

#[derive(Clone)]
enum Act {
    /// Reads until the end of a head.
    Head,
    /// Reads until these bytes.
    Until(&'static str),
    Write(String),
    /// Keeps the connection open and does nothing.
    Stall,
    /// Closes with a reset.
    Reset,
    Pause(Duration),
}

use Act::{Head, Pause, Reset, Stall, Until};

fn write(text: impl Into<String>) -> Act {
    Act::Write(text.into())
}

struct Origin {
    address: SocketAddr,
    /// What was read, one entry for each reading act.
    requests: Arc<Mutex<Vec<String>>>,
}

impl Origin {
    /// Serves one connection for each script, and refuses all others. `{origin}` in what is written becomes the
    /// origin's authority.
    async fn start<const N: usize>(scripts: [Vec<Act>; N]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        tokio::spawn(async move {
            for script in scripts {
                let (socket, _) = listener.accept().await.unwrap();
                tokio::spawn(perform(script, socket, address, Arc::clone(&seen)));
            }
        });
        Self { address, requests }
    }

    /// Answers every request of one connection with `answer`.
    async fn answering(answer: &str) -> Self {
        Self::start([std::iter::repeat_n([Head, write(answer)], 8).flatten().collect()]).await
    }

    fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    fn config(&self) -> HttpConfig {
        HttpConfig::new(format!("http://{}", self.address).parse().unwrap())
    }

    fn upstream(&self) -> Upstream {
        upstream(self.config())
    }
}

async fn perform(script: Vec<Act>, mut socket: TcpStream, origin: SocketAddr, seen: Arc<Mutex<Vec<String>>>) {
    for act in script {
        match act {
            Head => read(&mut socket, "\r\n\r\n", &seen).await,
            Until(end) => read(&mut socket, end, &seen).await,
            Act::Write(text) => {
                // Whoever was answered enough may have gone.
                let _ = socket.write_all(text.replace("{origin}", &origin.to_string()).as_bytes()).await;
            }
            Stall => std::future::pending().await,
            Reset => socket.set_zero_linger().unwrap(),
            Pause(duration) => tokio::time::sleep(duration).await,
        }
    }
}

async fn read(socket: &mut TcpStream, end: &str, seen: &Mutex<Vec<String>>) {
    let mut request = Vec::new();
    while !request.ends_with(end.as_bytes()) {
        match socket.read_u8().await {
            Ok(byte) => request.push(byte),
            Err(_) => return,
        }
    }
    seen.lock().unwrap().push(String::from_utf8(request).unwrap());
}

fn upstream(config: HttpConfig) -> Upstream {
    Upstream::Http(HttpUpstream::new(config).unwrap())
}

fn request(method: Method, redirects: Redirects) -> Request {
    Request {
        method,
        target: PathAndQuery::from_static("/a?b=c"),
        authority: Authority::from_static("client.example"),
        fields: HeaderMap::new(),
        body: RequestBody::Empty,
        redirects,
    }
}

fn get() -> Request {
    request(Method::GET, Redirects::Never)
}

fn follow() -> Request {
    request(Method::GET, Redirects::Follow)
}

fn with_fields(mut request: Request, fields: &[(&'static str, &'static str)]) -> Request {
    for &(name, value) in fields {
        request.fields.append(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    request
}

async fn content(body: Body) -> Result<String, FetchError> {
    let collected = http_body_util::BodyExt::collect(body).await?;
    Ok(String::from_utf8(collected.to_bytes().to_vec()).unwrap())
}

/// The error of a fetch, wherever in it.
async fn failure(upstream: &Upstream, request: Request) -> FetchError {
    match upstream.fetch(request).await {
        Ok(response) => {
            let (status, fields) = (response.status, response.fields);
            content(response.body).await.expect_err(&format!("{status} {fields:?}"))
        }
        Err(error) => error,
    }
}

/// The lines of a request or response, in lower case, without the first and the empty ones.
fn lines(request: &str) -> Vec<String> {
    let mut lines: Vec<_> = request.lines().skip(1).filter(|line| !line.is_empty()).map(str::to_lowercase).collect();
    lines.sort_unstable();
    lines
}

/// Gives its pieces with a pause before each, then ends or fails.
struct SlowBody {
    pieces: Vec<&'static str>,
    pause: Duration,
    waiting: Pin<Box<tokio::time::Sleep>>,
    fails: bool,
}

impl SlowBody {
    fn boxed(pieces: &[&'static str], pause: Duration, fails: bool) -> RequestBody {
        let pieces = pieces.iter().rev().copied().collect();
        let body = Self { pieces, pause, waiting: Box::pin(tokio::time::sleep(pause)), fails };
        RequestBody::Stream(body.boxed_unsync())
    }
}

impl http_body::Body for SlowBody {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        std::task::ready!(self.waiting.as_mut().poll(context));
        let pause = self.pause;
        self.waiting.set(tokio::time::sleep(pause));
        Poll::Ready(match self.pieces.pop() {
            Some(piece) => Some(Ok(Frame::data(Bytes::from_static(piece.as_bytes())))),
            None if self.fails => Some(Err("the client went away".into())),
            None => None,
        })
    }
}
