//! A client: one request, one connection, the whole answer.

use std::net::SocketAddr;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;

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
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let (parts, body) = sender.send_request(request).await?.into_parts();
    Ok(Reply { status: parts.status, fields: parts.headers, body: body.collect().await?.to_bytes() })
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

/// A GET that has to be answered.
pub(crate) async fn get(address: SocketAddr, target: &str, fields: &[(&str, &str)]) -> Reply {
    ask(address, request(&Method::GET, target, fields)).await.unwrap()
}
