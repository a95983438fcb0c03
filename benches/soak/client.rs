//! A client: it asks in every way that clients do, and believes nothing.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use fastrand::Rng;
use http::header::{CONTENT_LENGTH, CONTENT_RANGE, ETAG, IF_NONE_MATCH, RANGE};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Empty};
use hyper::body::Incoming;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use lucarne::clock::stopwatch;
use tokio::net::TcpStream;
use tokio::sync::watch;

use crate::report::{Outcome, Report};
use crate::truth::{self, Kind, Truth};

/// The one host.
pub(crate) const HOST: &str = "soak.example";
/// Longer than all timeouts of the node, one after the other: whoever waits for longer is stuck.
const DEADLINE: Duration = Duration::from_secs(60);
/// Widths of pictures.
const WIDTHS: [u32; 3] = [20, 40, 80];

pub(crate) struct Client {
    node: SocketAddr,
    truth: Arc<Truth>,
    rng: Rng,
    /// The longest time between two requests.
    pause: Duration,
    line: Option<SendRequest<Empty<Bytes>>>,
    /// Entity tags seen, and the versions that they stand for.
    seen: HashMap<String, (HeaderValue, u64)>,
}

/// How to ask.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Way {
    Get,
    /// With the entity tag of this version.
    Conditional(HeaderValue, u64),
    /// First and last byte.
    Range(usize, usize),
    Head,
    /// Leaves after the first bytes.
    Leave,
    /// Reads slowly.
    Slow,
}

/// What is asked for.
struct Wanted {
    thing: usize,
    target: String,
    /// For a picture.
    width: Option<u32>,
    way: Way,
    /// No older version may come: what was current at the last purge that had been acknowledged.
    oldest: u64,
}

/// Why there is no answer to check.
enum Broken {
    /// The connection ended, and it shows.
    Off,
    /// It must not be.
    Wrong(String),
}

impl Client {
    pub(crate) fn new(node: SocketAddr, truth: Arc<Truth>, seed: u64, pause: Duration) -> Self {
        Self { node, truth, rng: Rng::with_seed(seed), pause, line: None, seen: HashMap::new() }
    }

    /// Asks until it is told to stop.
    pub(crate) async fn run(mut self, report: Report, stopped: watch::Receiver<bool>) {
        while !*stopped.borrow() {
            let pause = self.rng.u64(..=u64::try_from(self.pause.as_micros()).unwrap());
            tokio::time::sleep(Duration::from_micros(pause)).await;
            let wanted = self.wanted();
            let start = stopwatch();
            let outcome = tokio::time::timeout(DEADLINE, self.ask(&wanted)).await;
            report.took(stopwatch().duration_since(start));
            let shown = format!("{} {:?}", wanted.target, wanted.way);
            let goes_on = matches!(&outcome, Ok(Ok(outcome)) if *outcome != Outcome::Left);
            match outcome {
                Ok(Ok(outcome)) => report.count(outcome),
                Ok(Err(Broken::Off)) => report.count(Outcome::BrokenOff),
                Ok(Err(Broken::Wrong(what))) => report.failed(format!("{shown}: {what}")),
                Err(_) => report.failed(format!("{shown}: no end after {DEADLINE:?}")),
            }
            // A connection lasts for fifty requests or so.
            if !goes_on || self.rng.u8(..50) == 0 {
                self.line = None;
            }
        }
    }

    fn wanted(&mut self) -> Wanted {
        let thing = self.truth.draw(&mut self.rng);
        let path = self.truth.path(thing);
        let (target, width, length) = match self.truth.kind(thing) {
            Kind::File(length) => (path, None, length),
            Kind::Picture => {
                let width = WIDTHS[self.rng.usize(..WIDTHS.len())];
                (format!("{path}?width={width}&format=png"), Some(width), 0)
            }
        };
        let way = match (self.rng.u8(..20), self.seen.get(&target)) {
            (0..5, Some((tag, version))) => Way::Conditional(tag.clone(), *version),
            (5..9, _) if length > 0 => {
                let first = self.rng.usize(..length);
                Way::Range(first, self.rng.usize(first..length))
            }
            (9..11, _) => Way::Head,
            (11, _) if self.rng.bool() => Way::Leave,
            (12, _) if self.rng.bool() => Way::Slow,
            _ => Way::Get,
        };
        Wanted { thing, target, width, way, oldest: self.truth.oldest(thing) }
    }

