//! Cache-Control: its syntax here, what its directives mean in a response and in a request below.
//!
//! The syntax is that of RFC 9111 §5.2, read so that nothing an origin forbids is lost in a mistake: besides the comma,
//! semicolons and whitespace separate directives outside quotes, and a quote that is never closed does not open one.
//! Which fields hold directives, and which of several fields rules, is not known here.

pub mod request;
pub mod response;

use std::iter;

use crate::delta_seconds;

/// One directive as it is written. Its name is compared without regard to case.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Directive<'a> {
    name: &'a [u8],
    pub(crate) argument: Argument<'a>,
}

/// What follows a directive's `=`. Both forms mean the same (RFC 9111 §5.2).
#[derive(Clone, Copy, Debug)]
pub(crate) enum Argument<'a> {
    Absent,
    Token(&'a [u8]),
    /// What stands between the quotes, escapes included.
    Quoted(&'a [u8]),
    /// Nothing after the `=`, or neither a token nor a quoted string.
    Malformed,
}

/// The longest name that either side knows. Longer ones are unknown.
const LONGEST_NAME: usize = "stale-while-revalidate".len();

/// The directives of one line, in its order.
pub(crate) fn directives(line: &[u8]) -> impl Iterator<Item = Directive<'_>> {
    let mut rest = line;
    iter::from_fn(move || {
        let start = rest.iter().position(|byte| !is_separator(*byte))?;
        let (directive, tail) = rest[start..].split_at(end_of_directive(&rest[start..]));
        rest = tail;
        Some(Directive::new(directive))
    })
}

impl<'a> Directive<'a> {
    fn new(written: &'a [u8]) -> Self {
        match written.iter().position(|byte| *byte == b'=') {
            Some(equals) => Self { name: &written[..equals], argument: Argument::new(&written[equals + 1..]) },
            None => Self { name: written, argument: Argument::Absent },
        }
    }

    /// The name in lower case, in the caller's buffer; empty where it is longer than any that is known.
    pub(crate) fn name<'b>(&self, buffer: &'b mut NameBuffer) -> &'b [u8] {
        let Some(lower) = buffer.0.get_mut(..self.name.len()) else { return &[] };
        lower.copy_from_slice(self.name);
        lower.make_ascii_lowercase();
        lower
    }
}

/// Room for a directive's name.
#[derive(Debug, Default)]
pub(crate) struct NameBuffer([u8; LONGEST_NAME]);

impl<'a> Argument<'a> {
    fn new(written: &'a [u8]) -> Self {
        match written {
            [b'"', quoted @ ..] => match closing_quote(quoted) {
                Some(end) if end + 1 == quoted.len() => Self::Quoted(&quoted[..end]),
                _ => Self::Malformed,
            },
            token if is_token(token) => Self::Token(token),
            _ => Self::Malformed,
        }
    }

    /// The argument as seconds. None where it is not `delta-seconds`, or absent.
    pub(crate) fn delta_seconds(self) -> Option<u64> {
        match self {
            Self::Token(token) => delta_seconds::parse(token.iter().copied()),
            Self::Quoted(quoted) => delta_seconds::parse(unescaped(quoted)),
            Self::Absent | Self::Malformed => None,
        }
    }

    /// The argument as a list of field names, in lower case. None where it is not one, or names nothing.
    pub(crate) fn field_names(self) -> Option<Vec<String>> {
        let list = match self {
            Self::Token(token) => token.to_vec(),
            Self::Quoted(quoted) => unescaped(quoted).collect(),
            Self::Absent | Self::Malformed => return None,
        };
        field_names(&list)
    }
}

/// A list of field names, in lower case. None where a member is no field name, or there is none.
pub(crate) fn field_names(list: &[u8]) -> Option<Vec<String>> {
    let names: Option<Vec<_>> = list_members(list).map(field_name).collect();
    names.filter(|names| !names.is_empty())
}

/// The members of a comma-separated list, without the empty ones (RFC 9110 §5.6.1.2).
pub(crate) fn list_members(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(|byte| *byte == b',').map(<[u8]>::trim_ascii).filter(|member| !member.is_empty())
}

/// A field name in lower case, or None where it is no token (RFC 9110 §5.1).
pub(crate) fn field_name(written: &[u8]) -> Option<String> {
    if !is_token(written) {
        return None;
    }
    str::from_utf8(written).ok().map(str::to_ascii_lowercase)
}

