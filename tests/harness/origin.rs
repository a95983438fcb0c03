//! An origin: answers as it is told, and remembers what it was asked.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// A running origin. It is gone when it is dropped.
pub(crate) struct Origin {
    pub(crate) address: SocketAddr,
    asked: watch::Receiver<Vec<Asked>>,
    running: JoinHandle<()>,
}

/// What an origin answers from now on: a test can change it as it goes.
#[derive(Clone)]
pub(crate) struct Script(Arc<Mutex<Answers>>);

type Answers = Box<dyn Fn(&Asked) -> Response<Full<Bytes>> + Send + Sync>;

/// A request that came.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) fields: HeaderMap,
    pub(crate) body: Bytes,
}

/// What an origin does with a request.
pub(crate) type Scripted = Pin<Box<dyn Future<Output = Response<Full<Bytes>>> + Send>>;

impl Origin {
    /// Answers each request with what `script` makes of it.
    pub(crate) async fn scripted(script: impl Fn(Asked) -> Scripted + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (seen, asked) = watch::channel(Vec::new());
        let script = Arc::new(script);
        let running = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (script, seen) = (Arc::clone(&script), seen.clone());
                let service = service_fn(move |request: Request<Incoming>| {
                    let (script, seen) = (Arc::clone(&script), seen.clone());
                    async move {
                        let (parts, body) = request.into_parts();
                        let asked = Asked {
                            method: parts.method.to_string(),
                            target: parts.uri.to_string(),
                            fields: parts.headers,
                            body: body.collect().await?.to_bytes(),
                        };
                        seen.send_modify(|seen| seen.push(asked.clone()));
                        Ok::<_, hyper::Error>(script(asked).await)
                    }
                });
                connections.spawn(async move {
                    // A node that hangs up is no failure of the origin.
                    let _ended = hyper::server::conn::http1::Builder::new()
                        // The date would be of a clock that tests do not move.
                        .auto_date_header(false)
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

    /// Answers each request as the script says at that time.
    pub(crate) async fn following(script: &Script) -> Self {
        let script = script.clone();
        Self::answering(move |asked| script.0.lock()(asked)).await
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
        self.asked.borrow().clone()
    }

    /// How often it was asked.
    pub(crate) fn hits(&self) -> usize {
        self.asked.borrow().len()
    }

    /// Waits until it was asked so often.
    pub(crate) async fn until_hits(&self, hits: usize) {
        let reached = tokio::time::timeout(Duration::from_secs(20), async {
            self.asked.clone().wait_for(|asked| asked.len() >= hits).await.is_ok()
        });
        assert!(matches!(reached.await, Ok(true)), "asked {} times and not {hits}", self.hits());
    }
}

impl Script {
    /// Answers so at first.
    pub(crate) fn new(answers: impl Fn(&Asked) -> Response<Full<Bytes>> + Send + Sync + 'static) -> Self {
        Self(Arc::new(Mutex::new(Box::new(answers))))
    }

    /// Answers so from now on.
    pub(crate) fn becomes(&self, answers: impl Fn(&Asked) -> Response<Full<Bytes>> + Send + Sync + 'static) {
        *self.0.lock() = Box::new(answers);
    }
}

impl Asked {
    /// A field's value, or "".
    pub(crate) fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", |value| value.to_str().unwrap_or("not text"))
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

/// A 200 with these fields and this content.
pub(crate) fn answer(fields: &[(&str, &str)], content: impl Into<Bytes>) -> Response<Full<Bytes>> {
    status(200, fields, "").map(|_| Full::new(content.into()))
}
