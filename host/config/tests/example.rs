//! The example file: every key that there is, with its default.

use super::*;

#[test]
fn the_example_shows_the_defaults() {
    let origin = "https://origin.example".parse().unwrap();
    assert_eq!(config(EXAMPLE), Config::for_origin(origin, LISTEN));
}

/// The example with every line in use that is commented out.
pub(super) fn whole_example() -> String {
    let line = |line: &'static str| match line.strip_prefix('#') {
        Some(rest) if !rest.is_empty() && !rest.starts_with(' ') => rest,
        _ => line,
    };
    EXAMPLE.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// A key path without the names that a file gives: `component.limits.time`.
fn kind(path: &str) -> String {
    let path = path.replace("[0]", "").replace("[1]", "");
    let mut parts: Vec<_> = path.split('.').collect();
    if parts.len() > 1 && ["component", "upstream"].contains(&parts[0]) {
        parts.remove(1);
    }
    parts.join(".")
}

#[test]
fn the_example_shows_every_key() {
    let text = whole_example();
    config(&text);

    let mut table = String::new();
    let mut shown = BTreeSet::new();
    let mut asking = "zzzzzzzz = 0\n".to_owned();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        asking += &format!("{line}\n");
        if line.starts_with('[') {
            asking += "zzzzzzzz = 0\n";
            table = format!("{}.", kind(line.trim_matches(['[', ']'])));
            // The table is itself a key of the one around it.
            shown.extend(table.match_indices('.').map(|(dot, _)| table[..dot].to_owned()));
        } else if let Some((key, _)) = line.split_once(" = ") {
            shown.insert(format!("{table}{key}"));
        }
    }

    // A key that is like no other is answered with all that there are.
    let problems = parse(&asking).unwrap_err();
    let mut known = BTreeSet::new();
    for problem in problems.iter() {
        let table = kind(problem.key.strip_suffix("zzzzzzzz").unwrap());
        let keys = problem.message.strip_prefix("unknown key; there are ").unwrap();
        known.extend(keys.split(", ").map(|key| format!("{table}{key}")));
    }
    let missing: Vec<_> = known.difference(&shown).collect();
    assert!(missing.is_empty() && known.len() > 40, "{missing:?} of {known:?}");
}
