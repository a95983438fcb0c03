//! Structured fields (RFC 9651), as far as caching uses them: a field's lines as one value, and lists of strings.
//!
//! A value that cannot be parsed, or is of another type than its field demands, is ignored as a whole (§2.2, §4.2).
//! Parameters are ignored where the field defines none. What a dictionary's members mean is not known here.

use std::borrow::Cow;
use std::convert::Infallible;

use sfv::visitor::{EntryVisitor, Ignored, InnerListVisitor, ItemVisitor, ListVisitor, ParameterVisitor};
use sfv::{BareItemFromInput, Parser};

/// A field's lines as the one value that is parsed (RFC 9651 §4.2). None where the field is absent.
pub(crate) fn value<'a>(lines: impl IntoIterator<Item = &'a [u8]>) -> Option<Cow<'a, [u8]>> {
    lines.into_iter().map(Cow::Borrowed).reduce(|mut value, line| {
        let joined = value.to_mut();
        joined.extend_from_slice(b", ");
        joined.extend_from_slice(&line);
        value
    })
}

/// The members of a list of strings, in its order. Empty where the field is absent or anything else.
pub fn strings<'a>(lines: impl IntoIterator<Item = &'a [u8]>) -> Vec<String> {
    let Some(value) = value(lines) else { return Vec::new() };
    Parser::new(&*value).parse_list_with_visitor(Strings::default()).unwrap_or_default()
}

#[derive(Debug, Default)]
struct Strings {
    members: Vec<String>,
    /// A member is no string, so the list is none of strings.
    other: bool,
}

impl<'de> ListVisitor<'de> for Strings {
    type Out = Vec<String>;
    type Error = Infallible;

    fn entry(&mut self) -> Result<impl EntryVisitor<'de>, Infallible> {
        Ok(self)
    }

    fn finish(self) -> Result<Vec<String>, Infallible> {
        Ok(if self.other { Vec::new() } else { self.members })
    }
}

impl<'de> EntryVisitor<'de> for &mut Strings {
    type Error = Infallible;

    fn item(self) -> Result<impl ItemVisitor<'de>, Infallible> {
        Ok(self)
    }

    fn inner_list(self) -> Result<impl InnerListVisitor<'de>, Infallible> {
        self.other = true;
        Ok(Ignored)
    }
}

impl<'de> ItemVisitor<'de> for &mut Strings {
    type Out = ();
    type Error = Infallible;

    fn bare_item(self, item: BareItemFromInput<'de>) -> Result<impl ParameterVisitor<'de, Out = ()>, Infallible> {
        match item {
            BareItemFromInput::String(text) => self.members.push(text.as_str().to_owned()),
            _ => self.other = true,
        }
        Ok(Ignored)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_strings_is_its_members_or_nothing() {
        for (lines, members) in [
            (&[] as &[&str], &[] as &[&str]),
            (&[""], &[]),
            (&["\"a\""], &["a"]),
            (&["\"b\", \"A\" ,\t\"a\""], &["b", "A", "a"]),
            (&["\"a\"", "\"b\""], &["a", "b"]),
            (&["\"a\";p=1, \"b\";q"], &["a", "b"]),
            (&["\"a, \\\"b\\\" \\\\\""], &["a, \"b\" \\"]),
            (&["\"\""], &[""]),
            (&["\"a\", b"], &[]),
            (&["\"a\", 1"], &[]),
            (&["\"a\", (\"b\")"], &[]),
            (&["\"a\","], &[]),
            (&["\"a\"", ""], &[]),
            (&["\"a\" \"b\""], &[]),
            (&["\"a"], &[]),
            (&["\"é\""], &[]),
        ] {
            assert_eq!(strings(lines.iter().map(|line| line.as_bytes())), members, "{lines:?}");
        }
    }
}
