//! Connections: accepted up to a limit, given so much time, and drained when the node stops. What a request means is
//! the gateway's business.

mod client;
mod patience;

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::GracefulShutdown;
use ipnet::IpNet;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::gateway::{Answered, Gateway, PURGE};
use crate::respond::Body;
use crate::server::client::{client_address, drop_untrusted_claims};
use crate::server::patience::Patience;
use crate::telemetry::{AccessLine, AccessLog};

/// What listens to clients.
pub struct Server {
    listener: TcpListener,
    gateway: Arc<Gateway>,
    settings: Arc<ServerSettings>,
}

/// What a connection may cost.
#[derive(Debug)]
pub struct ServerSettings {
    /// Connections at once.
    pub connections: usize,
    /// Bytes of a request's head.
    pub header_bytes: usize,
    /// For a head, from its first byte on.
    pub header_read: Duration,
    /// Between requests.
    pub idle: Duration,
    /// Whose word about the client's address is taken.
    pub trusted_proxies: Vec<IpNet>,
    /// Where requests are logged, if they are.
    pub access: Option<AccessLog>,
}

/// Fields of a request; more is answered with 431.
const HEADER_FIELDS: usize = 100;

/// After an accept that failed: the process may be out of file descriptors, and trying at once would only spin.
const ACCEPT_AGAIN: Duration = Duration::from_millis(50);

impl Server {
    /// On this socket.
    #[must_use]
    pub fn new(listener: TcpListener, gateway: Arc<Gateway>, settings: ServerSettings) -> Self {
        Self { listener, gateway, settings: Arc::new(settings) }
    }

    /// Where clients are served.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        // INVARIANT: a bound socket has an address.
        self.listener.local_addr().expect("a bound socket has an address")
    }

    /// Accepts until told to stop, then waits for what is in flight.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        let places = Arc::new(Semaphore::new(self.settings.connections));
        let graceful = GracefulShutdown::new();
        loop {
            let accepted = tokio::select! {
                accepted = self.accept(&places) => accepted,
                _ = stop.wait_for(|stop| *stop) => break,
            };
            if let Some((stream, peer, place)) = accepted {
                self.serve(stream, peer, place, &graceful);
            }
        }
        drop(self.listener);
        graceful.shutdown().await;
    }

    /// A connection, once there is a place for it.
    async fn accept(&self, places: &Arc<Semaphore>) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
        let place = Arc::clone(places).acquire_owned().await.ok()?;
        match self.listener.accept().await {
            Ok((stream, peer)) => Some((stream, peer, place)),
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_AGAIN).await;
                None
            }
        }
    }

    fn serve(&self, stream: TcpStream, peer: SocketAddr, place: OwnedSemaphorePermit, graceful: &GracefulShutdown) {
        // Without it, the end of a response waits for the acknowledgement of its beginning.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY could not be set");
        }
        let (gateway, settings) = (Arc::clone(&self.gateway), Arc::clone(&self.settings));
        let service = service_fn(move |request| {
            let (gateway, settings) = (Arc::clone(&gateway), Arc::clone(&settings));
            async move { Ok::<_, Infallible>(answer(&gateway, &settings, request, peer.ip()).await) }
        });
        let patience = Patience::new(self.settings.header_read);
        let connection = http1::Builder::new()
            .timer(patience.timer())
            .header_read_timeout(self.settings.idle)
            .max_headers(HEADER_FIELDS)
            .max_header_size(self.settings.header_bytes)
            .serve_connection(patience.watch(TokioIo::new(stream)), service);
        let connection = graceful.watch(connection);
        let connections = self.gateway.metrics.connections.clone();
        connections.inc();
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, %peer, "connection ended");
            }
            connections.dec();
            drop(place);
        });
    }
}

async fn answer(
    gateway: &Arc<Gateway>,
    settings: &ServerSettings,
    mut request: Request<Incoming>,
    peer: IpAddr,
) -> Response<Body> {
    drop_untrusted_claims(peer, request.headers_mut(), &settings.trusted_proxies);
    // Who may purge is said by the client's address, and an origin is told the peer's.
    let peer = if *request.method() == *PURGE {
        client_address(peer, request.headers(), &settings.trusted_proxies)
    } else {
        peer
    };
    let Some(log) = &settings.access else {
        return gateway.handle_from(Some(peer), request).await.response;
    };
    let start = gateway.clock.now();
    let client = client_address(peer, request.headers(), &settings.trusted_proxies);
    let method = request.method().clone();
    let authority = request.headers().get(http::header::HOST).cloned();
    let target = request.uri().clone();
    let Answered { response, cache } = gateway.handle_from(Some(peer), request).await;
    log.write(&AccessLine {
        at: start.wall,
        client,
        method: method.as_str(),
        authority: authority.as_ref().and_then(|host| host.to_str().ok()).unwrap_or("-"),
        target: target.path_and_query().map_or("/", |target| target.as_str()),
        status: response.status().as_u16(),
        bytes: http_body::Body::size_hint(response.body()).exact(),
        cache: cache.label(),
        took: gateway.clock.now().instant.saturating_duration_since(start.instant),
    });
    response
}
