//! Rust as text: what is code in it, and what is a comment, a literal or a test.

use super::is_of_word;

#[test]
fn code_is_told_from_what_surrounds_it() {
    let table = [
        ("a // b", "a     "),
        ("a /* b /* c */ d */ e", "a                   e"),
        (r#"x("b\"c") d"#, "x(      ) d"),
        ("x(r#\"b\"c\"#) d", "x(        ) d"),
        ("'a' 'b", "    'b"),
        (r"'\'' b", "     b"),
    ];
    for (text, code) in table {
        assert_eq!(blank_text(text).trim_end(), code.trim_end(), "{text}");
    }
    assert_eq!(blank_tests("a #[cfg(test)] mod b { {c} } d").trim_start_matches('a').trim(), "d");
    assert_eq!(blank_tests("a #[cfg(test)] mod b; d").trim_start_matches('a').trim(), "d");
}

/// Where the items begin and end that are compiled for tests alone. `code` has no comments and literals.
pub(super) fn test_items(code: &str) -> Vec<(usize, usize)> {
    let mut items = Vec::new();
    let mut from = 0;
    while let Some(start) = code[from..].find("#[cfg(test)]").map(|at| from + at) {
        let mut depth = 0_usize;
        let end = code[start..].char_indices().find_map(|(at, character)| {
            match character {
                '{' => depth += 1,
                '}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            (depth == 0 && matches!(character, '}' | ';')).then_some(start + at + 1)
        });
        from = end.unwrap_or(code.len());
        items.push((start, from));
    }
    items
}

pub(super) fn blank_tests(code: &str) -> String {
    let mut program = code.as_bytes().to_vec();
    for (start, end) in test_items(code) {
        blank(&mut program[start..end]);
    }
    String::from_utf8(program).expect("whole items are blanked")
}

/// A file's text with blanks in the place of comments, strings and characters.
pub(super) fn blank_text(text: &str) -> String {
    let mut code = text.as_bytes().to_vec();
    let mut at = 0;
    while at < code.len() {
        let rest = &text.as_bytes()[at..];
        let in_word = at > 0 && is_of_word(char::from(code[at - 1]));
        let length = match rest {
            [b'/', b'/', ..] => rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len()),
            [b'/', b'*', ..] => comment(rest),
            [b'"', ..] => 1 + string(&rest[1..]),
            [b'r', b'"' | b'#', ..] if !in_word => raw_string(rest),
            [b'b', b'r', b'"' | b'#', ..] if !in_word => 1 + raw_string(&rest[1..]),
            [b'\'', ..] => character(&text[at..]),
            _ => 0,
        };
        blank(&mut code[at..at + length]);
        at += length.max(1);
    }
    String::from_utf8(code).expect("whole characters are blanked")
}

/// A comment that may hold others.
fn comment(bytes: &[u8]) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < bytes.len() {
        match &bytes[at..] {
            [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
            [b'*', b'/', ..] if depth == 1 => return at + 2,
            [b'*', b'/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
    }
    at
}

/// What follows an opening quote, up to and with the closing one.
fn string(bytes: &[u8]) -> usize {
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// A raw string from its `r`; 0 for a raw identifier.
fn raw_string(bytes: &[u8]) -> usize {
    let hashes = bytes[1..].iter().take_while(|byte| **byte == b'#').count();
    if bytes.get(1 + hashes) != Some(&b'"') {
        return 0;
    }
    let closing = format!("\"{}", "#".repeat(hashes));
    let content = &bytes[hashes + 2..];
    let end = content.windows(closing.len()).position(|window| window == closing.as_bytes());
    hashes + 2 + end.map_or(content.len(), |end| end + closing.len())
}

/// A character from its quote; 0 for a lifetime.
fn character(text: &str) -> usize {
    let mut characters = text.char_indices().skip(1);
    match (characters.next(), characters.next()) {
        (Some((_, '\\')), Some((escaped, _))) => {
            let after = escaped + 1;
            text[after..].find('\'').map_or(0, |end| after + end + 1)
        }
        (Some(_), Some((end, '\''))) => end + 1,
        _ => 0,
    }
}

fn blank(bytes: &mut [u8]) {
    bytes.iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = b' ');
}
