//! Answering with a file: methods, conditions and the fields that describe it (RFC 9110 §8, §13).
//!
//! Ranges are not answered here: the whole is the right answer to them too, and the cache cuts.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ::http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED,
};
use ::http::{HeaderMap, HeaderValue, Method, StatusCode};
use bytes::Bytes;
use httpdate::HttpDate;

use super::Response;
use super::body::Body;

/// A file as HTTP describes it.
#[derive(Debug, Clone)]
pub(super) struct Representation {
    pub(super) content_type: HeaderValue,
    pub(super) length: u64,
    /// Strong, in its quotes.
    pub(super) etag: HeaderValue,
    pub(super) last_modified: Option<LastModified>,
    pub(super) cache_control: HeaderValue,
}

/// When a file was changed, in whole seconds of HTTP's calendar.
#[derive(Debug, Clone, Copy)]
pub(super) struct LastModified(HttpDate);

/// What a request asks of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Its content.
    Content,
    /// Its description: the method is HEAD.
    Head,
    /// Nothing: the client has it.
    NotModified,
}

impl Representation {
    pub(super) fn wanted(&self, method: &Method, fields: &HeaderMap) -> Wanted {
        if self.is_known(fields) {
            Wanted::NotModified
        } else if method == Method::HEAD {
            Wanted::Head
        } else {
            Wanted::Content
        }
    }

    /// RFC 9110 §13.2.2: If-Modified-Since counts only where there is no If-None-Match.
    fn is_known(&self, fields: &HeaderMap) -> bool {
        if fields.contains_key(IF_NONE_MATCH) {
            return fields.get_all(IF_NONE_MATCH).iter().any(|value| names(value.as_bytes(), self.etag.as_bytes()));
        }
        let since = fields.get(IF_MODIFIED_SINCE).and_then(|value| value.to_str().ok()?.parse::<HttpDate>().ok());
        match (since, self.last_modified) {
            (Some(since), Some(LastModified(modified))) => modified <= since,
            _ => false,
        }
    }

    /// The response's head; `body` is what was asked for.
    pub(super) fn respond(self, wanted: Wanted, body: Body) -> Response {
        let mut fields = HeaderMap::new();
        fields.insert(ETAG, self.etag);
        fields.insert(CACHE_CONTROL, self.cache_control);
        if let Some(LastModified(modified)) = self.last_modified {
            fields.insert(LAST_MODIFIED, ascii(modified.to_string()));
        }
        if wanted == Wanted::NotModified {
            return Response { status: StatusCode::NOT_MODIFIED, fields, body };
        }
        fields.insert(CONTENT_TYPE, self.content_type);
        fields.insert(CONTENT_LENGTH, self.length.into());
        Response { status: StatusCode::OK, fields, body }
    }
}

impl LastModified {
    /// `None` outside the years that an HTTP date can express.
    pub(super) fn new(time: SystemTime) -> Option<Self> {
        /// The first second of the year 10000.
        const END: u64 = 253_402_300_800;
        let seconds = time.duration_since(UNIX_EPOCH).ok()?.as_secs();
        (seconds < END).then(|| Self(HttpDate::from(UNIX_EPOCH + Duration::from_secs(seconds))))
    }
}

/// The answer to a method that no file can answer.
pub(super) fn refuse_method(method: &Method) -> Option<Response> {
    if matches!(*method, Method::GET | Method::HEAD) {
        return None;
    }
    let mut response = bare(StatusCode::METHOD_NOT_ALLOWED);
    response.fields.insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
    Some(response)
}

/// The answer where there is no file, in the words of the node's own errors.
pub(super) fn not_found(method: &Method) -> Response {
    const TEXT: &str = "there is no such file here; a path that ends in a slash is that of the index.html in it\n";
    let fields = [
        (CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8")),
        (CONTENT_LENGTH, HeaderValue::from(TEXT.len())),
    ];
    let body = if method == Method::HEAD { Body::empty() } else { Body::from(Bytes::from_static(TEXT.as_bytes())) };
    Response { status: StatusCode::NOT_FOUND, fields: HeaderMap::from_iter(fields), body }
}

pub(super) fn max_age(duration: Duration) -> HeaderValue {
    ascii(format!("max-age={}", duration.as_secs()))
}

pub(super) fn ascii(text: String) -> HeaderValue {
    HeaderValue::try_from(text).expect("digits, letters and punctuation of ASCII")
}

fn bare(status: StatusCode) -> Response {
    let fields = HeaderMap::from_iter([(CONTENT_LENGTH, HeaderValue::from_static("0"))]);
    Response { status, fields, body: Body::empty() }
}

/// Whether an If-None-Match value names an entity tag, by weak comparison (RFC 9110 §8.8.3.2). A tag of ours contains
/// no comma, so a tag of others that does cannot be taken for it.
fn names(value: &[u8], etag: &[u8]) -> bool {
    let mut tags = value.split(|&byte| byte == b',').map(<[u8]>::trim_ascii);
    tags.any(|tag| tag == b"*" || tag.strip_prefix(b"W/").unwrap_or(tag) == etag)
}

#[cfg(test)]
mod tests {
    use ::http::HeaderName;

    use super::*;

    #[test]
    fn conditions_are_evaluated_in_their_order() {
        let modified = httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
        let file = Representation {
            content_type: HeaderValue::from_static("image/png"),
            length: 3,
            etag: HeaderValue::from_static("\"3-abc\""),
            last_modified: LastModified::new(modified + Duration::from_millis(999)),
            cache_control: max_age(Duration::from_secs(60)),
        };
        let table: &[(&[(&str, &str)], Wanted)] = &[
            (&[], Wanted::Content),
            (&[("if-none-match", "\"3-abc\"")], Wanted::NotModified),
            (&[("if-none-match", "W/\"3-abc\"")], Wanted::NotModified),
            (&[("if-none-match", "\"x\", \"3-abc\"")], Wanted::NotModified),
            (&[("if-none-match", "*")], Wanted::NotModified),
            (&[("if-none-match", "3-abc")], Wanted::Content),
            (&[("if-none-match", "\"x\"")], Wanted::Content),
            (&[("if-modified-since", "Sun, 06 Nov 1994 08:49:37 GMT")], Wanted::NotModified),
            (&[("if-modified-since", "Sun, 06 Nov 1994 08:49:38 GMT")], Wanted::NotModified),
            (&[("if-modified-since", "Sun, 06 Nov 1994 08:49:36 GMT")], Wanted::Content),
            (&[("if-modified-since", "yesterday")], Wanted::Content),
            (&[("if-none-match", "\"x\""), ("if-modified-since", "Sun, 06 Nov 1994 08:49:37 GMT")], Wanted::Content),
        ];
        for (lines, expected) in table {
            let line = |&(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value));
            let fields = lines.iter().map(line).collect();
            assert_eq!(file.wanted(&Method::GET, &fields), *expected, "{lines:?}");
        }
    }

    #[test]
    fn times_that_http_cannot_express_are_left_out() {
        let year_10000 = UNIX_EPOCH + Duration::from_secs(253_402_300_800);
        assert!(LastModified::new(UNIX_EPOCH - Duration::from_secs(1)).is_none());
        assert!(LastModified::new(year_10000).is_none());
        assert!(LastModified::new(year_10000 - Duration::from_secs(1)).is_some());
    }
}
