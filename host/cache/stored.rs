//! A stored response, and how a validation brings it up to date (RFC 9111 §3.2, §4.3.4).

use std::fmt;
use std::time::Instant;

use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, ETAG, LAST_MODIFIED};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use crate::cache::{Content, Fields, Freshness, Prepared, PurgeName, PurgeStamp};

/// A BLAKE3 digest of bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest([u8; 32]);

/// What a later request can ask the origin with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Validators {
    /// For If-None-Match.
    pub etag: Option<HeaderValue>,
    /// For If-Modified-Since.
    pub last_modified: Option<HeaderValue>,
}

/// The source that a variant was made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Of its bytes.
    pub digest: Digest,
    /// As the origin gave them.
    pub validators: Validators,
}

/// A complete response, as it is stored and served.
#[derive(Debug, Clone)]
pub struct StoredResponse {
    /// As received.
    pub status: StatusCode,
    /// End-to-end fields, without Age.
    pub fields: Fields,
    /// The content.
    pub body: Content,
    /// For how long it may be used.
    pub freshness: Freshness,
    /// For a variant: what it was made from. Elsewhere, since most have none and a hit needs none.
    pub source: Option<Box<Source>>,
    /// When its fetch began, and under which names it can be purged. A variant has its source's.
    pub stamp: PurgeStamp,
    /// Where the fields of the last hit are.
    pub prepared: Prepared,
}

impl Digest {
    /// Of these bytes. About 0.3 ms per MiB.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(*blake3::hash(bytes).as_bytes())
    }

    /// Of several parts, each with its length.
    #[must_use]
    pub fn of_parts(parts: &[&[u8]]) -> Self {
        let mut hasher = blake3::Hasher::new();
        for part in parts {
            hasher.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
            hasher.update(part);
        }
        Self(*hasher.finalize().as_bytes())
    }

    /// One that was computed before.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The first 128 bits in hexadecimal: enough to tell versions apart.
    #[must_use]
    pub fn short(&self) -> String {
        self.0[..16].iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Validators {
    /// Those that a response carries.
    #[must_use]
    pub fn of(fields: &HeaderMap) -> Self {
        Self { etag: fields.get(ETAG).cloned(), last_modified: fields.get(LAST_MODIFIED).cloned() }
    }

    /// Whether there is nothing to ask with.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.etag.is_none() && self.last_modified.is_none()
    }

    /// Whether a 304 with these fields can be about what has these validators (RFC 9111 §4.3.4). One without any is
    /// about what was asked for.
    #[must_use]
    pub fn are_confirmed_by(&self, update: &HeaderMap) -> bool {
        let opaque = |etag: &HeaderValue| etag.as_bytes().strip_prefix(b"W/").unwrap_or(etag.as_bytes()).to_vec();
        let told = Self::of(update);
        match (&self.etag, &told.etag) {
            // By weak comparison, which is how If-None-Match was answered (RFC 9110 §13.1.2).
            (Some(known), Some(told)) => opaque(known) == opaque(told),
            (_, None) | (None, _) => match (&self.last_modified, &told.last_modified) {
                (Some(known), Some(told)) => known == told,
                (None, _) | (_, None) => true,
            },
        }
    }

    /// The same, in memory of their own: they keep nothing alive that is larger than they are.
    #[must_use]
    pub fn compacted(&self) -> Self {
        let own = |known: &HeaderValue| value(known.as_bytes());
        Self { etag: self.etag.as_ref().map(own), last_modified: self.last_modified.as_ref().map(own) }
    }

    fn weight(&self) -> usize {
        self.etag.iter().chain(&self.last_modified).map(HeaderValue::len).sum()
    }

    /// Adds the conditional fields to a request.
    pub fn ask(&self, fields: &mut HeaderMap) {
        if let Some(etag) = &self.etag {
            fields.insert(http::header::IF_NONE_MATCH, etag.clone());
        }
        if let Some(date) = &self.last_modified {
            fields.insert(http::header::IF_MODIFIED_SINCE, date.clone());
        }
    }
}

/// A copy of what was a value.
fn value(bytes: &[u8]) -> HeaderValue {
    HeaderValue::from_bytes(bytes).expect("INVARIANT: a value's bytes are a value")
}

/// Fields that say how to read the stored bytes: a 304 does not change them (RFC 9111 §3.2). What the bytes are called,
/// their Content-Type, it does.
const OF_CONTENT: [HeaderName; 3] = [CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE];

impl StoredResponse {
    /// Its fields after a 304 with these: the content stays as it is.
    #[must_use]
    pub fn freshened(&self, update: &HeaderMap) -> HeaderMap {
        let mut fields = self.fields.to_map();
        for name in update.keys() {
            if OF_CONTENT.contains(name) {
                continue;
            }
            fields.remove(name);
            for value in update.get_all(name) {
                fields.append(name.clone(), value.clone());
            }
        }
        fields
    }

    /// Whether the answer to a HEAD with these fields describes this response (RFC 9111 §4.3.5).
    #[must_use]
    pub fn is_described_by(&self, head: &HeaderMap) -> bool {
        let same = |name| head.get(name).is_none_or(|told| self.fields.get(name) == Some(told.as_bytes()));
        let length = head.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
        same(&ETAG) && same(&LAST_MODIFIED) && length.is_none_or(|length| length == self.body.len())
    }

    /// What this response can be validated with.
    #[must_use]
    pub fn validators(&self) -> Validators {
        let own = |name| self.fields.get(name).map(value);
        Validators { etag: own(&ETAG), last_modified: own(&LAST_MODIFIED) }
    }

    /// Whole seconds of age, for the Age field.
    #[must_use]
    pub fn age_seconds(&self, now: Instant) -> u64 {
        self.freshness.current_age(now).as_secs()
    }

    /// About how many bytes it takes.
    #[must_use]
    pub fn weight(&self) -> usize {
        let source = self.source.as_ref().map_or(0, |source| size_of::<Source>() + source.validators.weight());
        let names = size_of_val::<[PurgeName]>(self.stamp.names());
        size_of::<Self>() + self.fields.weight() + self.body.weight() + source + names
    }
}
