//! Over real sockets, against an origin that does what a script says, however wrong.

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

#[tokio::test]
async fn an_answer_is_passed_on() {
    let origin = Origin::answering(OK).await;
    let response = origin.upstream().fetch(get()).await.unwrap();
    assert_eq!(response.status, StatusCode::OK);
    assert_eq!(response.fields[header::CONTENT_LENGTH], "2");
    assert_eq!(content(response.body).await.unwrap(), "ok");
}

#[tokio::test]
async fn the_configured_path_comes_before_the_target() {
    for (path, expected) in [("", "/a?b=c"), ("/", "/a?b=c"), ("/x/y", "/x/y/a?b=c"), ("/x/", "/x/a?b=c")] {
        let origin = Origin::answering(OK).await;
        let url = format!("http://{}{path}", origin.address).parse().unwrap();
        upstream(HttpConfig::new(url)).fetch(get()).await.unwrap();
        assert_eq!(origin.requests()[0].lines().next().unwrap(), format!("GET {expected} HTTP/1.1"));
    }
}

#[tokio::test]
async fn an_upstream_that_is_down_is_a_connect_error() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    drop(listener);
    let error = failure(&upstream(HttpConfig::new(url)), get()).await;
    assert!(matches!(error, FetchError::Connect(_)), "{error:?}");
    assert!(!error.is_timeout());
}

#[tokio::test]
async fn a_handshake_in_silence_is_a_connect_timeout() {
    let origin = Origin::start([vec![Stall]]).await;
    let url = format!("https://{}", origin.address).parse().unwrap();
    let config = HttpConfig { connect_timeout: Duration::from_millis(50), ..HttpConfig::new(url) };
    let error = failure(&upstream(config), get()).await;
    assert!(matches!(error, FetchError::ConnectTimeout), "{error:?}");
    assert!(error.is_timeout());
}

#[tokio::test]
async fn a_handshake_with_something_else_is_a_tls_error() {
    let origin = Origin::start([vec![write("220 mail.example ESMTP\r\n"), Stall]]).await;
    let url = format!("https://{}", origin.address).parse().unwrap();
    let error = failure(&upstream(HttpConfig::new(url)), get()).await;
    assert!(matches!(error, FetchError::Tls(_)), "{error:?}");
}

/// Answers one request over TLS as `localhost` and 127.0.0.1, certified by `tests/root.pem`.
fn tls_origin(address: &str) -> u16 {
    let pem = include_bytes!("tests/origin.pem");
    let certificate = CertificateDer::from_pem_slice(pem).unwrap();
    let key = PrivateKeyDer::from_pem_slice(pem).unwrap();
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let listener = std::net::TcpListener::bind((address, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let (socket, _) = listener.accept().unwrap();
        let connection = rustls::ServerConnection::new(Arc::new(config)).unwrap();
        let mut stream = rustls::StreamOwned::new(connection, socket);
        let mut request = Vec::new();
        let mut byte = [0];
        while !request.ends_with(b"\r\n\r\n") {
            // A client that does not trust us leaves.
            let Ok(1) = stream.read(&mut byte) else { return };
            request.extend_from_slice(&byte);
        }
        stream.write_all(OK.as_bytes()).unwrap();
    });
    port
}

#[tokio::test]
async fn a_certificate_is_trusted_for_its_names_if_the_configured_root_vouches_for_it() {
    let root = Some(concat!(env!("CARGO_MANIFEST_DIR"), "/host/upstream/http/tests/root.pem"));
    let table = [
        ("localhost", "127.0.0.1", root, true),
        ("127.0.0.1", "127.0.0.1", root, true),
        ("127.0.0.2", "127.0.0.2", root, false),
        ("localhost", "127.0.0.1", None, false),
    ];
    for (name, address, ca, trusted) in table {
        let url = format!("https://{name}:{}", tls_origin(address)).parse().unwrap();
        let config = HttpConfig { ca: ca.map(PathBuf::from), preserve_host: true, ..HttpConfig::new(url) };
        match upstream(config).fetch(get()).await {
            Ok(response) => {
                assert!(trusted, "{name} {ca:?}");
                assert_eq!(content(response.body).await.unwrap(), "ok");
            }
            Err(error) => assert!(!trusted && matches!(error, FetchError::Tls(_)), "{name} {ca:?}: {error:?}"),
        }
    }
}

