//! The one form of a path: what two spellings of the same resource have in common (RFC 3986 §6.2.2).

use std::borrow::Cow;

/// An absolute path in its one form.
///
/// INVARIANT: it begins with "/", has no dot segments, and is of the letters that RFC 3986 lets a path have; what is
/// percent-encoded has to be, in upper case; and nothing stands for NUL. Its form is its own form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CanonicalPath<'a>(Cow<'a, str>);

impl<'a> CanonicalPath<'a> {
    /// Dot segments are resolved, letters that need no encoding have none, and all that is no letter of a path has one.
    /// Other encodings stay: `%2F` is not a separator, `%3B` is not `;`. Empty segments stay too, and so do composed and
    /// decomposed letters: what is different to an origin is different here. None for what is not an absolute path or
    /// holds a broken encoding, NUL included. Copies only what is not canonical.
    #[must_use]
    pub fn parse(path: &'a str) -> Option<Self> {
        canonical(path).map(Self)
    }

    /// The path.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The path if it had to be changed: none where it was canonical already.
    #[must_use]
    pub fn into_changed(self) -> Option<String> {
        match self.0 {
            Cow::Borrowed(_) => None,
            Cow::Owned(path) => Some(path),
        }
    }

    /// The path.
    #[must_use]
    pub fn into_text(self) -> Cow<'a, str> {
        self.0
    }
}

fn canonical(path: &str) -> Option<Cow<'_, str>> {
    let rest = path.strip_prefix('/')?;
    if is_canonical(path) {
        return Some(Cow::Borrowed(path));
    }
    let mut segments: Vec<String> = Vec::new();
    for segment in rest.split('/') {
        // Resolved after decoding: "%2e%2e" is ".." to many origins.
        let segment = canonical_segment(segment)?;
        segments.push(segment);
    }
    let directory = matches!(segments.last().map(String::as_str), Some("." | ".."));
    let mut resolved: Vec<&str> = Vec::with_capacity(segments.len());
    for segment in &segments {
        match segment.as_str() {
            "." => {}
            ".." => {
                resolved.pop();
            }
            name => resolved.push(name),
        }
    }
    let mut canonical = String::with_capacity(path.len());
    for segment in &resolved {
        canonical.push('/');
        canonical.push_str(segment);
    }
    if directory || canonical.is_empty() {
        canonical.push('/');
    }
    Some(Cow::Owned(canonical))
}

/// What can be told at a glance, and is so for most paths: nothing is encoded, nothing has to be, and no segment
/// begins with a dot.
fn is_canonical(path: &str) -> bool {
    let mut previous = 0;
    path.bytes().all(|byte| {
        let plain = matches!(byte, b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'~')
            || (byte == b'.' && previous != b'/');
        previous = byte;
        plain
    })
}

