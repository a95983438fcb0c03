//! Which header fields travel with a message and which stay on one connection (RFC 9110 §7.6).

use ::http::HeaderMap;
use ::http::header::{
    AGE, AUTHORIZATION, CACHE_CONTROL, CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE,
    COOKIE, DATE, ETAG, EXPECT, EXPIRES, HOST, HeaderName, HeaderValue, LAST_MODIFIED, PRAGMA, SET_COOKIE, TE, TRAILER,
    TRANSFER_ENCODING, UPGRADE, VARY, VIA,
};

use crate::request::UNTRUSTED_FIELDS;

/// Fields that belong to the message whatever Connection says. A sender must not name them there (RFC 9110 §7.6.1);
/// if it does, obeying would let it take away the framing, the privacy or the identity of a message.
const END_TO_END: [HeaderName; 19] = [
    AGE,
    AUTHORIZATION,
    CACHE_CONTROL,
    CONTENT_ENCODING,
    CONTENT_LENGTH,
    CONTENT_RANGE,
    CONTENT_TYPE,
    COOKIE,
    DATE,
    ETAG,
    EXPIRES,
    HOST,
    HeaderName::from_static("cdn-loop"),
    LAST_MODIFIED,
    PRAGMA,
    SET_COOKIE,
    HeaderName::from_static("surrogate-control"),
    VARY,
    VIA,
];

const HOP_BY_HOP: [HeaderName; 7] = [
    CONNECTION,
    HeaderName::from_static("http2-settings"),
    HeaderName::from_static("keep-alive"),
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
];

/// Removes the fields of one connection from a message's head: those of the standard, `Proxy-*`, and what Connection
/// names, unless it names a field that belongs to the message.
pub fn remove_hop_by_hop(fields: &mut HeaderMap) {
    let named: Vec<HeaderName> = fields
        .get_all(CONNECTION)
        .iter()
        .flat_map(|value| value.as_bytes().split(|&byte| byte == b','))
        .filter_map(|option| HeaderName::from_bytes(option.trim_ascii()).ok())
        .filter(|name| !END_TO_END.contains(name))
        .collect();
    let always: Vec<HeaderName> = fields.keys().filter(|name| is_hop_by_hop(name)).cloned().collect();
    for name in named.iter().chain(&always) {
        fields.remove(name);
    }
}

/// Whether a field belongs to one connection, whatever Connection says: those of the standard, and `Proxy-*`.
#[must_use]
pub fn is_hop_by_hop(name: &HeaderName) -> bool {
    HOP_BY_HOP.contains(name) || name.as_str().starts_with("proxy-")
}

/// Makes a request's fields what an upstream may receive from us.
///
/// Content-Length goes too, because the body alone decides the framing; and Expect, because the body follows at once.
pub(super) fn prepare_request(fields: &mut HeaderMap) {
    remove_hop_by_hop(fields);
    for name in UNTRUSTED_FIELDS {
        fields.remove(name);
    }
    for name in [CONTENT_LENGTH, EXPECT, HOST] {
        fields.remove(name);
    }
    fields.append(VIA, HeaderValue::from_static("1.1 lucarne"));
}

/// Removes what only the sender of the credentials meant to send, before a request goes to another authority.
pub(super) fn remove_credentials(fields: &mut HeaderMap) {
    for name in [AUTHORIZATION, COOKIE] {
        fields.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Line = (&'static str, &'static str);

    fn fields(lines: &[Line]) -> HeaderMap {
        let lines = lines.iter().map(|&(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        let mut fields = HeaderMap::new();
        for (name, value) in lines {
            fields.append(name, value);
        }
        fields
    }

    #[test]
    fn only_end_to_end_fields_remain() {
        let table: &[(&[Line], &[&str])] = &[
            (&[("connection", "close"), ("a", "1")], &["a"]),
            (&[("connection", "a, B"), ("a", "1"), ("b", "2"), ("c", "3")], &["c"]),
            (&[("connection", "a"), ("connection", "b"), ("a", "1"), ("b", "2")], &[]),
            (&[("connection", "a,, ,not a name,b"), ("a", "1"), ("b", "2")], &[]),
            (&[("keep-alive", "timeout=5"), ("te", "trailers"), ("trailer", "x"), ("upgrade", "websocket")], &[]),
            (&[("transfer-encoding", "chunked"), ("http2-settings", "AAMA")], &[]),
            (&[("proxy-connection", "close"), ("proxy-authorization", "x"), ("proxy-status", "x")], &[]),
            (
                &[("connection", "host, content-length"), ("host", "a"), ("content-length", "3")],
                &["host", "content-length"],
            ),
            (
                &[("connection", "cache-control, set-cookie"), ("cache-control", "private"), ("set-cookie", "a=b")],
                &["cache-control", "set-cookie"],
            ),
        ];
        for (given, expected) in table {
            let mut fields = fields(given);
            remove_hop_by_hop(&mut fields);
            let mut left: Vec<_> = fields.keys().map(HeaderName::as_str).collect();
            left.sort_unstable();
            let mut expected = expected.to_vec();
            expected.sort_unstable();
            assert_eq!(left, expected, "{given:?}");
        }
    }

    /// Fault 37.
    #[test]
    fn a_request_claims_no_other_host_or_method() {
        let mut fields: HeaderMap = UNTRUSTED_FIELDS
            .into_iter()
            .map(|name| (HeaderName::from_static(name), HeaderValue::from_static("evil.example")))
            .collect();
        prepare_request(&mut fields);
        assert_eq!(fields.len(), 1);
        assert_eq!(fields[VIA], "1.1 lucarne");
    }

    #[test]
    fn via_is_added_to_those_before() {
        let mut fields = fields(&[("via", "1.0 fred")]);
        prepare_request(&mut fields);
        let via: Vec<_> = fields.get_all(VIA).iter().collect();
        assert_eq!(via, ["1.0 fred", "1.1 lucarne"]);
    }
}