#[tokio::test]
async fn silence_after_the_request_is_a_first_byte_timeout() {
    let slow_head = "HTTP/1.1 200 OK\r\nContent-Le";
    for script in [vec![Stall], vec![Head, Stall], vec![Head, write(slow_head), Stall]] {
        let origin = Origin::start([script]).await;
        let config = HttpConfig { first_byte_timeout: Duration::from_millis(50), ..origin.config() };
        let error = failure(&upstream(config), get()).await;
        assert!(matches!(error, FetchError::FirstByteTimeout), "{error:?}");
        assert!(error.is_timeout());
    }
}

#[tokio::test]
async fn a_stall_within_the_body_is_a_between_bytes_timeout() {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n";
    for written in [head.to_owned(), format!("{head}123")] {
        let origin = Origin::start([vec![Head, write(written), Stall]]).await;
        let config = HttpConfig { between_bytes_timeout: Duration::from_millis(50), ..origin.config() };
        let error = failure(&upstream(config), get()).await;
        assert!(matches!(error, FetchError::BetweenBytesTimeout), "{error:?}");
        assert!(error.is_timeout());
    }
}

#[tokio::test]
async fn a_body_may_take_its_time_if_it_keeps_coming() {
    let between_bytes_timeout = Duration::from_millis(400);
    let pause = Pause(between_bytes_timeout / 2);
    let head = write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n");
    let script = [head, write("a"), write("b"), write("c"), write("d")].into_iter();
    let script = [Head].into_iter().chain(script.flat_map(|act| [act, pause.clone()])).collect();
    let origin = Origin::start([script]).await;
    let config = HttpConfig { between_bytes_timeout, ..origin.config() };
    let response = upstream(config).fetch(get()).await.unwrap();
    assert_eq!(content(response.body).await.unwrap(), "abcd");
}

#[tokio::test]
async fn a_slow_reader_is_not_the_upstreams_fault() {
    let body = "x".repeat(1 << 20);
    let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    let origin = Origin::answering(&answer).await;
    let between_bytes_timeout = Duration::from_millis(250);
    let config = HttpConfig { between_bytes_timeout, ..origin.config() };
    let mut response = upstream(config).fetch(get()).await.unwrap();
    let first = response.body.frame().await.unwrap().unwrap().into_data().unwrap();
    // Not synchronisation: the reader's pause is what is tested.
    tokio::time::sleep(between_bytes_timeout * 2).await;
    assert_eq!(first.len() + content(response.body).await.unwrap().len(), body.len());
}

/// Faults 16 and 17.
#[tokio::test]
async fn a_body_that_is_cut_short_ends_in_an_error() {
    let with_length = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n";
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let table = [
        vec![Head, write(with_length)],
        vec![Head, write(format!("{with_length}123456789"))],
        vec![Head, write(chunked)],
        vec![Head, write(format!("{chunked}5\r\n123"))],
        vec![Head, write(format!("{chunked}5\r\n12345\r\n"))],
        vec![Head, write(format!("{chunked}5\r\n12345\r\n0\r\n"))],
        vec![Head, write(format!("{with_length}123")), Reset],
        vec![Head, write(with_length), Reset],
    ];
    for (case, script) in table.into_iter().enumerate() {
        let origin = Origin::start([script]).await;
        let error = failure(&origin.upstream(), get()).await;
        // A reset may overtake what was written before it.
        assert!(matches!(error, FetchError::ShortBody(_) | FetchError::Reset(_)), "{case}: {error:?}");
        assert!(case >= 6 || matches!(error, FetchError::ShortBody(_)), "{case}: {error:?}");
    }
}

#[tokio::test]
async fn a_connection_that_closes_without_an_answer_is_a_reset() {
    for script in [vec![Head], vec![Head, Reset], vec![Head, write("HTTP/1.1 200 OK\r\nConte")]] {
        let origin = Origin::start([script]).await;
        let error = failure(&origin.upstream(), get()).await;
        assert!(matches!(error, FetchError::Reset(_)), "{error:?}");
        assert_eq!(origin.requests().len(), 1, "a fresh connection is not tried again");
    }
}

