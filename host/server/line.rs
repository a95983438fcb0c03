//! The access line of a request: what it says of the request is kept from its arrival on, and it is written with the
//! answer. Where nothing is logged, nothing is kept.

use std::net::IpAddr;
use std::time::{Instant, SystemTime};

use http::{HeaderValue, Method, Request, StatusCode, Uri, Version};

use super::Peer;
use super::client::client_address;
use crate::telemetry::AccessLine;

/// A line whose answer is not known yet.
pub(super) struct Line {
    at: SystemTime,
    start: Instant,
    client: IpAddr,
    method: Method,
    authority: Option<HeaderValue>,
    target: Uri,
    version: Version,
}

impl Line {
    /// For a request that has arrived, if requests are logged.
    pub(super) fn begin<B>(peer: &Peer, request: &Request<B>) -> Option<Self> {
        peer.settings.access.as_ref()?;
        let now = peer.gateway.clock.now();
        Some(Self {
            at: now.wall,
            start: now.instant,
            client: client_address(peer.address, request.headers(), &peer.settings.trusted_proxies),
            method: request.method().clone(),
            authority: request.headers().get(http::header::HOST).cloned(),
            target: request.uri().clone(),
            version: request.version(),
        })
    }

    /// With an answer of so many bytes, as far as that is known, and what the cache had to do with it.
    pub(super) fn write(self, peer: &Peer, status: StatusCode, bytes: Option<u64>, cache: &'static str) {
        let Some(log) = &peer.settings.access else { return };
        let authority = self.authority.as_ref().and_then(|host| host.to_str().ok());
        log.write(&AccessLine {
            at: self.at,
            client: self.client,
            method: self.method.as_str(),
            authority: authority.or(self.target.authority().map(|authority| authority.as_str())).unwrap_or("-"),
            target: self.target.path_and_query().map_or("/", |target| target.as_str()),
            version: if self.version == Version::HTTP_2 { "h2" } else { "h1" },
            status: status.as_u16(),
            bytes,
            cache,
            took: peer.gateway.clock.now().instant.saturating_duration_since(self.start),
        });
    }
}
