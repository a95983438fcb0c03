//! Making a connection: within the time allowed, and only to addresses that are allowed.
//!
//! INVARIANT: with [`Reach::Public`] every address is checked between its resolution and the connection to it, so a
//! name that resolves differently a moment later gains nothing. A literal address is checked in the same place.

use std::error::Error;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use ::http::Uri;
use hyper_rustls::{ConfigBuilderExt as _, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::{GaiResolver, Name};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use thiserror::Error;
use tower_service::Service;

use super::stream::Stream;
use super::{HttpConfig, HttpSetupError};
use crate::upstream::address::is_public;
use crate::upstream::error::{FetchError, find};

/// An idle TCP connection is probed this often, so that one that a firewall forgot is found out.
const KEEPALIVE: Duration = Duration::from_secs(60);

/// Which addresses may be connected to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// All: the owner chose.
    Anywhere,
    /// Those of the public Internet: a redirect chose.
    Public,
}

/// Connects for the client.
#[derive(Debug, Clone)]
pub(super) struct Connector {
    inner: HttpsConnector<HttpConnector<Resolver>>,
    reach: Reach,
    timeout: Duration,
}

/// Why there is no connection.
#[derive(Debug, Error)]
pub(super) enum ConnectError {
    #[error("no connection in time")]
    Timeout,
    #[error("no connection")]
    Failed(#[source] Box<dyn Error + Send + Sync>),
}

/// Resolves names to the addresses within reach.
#[derive(Debug, Clone)]
struct Resolver {
    system: GaiResolver,
    reach: Reach,
}

#[derive(Debug, Error)]
#[error("{0} is not a public address")]
struct Forbidden(IpAddr);

type Pending<T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send>>;

impl Reach {
    fn check(self, address: IpAddr) -> Result<(), Forbidden> {
        match self {
            Self::Public if !is_public(address) => Err(Forbidden(address)),
            Self::Public | Self::Anywhere => Ok(()),
        }
    }
}

impl Connector {
    pub(super) fn new(config: &HttpConfig, reach: Reach) -> Result<Self, HttpSetupError> {
        let mut http = HttpConnector::new_with_resolver(Resolver { system: GaiResolver::new(), reach });
        http.enforce_http(false);
        http.set_nodelay(true);
        http.set_keepalive(Some(KEEPALIVE));
        // Shared out among the addresses of a name, so that one black hole does not use up the whole timeout.
        http.set_connect_timeout(Some(config.connect_timeout));
        let inner = HttpsConnectorBuilder::new()
            .with_tls_config(tls(config, reach)?)
            .https_or_http()
            .enable_http1()
            .wrap_connector(http);
        Ok(Self { inner, reach, timeout: config.connect_timeout })
    }
}

fn tls(config: &HttpConfig, reach: Reach) -> Result<ClientConfig, HttpSetupError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let builder = match (&config.ca, reach) {
        (Some(path), Reach::Anywhere) => {
            let unreadable = |source| HttpSetupError::Certificates { path: path.clone(), source };
            let mut roots = RootCertStore::empty();
            for certificate in CertificateDer::pem_file_iter(path).map_err(unreadable)? {
                roots.add(certificate.map_err(unreadable)?)?;
            }
            if roots.is_empty() {
                return Err(HttpSetupError::NoCertificate(path.clone()));
            }
            builder.with_root_certificates(roots)
        }
        (_, Reach::Public) | (None, Reach::Anywhere) => builder.with_webpki_roots(),
    };
    Ok(builder.with_no_client_auth())
}

impl Service<Uri> for Connector {
    type Response = Stream;
    type Error = ConnectError;
    type Future = Pending<Stream, ConnectError>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), ConnectError>> {
        self.inner.poll_ready(context).map_err(ConnectError::Failed)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
        let checked = host.parse().map_or(Ok(()), |literal| self.reach.check(literal));
        let connecting = checked.map(|()| self.inner.call(uri));
        let timeout = self.timeout;
        Box::pin(async move {
            let connecting = connecting.map_err(|forbidden| ConnectError::Failed(forbidden.into()))?;
            match tokio::time::timeout(timeout, connecting).await {
                Ok(Ok(inner)) => Ok(Stream::new(inner)),
                Ok(Err(error)) => Err(ConnectError::Failed(error)),
                Err(_elapsed) => Err(ConnectError::Timeout),
            }
        })
    }
}

impl Service<Name> for Resolver {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Pending<Self::Response, io::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.system.poll_ready(context)
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let resolving = self.system.call(name);
        let reach = self.reach;
        Box::pin(async move { within(reach, resolving.await?) })
    }
}

/// The addresses that may be connected to; an error if there were some and none of them may.
fn within(reach: Reach, found: impl Iterator<Item = SocketAddr>) -> io::Result<std::vec::IntoIter<SocketAddr>> {
    let mut allowed = Vec::new();
    let mut refused = None;
    for address in found {
        match reach.check(address.ip()) {
            Ok(()) => allowed.push(address),
            Err(forbidden) => refused = Some(forbidden),
        }
    }
    match refused {
        Some(forbidden) if allowed.is_empty() => Err(io::Error::new(io::ErrorKind::PermissionDenied, forbidden)),
        _ => Ok(allowed.into_iter()),
    }
}

impl ConnectError {
    /// Why the client could not connect, from what it says.
    pub(super) fn reason(error: hyper_util::client::legacy::Error) -> FetchError {
        let timed_out = |error: &io::Error| error.kind() == io::ErrorKind::TimedOut;
        if let Some(Self::Timeout) = find(&error) {
            FetchError::ConnectTimeout
        } else if let Some(&Forbidden(address)) = find(&error) {
            FetchError::ForbiddenAddress(address)
        } else if find::<rustls::Error>(&error).is_some() {
            FetchError::Tls(Arc::new(error))
        } else if find(&error).is_some_and(timed_out) {
            FetchError::ConnectTimeout
        } else {
            FetchError::Connect(Arc::new(error))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fault 26: what counts is the address that is connected to, whatever the name resolved to before.
    #[test]
    fn a_name_reaches_only_its_public_addresses() {
        let sockets = |addresses: &[&str]| -> Vec<SocketAddr> {
            addresses.iter().map(|address| SocketAddr::new(address.parse().unwrap(), 0)).collect()
        };
        type Addresses = &'static [&'static str];
        let table: &[(Reach, Addresses, Option<Addresses>)] = &[
            (Reach::Public, &["8.8.8.8", "2606:4700::1"], Some(&["8.8.8.8", "2606:4700::1"])),
            (Reach::Public, &["127.0.0.1", "8.8.8.8", "fd00::1"], Some(&["8.8.8.8"])),
            (Reach::Public, &["127.0.0.1"], None),
            (Reach::Public, &["169.254.169.254", "::1"], None),
            (Reach::Public, &[], Some(&[])),
            (Reach::Anywhere, &["127.0.0.1", "8.8.8.8"], Some(&["127.0.0.1", "8.8.8.8"])),
        ];
        for (reach, found, expected) in table {
            let allowed = within(*reach, sockets(found).into_iter()).ok().map(Iterator::collect::<Vec<_>>);
            assert_eq!(allowed, expected.map(sockets), "{reach:?} {found:?}");
        }
    }
}
