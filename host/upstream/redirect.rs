//! Where a redirect leads (RFC 9110 §15.4, RFC 3986 §5). Whether it may lead there is checked when it is connected to.

use ::http::header::LOCATION;
use ::http::uri::Scheme;
use ::http::{HeaderMap, StatusCode, Uri};

use super::error::BadRedirect;

/// How many redirects one fetch follows.
pub(super) const LIMIT: usize = 3;

/// Where a response redirects to, or `None` if it is not a redirect with a Location.
pub(super) fn location(status: StatusCode, fields: &HeaderMap, base: &Uri) -> Result<Option<Uri>, BadRedirect> {
    if !matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    fields.get(LOCATION).map(|location| resolve(base, location.as_bytes())).transpose()
}

/// Whether two URLs have the same scheme, host and port.
#[must_use]
pub fn same_authority(a: &Uri, b: &Uri) -> bool {
    let host = |uri: &Uri| uri.host().map(str::to_ascii_lowercase);
    a.scheme() == b.scheme() && host(a) == host(b) && port(a) == port(b)
}

fn port(uri: &Uri) -> Option<u16> {
    let default = || match uri.scheme() {
        Some(scheme) if *scheme == Scheme::HTTPS => Some(443),
        Some(scheme) if *scheme == Scheme::HTTP => Some(80),
        _ => None,
    };
    uri.port_u16().or_else(default)
}

/// A reference, as a URL beside `base` (RFC 3986 §5.2).
///
/// # Errors
/// What is wrong with it.
pub fn resolve(base: &Uri, location: &[u8]) -> Result<Uri, BadRedirect> {
    let reference = as_ascii(location)?;
    let reference = reference.split('#').next().unwrap_or_default();
    let own = |path: &str, query: &str| {
        let scheme = base.scheme_str().unwrap_or_default();
        let authority = base.authority().map_or("", |authority| authority.as_str());
        format!("{scheme}://{authority}{}{query}", remove_dot_segments(path))
    };
    let (path, query) = reference.split_at(reference.find('?').unwrap_or(reference.len()));
    let url = if let Some(scheme) = scheme_of(reference) {
        if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
            return Err(BadRedirect::Scheme);
        }
        reference.to_owned()
    } else if reference.starts_with("//") {
        format!("{}:{reference}", base.scheme_str().unwrap_or_default())
    } else if path.starts_with('/') {
        own(path, query)
    } else if !path.is_empty() {
        let folder = base.path().rfind('/').map_or("/", |slash| &base.path()[..=slash]);
        own(&format!("{folder}{path}"), query)
    } else if !query.is_empty() {
        own(base.path(), query)
    } else {
        return Ok(base.clone());
    };
    let url: Uri = url.parse().map_err(|_| BadRedirect::Location)?;
    // "http:" and "http:80" parse too, as a host without a scheme.
    match (url.scheme(), url.authority()) {
        (Some(_), Some(authority)) if authority.as_str().contains('@') => Err(BadRedirect::Credentials),
        (Some(_), Some(authority)) if !authority.host().is_empty() => Ok(url),
        _ => Err(BadRedirect::Location),
    }
}

/// RFC 3986 §3.1: what stands before a colon, if it can be a scheme.
fn scheme_of(reference: &str) -> Option<&str> {
    let (scheme, _) = reference.split_once(':')?;
    let letters = scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    (letters && scheme.starts_with(|first: char| first.is_ascii_alphabetic())).then_some(scheme)
}

/// Percent-encodes what many servers forget to encode: spaces and everything beyond ASCII.
fn as_ascii(location: &[u8]) -> Result<String, BadRedirect> {
    let mut ascii = String::with_capacity(location.len());
    for &byte in location.trim_ascii() {
        match byte {
            b'!'..=b'~' => ascii.push(char::from(byte)),
            b' ' | 0x80.. => ascii.push_str(&format!("%{byte:02X}")),
            _ => return Err(BadRedirect::Location),
        }
    }
    Ok(ascii)
}