/// Faults 19 to 23.
#[tokio::test]
async fn answers_that_break_the_protocol_are_refused() {
    let head = |count: usize, value: usize| {
        let fields: String = (0..count).map(|n| format!("x-{n}: {}\r\n", "x".repeat(value))).collect();
        format!("HTTP/1.1 200 OK\r\n{fields}Content-Length: 0\r\n\r\n")
    };
    let is = |reason: &'static str| move |error: &BadResponse| error.to_string().starts_with(reason);
    let malformed = || is("it is not well-formed");
    let table = [
        ("HTTP/1.1 099 Odd\r\n\r\n".to_owned(), malformed()),
        ("HTTP/1.1 1000 Odd\r\n\r\n".to_owned(), malformed()),
        ("HTTP/1.1 200 O\x01K\r\nContent-Length: 0\r\n\r\n".to_owned(), malformed()),
        ("HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\n12345".to_owned(), malformed()),
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n12345".to_owned(), malformed()),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n".to_owned(), malformed()),
        ("SSH-2.0-OpenSSH_9.9\r\n".to_owned(), malformed()),
        ("HTTP/1.1 600 Odd\r\nContent-Length: 0\r\n\r\n".to_owned(), is("its status is 600")),
        ("HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n".to_owned(), is("its status is 999")),
        ("HTTP/1.1 101 Upgrade\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n".to_owned(), is("its status is 101")),
        ("HTTP/1.1 206 Partial\r\nContent-Length: 0\r\n\r\n".to_owned(), is("it is partial")),
        ("HTTP/1.1 304 Not Modified\r\n\r\n".to_owned(), is("it is 304")),
        (head(3, 22 * 1024), is("its head")),
        (head(8, 32 * 1024), is("its head")),
        (head(500, 1), is("its head")),
    ];
    for (answer, expected) in table {
        let origin = Origin::answering(&answer).await;
        let error = failure(&origin.upstream(), get()).await;
        let start: String = answer.chars().take(60).collect();
        let FetchError::BadResponse(bad) = error else { panic!("{start:?}: {error:?}") };
        assert!(expected(&bad), "{start:?}: {bad:?}");
    }
}

#[tokio::test]
async fn a_partial_or_unmodified_answer_is_passed_on_when_asked_for() {
    let table = [
        (
            "range",
            "bytes=0-1",
            "HTTP/1.1 206 Partial\r\nContent-Range: bytes 0-1/9\r\nContent-Length: 2\r\n\r\nok",
            206,
        ),
        ("if-none-match", "\"x\"", "HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\n\r\n", 304),
    ];
    for (name, value, answer, status) in table {
        let origin = Origin::answering(answer).await;
        let response = origin.upstream().fetch(with_fields(get(), &[(name, value)])).await.unwrap();
        assert_eq!(response.status.as_u16(), status);
    }
}

