//! Splitting a query into pairs, and decoding a value.
//!
//! Pairs are separated by `&` alone. Names are compared as they were sent; values are percent-decoded, and `+` is a
//! plus sign: the grammar of URLs (RFC 3986 §3.4), not that of HTML forms.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// A piece of a query: `name=value`, or a name alone.
#[derive(Clone, Copy)]
pub(crate) struct Pair<'q> {
    /// Before the first `=`, as sent.
    pub(crate) name: &'q str,
    /// After the first `=`, as sent; empty where there is none.
    pub(crate) value: &'q str,
    /// The whole piece, as sent.
    pub(crate) piece: &'q str,
}

/// The pairs of a query in their order, without the empty ones.
pub(crate) fn pairs(query: &str) -> impl Iterator<Item = Pair<'_>> {
    query.split('&').filter(|piece| !piece.is_empty()).map(|piece| {
        let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
        Pair { name, value, piece }
    })
}

impl<'q> Pair<'q> {
    /// The value without its percent-encoding; `None` where that is not UTF-8. A `%` that begins no escape stays, and
    /// no value of the grammar has one.
    pub(crate) fn decoded(self) -> Option<Cow<'q, str>> {
        percent_decode_str(self.value).decode_utf8().ok()
    }
}