/// RFC 3986 §5.2.4, for a path that begins with a slash.
fn remove_dot_segments(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        let last = segments.peek().is_none();
        match segment {
            "." | ".." => {
                if segment == ".." {
                    kept.pop();
                }
                if last {
                    kept.push("");
                }
            }
            segment => kept.push(segment),
        }
    }
    format!("/{}", kept.join("/"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn locations_resolve_as_url_references() {
        let base: Uri = "http://origin.example:8080/a/b/c?d=e".parse().unwrap();
        let table: &[(&str, Result<&str, BadRedirect>)] = &[
            ("https://other.example/x?y", Ok("https://other.example/x?y")),
            ("HTTP://other.example/x", Ok("http://other.example/x")),
            ("https://other.example", Ok("https://other.example/")),
            ("//other.example/x", Ok("http://other.example/x")),
            ("/x?y#z", Ok("http://origin.example:8080/x?y")),
            ("x", Ok("http://origin.example:8080/a/b/x")),
            ("x/y:z", Ok("http://origin.example:8080/a/b/x/y:z")),
            ("../x", Ok("http://origin.example:8080/a/x")),
            ("../../../x", Ok("http://origin.example:8080/x")),
            ("./", Ok("http://origin.example:8080/a/b/")),
            ("..", Ok("http://origin.example:8080/a/")),
            ("/x/../y?../z", Ok("http://origin.example:8080/y?../z")),
            ("?x", Ok("http://origin.example:8080/a/b/c?x")),
            ("", Ok("http://origin.example:8080/a/b/c?d=e")),
            ("/a b/\u{e9}", Ok("http://origin.example:8080/a%20b/%C3%A9")),
            ("ftp://other.example/x", Err(BadRedirect::Scheme)),
            ("file:///etc/passwd", Err(BadRedirect::Scheme)),
            ("javascript:alert(1)", Err(BadRedirect::Scheme)),
            ("http:/x", Err(BadRedirect::Location)),
            ("http://", Err(BadRedirect::Location)),
            ("http:", Err(BadRedirect::Location)),
            ("http:80", Err(BadRedirect::Location)),
            ("http://:80/", Err(BadRedirect::Location)),
            ("http:///x", Err(BadRedirect::Location)),
            ("http://user@other.example/", Err(BadRedirect::Credentials)),
            ("http://user:secret@other.example/", Err(BadRedirect::Credentials)),
            ("//user@other.example/", Err(BadRedirect::Credentials)),
            ("/a\tb", Err(BadRedirect::Location)),
        ];
        for (location, expected) in table {
            let resolved = resolve(&base, location.as_bytes()).map(|uri| uri.to_string());
            assert_eq!(resolved, expected.map(str::to_owned), "{location}");
        }
    }

    proptest! {
        #[test]
        fn a_location_is_refused_or_leads_to_a_plain_http_url(
            location in prop_oneof![
                prop::collection::vec(any::<u8>(), 0..60),
                "(https?:|HTTP:|ftp:)?(//)?[a-z@:\\[\\].%/?#\\\\]{0,40}".prop_map(String::into_bytes),
            ],
        ) {
            let base = Uri::from_static("https://origin.example/a/b");
            if let Ok(url) = resolve(&base, &location) {
                prop_assert!(matches!(url.scheme_str(), Some("http" | "https")), "{}", url);
                prop_assert!(!url.authority().unwrap().as_str().contains('@'), "{}", url);
                prop_assert!(!url.host().unwrap().is_empty(), "{}", url);
                prop_assert!(url.path().starts_with('/'), "{}", url);
            }
        }
    }

    #[test]
    fn authorities_are_compared_with_their_default_ports() {
        let table = [
            ("http://a.example/", "http://A.example:80/x", true),
            ("https://a.example/", "https://a.example:443/", true),
            ("http://a.example/", "https://a.example/", false),
            ("http://a.example:8080/", "http://a.example/", false),
            ("http://a.example/", "http://b.example/", false),
            ("http://[::1]/", "http://[::1]:80/", true),
        ];
        for (a, b, expected) in table {
            assert_eq!(same_authority(&a.parse().unwrap(), &b.parse().unwrap()), expected, "{a} {b}");
        }
    }
}
