//! The directives of a response (RFC 9111 §5.2.2, RFC 5861), brought together from all lines.
//!
//! Order does not matter: where a directive comes more than once, or its argument cannot be read, the most restrictive
//! reading holds (§4.2.1). Unknown directives are ignored (§5.2.3).

use super::{Argument, Directive, NameBuffer, directives, field_names};

/// What a response's directives say. Durations are seconds; None where the directive is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResponseDirectives {
    /// §5.2.2.5.
    pub no_store: bool,
    /// §5.2.2.3.
    pub must_understand: bool,
    /// §5.2.2.9.
    pub public: bool,
    /// §5.2.2.2.
    pub must_revalidate: bool,
    /// §5.2.2.8.
    pub proxy_revalidate: bool,
    /// §5.2.2.4.
    pub no_cache: Extent,
    /// §5.2.2.7.
    pub private: Extent,
    /// §5.2.2.1. Zero where it cannot be read: such a response is stale (§4.2.1).
    pub max_age: Option<u64>,
    /// §5.2.2.10. Zero where it cannot be read.
    pub s_maxage: Option<u64>,
    /// RFC 5861 §3. Zero where it cannot be read.
    pub stale_while_revalidate: Option<u64>,
    /// RFC 5861 §4. Zero where it cannot be read.
    pub stale_if_error: Option<u64>,
}

/// What `private` or `no-cache` covers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Extent {
    /// The directive is absent.
    #[default]
    Nothing,
    /// These fields, in lower case, in no order.
    Fields(Vec<String>),
    /// The whole response. Also where the list of fields is empty or cannot be read.
    Everything,
}

impl ResponseDirectives {
    /// The directives of all lines of a field.
    pub fn of_lines<'a>(lines: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut said = Self::default();
        lines.into_iter().flat_map(directives).for_each(|directive| said.add(directive));
        said
    }

    /// An argument of a directive that is defined without one changes nothing.
    fn add(&mut self, directive: Directive<'_>) {
        let argument = directive.argument;
        match directive.name(&mut NameBuffer::default()) {
            b"no-store" => self.no_store = true,
            b"must-understand" => self.must_understand = true,
            b"public" => self.public = true,
            b"must-revalidate" => self.must_revalidate = true,
            b"proxy-revalidate" => self.proxy_revalidate = true,
            b"no-cache" => self.no_cache.widen(argument),
            b"private" => self.private.widen(argument),
            b"max-age" => shorten(&mut self.max_age, argument),
            b"s-maxage" => shorten(&mut self.s_maxage, argument),
            b"stale-while-revalidate" => shorten(&mut self.stale_while_revalidate, argument),
            b"stale-if-error" => shorten(&mut self.stale_if_error, argument),
            _ => {}
        }
    }
}

impl Extent {
    /// What a list of field names covers.
    pub(crate) fn named(list: &[u8]) -> Self {
        field_names(list).map_or(Self::Everything, Self::Fields)
    }

    fn widen(&mut self, argument: Argument<'_>) {
        match (&mut *self, argument.field_names()) {
            (Self::Everything, _) => {}
            (_, None) => *self = Self::Everything,
            (Self::Nothing, Some(names)) => *self = Self::Fields(names),
            (Self::Fields(listed), Some(names)) => listed.extend(names),
        }
    }
}

fn shorten(duration: &mut Option<u64>, argument: Argument<'_>) {
    let seconds = argument.delta_seconds().unwrap_or(0);
    *duration = Some(duration.map_or(seconds, |shortest| shortest.min(seconds)));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(line: &str) -> ResponseDirectives {
        ResponseDirectives::of_lines([line.as_bytes()])
    }

    /// Fault 52.
    #[test]
    fn a_lifetime_is_the_shortest_and_zero_where_it_cannot_be_read() {
        for (line, max_age) in [
            ("max-age=5", Some(5)),
            ("MAX-AGE=5", Some(5)),
            ("max-age=\"5\"", Some(5)),
            ("max-age=5, max-age=7", Some(5)),
            ("max-age=7, max-age=5", Some(5)),
            ("max-age=2147483648", Some(1 << 31)),
            ("max-age=9223372036854775808", Some(1 << 31)),
            ("max-age=-1", Some(0)),
            ("max-age=1e3", Some(0)),
            ("max-age=3600.0", Some(0)),
            ("max-age='5'", Some(0)),
            ("max-age=a5", Some(0)),
            ("max-age=\"5\"x", Some(0)),
            ("max-age", Some(0)),
            ("max-age=", Some(0)),
            ("max-age =5", Some(0)),
            ("max-age= 5", Some(0)),
            ("x=\"max-age=5\", max-age=7", Some(7)),
            ("max-age=7, x=\"max-age=5\"", Some(7)),
            ("xmax-age=5", None),
            ("", None),
        ] {
            assert_eq!(of(line).max_age, max_age, "{line:?}");
        }
    }

    #[test]
    fn private_and_no_cache_cover_the_named_fields_or_everything() {
        let fields = |names: &[&str]| Extent::Fields(names.iter().map(|name| (*name).to_owned()).collect());
        for (argument, extent) in [
            ("", Extent::Everything),
            ("=\"\"", Extent::Everything),
            ("=\"a b\"", Extent::Everything),
            ("=\"a", Extent::Everything),
            ("=\"a\"", fields(&["a"])),
            ("=\"A, b\"", fields(&["a", "b"])),
            ("=a", fields(&["a"])),
        ] {
            assert_eq!(of(&format!("private{argument}")).private, extent, "private{argument}");
            assert_eq!(of(&format!("no-cache{argument}")).no_cache, extent, "no-cache{argument}");
        }
        assert_eq!(of("private=\"a\", private=\"b\"").private, fields(&["a", "b"]));
        assert_eq!(of("private=\"a\", private").private, Extent::Everything);
        assert_eq!(of("private, private=\"a\"").private, Extent::Everything);
    }

    #[test]
    fn lines_are_one_list() {
        let lines = [b"no-store, max-age=9".as_slice(), b"", b"MAX-age=5"];
        let expected = ResponseDirectives { no_store: true, max_age: Some(5), ..ResponseDirectives::default() };
        assert_eq!(ResponseDirectives::of_lines(lines), expected);
    }

    #[test]
    fn what_is_unknown_or_quoted_is_ignored() {
        for line in ["immutable", "x-no-store", "no-stores", "x=\"no-store, private\"", "stale-while-revalidatex=1"] {
            assert_eq!(of(line), ResponseDirectives::default(), "{line:?}");
        }
    }
}
