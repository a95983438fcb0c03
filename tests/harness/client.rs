//! A client: one request, one connection, the whole answer.

use std::net::SocketAddr;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::SendRequest;
use hyper_util::rt::TokioIo;

/// Fields as tests write them: names and values.
pub(crate) type Fields<'a> = &'a [(&'a str, &'a str)];

/// What came back.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) fields: HeaderMap,
    pub(crate) body: Bytes,
}

impl Reply {
    /// A field's value, or "".
    pub(crate) fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", |value| value.to_str().unwrap_or("not text"))
    }

    /// `Cache-Status`.
    pub(crate) fn cache_status(&self) -> &str {
        self.field("cache-status")
    }

    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Whether the answer came from the store.
    pub(crate) fn is_hit(&self) -> bool {
        self.cache_status().contains("; hit")
    }
}

/// Sends a request to `address` and reads the whole answer.
pub(crate) async fn ask(address: SocketAddr, request: Request<Full<Bytes>>) -> Result<Reply, hyper::Error> {
    let stream = tokio::net::TcpStream::connect(address).await.unwrap();
    Line::over(stream).await?.ask(request).await
}

/// A connection that stays open: one request after the other.
pub(crate) struct Line(SendRequest<Full<Bytes>>);

impl Line {
    /// A connection of its own.
    pub(crate) async fn to(address: SocketAddr) -> Self {
        Self::over(tokio::net::TcpStream::connect(address).await.unwrap()).await.unwrap()
    }

    async fn over(stream: tokio::net::TcpStream) -> Result<Self, hyper::Error> {
        let (sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Self(sender))
    }

    /// Sends a request and reads the whole answer.
    pub(crate) async fn ask(&mut self, request: Request<Full<Bytes>>) -> Result<Reply, hyper::Error> {
        self.0.ready().await?;
        let (parts, body) = self.0.send_request(request).await?.into_parts();
        Ok(Reply { status: parts.status, fields: parts.headers, body: body.collect().await?.to_bytes() })
    }
}

/// A request without content.
pub(crate) fn request(method: &Method, target: &str, fields: &[(&str, &str)]) -> Request<Full<Bytes>> {
    let mut request = Request::builder().method(method).uri(target);
    if !fields.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
        request = request.header("host", "test.example");
    }
    for (name, value) in fields {
        request = request.header(*name, *value);
    }
    request.body(Full::default()).unwrap()
}

/// A request with content.
pub(crate) fn with_body(
    method: &Method,
    target: &str,
    fields: &[(&str, &str)],
    body: impl Into<Bytes>,
) -> Request<Full<Bytes>> {
    request(method, target, fields).map(|_| Full::new(body.into()))
}

/// A GET that has to be answered.
pub(crate) async fn get(address: SocketAddr, target: &str, fields: &[(&str, &str)]) -> Reply {
    ask(address, request(&Method::GET, target, fields)).await.unwrap()
}
