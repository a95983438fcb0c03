//! A response's head, as the rules read it: fields by name, the directives that rule, and the time it was made.
//!
//! Which field's directives rule is decided here and nowhere else: the first of the target list that says something
//! (RFC 9213 §2.2), else Cache-Control with Expires. Everything else (Age, Date, validators, Vary) is read in any case.

use lucarne_guest::cache_policy::ResponseHead;

use crate::dates;
use crate::directives::response::ResponseDirectives;
use crate::status::Status;
use crate::targeted;

/// The fields whose directives are meant for this cache, the more specific first (RFC 9213 §2.2): this node's own, and
/// that of all caches which the origin's owner runs or hires.
const TARGET_LIST: [&str; 2] = ["lucarne-cache-control", "cdn-cache-control"];

/// A response head with what several rules need of it.
#[derive(Debug)]
pub(crate) struct Head<'a> {
    response: &'a ResponseHead,
    pub(crate) status: Status,
    /// Those that rule.
    pub(crate) directives: ResponseDirectives,
    /// Whether they are a targeted field's. Then Cache-Control and Expires are ignored (RFC 9213 §2.2).
    targeted: bool,
    /// When the response was made, in Unix seconds: its Date, or the time of arrival where Date is absent or invalid
    /// (RFC 9110 §6.6.1).
    pub(crate) date: u64,
}

impl<'a> Head<'a> {
    pub(crate) fn new(response: &'a ResponseHead) -> Self {
        let date = lines(response, "date").next().and_then(|value| dates::parse(value, response.received_at));
        let targeted = TARGET_LIST.into_iter().find_map(|name| targeted::directives(lines(response, name)));
        Self {
            response,
            status: Status::new(response.status),
            targeted: targeted.is_some(),
            directives: targeted.unwrap_or_else(|| ResponseDirectives::of_lines(lines(response, "cache-control"))),
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

    /// When Expires ends the response's life, in Unix seconds; None where it is absent or does not rule. A value that is
    /// no date, such as `0`, is past (RFC 9111 §5.3); of several lines the earliest counts.
    pub(crate) fn expires(&self) -> Option<u64> {
        if self.targeted {
            return None;
        }
        let instant = |value| dates::parse(value, self.received_at()).unwrap_or(0);
        self.lines("expires").map(instant).min()
    }

    /// The instant that a field names on its first line, in Unix seconds.
    pub(crate) fn last_modified(&self) -> Option<u64> {
        self.lines("last-modified").next().and_then(|value| dates::parse(value, self.received_at()))
    }

    /// Whether the response can be validated (RFC 9110 §8.8): by an entity tag, or a date of modification.
    pub(crate) fn has_validator(&self) -> bool {
        self.lines("etag").any(|value| !value.trim_ascii().is_empty()) || self.last_modified().is_some()
    }

    pub(crate) fn code(&self) -> u16 {
        self.response.status
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::response;

    /// The lifetime that rules: of directives, or Expires.
    fn rules(fields: &[(&str, &str)]) -> (Option<u64>, bool) {
        let response = response(200, fields);
        let head = Head::new(&response);
        (head.directives.max_age, head.expires().is_some())
    }

    #[test]
    fn the_first_targeted_field_that_says_something_rules_alone() {
        const OWN: &str = "lucarne-cache-control";
        const CDN: &str = "cdn-cache-control";
        let general = [("cache-control", "max-age=3"), ("expires", "Fri, 20 Nov 2026 11:00:00 GMT")];
        for (fields, max_age) in [
            (&[(OWN, "max-age=1"), (CDN, "max-age=2")] as &[_], Some(1)),
            (&[(CDN, "max-age=2"), (OWN, "max-age=1")], Some(1)),
            (&[(CDN, "max-age=2")], Some(2)),
            (&[(OWN, "max-age=1")], Some(1)),
            // What is invalid or empty is passed over; what says nothing known is not.
            (&[(OWN, "max-age=1,"), (CDN, "max-age=2")], Some(2)),
            (&[(OWN, ""), (CDN, "max-age=2")], Some(2)),
            (&[(OWN, "none"), (CDN, "max-age=2")], None),
            (&[(CDN, "max-age=\"2\"")], None),
        ] {
            let fields: Vec<_> = fields.iter().chain(&general).copied().collect();
            assert_eq!(rules(&fields), (max_age, false), "{fields:?}");
        }
        for fields in [&[] as &[_], &[(OWN, "")], &[(CDN, "MAX-AGE=2")], &[(OWN, "&"), (CDN, "max-age=2; ")]] {
            let fields: Vec<_> = fields.iter().chain(&general).copied().collect();
            assert_eq!(rules(&fields), (Some(3), true), "{fields:?}");
        }
    }
}
