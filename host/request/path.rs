//! The one form of a path: what two spellings of the same resource have in common (RFC 3986 §6.2.2).

use std::borrow::Cow;

/// Brings a path to its canonical form: dot segments are resolved, percent-encodings are upper case, and letters that
/// need none have none. Other encodings stay: `%2F` is not a separator. None for what is not an absolute path or
/// holds a broken encoding, NUL included.
#[must_use]
pub fn canonical_path(path: &str) -> Option<Cow<'_, str>> {
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

    #[test]
    fn spellings_of_one_path_become_one() {
        let table = [
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
            assert_eq!(canonical_path(path).as_deref(), expected, "{path}");
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
            if let Some(once) = canonical_path(&path) {
                let again = canonical_path(&once);
                prop_assert_eq!(again.as_deref(), Some(&*once));
                let (escaped, inside) = (once.contains("/../"), once.contains("/./"));
                prop_assert!(!escaped && !inside);
            }
        }
    }
}