/// Fault 18.
#[tokio::test]
async fn an_answer_without_content_has_none() {
    let table = [
        (Method::HEAD, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", Some("5")),
        (Method::HEAD, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n12345", Some("5")),
        (Method::GET, "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n12345", None),
    ];
    for (method, answer, length) in table {
        let origin = Origin::start([vec![Head, write(answer)]]).await;
        let response = origin.upstream().fetch(request(method, Redirects::Never)).await.unwrap();
        let sent = response.fields.get(header::CONTENT_LENGTH).map(|value| value.to_str().unwrap().to_owned());
        assert_eq!(sent.as_deref(), length);
        assert_eq!(content(response.body).await.unwrap(), "");
    }
}

/// Fault 19.
#[tokio::test]
async fn interim_answers_are_not_the_answer() {
    let origin = Origin::answering(&format!("{}{OK}", "HTTP/1.1 102 Processing\r\n\r\n".repeat(100))).await;
    let response = origin.upstream().fetch(get()).await.unwrap();
    assert_eq!(response.status, StatusCode::OK);
}

#[tokio::test]
async fn a_request_lost_in_a_stale_connection_is_sent_once_more() {
    let table = [
        (Method::GET, RequestBody::Empty, true),
        (Method::DELETE, RequestBody::Empty, true),
        (Method::POST, RequestBody::Empty, false),
        (Method::PUT, SlowBody::boxed(&["x"], Duration::ZERO, false), false),
    ];
    for (method, body, expected) in table {
        let stale = vec![Head, write(OK), Head];
        let origin = Origin::start([stale.clone(), stale]).await;
        let upstream = origin.upstream();
        content(upstream.fetch(get()).await.unwrap().body).await.unwrap();
        let again = upstream.fetch(Request { body, ..request(method.clone(), Redirects::Never) }).await;
        assert_eq!(again.is_ok(), expected, "{method}: {again:?}");
        assert_eq!(origin.requests().len(), if expected { 3 } else { 2 }, "{method}");
    }
}

#[tokio::test]
async fn redirects_within_the_upstream_are_followed() {
    for location in ["/there", "there", "http://{origin}/there", "//{origin}/there", "/x/../there#fragment"] {
        for status in [301, 302, 303, 307, 308] {
            let redirect = format!("HTTP/1.1 {status} Moved\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
            let origin = Origin::start([vec![Head, write(redirect), Head, write(OK)]]).await;
            let response = origin.upstream().fetch(follow()).await.unwrap();
            assert_eq!(content(response.body).await.unwrap(), "ok");
            assert!(origin.requests()[1].starts_with("GET /there HTTP/1.1\r\n"), "{location}");
        }
    }
}

#[tokio::test]
async fn redirects_are_answers_when_not_followed() {
    let redirect = "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n";
    let without_location = "HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n";
    let choices = "HTTP/1.1 300 Multiple Choices\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n";
    let table = [
        (redirect, get()),
        (redirect, request(Method::POST, Redirects::Follow)),
        (redirect, Request { body: SlowBody::boxed(&["x"], Duration::ZERO, false), ..follow() }),
        (without_location, follow()),
        (choices, follow()),
    ];
    for (answer, request) in table {
        let origin = Origin::answering(answer).await;
        let response = origin.upstream().fetch(request).await.unwrap();
        assert!(response.status.is_redirection());
    }
}

/// Fault 26.
#[tokio::test]
async fn a_redirect_loop_ends_after_three() {
    let origin = Origin::answering("HTTP/1.1 302 Found\r\nLocation: /a?b=c\r\nContent-Length: 0\r\n\r\n").await;
    let error = failure(&origin.upstream(), follow()).await;
    assert!(matches!(error, FetchError::TooManyRedirects), "{error:?}");
    assert_eq!(origin.requests().len(), 4);
}

/// Fault 26. Nothing listens at most of these; what matters is that nobody knocks.
#[tokio::test]
async fn a_redirect_to_an_address_that_is_not_public_is_forbidden() {
    let other = Origin::answering(OK).await;
    let port = other.address.port();
    let table = [
        format!("http://{}/", other.address),
        format!("https://{}/", other.address),
        format!("http://localhost:{port}/"),
        format!("http://[::ffff:127.0.0.1]:{port}/"),
        format!("http://2130706433:{port}/"),
        format!("http://0x7f.1:{port}/"),
        format!("http://0.0.0.0:{port}/"),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        "http://[::1]/".to_owned(),
        "http://[fd00:ec2::254]/latest/".to_owned(),
        "//10.0.0.1/".to_owned(),
    ];
    for location in table {
        let redirect = format!("HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
        let origin = Origin::answering(&redirect).await;
        let error = failure(&origin.upstream(), follow()).await;
        assert!(matches!(error, FetchError::ForbiddenAddress(_)), "{location}: {error:?}");
    }
    assert_eq!(other.requests(), [""; 0]);
}

#[tokio::test]
async fn a_redirect_that_makes_no_sense_is_an_error() {
    let table = [
        ("ftp://files.example/a", BadRedirect::Scheme),
        ("http://me:secret@{origin}/", BadRedirect::Credentials),
        ("http://", BadRedirect::Location),
    ];
    for (location, expected) in table {
        let redirect = format!("HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
        let origin = Origin::answering(&redirect).await;
        let error = failure(&origin.upstream(), follow()).await;
        assert!(matches!(error, FetchError::BadRedirect(bad) if bad == expected), "{location}: {error:?}");
    }
}

#[tokio::test]
async fn only_end_to_end_fields_are_sent() {
    let origin = Origin::answering(OK).await;
    let request = with_fields(
        get(),
        &[
            ("accept", "image/avif"),
            ("connection", "x-mine, host, content-length"),
            ("content-length", "7"),
            ("expect", "100-continue"),
            ("host", "client.example"),
            ("keep-alive", "timeout=5"),
            ("proxy-authorization", "secret"),
            ("te", "trailers"),
            ("transfer-encoding", "chunked"),
            ("upgrade", "websocket"),
            ("x-forwarded-host", "evil.example"),
            ("x-mine", "1"),
        ],
    );
    origin.upstream().fetch(request).await.unwrap();
    let host = format!("host: {}", origin.address);
    assert_eq!(lines(&origin.requests()[0]), ["accept: image/avif", &host, "via: 1.1 lucarne"]);
}

#[tokio::test]
async fn only_end_to_end_fields_are_passed_on() {
    let origin = Origin::answering(
        "HTTP/1.1 200 OK\r\nConnection: x-mine, Cache-Control\r\nKeep-Alive: timeout=5\r\nProxy-Authenticate: Basic\r\n\
         Trailer: x-later\r\nUpgrade: h2c\r\nTransfer-Encoding: chunked\r\nX-Mine: 1\r\nCache-Control: private\r\n\r\n\
         2\r\nok\r\n0\r\nx-later: 1\r\n\r\n",
    )
    .await;
    let response = origin.upstream().fetch(get()).await.unwrap();
    let names: Vec<_> = response.fields.keys().map(HeaderName::as_str).collect();
    assert_eq!(names, ["cache-control"]);
    let collected = http_body_util::BodyExt::collect(response.body).await.unwrap();
    assert!(collected.trailers().is_none());
    assert_eq!(collected.to_bytes(), "ok");
}

#[tokio::test]
async fn the_host_sent_is_the_clients_only_where_configured() {
    for preserve_host in [false, true] {
        let redirect = "HTTP/1.1 302 Found\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n";
        let origin = Origin::start([vec![Head, write(redirect), Head, write(OK)]]).await;
        let upstream = upstream(HttpConfig { preserve_host, ..origin.config() });
        upstream.fetch(with_fields(follow(), &[("host", "evil.example")])).await.unwrap();
        let own = origin.address.to_string();
        let expected = format!("host: {}", if preserve_host { "client.example" } else { &own });
        for request in origin.requests() {
            assert!(lines(&request).contains(&expected), "{request}");
        }
    }
}

#[test]
fn credentials_and_host_stay_with_the_upstream() {
    let config = HttpConfig::new("http://origin.example".parse().unwrap());
    let upstream = HttpUpstream::new(HttpConfig { preserve_host: true, ..config }).unwrap();
    let secrets = [("authorization", "secret"), ("cookie", "a=b"), ("accept", "image/*")];
    let mut message = Message {
        uri: Uri::from_static("http://origin.example:80/a"),
        method: Method::GET,
        fields: with_fields(get(), &secrets).fields,
    };
    let authority = Authority::from_static("client.example");
    assert!(std::ptr::eq(upstream.aim(&mut message, &authority), &upstream.own));
    assert_eq!(message.fields.len(), 4);
    assert_eq!(message.fields[header::HOST], "client.example");
    message.uri = Uri::from_static("http://other.example/a");
    assert!(std::ptr::eq(upstream.aim(&mut message, &authority), &upstream.public));
    let names: Vec<_> = message.fields.keys().map(HeaderName::as_str).collect();
    assert_eq!(names, ["accept"]);
}

#[tokio::test]
async fn content_is_framed_by_what_it_is() {
    let sized =
        || RequestBody::Stream(http_body_util::Full::from("abc").map_err(|never| match never {}).boxed_unsync());
    let table = [
        (Method::POST, sized(), "abc", "content-length: 3"),
        (Method::POST, SlowBody::boxed(&["abc"], Duration::ZERO, false), "0\r\n\r\n", "transfer-encoding: chunked"),
        (Method::POST, RequestBody::Empty, "\r\n\r\n", "content-length: 0"),
    ];
    for (method, body, end, expected) in table {
        let origin = Origin::start([vec![Until(end), write(OK)]]).await;
        let request = with_fields(request(method, Redirects::Never), &[("content-length", "99")]);
        origin.upstream().fetch(Request { body, ..request }).await.unwrap();
        let requests = origin.requests();
        let framing: Vec<_> = requests[0]
            .lines()
            .filter(|line| line.starts_with("content-length") || line.starts_with("transfer"))
            .collect();
        assert_eq!(framing, [expected]);
    }
}

#[tokio::test]
async fn a_slow_upload_is_not_the_upstreams_silence() {
    let origin = Origin::start([vec![Until("0\r\n\r\n"), write(OK)]]).await;
    let first_byte_timeout = Duration::from_millis(250);
    let upstream = upstream(HttpConfig { first_byte_timeout, ..origin.config() });
    let body = SlowBody::boxed(&["a", "b"], first_byte_timeout * 2, false);
    let response = upstream.fetch(Request { body, ..request(Method::POST, Redirects::Never) }).await;
    assert!(response.is_ok(), "{response:?}");
}

#[tokio::test]
async fn an_upload_that_is_not_taken_is_the_upstreams_silence() {
    let origin = Origin::start([vec![Stall]]).await;
    let upstream = upstream(HttpConfig { first_byte_timeout: Duration::from_millis(50), ..origin.config() });
    let large = Bytes::from(vec![0; 64 << 20]);
    let body = RequestBody::Stream(http_body_util::Full::new(large).map_err(|never| match never {}).boxed_unsync());
    let error = failure(&upstream, Request { body, ..request(Method::POST, Redirects::Never) }).await;
    assert!(matches!(error, FetchError::FirstByteTimeout), "{error:?}");
}

#[tokio::test]
async fn an_upload_that_breaks_off_is_the_clients_fault() {
    let origin = Origin::start([vec![Until("never"), Stall]]).await;
    let body = SlowBody::boxed(&["abc"], Duration::ZERO, true);
    let error = failure(&origin.upstream(), Request { body, ..request(Method::POST, Redirects::Never) }).await;
    assert!(matches!(error, FetchError::RequestBody(_)), "{error:?}");
}

/// Fault 25.
#[tokio::test]
async fn a_body_is_collected_up_to_a_limit() {
    let with_length = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabcdef";
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n";
    let until_close = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabcdef";
    for answer in [with_length, chunked, until_close] {
        for (limit, fits) in [(0, false), (5, false), (6, true), (u64::MAX, true)] {
            let origin = Origin::start([vec![Head, write(answer)]]).await;
            let response = origin.upstream().fetch(get()).await.unwrap();
            match response.body.collect(limit).await.unwrap() {
                Collected::Whole(bytes) => {
                    assert!(fits);
                    assert_eq!(bytes, "abcdef");
                }
                Collected::TooLong { prefix, rest } => {
                    assert!(!fits);
                    let prefix = String::from_utf8(prefix.to_vec()).unwrap();
                    assert_eq!(prefix + &content(rest).await.unwrap(), "abcdef");
                }
            }
        }
    }
}

#[tokio::test]
async fn an_upstream_that_cannot_work_is_not_set_up() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty.pem");
    std::fs::write(&empty, "no certificate").unwrap();
    let missing = folder.path().join("missing.pem");
    let table = [
        ("/path", None, "write http://host"),
        ("ftp://origin.example", None, "write http://host"),
        ("http://origin.example/?a", None, "no query"),
        ("http://me:secret@origin.example/", None, "no query and no credentials"),
        ("https://origin.example", Some(empty), "empty.pem contains no certificate"),
        ("https://origin.example", Some(missing), "missing.pem"),
    ];
    for (url, ca, expected) in table {
        let config = HttpConfig { ca, ..HttpConfig::new(url.parse().unwrap()) };
        let error = HttpUpstream::new(config).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}