/// Where the directive that `rest` begins with ends. Linear in total: a quote that is not closed is looked for at most
/// once a line, because any later `="` would have closed it.
fn end_of_directive(rest: &[u8]) -> usize {
    let Some(name) = rest.iter().position(|byte| is_separator(*byte) || *byte == b'=') else { return rest.len() };
    let after_quotes = match &rest[name..] {
        [b'=', b'"', quoted @ ..] => closing_quote(quoted).map_or(name, |end| name + 2 + end + 1),
        _ => name,
    };
    let tail = &rest[after_quotes..];
    after_quotes + tail.iter().position(|byte| is_separator(*byte)).unwrap_or(tail.len())
}

/// Where the quote is that closes a string whose opening quote is just before `quoted`.
fn closing_quote(quoted: &[u8]) -> Option<usize> {
    let mut bytes = quoted.iter().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'"' => return Some(at),
            b'\\' => _ = bytes.next(),
            _ => {}
        }
    }
    None
}

/// What a quoted string says, its quoted pairs resolved (RFC 9110 §5.6.4).
fn unescaped(quoted: &[u8]) -> impl Iterator<Item = u8> {
    let mut bytes = quoted.iter().copied();
    iter::from_fn(move || match bytes.next()? {
        b'\\' => bytes.next(),
        byte => Some(byte),
    })
}

fn is_separator(byte: u8) -> bool {
    matches!(byte, b',' | b';' | b' ' | b'\t')
}

/// RFC 9110 §5.6.2.
fn is_token(bytes: &[u8]) -> bool {
    let tchar = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    !bytes.is_empty() && bytes.iter().all(tchar)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(line: &str) -> Vec<String> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        directives(line.as_bytes())
            .map(|directive| match directive.argument {
                Argument::Absent => text(directive.name),
                Argument::Token(token) => format!("{}={}", text(directive.name), text(token)),
                Argument::Quoted(quoted) => format!("{}=<{}>", text(directive.name), text(quoted)),
                Argument::Malformed => format!("{}=?", text(directive.name)),
            })
            .collect()
    }

    #[test]
    fn a_line_is_read_as_its_directives() {
        for (line, expected) in [
            ("", &[] as &[&str]),
            (" , ,; \t,", &[]),
            ("no-store", &["no-store"]),
            ("a,b , c", &["a", "b", "c"]),
            ("a=1, b=\"2\"", &["a=1", "b=<2>"]),
            ("a=\"x, no-store\", b", &["a=<x, no-store>", "b"]),
            ("a=\"x\\\", no-store\", b", &["a=<x\\\", no-store>", "b"]),
            ("a=\"\"", &["a=<>"]),
            ("a=", &["a=?"]),
            ("=5", &["=5"]),
            ("a==5", &["a=?"]),
            ("a=\"5\"x, b", &["a=?", "b"]),
            // What a mistake would hide is seen.
            ("a=\"x, no-store", &["a=?", "no-store"]),
            ("a=\"x\\\", no-store\\\"", &["a=?", "no-store\\\""]),
            ("a\"b, no-store, c\"", &["a\"b", "no-store", "c\""]),
            ("private; max-age=0", &["private", "max-age=0"]),
            ("no-store max-age=0", &["no-store", "max-age=0"]),
            ("max-age =5", &["max-age", "=5"]),
            ("max-age= 5", &["max-age=?", "5"]),
        ] {
            assert_eq!(written(line), expected, "{line:?}");
        }
    }

    #[test]
    fn a_list_of_fields_holds_tokens_or_is_none() {
        for (line, expected) in [
            ("x=\"A, set-Cookie\"", Some(vec!["a", "set-cookie"])),
            ("x=a", Some(vec!["a"])),
            ("x=\"a,,b,\"", Some(vec!["a", "b"])),
            ("x=\"\\a\"", Some(vec!["a"])),
            ("x=\"\"", None),
            ("x=\" , \"", None),
            ("x=\"a b\"", None),
            ("x=\"a, b:\"", None),
            ("x=\"é\"", None),
            ("x", None),
            ("x=", None),
        ] {
            let names = directives(line.as_bytes()).next().and_then(|directive| directive.argument.field_names());
            let expected = expected.map(|names| names.into_iter().map(str::to_owned).collect());
            assert_eq!(names, expected, "{line:?}");
        }
    }
}
