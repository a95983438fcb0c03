//! Which groups of stored responses an unsafe request has made invalid (RFC 9875 §3).
//!
//! The names are those under which a response can be purged, and mean the responses of the same origin. Whatever they
//! do to the store is not known here.

use std::convert::Infallible;

use http::{HeaderMap, HeaderName, Method};
use sfv::visitor::{EntryVisitor, Ignored, InnerListVisitor, ItemVisitor, ListVisitor, ParameterVisitor};
use sfv::{BareItemFromInput, Parser};

use crate::request::join_lines;

static CACHE_GROUP_INVALIDATION: HeaderName = HeaderName::from_static("cache-group-invalidation");

/// The groups that the response to a request with this method invalidates, each once, in order. None where the method
/// is safe (the field must be ignored there, so that no GET can empty the store), and where the field is not a list of
/// strings.
#[must_use]
pub fn invalidated_groups(method: &Method, fields: &HeaderMap) -> Vec<String> {
    if method.is_safe() {
        return Vec::new();
    }
    let Some(value) = join_lines(fields, &CACHE_GROUP_INVALIDATION) else { return Vec::new() };
    let names = Parser::new(&value).parse_list_with_visitor(Names(Some(Vec::new())));
    let mut names = names.ok().flatten().unwrap_or_default();
    names.sort_unstable();
    names.dedup();
    names
}

/// The strings of a list. None once it has a member that is no string.
struct Names(Option<Vec<String>>);

impl<'de> ListVisitor<'de> for Names {
    type Out = Option<Vec<String>>;
    type Error = Infallible;

    fn entry(&mut self) -> Result<impl EntryVisitor<'de>, Infallible> {
        Ok(self)
    }

    fn finish(self) -> Result<Self::Out, Infallible> {
        Ok(self.0)
    }
}

impl<'de> EntryVisitor<'de> for &mut Names {
    type Error = Infallible;

    fn item(self) -> Result<impl ItemVisitor<'de>, Infallible> {
        Ok(self)
    }

    fn inner_list(self) -> Result<impl InnerListVisitor<'de>, Infallible> {
        self.0 = None;
        Ok(Ignored)
    }
}

impl<'de> ItemVisitor<'de> for &mut Names {
    type Out = ();
    type Error = Infallible;

    fn bare_item(self, item: BareItemFromInput<'de>) -> Result<impl ParameterVisitor<'de, Out = ()>, Infallible> {
        match (&mut self.0, item) {
            (Some(names), BareItemFromInput::String(name)) => names.push(name.as_str().to_owned()),
            _ => self.0 = None,
        }
        Ok(Ignored)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn only_the_response_to_an_unsafe_request_invalidates_groups() {
        let unknown = Method::from_bytes(b"M-SEARCH").expect("a token");
        for (method, lines, groups) in [
            (Method::POST, &["\"b\", \"a\""] as &[&'static str], &["a", "b"] as &[&str]),
            (Method::DELETE, &["\"a\"", "\"a\";x=1, \"B\""], &["B", "a"]),
            (unknown, &["\"a\""], &["a"]),
            (Method::GET, &["\"a\""], &[]),
            (Method::HEAD, &["\"a\""], &[]),
            (Method::OPTIONS, &["\"a\""], &[]),
            (Method::POST, &[], &[]),
            (Method::POST, &[""], &[]),
            (Method::POST, &["a, b"], &[]),
            (Method::POST, &["\"a\", (\"b\")"], &[]),
            (Method::POST, &["\"a\","], &[]),
        ] {
            let mut fields = HeaderMap::new();
            for line in lines {
                fields.append(&CACHE_GROUP_INVALIDATION, HeaderValue::from_static(line));
            }
            assert_eq!(invalidated_groups(&method, &fields), groups, "{method} {lines:?}");
        }
    }
}
