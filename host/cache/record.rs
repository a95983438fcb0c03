//! What is stored, in a form that outlives the process: all of a response but its content, or how the responses of a
//! target are told apart. Bytes that do not decode are nothing.
//!
//! ```text
//! version (u8), kind (u8)
//! response  status (u16), requested (anchor), four durations, validation (u8), fields, source, stamp
//! varies    epoch (u64), selectors, languages
//! large     generation of the content (u64), then as response
//! ```
//!
//! Numbers are little-endian, lists and texts have their length before them, a duration is seconds (u64) and
//! nanoseconds (u32), and what may be absent has a byte that says so. It knows nothing of files, and reads no clock.

use std::sync::Arc;
use std::time::{Duration, Instant};

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use crate::cache::selection::Varies;
use crate::cache::selector::Selecting;
use crate::cache::{
    Content, Digest, Fields, Freshness, Prepared, PurgeName, PurgeStamp, Selector, Sequence, Source, StoredResponse,
    Validation, Validators,
};
use crate::clock::{Anchor, Boot};
use crate::disk::Generation;

/// Something that is stored, as it is written down.
#[derive(Debug, Clone)]
pub enum Record {
    /// All of a response but its content.
    Response(Box<ResponseRecord>),
    /// How the responses of a target are told apart.
    Varies(VariesRecord),
    /// All of a response but its content, which is an entry of its own: so a validation writes none of it anew.
    Large(Box<ResponseRecord>, Elsewhere),
}

/// Which entry has the content of a response. Another that is in its place is of another response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Elsewhere(pub Generation);

/// All of a stored response but its content.
#[derive(Debug, Clone)]
pub struct ResponseRecord {
    status: StatusCode,
    fields: Fields,
    requested: Anchor,
    freshness: Windows,
    source: Option<Box<Source>>,
    stamp: PurgeStamp,
}

/// How the responses of a target are told apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VariesRecord(Selecting);

/// A [`Freshness`] without the instant that it counts from.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Windows {
    initial_age: Duration,
    lifetime: Duration,
    stale_while_revalidate: Duration,
    stale_if_error: Duration,
    validation: Validation,
}

/// Reads from the front of some bytes.
struct Reader<'a>(&'a [u8]);

/// Of this layout. What another version wrote is not read: it is a cache.
const VERSION: u8 = 1;
const RESPONSE: u8 = 0;
const VARIES: u8 = 1;
const LARGE: u8 = 2;

impl Record {
    /// As it is written.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut to = vec![VERSION];
        match self {
            Self::Response(response) => {
                to.push(RESPONSE);
                response.write(&mut to);
            }
            Self::Varies(VariesRecord(selecting)) => {
                to.push(VARIES);
                write_selecting(&mut to, selecting);
            }
            Self::Large(response, Elsewhere(content)) => {
                to.push(LARGE);
                to.extend(content.number().to_le_bytes());
                response.write(&mut to);
            }
        }
        to
    }

    /// As [`to_bytes`](Self::to_bytes) wrote it; none if it did not.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let mut from = Reader(bytes);
        if from.u8()? != VERSION {
            return None;
        }
        let record = match from.u8()? {
            RESPONSE => Self::Response(Box::new(ResponseRecord::read(&mut from)?)),
            VARIES => Self::Varies(VariesRecord(read_selecting(&mut from)?)),
            LARGE => {
                let content = Elsewhere(Generation::of(u64::from_le_bytes(from.bytes()?)));
                Self::Large(Box::new(ResponseRecord::read(&mut from)?), content)
            }
            _ => return None,
        };
        from.0.is_empty().then_some(record)
    }
}

