//! Connections: accepted up to a limit, told apart by version, given so much time, and drained when the node stops. What
//! a request means is the gateway's business.

mod client;
mod connection;
mod frames;
mod gate;
mod lane;
mod line;
mod patience;
mod portions;
mod preface;
mod socket;
mod upload;

use std::convert::Infallible;
use std::error::Error;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::TokioExecutor;
use ipnet::IpNet;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::gateway::{Answered, Gateway, PURGE};
use crate::request::FramingLimits;
use crate::respond::Body;
use crate::server::client::{client_address, drop_untrusted_claims};
use crate::server::connection::{Connection, Connections, Rules, Served};
use crate::server::frames::Frames;
use crate::server::gate::Gate;
use crate::server::lane::Lane;
use crate::server::line::Line;
use crate::server::patience::Patience;
use crate::server::portions::Portions;
use crate::server::preface::{Begun, begin};
use crate::server::socket::Socket;
use crate::server::upload::Upload;
use crate::telemetry::AccessLog;

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
    /// Requests at once on one HTTP/2 connection.
    pub streams: u32,
    /// Bytes of a request's head.
    pub header_bytes: usize,
    /// For a head, from its first byte on.
    pub header_read: Duration,
    /// Between requests.
    pub idle: Duration,
    /// Bytes a second that a client has to take or send while it is waited for.
    pub minimum_rate: u64,
    /// The time over which that is measured.
    pub stall: Duration,
    /// Whose word about the client's address is taken.
    pub trusted_proxies: Vec<IpNet>,
    /// Where requests are logged, if they are.
    pub access: Option<AccessLog>,
}

/// One client's end of a connection, for the requests that come from it.
#[derive(Clone)]
struct Peer {
    gateway: Arc<Gateway>,
    settings: Arc<ServerSettings>,
    address: IpAddr,
}

/// Fields of a request; more is answered with 431.
const HEADER_FIELDS: usize = 100;

/// After an accept that failed: the process may be out of file descriptors, and trying at once would only spin.
const ACCEPT_AGAIN: Duration = Duration::from_millis(50);

/// While every place is taken by work: how long until it is looked whether some of it has ended.
const DISPLACE_AGAIN: Duration = Duration::from_millis(100);

/// Streams that a client reset before they were looked at, and streams that it made us reset: more end the connection.
/// A client that changes its mind so often is an attack (CVE-2023-44487, CVE-2025-8671).
const RESETS_UNSEEN: usize = 20;
const RESETS_CAUSED: usize = 100;

/// Bytes of uploads that a client may have sent and nobody has read: of one stream, and of the connection.
const UPLOAD_WINDOW: u32 = 256 << 10;

/// Bytes of answers that wait inside the protocol for one stream's window.
const SEND_BUFFER: usize = 64 << 10;

impl Server {
    /// On this socket.
    #[must_use]
    pub fn new(listener: TcpListener, gateway: Arc<Gateway>, settings: ServerSettings) -> Self {
        // What waits in the kernel for a slow client is memory too, and the kernel would take megabytes of it. It asks for
        // more when half of this is gone: what a client at the least rate takes in the time that is measured. Accepted
        // sockets inherit it.
        let least = settings.minimum_rate.saturating_mul(settings.stall.as_secs());
        let unsent = u32::try_from(least.saturating_mul(2).clamp(32 << 10, 1 << 20)).unwrap_or(1 << 20);
        if let Err(error) = socket2::SockRef::from(&listener).set_tcp_notsent_lowat(unsent) {
            tracing::debug!(%error, "TCP_NOTSENT_LOWAT could not be set");
        }
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
        let ServerSettings { minimum_rate: rate, stall, idle, .. } = *self.settings;
        let connections = Connections::new(Rules { rate, stall, idle }, Arc::clone(&self.gateway.metrics));
        let places = Arc::new(Semaphore::new(self.settings.connections));
        let sweep = tokio::spawn(sweep(Arc::clone(&connections)));
        loop {
            let accepted = tokio::select! {
                accepted = self.accept(&places, &connections) => accepted,
                _ = stop.wait_for(|stop| *stop) => break,
            };
            if let Some((stream, peer, place)) = accepted {
                self.serve(stream, peer, place, &connections);
            }
        }
        drop(self.listener);
        connections.finish();
        let all = u32::try_from(self.settings.connections).unwrap_or(u32::MAX);
        // INVARIANT: the semaphore is never closed.
        let _all = places.acquire_many(all).await;
        sweep.abort();
    }

