//! The peer: hyper with the same timers and limits, and an answer that is ready.

use std::convert::Infallible;
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response};
use http_body_util::Full;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;

use crate::process::{pin, runtime};

/// Sends the head and body of these files to every request.
pub(crate) fn serve(head: &Path, body: &Path) {
    pin(0);
    let head = std::fs::read_to_string(head).unwrap();
    let fields: HeaderMap = head.lines().skip(1).filter_map(field).collect();
    let body = Bytes::from(std::fs::read(body).unwrap());
    runtime().block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        println!("{}", listener.local_addr().unwrap());
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            stream.set_nodelay(true).unwrap();
            let (fields, body) = (fields.clone(), body.clone());
            let service = service_fn(move |_| {
                let mut response = Response::new(Full::new(body.clone()));
                response.headers_mut().clone_from(&fields);
                async move { Ok::<_, Infallible>(response) }
            });
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(Duration::from_secs(60))
                .max_headers(100)
                .serve_connection(TokioIo::new(stream), service);
            tokio::spawn(connection);
        }
    });
}

/// A field of the head, but for the two that hyper writes itself.
fn field(line: &str) -> Option<(HeaderName, HeaderValue)> {
    let (name, value) = line.split_once(": ")?;
    let ours = !name.eq_ignore_ascii_case("date");
    ours.then(|| (name.parse().unwrap(), HeaderValue::from_str(value.trim()).unwrap()))
}