impl ResponseRecord {
    /// Of a response whose request was sent then.
    #[must_use]
    pub fn of(response: &StoredResponse, requested: Anchor) -> Self {
        let Freshness { initial_age, lifetime, stale_while_revalidate, stale_if_error, validation, .. } =
            response.freshness;
        Self {
            status: response.status,
            fields: response.fields.clone(),
            requested,
            freshness: Windows { initial_age, lifetime, stale_while_revalidate, stale_if_error, validation },
            source: response.source.clone(),
            stamp: response.stamp.clone(),
        }
    }

    /// When the request was sent.
    #[must_use]
    pub fn requested(&self) -> &Anchor {
        &self.requested
    }

    /// The response, so long after its request was sent. Where nobody can tell how long that is, it has to be validated
    /// before anything.
    #[must_use]
    pub fn into_response(self, body: Content, since: Option<Duration>, now: Instant) -> StoredResponse {
        let Windows { initial_age, lifetime, stale_while_revalidate, stale_if_error, validation } = self.freshness;
        let freshness = Freshness {
            requested: now,
            initial_age: initial_age.saturating_add(since.unwrap_or_default()),
            lifetime,
            stale_while_revalidate,
            stale_if_error,
            validation: if since.is_some() { validation } else { Validation::EachTime },
        };
        StoredResponse {
            status: self.status,
            fields: self.fields,
            body,
            freshness,
            source: self.source,
            stamp: self.stamp,
            prepared: Prepared::default(),
        }
    }

    fn write(&self, to: &mut Vec<u8>) {
        to.extend(self.status.as_u16().to_le_bytes());
        write_optional(to, self.requested.boot.as_ref().map(|boot| &boot.0[..]));
        for duration in [self.requested.uptime, self.requested.wall] {
            write_duration(to, duration);
        }
        let Windows { initial_age, lifetime, stale_while_revalidate, stale_if_error, validation } = &self.freshness;
        for duration in [initial_age, lifetime, stale_while_revalidate, stale_if_error] {
            write_duration(to, *duration);
        }
        to.push(match validation {
            Validation::WhenStale => 0,
            Validation::WhenStaleAlways => 1,
            Validation::EachTime => 2,
        });
        write_length(to, self.fields.iter().count());
        for (name, value) in self.fields.iter() {
            write_text(to, name);
            write_text(to, value);
        }
        to.push(u8::from(self.source.is_some()));
        if let Some(Source { digest, validators }) = self.source.as_deref() {
            to.extend(digest.as_bytes());
            for validator in [&validators.etag, &validators.last_modified] {
                write_optional(to, validator.as_ref().map(HeaderValue::as_bytes));
            }
        }
        to.extend(self.stamp.began().0.to_le_bytes());
        write_length(to, self.stamp.names().len());
        to.extend(self.stamp.names().iter().flat_map(|name| name.to_bytes()));
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        let status = StatusCode::from_u16(u16::from_le_bytes(from.bytes()?)).ok()?;
        let boot = match from.optional()? {
            Some(boot) => Some(Boot(boot.try_into().ok()?)),
            None => None,
        };
        let requested = Anchor { boot, uptime: from.duration()?, wall: from.duration()? };
        let freshness = Windows {
            initial_age: from.duration()?,
            lifetime: from.duration()?,
            stale_while_revalidate: from.duration()?,
            stale_if_error: from.duration()?,
            validation: match from.u8()? {
                0 => Validation::WhenStale,
                1 => Validation::WhenStaleAlways,
                2 => Validation::EachTime,
                _ => return None,
            },
        };
        let mut fields = HeaderMap::new();
        for _ in 0..from.length()? {
            let name = HeaderName::from_bytes(from.text()?).ok()?;
            fields.try_append(name, HeaderValue::from_bytes(from.text()?).ok()?).ok()?;
        }
        let source = match from.u8()? {
            0 => None,
            1 => {
                let digest = Digest::from_bytes(from.bytes()?);
                let (etag, last_modified) = (from.value()?, from.value()?);
                Some(Box::new(Source { digest, validators: Validators { etag, last_modified } }))
            }
            _ => return None,
        };
        let began = Sequence(u64::from_le_bytes(from.bytes()?));
        let mut names = Vec::new();
        for _ in 0..from.length()? {
            names.push(PurgeName::from_bytes(&from.bytes()?)?);
        }
        let (fields, stamp) = (Fields::from(&fields), PurgeStamp::new(began, names.into()));
        Some(Self { status, fields, requested, freshness, source, stamp })
    }
}

