//! The request as the node sees it: one authority and one path form, settled once, on arrival.
//!
//! What is built here feeds the components' getters, the cache key and the request to the origin alike, so that the
//! three can never disagree. It knows nothing of sites, caching or pictures.

mod accept;
mod authority;
mod cdn_loop;
mod framing;
mod hints;
mod language;
mod path;

pub use accept::{ImageFormat, accepted_encodings, accepted_image_formats, negotiate_image};
pub use authority::Authority;
pub use cdn_loop::{InvalidNodeName, NodeName, carry_names};
pub use framing::{Framing, FramingLimits, Malformed, Step};
pub use hints::{pixel_ratio, save_data, viewport_width};
pub use language::{Languages, content_language};
pub use path::CanonicalPath;

use http::header::HOST;
use http::uri::{Authority as UriAuthority, PathAndQuery};
use http::{HeaderMap, HeaderName, Method, Request, Version};
use thiserror::Error;

/// Fields with which a client could speak for another host, path or method: proxies of every kind trust them, and
/// what trusts them can be poisoned. No component sees them and no origin receives them.
pub const UNTRUSTED_FIELDS: [&str; 13] = [
    "forwarded",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-prefix",
    "x-forwarded-proto",
    "x-forwarded-scheme",
    "x-forwarded-server",
    "x-http-method",
    "x-http-method-override",
    "x-method-override",
    "x-original-url",
    "x-original-host",
    "x-rewrite-url",
];

/// A request's head in canonical form.
///
/// INVARIANT: `path`, or else the target's path, is a [`CanonicalPath`]. The query is what the client sent: only whoever
/// reads it knows what is the same in it, so two spellings are two queries, and one that is empty is not one that is
/// absent.
#[derive(Debug, Clone)]
pub struct RequestHead {
    method: Method,
    authority: Authority,
    /// As it came.
    target: PathAndQuery,
    /// The path's canonical form, where that is another.
    path: Option<String>,
    fields: HeaderMap,
}

/// Why a request's head is refused.
#[derive(Debug, Error, Clone, Copy, PartialEq, Eq)]
pub enum BadRequest {
    /// RFC 9112 §3.2: exactly one Host field.
    #[error("send exactly one Host field")]
    Host,
    /// The Host field is not an authority.
    #[error("the Host field is not a host name with an optional port")]
    Authority,
    /// An absolute target names another host than the Host field.
    #[error("the request target and the Host field name different hosts")]
    TwoAuthorities,
    /// Neither origin form nor absolute form.
    #[error("the request target is not a path")]
    Target,
    /// The target is longer than the limit.
    #[error("the request target is too long")]
    TooLong,
    /// CONNECT and TRACE are not for a gateway.
    #[error("this method is not served here")]
    Method,
    /// HTTP/1 that can be read in two ways.
    #[error(transparent)]
    Malformed(#[from] Malformed),
}

impl RequestHead {
    /// Settles a request's head. `longest_target` is in bytes.
    ///
    /// # Errors
    /// [`BadRequest`] says what the client has to change.
    pub fn settle<B>(request: Request<B>, longest_target: usize) -> Result<(Self, B), BadRequest> {
        let (parts, body) = request.into_parts();
        if matches!(parts.method, Method::CONNECT | Method::TRACE) {
            return Err(BadRequest::Method);
        }
        let target = parts.uri.path_and_query().ok_or(BadRequest::Target)?.clone();
        if target.as_str().len() > longest_target {
            return Err(BadRequest::TooLong);
        }
        let path = CanonicalPath::parse(target.path()).ok_or(BadRequest::Target)?.into_changed();
        let authority = settle_authority(&parts.headers, parts.uri.authority(), parts.version)?;
        Ok((Self { method: parts.method, authority, target, path, fields: parts.headers }, body))
    }

    /// A GET that nobody sent: what the node asks in its own name, or on the command line. A target that is no path
    /// counts as "/", and an authority that is none as a name that no site has.
    #[must_use]
    pub fn composed(authority: &str, path: &str, query: Option<&str>, fields: HeaderMap) -> Self {
        let path = CanonicalPath::parse(path).map_or("/".into(), CanonicalPath::into_text);
        let text = match query {
            Some(query) => format!("{path}?{query}"),
            None => path.into_owned(),
        };
        let target = PathAndQuery::try_from(text).unwrap_or(PathAndQuery::from_static("/"));
        let authority = Authority::parse(authority).unwrap_or_else(|_| Authority::invalid());
        Self { method: Method::GET, authority, target, path: None, fields }
    }

