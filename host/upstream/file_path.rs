//! The path of a file that a request target names.

use std::path::Path;
use std::sync::Arc;

use ::http::uri::PathAndQuery;

/// A relative path that names one file in one way.
///
/// INVARIANT: it has at least one segment; no segment is empty, begins with a dot or contains a slash, a backslash or
/// a control character.
#[derive(Debug, Clone)]
pub(super) struct FilePath(String);

impl FilePath {
    /// Decodes a target's path, once. A path that ends in a slash names the `index.html` there. `None` means that no
    /// file can have this name, or none that is shown: those that begin with a dot are not.
    pub(super) fn parse(target: &PathAndQuery) -> Option<Self> {
        let mut path = String::new();
        let mut segments = target.path().strip_prefix('/')?.split('/').peekable();
        while let Some(segment) = segments.next() {
            let last = segments.peek().is_none();
            let segment = decode(segment)?;
            match segment.as_str() {
                "" if last => path.push_str("index.html"),
                segment if is_shown(segment) => path.push_str(segment),
                _ => return None,
            }
            if !last {
                path.push('/');
            }
        }
        Some(Self(path))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn shared(&self) -> Arc<Path> {
        Arc::from(Path::new(&self.0))
    }
}

fn is_shown(segment: &str) -> bool {
    !segment.is_empty()
        && !segment.starts_with('.')
        && !segment.contains(|character: char| matches!(character, '/' | '\\') || character.is_control())
}

fn decode(segment: &str) -> Option<String> {
    let mut decoded = Vec::with_capacity(segment.len());
    let mut bytes = segment.bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => hex(bytes.next()?)? << 4 | hex(bytes.next()?)?,
            byte => byte,
        });
    }
    String::from_utf8(decoded).ok()
}

fn hex(digit: u8) -> Option<u8> {
    let value = char::from(digit).to_digit(16)?;
    u8::try_from(value).ok()
}

#[cfg(test)]
mod tests {
    use std::path::Component;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_path_only_leads_down(target in "/([a.%/]|%2[ef]|%5c|%00|%c3|%a9){0,12}(\\?[a/.]{0,3})?") {
            if let Some(path) = FilePath::parse(&target.parse().unwrap()) {
                let plain = |component| matches!(component, Component::Normal(name) if !name.as_encoded_bytes().starts_with(b"."));
                prop_assert!(path.shared().components().all(plain), "{:?}", path);
                prop_assert!(!path.as_str().contains(['\\', '\0']), "{:?}", path);
                prop_assert_eq!(path.shared().components().count(), path.as_str().split('/').count());
            }
        }
    }

    /// Faults 41, 42 and 49.
    #[test]
    fn a_target_names_one_file_or_none() {
        let table = [
            ("/a.png", Some("a.png")),
            ("/a/b.png?w=3", Some("a/b.png")),
            ("/", Some("index.html")),
            ("/a/", Some("a/index.html")),
            ("/a%20b.png", Some("a b.png")),
            ("/%c3%A9.png", Some("\u{e9}.png")),
            ("/a%2525.png", Some("a%25.png")),
            ("/a..png", Some("a..png")),
            ("/a;x=y", Some("a;x=y")),
            ("/..", None),
            ("/../x", None),
            ("/a/../../x", None),
            ("/./x", None),
            ("/%2e%2e/x", None),
            ("/%2E./x", None),
            ("/..%2fx", None),
            ("/a%2f..%2f..%2fetc%2fpasswd", None),
            ("/a%2Fb.png", None),
            ("/a%5cb.png", None),
            ("/..%5c..%5cx", None),
            ("/.hidden", None),
            ("/.git/config", None),
            ("/%2ehidden", None),
            ("/a%00.png", None),
            ("/a%0a.png", None),
            ("/a%7f.png", None),
            ("/a%ff.png", None),
            ("/a%2", None),
            ("/a%zz", None),
            ("/a%+1", None),
            ("//a.png", None),
            ("/a//b.png", None),
            ("//", None),
            ("*", None),
        ];
        for (target, expected) in table {
            let path = FilePath::parse(&target.parse().unwrap());
            assert_eq!(path.as_ref().map(FilePath::as_str), expected, "{target}");
        }
    }
}