    async fn ask(&mut self, wanted: &Wanted) -> Result<Outcome, Broken> {
        let off = |_: hyper::Error| Broken::Off;
        let open = match self.line.take() {
            Some(mut line) => line.ready().await.is_ok().then_some(line),
            None => None,
        };
        let line = match open {
            Some(line) => self.line.insert(line),
            None => {
                let stream = TcpStream::connect(self.node).await.map_err(|error| Broken::Wrong(error.to_string()))?;
                let (sender, connection) = handshake(TokioIo::new(stream)).await.map_err(off)?;
                tokio::spawn(connection);
                self.line.insert(sender)
            }
        };
        let (head, body) = line.send_request(wanted.request()).await.map_err(off)?.into_parts();
        match (wanted.way.clone(), head.status) {
            (_, status) if status.is_server_error() => {
                read(body, Duration::ZERO).await?;
                Ok(Outcome::Error)
            }
            // What the node could not make a picture of: the origin broke it in a way that no length shows.
            (_, StatusCode::UNPROCESSABLE_ENTITY) if wanted.width.is_some() => {
                read(body, Duration::ZERO).await?;
                Ok(Outcome::Error)
            }
            (Way::Conditional(tag, version), StatusCode::NOT_MODIFIED) => {
                if head.headers.get(ETAG) != Some(&tag) {
                    return wrong(format!("304 of {:?}", head.headers.get(ETAG)));
                }
                wanted.not_too_old(version)?;
                Ok(Outcome::Unmodified)
            }
            (Way::Leave, StatusCode::OK) => {
                let mut body = body;
                let _first = body.frame().await;
                Ok(Outcome::Left)
            }
            (Way::Head, StatusCode::OK) => self.head(wanted, &head.headers),
            (Way::Range(first, last), StatusCode::PARTIAL_CONTENT) => {
                let found = read(body, Duration::ZERO).await?;
                self.part(wanted, &head.headers, &found, (first, last))
            }
            (way, StatusCode::OK) => {
                let pause = if way == Way::Slow { Duration::from_millis(2) } else { Duration::ZERO };
                let found = read(body, pause).await?;
                self.whole(wanted, &head.headers, &found)
            }
            (_, status) => wrong(format!("status {status}")),
        }
    }

    fn head(&self, wanted: &Wanted, fields: &HeaderMap) -> Result<Outcome, Broken> {
        if let Kind::File(length) = self.truth.kind(wanted.thing) {
            wanted.not_too_old(version(fields)?)?;
            let said = fields.get(CONTENT_LENGTH);
            // What was never stored may have been sent in chunks.
            if said.is_some_and(|said| said.as_bytes() != length.to_string().as_bytes()) {
                return wrong(format!("a HEAD with {said:?} for {length} bytes"));
            }
        }
        Ok(Outcome::Head)
    }

    fn whole(&mut self, wanted: &Wanted, fields: &HeaderMap, found: &[u8]) -> Result<Outcome, Broken> {
        let (version, outcome) = match wanted.width {
            Some(width) => {
                let version = truth::version_in(found, wanted.thing, width).map_err(Broken::Wrong)?;
                (version, Outcome::Picture)
            }
            None => {
                let version = version(fields)?;
                let expected = self.truth.content(wanted.thing, version);
                if let Some(difference) = truth::difference(found, &expected, 0..expected.len()) {
                    return wrong(format!("not version {version}: {difference}"));
                }
                if fields.get("x-digest").map(HeaderValue::as_bytes) != Some(blake3::hash(found).to_hex().as_bytes()) {
                    return wrong(format!("the digest of another body than version {version}"));
                }
                (version, Outcome::Whole)
            }
        };
        wanted.not_too_old(version)?;
        if let Some(tag) = fields.get(ETAG) {
            self.seen.insert(wanted.target.clone(), (tag.clone(), version));
        }
        Ok(outcome)
    }

    fn part(
        &self,
        wanted: &Wanted,
        fields: &HeaderMap,
        found: &[u8],
        (first, last): (usize, usize),
    ) -> Result<Outcome, Broken> {
        let version = version(fields)?;
        let expected = self.truth.content(wanted.thing, version);
        let range = format!("bytes {first}-{last}/{}", expected.len());
        if fields.get(CONTENT_RANGE).map(HeaderValue::as_bytes) != Some(range.as_bytes()) {
            return wrong(format!("{:?} and not {range}", fields.get(CONTENT_RANGE)));
        }
        if let Some(difference) = truth::difference(found, &expected, first..last + 1) {
            return wrong(format!("not {range} of version {version}: {difference}"));
        }
        wanted.not_too_old(version)?;
        Ok(Outcome::Part)
    }
}

impl Wanted {
    fn request(&self) -> Request<Empty<Bytes>> {
        let method = if self.way == Way::Head { Method::HEAD } else { Method::GET };
        let mut request = Request::builder().method(method).uri(&self.target).header("host", HOST);
        match &self.way {
            Way::Conditional(tag, _) => request = request.header(IF_NONE_MATCH, tag),
            Way::Range(first, last) => request = request.header(RANGE, format!("bytes={first}-{last}")),
            Way::Get | Way::Head | Way::Leave | Way::Slow => {}
        }
        request.body(Empty::new()).unwrap()
    }

    fn not_too_old(&self, version: u64) -> Result<(), Broken> {
        if version < self.oldest {
            return wrong(format!("version {version}, and everything before {} was purged", self.oldest));
        }
        Ok(())
    }
}

fn wrong<T>(what: String) -> Result<T, Broken> {
    Err(Broken::Wrong(what))
}

/// What the origin said of the version.
fn version(fields: &HeaderMap) -> Result<u64, Broken> {
    let version = fields.get("x-version").and_then(|version| version.to_str().ok()?.parse().ok());
    version.ok_or_else(|| Broken::Wrong("an answer without a version".to_owned()))
}

/// A body to its end.
async fn read(mut body: Incoming, pause: Duration) -> Result<Vec<u8>, Broken> {
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Broken::Off)?;
        bytes.extend_from_slice(frame.data_ref().map_or(&[][..], |data| &data[..]));
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
    }
    Ok(bytes)
}
