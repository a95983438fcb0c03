//! A response's head, as the rules read it: fields by name, the directives that rule, and the time it was made.
//!
//! Which field's directives rule is decided here and nowhere else.

use lucarne_guest::cache_policy::ResponseHead;

use crate::dates;
use crate::directives::response::ResponseDirectives;
use crate::status::Status;

/// A response head with what several rules need of it.
#[derive(Debug)]
pub(crate) struct Head<'a> {
    response: &'a ResponseHead,
    pub(crate) status: Status,
    pub(crate) directives: ResponseDirectives,
    /// When the response was made, in Unix seconds: its Date, or the time of arrival where Date is absent or invalid
    /// (RFC 9110 §6.6.1).
    pub(crate) date: u64,
}

impl<'a> Head<'a> {
    pub(crate) fn new(response: &'a ResponseHead) -> Self {
        let date = lines(response, "date").next().and_then(|value| dates::parse(value, response.received_at));
        Self {
            response,
            status: Status::new(response.status),
            directives: ResponseDirectives::of_lines(lines(response, "cache-control")),
            date: date.unwrap_or(response.received_at),
        }
    }

    /// The values of a field, one a line, in order. `name` is in lower case.
    pub(crate) fn lines(&self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        lines(self.response, name)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.lines(name).next().is_some()
    }

    /// The instant that a field names on its first line, in Unix seconds.
    pub(crate) fn last_modified(&self) -> Option<u64> {
        self.lines("last-modified").next().and_then(|value| dates::parse(value, self.received_at()))
    }

    /// Whether the response can be validated (RFC 9110 §8.8): by an entity tag, or a date of modification.
    pub(crate) fn has_validator(&self) -> bool {
        self.lines("etag").any(|value| !value.trim_ascii().is_empty()) || self.last_modified().is_some()
    }

    pub(crate) fn received_at(&self) -> u64 {
        self.response.received_at
    }

    pub(crate) fn default_lifetime(&self) -> Option<u64> {
        self.response.default_lifetime
    }
}

fn lines<'a>(response: &'a ResponseHead, name: &str) -> impl Iterator<Item = &'a [u8]> {
    response.fields.iter().filter(move |field| field.name == name).map(|field| field.value.as_slice())
}