    /// The method.
    #[must_use]
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// Host and port, as an [`Authority`] has them.
    #[must_use]
    pub fn authority(&self) -> &str {
        self.authority.as_str()
    }

    /// The path, beginning with "/".
    #[must_use]
    pub fn path(&self) -> &str {
        self.path.as_deref().unwrap_or(self.target.path())
    }

    /// What followed the "?".
    #[must_use]
    pub fn query(&self) -> Option<&str> {
        self.target.query()
    }

    /// The header fields, as they came.
    #[must_use]
    pub fn fields(&self) -> &HeaderMap {
        &self.fields
    }

    /// A field's lines, joined with ", "; none where it is absent or of [`UNTRUSTED_FIELDS`].
    #[must_use]
    pub fn field(&self, name: &HeaderName) -> Option<Vec<u8>> {
        if UNTRUSTED_FIELDS.contains(&name.as_str()) {
            return None;
        }
        join_lines(&self.fields, name)
    }

    /// Whether a field is there, by the same rule.
    #[must_use]
    pub fn has_field(&self, name: &HeaderName) -> bool {
        !UNTRUSTED_FIELDS.contains(&name.as_str()) && self.fields.contains_key(name)
    }
}

/// A field's lines joined with ", " (RFC 9110 §5.3).
#[must_use]
pub fn join_lines(fields: &HeaderMap, name: &HeaderName) -> Option<Vec<u8>> {
    let mut lines = fields.get_all(name).iter();
    let mut value = lines.next()?.as_bytes().to_vec();
    for line in lines {
        value.extend_from_slice(b", ");
        value.extend_from_slice(line.as_bytes());
    }
    Some(value)
}

fn settle_authority(
    fields: &HeaderMap,
    in_target: Option<&UriAuthority>,
    version: Version,
) -> Result<Authority, BadRequest> {
    let mut lines = fields.get_all(HOST).iter();
    let host = match (lines.next(), lines.next()) {
        (Some(line), None) => Some(line.to_str().map_err(|_| BadRequest::Authority)?),
        (None, _) if version < Version::HTTP_11 || in_target.is_some() => None,
        _ => return Err(BadRequest::Host),
    };
    let from_host = host.map(Authority::parse).transpose()?;
    let from_target = in_target.map(|authority| Authority::parse(authority.as_str())).transpose()?;
    match (from_host, from_target) {
        (Some(host), Some(target)) if host != target => Err(BadRequest::TwoAuthorities),
        (Some(authority), _) | (None, Some(authority)) => Ok(authority),
        (None, None) => Err(BadRequest::Host),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settle(target: &str, hosts: &[&str]) -> Result<RequestHead, BadRequest> {
        let mut request = Request::builder().uri(target);
        for host in hosts {
            request = request.header(HOST, *host);
        }
        let request = request.body(()).expect("a valid request");
        RequestHead::settle(request, 8192).map(|(head, ())| head)
    }

    #[test]
    fn one_authority_is_settled() {
        let table: [(&str, &[&str], Result<&str, BadRequest>); 11] = [
            ("/", &["Example.COM"], Ok("example.com")),
            ("/", &["example.com:80"], Ok("example.com")),
            ("/", &["example.com.:8080"], Ok("example.com:8080")),
            ("http://a.example/", &["A.example"], Ok("a.example")),
            ("http://a.example/", &["b.example"], Err(BadRequest::TwoAuthorities)),
            ("/", &["a", "b"], Err(BadRequest::Host)),
            ("/", &[], Err(BadRequest::Host)),
            ("/", &["user@a"], Err(BadRequest::Authority)),
            ("/", &[""], Err(BadRequest::Authority)),
            ("/", &["."], Err(BadRequest::Authority)),
            ("/", &["a:99999"], Err(BadRequest::Authority)),
        ];
        for (target, hosts, expected) in table {
            let settled = settle(target, hosts).map(|head| head.authority().to_owned());
            assert_eq!(settled, expected.map(str::to_owned), "{target} {hosts:?}");
        }
    }

    #[test]
    fn a_target_beyond_the_limit_is_refused() {
        let long = format!("/{}", "a".repeat(9000));
        assert_eq!(settle(&long, &["a"]).err(), Some(BadRequest::TooLong));
    }

    #[test]
    fn fields_that_speak_for_others_are_absent() {
        let mut fields = HeaderMap::new();
        fields.insert("x-forwarded-host", http::HeaderValue::from_static("evil.example"));
        let head = RequestHead::composed("a", "/", None, fields);
        let name = HeaderName::from_static("x-forwarded-host");
        assert_eq!(head.field(&name), None);
        assert!(!head.has_field(&name));
    }
}