    /// A connection that has a place. If there is none, those that have been idle for longest give up theirs.
    async fn accept(
        &self,
        places: &Arc<Semaphore>,
        connections: &Connections,
    ) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
        let (stream, peer) = match self.listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                let displaced = connections.displace();
                tracing::warn!(%error, displaced, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_AGAIN).await;
                return None;
            }
        };
        if let Ok(place) = Arc::clone(places).try_acquire_owned() {
            return Some((stream, peer, place));
        }
        loop {
            connections.displace();
            if let Ok(place) = tokio::time::timeout(DISPLACE_AGAIN, Arc::clone(places).acquire_owned()).await {
                return Some((stream, peer, place.ok()?));
            }
        }
    }

    fn serve(
        &self,
        stream: TcpStream,
        address: SocketAddr,
        place: OwnedSemaphorePermit,
        connections: &Arc<Connections>,
    ) {
        // Without it, the end of a response waits for the acknowledgement of its beginning.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY could not be set");
        }
        let (gateway, settings) = (Arc::clone(&self.gateway), Arc::clone(&self.settings));
        let peer = Peer { gateway, settings, address: address.ip() };
        let registered = connections.register();
        tokio::spawn(async move {
            if let Err(error) = peer.serve(stream, &registered.shared).await {
                tracing::debug!(%error, peer = %address, "connection ended");
            }
            drop(registered);
            drop(place);
        });
    }
}

async fn sweep(connections: Arc<Connections>) {
    let mut ticks = tokio::time::interval(connections.sweep_interval());
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        connections.sweep();
    }
}

impl Peer {
    async fn serve(self, mut stream: TcpStream, shared: &Arc<Connection>) -> Result<(), Box<dyn Error + Send + Sync>> {
        let ServerSettings { idle, header_read, .. } = *self.settings;
        match begin(&mut stream, shared, idle, header_read).await? {
            None => Ok(()),
            Some(Begun::Http1(first)) => Ok(self.serve_http1(stream, first, shared).await?),
            Some(Begun::Http2(first)) => {
                shared.multiplex();
                let io = Frames::new(self.socket(stream, shared), first, Arc::clone(shared))?;
                Ok(self.serve_http2(io, shared).await?)
            }
        }
    }

    fn socket(&self, stream: TcpStream, shared: &Arc<Connection>) -> Socket {
        Socket::new(stream, Arc::clone(shared), Arc::clone(&self.gateway.pages))
    }

    async fn serve_http1(self, stream: TcpStream, first: Vec<u8>, shared: &Arc<Connection>) -> hyper::Result<()> {
        let settings = Arc::clone(&self.settings);
        let limits = FramingLimits { head: settings.header_bytes, fields: HEADER_FIELDS };
        let patience = Patience::new(settings.header_read, settings.idle, Arc::clone(shared));
        let lane = Lane::new(self.clone());
        let io = Gate::new(self.socket(stream, shared), first, limits, Arc::clone(&patience), lane);
        let service = service_fn(move |request: Request<Incoming>| {
            let peer = self.clone();
            async move {
                Ok::<_, Infallible>(match gate::refused(request.uri()) {
                    None => peer.answer(request).await,
                    Some(malformed) => peer.gateway.refuse(malformed.into()).response,
                })
            }
        });
        let connection = http1::Builder::new()
            .timer(patience.timer())
            .header_read_timeout(settings.idle)
            .max_headers(HEADER_FIELDS)
            .max_header_size(settings.header_bytes)
            .serve_connection(io, service);
        Served::new(connection, Arc::clone(shared)).await
    }

    async fn serve_http2(self, io: Frames<Socket>, shared: &Arc<Connection>) -> hyper::Result<()> {
        let settings = Arc::clone(&self.settings);
        let requests = Arc::clone(shared);
        let service = service_fn(move |request: Request<Incoming>| {
            let (peer, under_way) = (self.clone(), requests.begin());
            async move { Ok::<_, Infallible>(peer.answer(request).await.map(|body| Portions::of(body, under_way))) }
        });
        let connection = http2::Builder::new(TokioExecutor::new())
            .max_concurrent_streams(settings.streams)
            .max_header_list_size(u32::try_from(settings.header_bytes).unwrap_or(u32::MAX))
            .max_pending_accept_reset_streams(RESETS_UNSEEN)
            .max_local_error_reset_streams(RESETS_CAUSED)
            .initial_stream_window_size(UPLOAD_WINDOW)
            .initial_connection_window_size(UPLOAD_WINDOW)
            .max_send_buf_size(SEND_BUFFER)
            .serve_connection(io, service);
        Served::new(connection, Arc::clone(shared)).await
    }

    async fn answer(self, mut request: Request<Incoming>) -> Response<Body> {
        drop_untrusted_claims(self.address, request.headers_mut(), &self.settings.trusted_proxies);
        // Who may purge is said by the client's address, and an origin is told the peer's.
        let peer = if *request.method() == *PURGE {
            client_address(self.address, request.headers(), &self.settings.trusted_proxies)
        } else {
            self.address
        };
        let line = Line::begin(&self, &request);
        let request = request.map(|body| Upload::new(body, self.settings.minimum_rate, self.settings.stall));
        let Answered { response, cache } = self.gateway.handle_from(Some(peer), request).await;
        if let Some(line) = line {
            line.write(&self, response.status(), http_body::Body::size_hint(response.body()).exact(), cache.label());
        }
        response
    }
}
