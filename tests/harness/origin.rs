//! An origin: answers as it is told, and remembers what it was asked.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A running origin. It is gone when it is dropped.
pub(crate) struct Origin {
    pub(crate) address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    running: JoinHandle<()>,
}

/// A request that came.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) fields: HeaderMap,
}

/// What an origin does with a request.
pub(crate) type Scripted = Pin<Box<dyn Future<Output = Response<Full<Bytes>>> + Send>>;

impl Origin {
    /// Answers each request with what `script` makes of it.
    pub(crate) async fn scripted(script: impl Fn(Asked) -> Scripted + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (script, seen) = (Arc::new(script), Arc::clone(&asked));
        let running = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (script, seen) = (Arc::clone(&script), Arc::clone(&seen));
                let service = service_fn(move |request: Request<Incoming>| {
                    let asked = Asked {
                        method: request.method().to_string(),
                        target: request.uri().to_string(),
                        fields: request.headers().clone(),
                    };
                    seen.lock().push(asked.clone());
                    let answer = script(asked);
                    async move { Ok::<_, Infallible>(answer.await) }
                });
                connections.spawn(async move {
                    // A node that hangs up is no failure of the origin.
                    let _ended = hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
        });
        Self { address, asked, running }
    }

    /// Answers each request at once with what `script` makes of it.
    pub(crate) async fn answering(script: impl Fn(&Asked) -> Response<Full<Bytes>> + Send + Sync + 'static) -> Self {
        Self::scripted(move |asked| {
            let answer = script(&asked);
            Box::pin(async move { answer })
        })
        .await
    }

    /// Answers every request with this picture and this Cache-Control.
    pub(crate) async fn with_picture(picture: Vec<u8>, cache_control: &'static str) -> Self {
        let picture = Bytes::from(picture);
        Self::answering(move |_| {
            let mut response = Response::new(Full::new(picture.clone()));
            let fields = response.headers_mut();
            fields.insert("content-type", http::HeaderValue::from_static("image/jpeg"));
            if !cache_control.is_empty() {
                fields.insert("cache-control", http::HeaderValue::from_static(cache_control));
            }
            response
        })
        .await
    }

    /// Where it is, as a URL.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it was asked so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().clone()
    }

    /// How often it was asked.
    pub(crate) fn hits(&self) -> usize {
        self.asked.lock().len()
    }
}

impl Drop for Origin {
    fn drop(&mut self) {
        self.running.abort();
    }
}

/// An answer with this status, these fields and this text.
pub(crate) fn status(code: u16, fields: &[(&str, &str)], text: &str) -> Response<Full<Bytes>> {
    let mut response = Response::builder().status(code);
    for (name, value) in fields {
        response = response.header(*name, *value);
    }
    response.body(Full::new(Bytes::from(text.to_owned()))).unwrap()
}
