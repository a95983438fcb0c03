//! Fields in as little memory as they need, and how much that is.
//!
//! A field that arrives is a slice of what its connection read at once, which may be hundreds of KiB, and whoever keeps
//! the field keeps all of it. So what is stored is copied.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};

/// The same fields, with their values in one buffer of their own. The map has room for so many more: its table has, and
/// that of each clone, so that a hit adds fields without making a table anew.
pub(super) fn compact(fields: &HeaderMap, room: usize) -> HeaderMap {
    let mut bytes = Vec::with_capacity(fields.values().map(HeaderValue::len).sum());
    fields.values().for_each(|value| bytes.extend_from_slice(value.as_bytes()));
    let (bytes, mut place) = (Bytes::from(bytes), 0);
    let mut compact = HeaderMap::with_capacity(fields.keys_len() + room);
    for (name, value) in fields {
        let end = place + value.len();
        let copy = HeaderValue::from_maybe_shared(bytes.slice(place..end));
        let mut copy = copy.expect("INVARIANT: a value's bytes are a value");
        copy.set_sensitive(value.is_sensitive());
        // Names are no slices: whoever parses them looks them up or copies them.
        compact.append(name.clone(), copy);
        place = end;
    }
    // The entries of a clone take only as much as they are; its table is as large as the first one's.
    compact.clone()
}

/// About how many bytes the fields that [`compact`] made take.
pub(super) fn weight(fields: &HeaderMap) -> usize {
    /// As the map has them: an entry with the links to more values of its name, a value with links, a place of the table.
    const ENTRY: usize = size_of::<(u16, HeaderName, HeaderValue, Option<(usize, usize)>)>();
    const FURTHER: usize = size_of::<(HeaderValue, [(usize, usize); 2])>();
    const PLACE: usize = 4;
    let (names, values) = (fields.keys_len(), fields.len());
    let text: usize = fields.keys().map(|name| name.as_str().len()).sum::<usize>()
        + fields.values().map(HeaderValue::len).sum::<usize>();
    let table = fields.capacity() / 3 * 4 * PLACE;
    text + names * ENTRY + (values - names) * FURTHER + table
}

#[cfg(test)]
mod tests {
    use http::header::{CACHE_CONTROL, ETAG, SET_COOKIE};

    use super::*;

    /// What a connection read at once, and the fields of a head in it.
    fn arrived() -> (Bytes, HeaderMap) {
        let read = Bytes::from([b"\"v1\"max-age=60a=1b=2".as_slice(), &[b'x'; 4096]].concat());
        let value = |range| HeaderValue::from_maybe_shared(read.slice(range)).unwrap();
        let mut fields = HeaderMap::new();
        fields.append(ETAG, value(0..4));
        fields.append(CACHE_CONTROL, value(4..14));
        fields.append(SET_COOKIE, value(14..17));
        fields.append(SET_COOKIE, value(17..20));
        fields.append("x-empty", value(0..0));
        (read, fields)
    }

    #[test]
    fn stored_fields_do_not_hold_on_to_what_their_connection_read() {
        let (read, fields) = arrived();
        let compacted = compact(&fields, 8);
        assert_eq!(compacted, fields);
        assert!(!read.is_unique(), "the fields that arrived share it");
        drop(fields);
        assert!(read.is_unique(), "and those that are stored do not");
    }

    #[test]
    fn stored_fields_have_one_buffer_and_room_for_more() {
        let (_, fields) = arrived();
        let compacted = compact(&fields, 8);
        let mut values =
            compacted.values().map(|value| value.as_bytes().as_ptr_range()).filter(|range| !range.is_empty());
        let first = values.next().unwrap();
        let end = values.fold(first.end, |end, range| {
            assert_eq!(range.start, end, "each value follows the one before");
            range.end
        });
        assert_eq!(end.addr() - first.start.addr(), 20);
        assert!(compacted.clone().capacity() >= compacted.keys_len() + 8);
    }
}
