//! What documents name is there.

use std::collections::BTreeSet;

use super::{ARCHITECTURE, DOCUMENTS, IMPORTS, files, is_of_word, none, read, root, sources};

#[test]
fn the_architecture_draws_the_table_of_imports() {
    let page = read(ARCHITECTURE);
    let block = page.split("\n```").find_map(|block| block.strip_prefix("imports\n")).expect("a block `imports`");
    let row = |(importer, names): &(&str, &[&str])| {
        let names = if names.is_empty() { "–".to_owned() } else { names.join(" ") };
        format!("{importer:<9} → {names}")
    };
    assert_eq!(block.lines().collect::<Vec<_>>(), IMPORTS.iter().map(row).collect::<Vec<_>>());
}

#[test]
fn documents_name_files_and_types_that_exist() {
    let rust: String = sources().iter().map(|source| source.text.as_str()).collect();
    let words: BTreeSet<&str> = rust.split(|character: char| !is_of_word(character)).collect();
    let mut missing = Vec::new();
    let files = files();
    for document in DOCUMENTS {
        for (line, span) in spans(&read(document)) {
            let gone = if is_path(&span) {
                let name = format!("/{span}");
                !root().join(span.trim_end_matches('/')).exists() && !files.iter().any(|file| file.ends_with(&name))
            } else {
                let is_known = |word: &str| words.contains(word);
                document == ARCHITECTURE && is_type(&span) && !span.split("::").all(is_known)
            };
            if gone {
                missing.push(format!("{document}:{line}: `{span}` is not there"));
            }
        }
    }
    none(&missing);
}

/// The code spans and link targets of a document outside fenced blocks, with their lines.
fn spans(document: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut fenced = false;
    for (number, line) in (1..).zip(document.lines()) {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            found.extend(line.split('`').skip(1).step_by(2).map(|span| (number, span.to_owned())));
            let targets = line.split("](").skip(1).filter_map(|rest| rest.split(')').next());
            let targets = targets.filter(|target| !target.contains(':') && !target.starts_with('#'));
            found.extend(targets.map(|target| (number, target.to_owned())));
        }
    }
    found
}

/// Whether a span looks like a path of this tree: it begins in one of its directories, or ends like one of its files.
/// What is built is not of the tree.
fn is_path(span: &str) -> bool {
    let plain = span.chars().all(|character| is_of_word(character) || matches!(character, '.' | '/' | '-'));
    let inside = span.split_once('/').is_some_and(|(first, _)| !first.is_empty() && root().join(first).is_dir());
    let file = [".rs", ".md", ".toml", ".wit"].iter().any(|ending| span.ends_with(ending));
    plain && !span.starts_with('.') && !span.starts_with("target/") && (inside || file)
}

/// Whether a span looks like a type, or a variant of one.
fn is_type(span: &str) -> bool {
    let name = |word: &str| {
        word.starts_with(|first: char| first.is_ascii_uppercase())
            && word.chars().all(is_of_word)
            && word.contains(|character: char| character.is_ascii_lowercase())
    };
    span.split("::").all(name)
}
