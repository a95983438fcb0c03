//! The fields of a stored response, as the lines of text that HTTP/1 has of them: a hit on HTTP/1 sends them as they are,
//! and everyone else has a map made of them.
//!
//! A field that arrives is a slice of what its connection read at once, which may be hundreds of KiB, and whoever keeps
//! the field keeps all of it. A map has a table, an entry of a hundred bytes for each name, and one of these slices for
//! each value. So what is stored is one piece of text, which takes little and is found in one place.

use std::fmt;

use bytes::Bytes;
use http::header::{ACCEPT_RANGES, CONTENT_LENGTH, DATE, VARY};
use http::{HeaderMap, HeaderName, HeaderValue};

/// End-to-end fields, without Age.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Fields {
    /// INVARIANT: each line is a field's name, a colon and a space, its value, and a line end, which neither name nor
    /// value can have.
    lines: Box<[u8]>,
    /// Where the lines of [`CHANGING`] begin. All others stand before them.
    changing: usize,
    /// Whether there is a Date.
    is_dated: bool,
    /// Which values, counted from the first line, must never be indexed (RFC 7541 §7.1.3).
    sensitive: Box<[usize]>,
}

/// The targeted field of this node (RFC 9213): it is stored, so that a 304 without it changes nothing, and it is nobody's
/// business after the node.
pub static OWN_CACHE_CONTROL: HeaderName = HeaderName::from_static("lucarne-cache-control");

/// Fields that may be sent otherwise than they are stored.
const CHANGING: [HeaderName; 4] =
    [ACCEPT_RANGES, CONTENT_LENGTH, VARY, HeaderName::from_static("lucarne-cache-control")];

impl Fields {
    /// How many fields are added to those of a response when it is served: a map has room for them.
    const ROOM: usize = 8;

    /// The text of a field.
    pub fn write_line(to: &mut Vec<u8>, name: &str, value: &[u8]) {
        for part in [name.as_bytes(), b": ", value, b"\r\n"] {
            to.extend_from_slice(part);
        }
    }

    /// The lines that every answer has as they are.
    #[must_use]
    pub fn constant(&self) -> &[u8] {
        &self.lines[..self.changing]
    }

    /// Names and values of what may be sent otherwise than it is stored: Accept-Ranges, Content-Length, Vary and the
    /// node's own.
    pub fn changing(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        split(&self.lines[self.changing..])
    }

    /// Names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        split(&self.lines)
    }

    /// The first value of a field.
    #[must_use]
    pub fn get(&self, name: &HeaderName) -> Option<&[u8]> {
        self.iter().find(|(known, _)| *known == name.as_str().as_bytes()).map(|(_, value)| value)
    }

    /// Whether there is a Date.
    #[must_use]
    pub fn is_dated(&self) -> bool {
        self.is_dated
    }

    /// All of them, in a map that has room for what an answer adds.
    #[must_use]
    pub fn to_map(&self) -> HeaderMap {
        self.map_of(&self.lines)
    }

    /// The same without those that may be sent otherwise than they are stored.
    #[must_use]
    pub fn constant_map(&self) -> HeaderMap {
        self.map_of(self.constant())
    }

    fn map_of(&self, lines: &[u8]) -> HeaderMap {
        let shared = Bytes::copy_from_slice(lines);
        let mut fields = HeaderMap::with_capacity(split(lines).count() + Self::ROOM);
        for (place, (name, value)) in split(lines).enumerate() {
            let start = value.as_ptr().addr() - lines.as_ptr().addr();
            let value = HeaderValue::from_maybe_shared(shared.slice(start..start + value.len()));
            let mut value = value.expect("INVARIANT: it was a value");
            value.set_sensitive(self.sensitive.contains(&place));
            fields.append(HeaderName::from_bytes(name).expect("INVARIANT: it was a name"), value);
        }
        fields
    }

    /// How many bytes they take beyond their own size.
    pub(super) fn weight(&self) -> usize {
        self.lines.len() + size_of_val(&*self.sensitive)
    }
}

impl From<&HeaderMap> for Fields {
    fn from(map: &HeaderMap) -> Self {
        let line = |(name, value): &(&HeaderName, &HeaderValue)| name.as_str().len() + value.len() + ": \r\n".len();
        let mut lines = Vec::with_capacity(map.iter().map(|field| line(&field)).sum());
        let (mut place, mut sensitive, mut changing) = (0, Vec::new(), 0);
        for is_changing in [false, true] {
            for (name, value) in map.iter().filter(|(name, _)| CHANGING.contains(name) == is_changing) {
                Self::write_line(&mut lines, name.as_str(), value.as_bytes());
                if value.is_sensitive() {
                    sensitive.push(place);
                }
                place += 1;
            }
            if !is_changing {
                changing = lines.len();
            }
        }
        Self { lines: lines.into(), changing, is_dated: map.contains_key(DATE), sensitive: sensitive.into() }
    }
}

impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_map().fmt(f)
    }
}

/// The names and values of lines.
fn split(lines: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let place = |wanted, bytes: &[u8]| bytes.iter().position(|&byte| byte == wanted);
    let mut rest = lines;
    std::iter::from_fn(move || {
        let line = rest.get(..place(b'\r', rest)?)?;
        rest = rest.get(line.len() + "\r\n".len()..)?;
        let colon = place(b':', line)?;
        Some((&line[..colon], line.get(colon + ": ".len()..)?))
    })
}

#[cfg(test)]
mod tests {
    use http::header::{CACHE_CONTROL, ETAG, SET_COOKIE};
    use proptest::prelude::*;

    use super::*;

    /// What a connection read at once, and the fields of a head in it.
    fn arrived() -> (Bytes, HeaderMap) {
        let read = Bytes::from([b"\"v1\"max-age=60a=1b=2".as_slice(), &[b'x'; 4096]].concat());
        let value = |range| HeaderValue::from_maybe_shared(read.slice(range)).unwrap();
        let mut fields = HeaderMap::new();
        fields.append(ETAG, value(0..4));
        fields.append(VARY, HeaderValue::from_static("origin"));
        fields.append(CACHE_CONTROL, value(4..14));
        fields.append(SET_COOKIE, value(14..17));
        fields.append(SET_COOKIE, value(17..20));
        fields.append("x-empty", value(0..0));
        (read, fields)
    }

    #[test]
    fn stored_fields_do_not_hold_on_to_what_their_connection_read() {
        let (read, fields) = arrived();
        let stored = Fields::from(&fields);
        assert_eq!(stored.to_map(), fields);
        assert!(!read.is_unique(), "the fields that arrived share it");
        drop(fields);
        assert!(read.is_unique(), "and those that are stored do not");
    }

    #[test]
    fn what_may_change_stands_behind_what_does_not() {
        let (_, fields) = arrived();
        let stored = Fields::from(&fields);
        let constant =
            "etag: \"v1\"\r\ncache-control: max-age=60\r\nset-cookie: a=1\r\nset-cookie: b=2\r\nx-empty: \r\n";
        assert_eq!(stored.constant(), constant.as_bytes());
        assert_eq!(stored.changing().collect::<Vec<_>>(), [(&b"vary"[..], &b"origin"[..])]);
        assert_eq!(stored.get(&SET_COOKIE), Some(&b"a=1"[..]));
        assert!(!stored.constant_map().contains_key(VARY));
        assert!(!stored.is_dated());
    }

    #[test]
    fn a_map_has_room_for_what_an_answer_adds() {
        let (_, fields) = arrived();
        let map = Fields::from(&fields).to_map();
        assert!(map.capacity() >= map.keys_len() + Fields::ROOM);
    }

    #[test]
    fn what_must_not_be_indexed_stays_so() {
        let mut fields = HeaderMap::new();
        for (name, value, is_sensitive) in [(VARY, "b", true), (ETAG, "a", false), (SET_COOKIE, "c", true)] {
            let mut value = HeaderValue::from_static(value);
            value.set_sensitive(is_sensitive);
            fields.append(name, value);
        }
        let map = Fields::from(&fields).to_map();
        let sensitive: Vec<_> = map.iter().filter(|(_, value)| value.is_sensitive()).map(|(name, _)| name).collect();
        assert_eq!(sensitive, [SET_COOKIE, VARY]);
    }

    proptest! {
        #[test]
        fn any_fields_are_the_same_in_lines(
            lines in prop::collection::vec(("[!#$%&'*+.^_`|~a-z0-9-]{1,8}", "[\t\u{20}-\u{7e}\u{80}-\u{ff}]{0,12}"), 0..12)
        ) {
            let mut fields = HeaderMap::new();
            for (name, value) in &lines {
                fields.append(name.parse::<HeaderName>().unwrap(), HeaderValue::from_bytes(value.as_bytes()).unwrap());
            }
            prop_assert_eq!(Fields::from(&fields).to_map(), fields);
        }
    }
}
