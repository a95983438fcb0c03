//! The admin interface: whether the node lives, whether it takes requests, what it counts, and purging. For operators,
//! on a socket of its own; nothing here is for clients.

mod purge;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use tokio::net::TcpListener;

use crate::gateway::Gateway;

/// The admin interface, with its socket.
pub struct Admin {
    listener: TcpListener,
    context: Context,
}

/// Whether requests are welcome.
#[derive(Debug, Default)]
pub struct Readiness(AtomicU8);

#[derive(Clone)]
struct Context {
    gateway: Arc<Gateway>,
    readiness: Arc<Readiness>,
}

const STARTING: u8 = 0;
const READY: u8 = 1;
const DRAINING: u8 = 2;

impl Readiness {
    /// From now on.
    pub fn ready(&self) {
        self.0.store(READY, Ordering::Release);
    }

    /// Not any more.
    pub fn draining(&self) {
        self.0.store(DRAINING, Ordering::Release);
    }

    fn answer(&self) -> (StatusCode, &'static str) {
        match self.0.load(Ordering::Acquire) {
            READY => (StatusCode::OK, "ready\n"),
            STARTING => (StatusCode::SERVICE_UNAVAILABLE, "starting\n"),
            _ => (StatusCode::SERVICE_UNAVAILABLE, "draining\n"),
        }
    }
}

impl Admin {
    /// On this socket.
    #[must_use]
    pub fn new(listener: TcpListener, gateway: Arc<Gateway>, readiness: Arc<Readiness>) -> Self {
        Self { listener, context: Context { gateway, readiness } }
    }

    /// Where it is.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        // INVARIANT: a bound socket has an address.
        self.listener.local_addr().expect("a bound socket has an address")
    }

    /// Serves until it is dropped.
    pub async fn run(self) {
        let routes = Router::new()
            .route("/healthz", get(|| async { "ok\n" }))
            .route("/readyz", get(|State(context): State<Context>| async move { context.readiness.answer() }))
            .route("/metrics", get(metrics))
            .route("/purge", post(purge::purge).layer(DefaultBodyLimit::max(purge::LARGEST)))
            .with_state(self.context);
        if let Err(error) = axum::serve(self.listener, routes).await {
            tracing::error!(%error, "the admin interface ended");
        }
    }
}

async fn metrics(State(context): State<Context>) -> impl IntoResponse {
    context.gateway.refresh_gauges();
    const TEXT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(CONTENT_TYPE, TEXT)], context.gateway.metrics.encode())
}