impl VariesRecord {
    pub(super) fn of(selecting: Selecting) -> Self {
        Self(selecting)
    }

    pub(super) fn into_varies(self) -> Arc<Varies> {
        Arc::new(Varies::recalled(self.0))
    }
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn bytes<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    fn u8(&mut self) -> Option<u8> {
        self.bytes::<1>().map(|[byte]| byte)
    }

    fn length(&mut self) -> Option<usize> {
        usize::try_from(u32::from_le_bytes(self.bytes()?)).ok()
    }

    fn text(&mut self) -> Option<&'a [u8]> {
        let length = self.length()?;
        self.take(length)
    }

    fn duration(&mut self) -> Option<Duration> {
        let (seconds, nanos) = (u64::from_le_bytes(self.bytes()?), u32::from_le_bytes(self.bytes()?));
        (nanos < 1_000_000_000).then(|| Duration::new(seconds, nanos))
    }

    /// Some bytes that may be absent.
    fn optional(&mut self) -> Option<Option<&'a [u8]>> {
        match self.u8()? {
            0 => Some(None),
            1 => self.text().map(Some),
            _ => None,
        }
    }

    /// A field's value that may be absent.
    fn value(&mut self) -> Option<Option<HeaderValue>> {
        match self.optional()? {
            Some(bytes) => HeaderValue::from_bytes(bytes).ok().map(Some),
            None => Some(None),
        }
    }
}

fn write_selecting(to: &mut Vec<u8>, selecting: &Selecting) {
    to.extend(selecting.epoch().to_le_bytes());
    write_length(to, selecting.selectors().len());
    for selector in selecting.selectors() {
        match selector {
            Selector::Field(name) => {
                to.push(0);
                write_text(to, name.as_str().as_bytes());
            }
            Selector::AcceptEncoding => to.push(1),
            Selector::AcceptLanguage => to.push(2),
            Selector::AcceptImage => to.push(3),
        }
    }
    write_length(to, selecting.languages().len());
    for language in selecting.languages() {
        write_text(to, language.as_bytes());
    }
}

fn read_selecting(from: &mut Reader<'_>) -> Option<Selecting> {
    let epoch = u64::from_le_bytes(from.bytes()?);
    let mut selectors = Vec::new();
    for _ in 0..from.length()? {
        selectors.push(match from.u8()? {
            0 => Selector::Field(HeaderName::from_bytes(from.text()?).ok()?),
            1 => Selector::AcceptEncoding,
            2 => Selector::AcceptLanguage,
            3 => Selector::AcceptImage,
            _ => return None,
        });
    }
    let mut languages = Vec::new();
    for _ in 0..from.length()? {
        languages.push(std::str::from_utf8(from.text()?).ok()?.to_owned());
    }
    Selecting::recalled(selectors, epoch, languages)
}

/// INVARIANT: nothing here is as long as 4 GiB; what were would not be read again.
fn write_length(to: &mut Vec<u8>, length: usize) {
    to.extend(u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes());
}

fn write_text(to: &mut Vec<u8>, text: &[u8]) {
    write_length(to, text.len());
    to.extend(text);
}

fn write_optional(to: &mut Vec<u8>, text: Option<&[u8]>) {
    to.push(u8::from(text.is_some()));
    if let Some(text) = text {
        write_text(to, text);
    }
}

fn write_duration(to: &mut Vec<u8>, duration: Duration) {
    to.extend(duration.as_secs().to_le_bytes());
    to.extend(duration.subsec_nanos().to_le_bytes());
}

#[cfg(test)]
mod tests;
