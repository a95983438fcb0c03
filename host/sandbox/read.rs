//! What a component read. The list of getters with their answers keys its decision; walking it again natively is what
//! makes a remembered decision.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use http::HeaderName;

use crate::request::{ImageFormat, RequestHead, negotiate_image, pixel_ratio, save_data, viewport_width};

/// A request as the getters see it: its head, the site's ladder of widths, and the time.
#[derive(Debug, Clone)]
pub struct RequestView {
    /// In canonical form.
    pub head: Arc<RequestHead>,
    /// What viewport widths are snapped to, ascending.
    pub widths: Arc<[u32]>,
    /// Unix seconds.
    pub now: u64,
}

/// A question about a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Getter {
    /// The method.
    Method,
    /// Host and port.
    Authority,
    /// The canonical path.
    Path,
    /// The query, as sent.
    Query,
    /// A field's whole value.
    Header(HeaderName),
    /// Whether a field is there.
    HasHeader(HeaderName),
    /// The best of these formats for Accept.
    NegotiateImage(Arc<[ImageFormat]>),
    /// The class of pixel ratio.
    PixelRatio,
    /// The class of viewport width.
    ViewportWidth,
    /// Whether less data is wanted.
    SaveData,
    /// Whether this instant is past.
    IsPast(u64),
}

/// What a getter answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer<'a> {
    /// Of `Method`, `Authority`, `Path`.
    Text(Cow<'a, str>),
    /// Of `Query` and `Header`.
    Bytes(Option<Cow<'a, [u8]>>),
    /// Of `NegotiateImage`.
    Format(Option<ImageFormat>),
    /// Of `PixelRatio`, `ViewportWidth`.
    Number(Option<u32>),
    /// Of `HasHeader`, `SaveData`, `IsPast`.
    Flag(bool),
}

/// A question and its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// What was asked.
    pub getter: Getter,
    /// What was answered.
    pub answer: Answer<'static>,
}

