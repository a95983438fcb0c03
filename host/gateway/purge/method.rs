//! The method PURGE on the clients' socket: answered here, and never shown to a component or an origin.
//!
//! It purges the URL that it names, or, with `Surrogate-Key` or `Cache-Tag`, these tags on the site of its host. It is
//! hard unless `Soft-Purge: 1` says otherwise. What was not stored counts as purged: the answer is 200 all the same.

use std::net::IpAddr;
use std::sync::{Arc, LazyLock};

use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HOST, WWW_AUTHENTICATE};
use http::uri::{Authority, Scheme};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode};

use crate::cache::{CacheStatus, Purge};
use crate::gateway::purge::{CHALLENGE, Denied, PurgeError, PurgeTarget};
use crate::gateway::{Answered, Gateway};
use crate::request::RequestHead;
use crate::respond::Body;

/// The method PURGE.
pub static PURGE: LazyLock<Method> = LazyLock::new(|| {
    // INVARIANT: it is a token (RFC 9110 §9.1).
    Method::from_bytes(b"PURGE").expect("PURGE is a token")
});

const SOFT_PURGE: HeaderName = HeaderName::from_static("soft-purge");
/// Separated by spaces.
const SURROGATE_KEY: HeaderName = HeaderName::from_static("surrogate-key");
/// Separated by commas.
const CACHE_TAG: HeaderName = HeaderName::from_static("cache-tag");

/// A field says neither soft nor hard.
const NEITHER: &str = "Soft-Purge is 1 for a soft purge and 0 for a hard one";
/// A field is not text.
const NOT_TEXT: &str = "Surrogate-Key and Cache-Tag have tags in UTF-8";

impl Gateway {
    /// Answers a PURGE from a client at this address.
    pub(in crate::gateway) async fn answer_purge<B>(
        self: &Arc<Self>,
        client: Option<IpAddr>,
        request: &Request<B>,
    ) -> Answered {
        let response = match self.purging.access.admit_from(client, request.headers()) {
            Ok(()) => self.purge_as_asked(request).await,
            Err(denied) => {
                self.metrics.count_purge_denied(denied.word());
                refused(denied)
            }
        };
        Answered { response, cache: CacheStatus::Unused }
    }

    async fn purge_as_asked<B>(self: &Arc<Self>, request: &Request<B>) -> Response<Body> {
        let fields = request.headers();
        let Some(purge) = thoroughness(fields) else { return text(StatusCode::BAD_REQUEST, NEITHER) };
        let Some(tags) = tags(fields) else { return text(StatusCode::BAD_REQUEST, NOT_TEXT) };
        let purged = match self.target_of(request, tags) {
            Ok(target) => self.purge(&target, purge).await,
            Err(error) => Err(error),
        };
        match purged {
            Ok(purged) => {
                let body = serde_json::to_string(&purged).unwrap_or_default();
                answer(StatusCode::OK, "application/json", format!("{body}\n"))
            }
            Err(error) => text(error.status(), &error.to_string()),
        }
    }

    /// What a PURGE names, from its target, its host and its tags. Nothing else of it is looked at.
    fn target_of<B>(&self, request: &Request<B>, tags: Vec<String>) -> Result<PurgeTarget, PurgeError> {
        let mut plain = Request::new(());
        *plain.uri_mut() = request.uri().clone();
        *plain.version_mut() = request.version();
        for host in request.headers().get_all(HOST) {
            plain.headers_mut().append(HOST, host.clone());
        }
        let path = plain.uri().path_and_query().cloned();
        let (head, ()) = RequestHead::settle(plain, self.bounds.target)?;
        let host = head.authority().to_owned();
        if !tags.is_empty() {
            return Ok(PurgeTarget::Tags { tags, host: Some(host) });
        }
        let not_a_url = |_| PurgeError::Url(host.clone());
        let authority: Authority = host.parse().map_err(|_| PurgeError::Url(host.clone()))?;
        let mut parts = http::uri::Parts::default();
        (parts.scheme, parts.authority, parts.path_and_query) = (Some(Scheme::HTTP), Some(authority), path);
        http::Uri::from_parts(parts).map(PurgeTarget::Url).map_err(not_a_url)
    }
}

fn thoroughness(fields: &HeaderMap) -> Option<Purge> {
    match fields.get(SOFT_PURGE).map(HeaderValue::as_bytes) {
        None | Some(b"0") => Some(Purge::Hard),
        Some(b"1") => Some(Purge::Soft),
        Some(_) => None,
    }
}

/// The tags of both fields; none where one is not text.
fn tags(fields: &HeaderMap) -> Option<Vec<String>> {
    let mut tags = Vec::new();
    for line in fields.get_all(SURROGATE_KEY) {
        tags.extend(str::from_utf8(line.as_bytes()).ok()?.split_ascii_whitespace().map(str::to_owned));
    }
    for line in fields.get_all(CACHE_TAG) {
        let members = str::from_utf8(line.as_bytes()).ok()?.split(',').map(str::trim);
        tags.extend(members.filter(|member| !member.is_empty()).map(str::to_owned));
    }
    Some(tags)
}

/// Where purging with this method is not configured, there is no such method.
fn refused(denied: Denied) -> Response<Body> {
    let mut response = match denied {
        Denied::NotConfigured => text(StatusCode::METHOD_NOT_ALLOWED, "PURGE is not served here"),
        Denied::Address | Denied::NoToken | Denied::WrongToken => text(denied.status(), &denied.to_string()),
    };
    let (fields, status) = (response.headers_mut(), denied.status());
    if denied == Denied::NotConfigured {
        fields.insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
    } else if status == StatusCode::UNAUTHORIZED {
        fields.insert(WWW_AUTHENTICATE, HeaderValue::from_static(CHALLENGE));
    }
    response
}

fn text(status: StatusCode, line: &str) -> Response<Body> {
    answer(status, "text/plain; charset=utf-8", format!("{line}\n"))
}

fn answer(status: StatusCode, media_type: &'static str, body: String) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
