//! What of a request selects among the responses of one target (RFC 9111 §4.1), evaluated natively.

use http::{HeaderMap, HeaderName};

use crate::cache::{CacheKey, KeyBuilder};
use crate::request::{accepted_encodings, join_lines};

/// One selecting part of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selector {
    /// A field's value: lines joined, whitespace around commas folded.
    Field(HeaderName),
    /// Accept-Encoding, reduced to which of br and gzip it takes.
    AcceptEncoding,
}

impl Selector {
    /// The key of the response that these selectors choose for a request with these fields. The epoch is that of the
    /// target: a target that was forgotten begins another, and what was stored in the one before is not found again.
    #[must_use]
    pub fn select(selectors: &[Self], target: &CacheKey, epoch: u64, fields: &HeaderMap) -> CacheKey {
        let key = KeyBuilder::within(target).part(epoch.to_le_bytes());
        selectors.iter().fold(key, |key, selector| selector.add_to(key, fields)).build()
    }

    fn add_to(&self, key: KeyBuilder, fields: &HeaderMap) -> KeyBuilder {
        match self {
            Self::Field(name) => key.part(name.as_str()).optional(join_lines(fields, name).map(|value| folded(&value))),
            Self::AcceptEncoding => key.part("accept-encoding").part(accepted_encodings(fields)),
        }
    }
}

/// A list's members without the whitespace around them: RFC 9111 §4.1 lets them compare equal.
fn folded(value: &[u8]) -> Vec<u8> {
    let members: Vec<&[u8]> = value.split(|&byte| byte == b',').map(<[u8]>::trim_ascii).collect();
    members.join(&b","[..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn equal_selections_share_a_key() {
        let target = KeyBuilder::new("t").build();
        let name = HeaderName::from_static("accept-language");
        let select = |selector: &Selector, lines: &[&'static str]| {
            let mut fields = HeaderMap::new();
            for line in lines {
                fields.append(&name, HeaderValue::from_static(line));
                fields.append(http::header::ACCEPT_ENCODING, HeaderValue::from_static(line));
            }
            Selector::select(std::slice::from_ref(selector), &target, 0, &fields)
        };
        let language = Selector::Field(name.clone());
        assert_eq!(select(&language, &["de, en"]), select(&language, &["de", " en"]));
        assert_ne!(select(&language, &["de, en"]), select(&language, &["en, de"]));
        assert_ne!(select(&language, &[""]), select(&language, &[]));
        assert_eq!(
            select(&Selector::AcceptEncoding, &["gzip"]),
            select(&Selector::AcceptEncoding, &["foo, gzip;q=0.3"])
        );
    }
}