impl Getter {
    /// The answer for this request.
    #[must_use]
    pub fn answer<'a>(&self, view: &'a RequestView) -> Answer<'a> {
        let head = &view.head;
        match self {
            Self::Method => Answer::Text(head.method().as_str().into()),
            Self::Authority => Answer::Text(head.authority().into()),
            Self::Path => Answer::Text(head.path().into()),
            Self::Query => Answer::Bytes(head.query().map(|query| query.as_bytes().into())),
            Self::Header(name) => Answer::Bytes(head.field(name).map(Cow::Owned)),
            Self::HasHeader(name) => Answer::Flag(head.has_field(name)),
            Self::NegotiateImage(offers) => Answer::Format(negotiate_image(head.fields(), offers)),
            Self::PixelRatio => Answer::Number(pixel_ratio(head.fields())),
            Self::ViewportWidth => Answer::Number(viewport_width(head.fields(), &view.widths)),
            Self::SaveData => Answer::Flag(save_data(head.fields())),
            Self::IsPast(instant) => Answer::Flag(view.now > *instant),
        }
    }

    /// Appends the question to a key, so that no two questions have the same bytes.
    pub(super) fn encode(&self, key: &mut Vec<u8>) {
        let mut named = |tag: u8, name: &HeaderName| {
            key.push(tag);
            key.extend_from_slice(&u32::try_from(name.as_str().len()).unwrap_or(u32::MAX).to_le_bytes());
            key.extend_from_slice(name.as_str().as_bytes());
        };
        match self {
            Self::Method => key.push(b'm'),
            Self::Authority => key.push(b'a'),
            Self::Path => key.push(b'p'),
            Self::Query => key.push(b'q'),
            Self::Header(name) => named(b'h', name),
            Self::HasHeader(name) => named(b'H', name),
            Self::NegotiateImage(offers) => {
                key.push(b'n');
                key.push(u8::try_from(offers.len()).unwrap_or(u8::MAX));
                key.extend(offers.iter().map(|offer| *offer as u8));
            }
            Self::PixelRatio => key.push(b'r'),
            Self::ViewportWidth => key.push(b'v'),
            Self::SaveData => key.push(b's'),
            Self::IsPast(instant) => {
                key.push(b't');
                key.extend_from_slice(&instant.to_le_bytes());
            }
        }
    }

    /// About how many bytes it takes beyond its own size: a guest may ask for a field of any name.
    pub(super) fn weight(&self) -> usize {
        match self {
            Self::Header(name) | Self::HasHeader(name) => name.as_str().len(),
            _ => 0,
        }
    }

    /// The request fields that the answer depends on: what `Vary` has to name.
    #[must_use]
    pub fn fields(&self) -> Vec<HeaderName> {
        const NAMES: fn(&[&'static str]) -> Vec<HeaderName> =
            |names| names.iter().map(|name| HeaderName::from_static(name)).collect();
        match self {
            Self::Header(name) | Self::HasHeader(name) => vec![name.clone()],
            Self::NegotiateImage(_) => NAMES(&["accept"]),
            Self::PixelRatio => NAMES(&["sec-ch-dpr", "dpr"]),
            Self::ViewportWidth => NAMES(&["sec-ch-viewport-width", "viewport-width"]),
            Self::SaveData => NAMES(&["save-data"]),
            Self::Method | Self::Authority | Self::Path | Self::Query | Self::IsPast(_) => Vec::new(),
        }
    }
}

impl Answer<'_> {
    /// Appends the answer to a key, so that no two answers to one question have the same bytes.
    pub(super) fn encode(&self, key: &mut Vec<u8>) {
        let mut bytes = |tag: u8, bytes: &[u8]| {
            key.push(tag);
            key.extend_from_slice(&u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_le_bytes());
            key.extend_from_slice(bytes);
        };
        match self {
            Self::Text(text) => bytes(1, text.as_bytes()),
            Self::Bytes(Some(value)) => bytes(1, value),
            Self::Bytes(None) | Self::Format(None) | Self::Number(None) | Self::Flag(false) => key.push(0),
            Self::Format(Some(format)) => bytes(1, format.media_type().as_bytes()),
            Self::Number(Some(number)) => bytes(1, &number.to_le_bytes()),
            Self::Flag(true) => key.push(1),
        }
    }

    pub(super) fn into_owned(self) -> Answer<'static> {
        match self {
            Self::Text(text) => Answer::Text(text.into_owned().into()),
            Self::Bytes(bytes) => Answer::Bytes(bytes.map(|bytes| bytes.into_owned().into())),
            Self::Format(format) => Answer::Format(format),
            Self::Number(number) => Answer::Number(number),
            Self::Flag(flag) => Answer::Flag(flag),
        }
    }
}

impl fmt::Display for Getter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Method => f.write_str("method"),
            Self::Authority => f.write_str("authority"),
            Self::Path => f.write_str("path"),
            Self::Query => f.write_str("query"),
            Self::Header(name) => write!(f, "header {name}"),
            Self::HasHeader(name) => write!(f, "has-header {name}"),
            Self::NegotiateImage(offers) => {
                let offers: Vec<&str> = offers.iter().map(|format| format.media_type()).collect();
                write!(f, "negotiate-image {}", offers.join(" "))
            }
            Self::PixelRatio => f.write_str("pixel-ratio"),
            Self::ViewportWidth => f.write_str("viewport-width"),
            Self::SaveData => f.write_str("save-data"),
            Self::IsPast(instant) => write!(f, "is-past {instant}"),
        }
    }
}

impl fmt::Display for Answer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Bytes(Some(bytes)) => write!(f, "{:?}", String::from_utf8_lossy(bytes)),
            Self::Format(Some(format)) => f.write_str(format.media_type()),
            Self::Number(Some(number)) => write!(f, "{number}"),
            Self::Flag(flag) => write!(f, "{flag}"),
            Self::Bytes(None) | Self::Format(None) | Self::Number(None) => f.write_str("none"),
        }
    }
}
