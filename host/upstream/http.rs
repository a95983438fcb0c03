//! An HTTP upstream: what is sent to it, how long it is waited for, what is accepted as an answer.
//!
//! Two clients with a pool each. `own` speaks to the server that the configuration names, wherever it is. `public`
//! speaks to where that server redirects, and can connect to public addresses only. Both speak HTTP/1.1.

mod admission;
mod connect;
mod exchange;
mod stream;
#[cfg(test)]
mod tests;
mod upload;

use std::path::PathBuf;
use std::time::Duration;

use ::http::uri::{Authority, PathAndQuery, Scheme};
use ::http::{HeaderValue, Method, Uri, header};
use rustls::pki_types::pem;
use thiserror::Error;

pub use self::admission::Capacity;
pub(super) use self::admission::Place;

use self::admission::Admission;
use self::connect::Reach;
use self::exchange::{Client, Message};
use super::body::RequestBody;
use super::error::FetchError;
use super::{Redirects, Request, Response, fields, redirect};

/// How to reach an HTTP upstream.
#[derive(Debug, Clone)]
pub struct HttpConfig {
    /// Scheme, authority and, optionally, a path that comes before every target. No query, no credentials.
    pub url: Uri,
    /// Whether the Host sent is the one that the client asked for. TLS goes by the upstream's name in any case.
    pub preserve_host: bool,
    /// Certificates in PEM that are trusted for this upstream *instead of* the public roots. Where it redirects
    /// elsewhere, the public roots count.
    pub ca: Option<PathBuf>,
    /// For resolving the name, connecting and the TLS handshake together.
    pub connect_timeout: Duration,
    /// From the last byte of the request to the head of the response.
    pub first_byte_timeout: Duration,
    /// The longest pause within a body.
    pub between_bytes_timeout: Duration,
    /// How long an unused connection stays open. Shorter than the upstream's own patience, so that few requests are
    /// sent into a connection that is just being closed.
    pub idle_timeout: Duration,
    /// How many unused connections stay open.
    pub idle_connections: usize,
    /// How much is asked of it at once.
    pub capacity: Capacity,
}

/// A server that speaks HTTP/1.1, with or without TLS.
#[derive(Debug)]
pub struct HttpUpstream {
    /// Scheme and authority, with the path "/".
    origin: Uri,
    /// The configured path, without a slash at its end.
    prefix: String,
    preserve_host: bool,
    admission: Admission,
    own: Client,
    public: Client,
}

/// Why an HTTP upstream cannot be set up.
#[derive(Debug, Error)]
pub enum HttpSetupError {
    /// Neither http nor https, or no host.
    #[error("{0} is not an upstream: write http://host or https://host")]
    Url(Uri),
    /// A URL with parts that an upstream cannot have.
    #[error("{0}: an upstream's URL has no query and no credentials")]
    UrlParts(Uri),
    /// The file of certificates cannot be read.
    #[error("cannot read the certificates in {path}")]
    Certificates {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: pem::Error,
    },
    /// The file of certificates has none.
    #[error("{0} contains no certificate in PEM")]
    NoCertificate(PathBuf),
    /// A certificate that cannot be a root.
    #[error("cannot set up TLS")]
    Tls(#[from] rustls::Error),
}

impl HttpConfig {
    /// An upstream with the default limits.
    #[must_use]
    pub fn new(url: Uri) -> Self {
        Self {
            url,
            preserve_host: false,
            ca: None,
            connect_timeout: Duration::from_secs(1),
            first_byte_timeout: Duration::from_secs(10),
            between_bytes_timeout: Duration::from_secs(15),
            idle_timeout: Duration::from_secs(30),
            idle_connections: 64,
            capacity: Capacity { concurrency: 256, queue: 1024, wait: Duration::from_secs(5) },
        }
    }
}

impl HttpUpstream {
    /// Sets up the clients; nothing is connected yet. Reads the file of certificates, so call it at start.
    ///
    /// # Errors
    /// When the URL or the certificates cannot be used.
    pub fn new(config: HttpConfig) -> Result<Self, HttpSetupError> {
        let url = &config.url;
        let (Some(scheme), Some(authority)) = (url.scheme(), url.authority()) else {
            return Err(HttpSetupError::Url(config.url));
        };
        if ![Scheme::HTTP, Scheme::HTTPS].contains(scheme) || authority.host().is_empty() {
            return Err(HttpSetupError::Url(config.url));
        }
        if url.query().is_some() || authority.as_str().contains('@') {
            return Err(HttpSetupError::UrlParts(config.url));
        }
        let origin = Uri::builder()
            .scheme(scheme.clone())
            .authority(authority.clone())
            .path_and_query("/")
            .build()
            .expect("the parts of a URL make a URL");
        Ok(Self {
            origin,
            prefix: url.path().trim_end_matches('/').to_owned(),
            preserve_host: config.preserve_host,
            admission: Admission::new(config.capacity),
            own: Client::new(&config, Reach::Anywhere)?,
            public: Client::new(&config, Reach::Public)?,
        })
    }

    pub(super) async fn fetch(&self, request: Request) -> Result<Response, FetchError> {
        let Request { method, target, authority, fields, mut body, redirects } = request;
        let mut message = Message { uri: self.locate(&target)?, method, fields };
        fields::prepare_request(&mut message.fields);
        let follow = redirects == Redirects::Follow
            && matches!(message.method, Method::GET | Method::HEAD)
            && matches!(body, RequestBody::Empty);
        let place = self.admission.enter().await?;
        for _ in 0..=redirect::LIMIT {
            let client = self.aim(&mut message, &authority);
            let response = client.exchange(&message, body).await?;
            let next = if follow { redirect::location(response.status, &response.fields, &message.uri)? } else { None };
            match next {
                Some(next) => message.uri = next,
                None => return Ok(Response { body: response.body.holding(place), ..response }),
            }
            body = RequestBody::Empty;
        }
        Err(FetchError::TooManyRedirects)
    }

    fn locate(&self, target: &PathAndQuery) -> Result<Uri, FetchError> {
        let mut parts = self.origin.clone().into_parts();
        let target = PathAndQuery::try_from(format!("{}{target}", self.prefix)).map_err(|_| FetchError::Target)?;
        parts.path_and_query = Some(target);
        Uri::from_parts(parts).map_err(|_| FetchError::Target)
    }

    /// The client for where a message goes, which alone decides what goes with it. Without a Host, the client sends the
    /// URL's.
    fn aim(&self, message: &mut Message, authority: &Authority) -> &Client {
        message.fields.remove(header::HOST);
        if !redirect::same_authority(&message.uri, &self.origin) {
            fields::remove_credentials(&mut message.fields);
            return &self.public;
        }
        if self.preserve_host {
            let host = HeaderValue::from_str(authority.as_str()).expect("an authority is visible ASCII");
            message.fields.insert(header::HOST, host);
        }
        &self.own
    }
}