fn canonical_segment(segment: &str) -> Option<String> {
    let mut canonical = String::with_capacity(segment.len());
    let mut bytes = segment.bytes();
    while let Some(byte) = bytes.next() {
        let (byte, encoded) = match byte {
            b'%' => (hex(bytes.next()?)? << 4 | hex(bytes.next()?)?, true),
            other => (other, false),
        };
        match byte {
            0 => return None,
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => canonical.push(char::from(byte)),
            // RFC 3986 §3.3: sub-delims, ":" and "@" may stand in a segment, and mean something else encoded.
            b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b';' | b'=' | b':' | b'@' if !encoded => {
                canonical.push(char::from(byte));
            }
            _ => {
                const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
                canonical.push('%');
                canonical.push(char::from(DIGITS[usize::from(byte >> 4)]));
                canonical.push(char::from(DIGITS[usize::from(byte & 15)]));
            }
        }
    }
    Some(canonical)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What is the same to whoever decodes a path once, segment by segment.
    fn meaning(path: &str) -> Option<Vec<Vec<(u8, bool)>>> {
        let mut meant: Vec<Vec<(u8, bool)>> = Vec::new();
        let segments: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
        for (place, segment) in segments.iter().enumerate() {
            let mut letters = Vec::new();
            let mut bytes = segment.bytes();
            while let Some(byte) = bytes.next() {
                // An encoded delimiter is another one than a delimiter; of other letters the encoding means nothing.
                let (byte, encoded) = match byte {
                    b'%' => (hex(bytes.next()?)? << 4 | hex(bytes.next()?)?, true),
                    byte => (byte, false),
                };
                letters.push((byte, encoded && b"!$&'()*+,;=:@".contains(&byte)));
            }
            let text: Vec<u8> = letters.iter().map(|(byte, _)| *byte).collect();
            let last = place + 1 == segments.len();
            match text.as_slice() {
                b"." | b".." => {
                    if text.len() == 2 {
                        meant.pop();
                    }
                    if last {
                        meant.push(Vec::new());
                    }
                }
                _ => meant.push(letters),
            }
        }
        Some(meant)
    }

    /// Faults 41 and 42.
    #[test]
    fn spellings_of_one_path_become_one() {
        let table = [
            ("/x/..%2f..%2fetc", Some("/x/..%2F..%2Fetc")),
            ("/..%5C..%5Cetc", Some("/..%5C..%5Cetc")),
            ("/%252e%252e/x", Some("/%252e%252e/x")),
            ("/a%", None),
            ("/a%2", None),
            ("/a%0a", Some("/a%0A")),
            ("/\u{e9}", Some("/%C3%A9")),
            ("/e\u{301}", Some("/e%CC%81")),
            ("/%c3%a9", Some("/%C3%A9")),
            ("/%ff", Some("/%FF")),
            ("//a", Some("//a")),
            ("/./", Some("/")),
            ("/a/.../b", Some("/a/.../b")),
            ("/a.", Some("/a.")),
            ("/.a", Some("/.a")),
            ("/a/./b", Some("/a/b")),
            ("/a/../b", Some("/b")),
            ("/../../b", Some("/b")),
            ("/a/%2e%2e/b", Some("/b")),
            ("/a/..", Some("/")),
            ("/a/b/..", Some("/a/")),
            ("/a/.", Some("/a/")),
            ("/", Some("/")),
            ("/%7Euser", Some("/~user")),
            ("/a%2fb", Some("/a%2Fb")),
            ("/a//b/", Some("/a//b/")),
            ("/a\\b", Some("/a%5Cb")),
            ("/a;x", Some("/a;x")),
            ("/a%3bx", Some("/a%3Bx")),
            ("/%00", None),
            ("/%zz", None),
            ("/%2", None),
            ("a", None),
            ("*", None),
        ];
        for (path, expected) in table {
            assert_eq!(CanonicalPath::parse(path).as_ref().map(CanonicalPath::as_str), expected, "{path}");
        }
    }

    proptest! {
        #[test]
        fn what_is_canonical_at_a_glance_is_canonical(path in "/[a-c./_~-]{0,12}") {
            if is_canonical(&path) {
                let segments: String = path.split('/').skip(1).filter(|segment| !matches!(*segment, "." | "..")).map(|segment| format!("/{segment}")).collect();
                prop_assert_eq!(segments, path);
            }
        }

        #[test]
        fn canonical_form_is_idempotent(path in "/[a-c./%2Ee;@\u{e9} ]{0,24}") {
            if let Some(once) = CanonicalPath::parse(&path) {
                prop_assert_eq!(CanonicalPath::parse(once.as_str()), Some(once.clone()));
                let (escaped, inside) = (once.as_str().contains("/../"), once.as_str().contains("/./"));
                prop_assert!(!escaped && !inside);
            }
        }

        #[test]
        fn different_resources_have_different_forms(one in "/[a./%2Ef;3b\u{e9}]{0,9}", other in "/[a./%2Ef;3b\u{e9}]{0,9}") {
            if let (Some(first), Some(second)) = (CanonicalPath::parse(&one), CanonicalPath::parse(&other)) {
                prop_assert_eq!(first == second, meaning(&one) == meaning(&other), "{} {}", one, other);
                prop_assert_eq!(meaning(first.as_str()), meaning(&one), "{}", one);
            }
        }
    }
}
