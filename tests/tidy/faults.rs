//! `docs/faults.md` against the tests: what it names is there, and what cites a fault is named.

use std::ops::RangeInclusive;

use super::{is_of_word, line_at, none, read, root, sources};

/// The document.
const PAGE: &str = "docs/faults.md";
/// The faults that have to have a row; others may.
const LISTED: [RangeInclusive<u32>; 3] = [1..=77, 79..=81, 83..=99];

/// A row: a fault and what shows that it is withstood.
struct Row {
    line: usize,
    number: u32,
    /// As written: code spans with names of tests, or a reason.
    shown_by: String,
    /// The tests that are named.
    tests: Vec<String>,
}

#[test]
fn every_fault_has_a_row_with_tests_that_exist_or_a_reason() {
    let rows = rows(&read(PAGE));
    let numbers: Vec<u32> = rows.iter().map(|row| row.number).collect();
    assert!(numbers.is_sorted_by(|row, next| row < next), "the rows of {PAGE} are not in order: {numbers:?}");
    let absent = LISTED.into_iter().flatten().filter(|number| !numbers.contains(number));
    let mut wrong: Vec<String> = absent.map(|number| format!("{PAGE}: fault {number} has no row")).collect();
    for Row { line, number, shown_by, tests } in &rows {
        let says_something = shown_by.chars().filter(|character| character.is_alphabetic()).count() > 3;
        if !says_something {
            wrong.push(format!("{PAGE}:{line}: fault {number} has neither a test nor a reason"));
        }
        let gone = tests.iter().filter(|test| !exists(test));
        wrong.extend(gone.map(|test| format!("{PAGE}:{line}: there is no test `{test}`")));
    }
    none(&wrong);
}

#[test]
fn a_test_that_cites_a_fault_is_named_in_its_row() {
    let rows = rows(&read(PAGE));
    let mut wrong = Vec::new();
    for source in sources() {
        for (line, number, test) in citations(&source.text) {
            let is_named = |row: &Row| {
                row.number == number && row.tests.iter().any(|known| known.rsplit("::").next() == Some(test.as_str()))
            };
            if !rows.iter().any(is_named) {
                wrong.push(format!("{}:{line}: row {number} of {PAGE} does not name {test}", source.path));
            }
        }
    }
    none(&wrong);
}

#[test]
fn rows_and_citations_are_read() {
    let page = "| 7 | what | `a::b` `c::d` |\n|---|---|---|\n| | x | y |\n| 8 | what | a reason |\ntext";
    let read: Vec<_> = rows(page).into_iter().map(|row| (row.line, row.number, row.tests.len())).collect();
    assert_eq!(read, [(1, 7, 2), (4, 8, 0)]);
    let cited =
        "/// Faults 3, 5 and 81: so.\n#[test]\nfn a() {}\n\n    /// Of Fault 62.\n    #[x]\n    async fn b() {}\n";
    let cited: Vec<_> = citations(cited).into_iter().map(|(_, number, test)| format!("{number} {test}")).collect();
    assert_eq!(cited, ["3 a", "5 a", "81 a", "62 b"]);
}

fn rows(page: &str) -> Vec<Row> {
    let rows = (1..).zip(page.lines()).filter_map(|(line, text)| {
        let cells: Vec<&str> = text.strip_prefix('|')?.strip_suffix('|')?.split('|').map(str::trim).collect();
        let [number, _, shown_by] = cells[..] else { return None };
        let tests = shown_by.split('`').skip(1).step_by(2).map(str::to_owned).collect();
        Some(Row { line, number: number.parse().ok()?, shown_by: shown_by.to_owned(), tests })
    });
    rows.collect()
}

/// Whether there is a test of this path: in `tests/`, in the host, or in the component that it begins with.
fn exists(test: &str) -> bool {
    let Some((module, name)) = test.rsplit_once("::") else { return false };
    let path = module.replace("::", "/");
    let (first, rest) = path.split_once('/').unwrap_or((&path, ""));
    let component = format!("components/{}/src/{rest}", first.replace('_', "-"));
    [format!("tests/{path}"), format!("host/{path}"), component].iter().any(|stem| {
        // A module `tests` is a file, or a part of the file above.
        [stem, stem.trim_end_matches("tests").trim_end_matches('/')]
            .map(|stem| format!("{stem}.rs"))
            .iter()
            .any(|file| root().join(file).is_file() && has_test(file, name))
    })
}

/// Whether a function of this name stands in the file below an attribute that makes it a test.
fn has_test(file: &str, name: &str) -> bool {
    let source = sources().iter().find(|source| source.path == file);
    let source = source.expect("every Rust file of the tree is read");
    let lines: Vec<&str> = source.text.lines().map(str::trim).collect();
    source.code.match_indices(&format!("fn {name}(")).any(|(at, _)| {
        let above = lines[..line_at(&source.code, at) - 1].iter().rev();
        let attributes = above.take_while(|line| line.starts_with("#[") || line.starts_with("//"));
        attributes.into_iter().any(|line| line.starts_with("#[") && line.contains("test"))
    })
}

/// The faults that doc comments cite, with the line and the function that the comment is of.
fn citations(text: &str) -> Vec<(usize, u32, String)> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let mut cited = Vec::new();
    for (at, line) in lines.iter().enumerate().filter(|(_, line)| line.starts_with("///")) {
        let Some(function) = lines[at..].iter().find(|line| !line.starts_with("///") && !line.starts_with("#[")) else {
            continue;
        };
        let Some((_, name)) = function.split_once("fn ") else { continue };
        let name: String = name.chars().take_while(|character| is_of_word(*character)).collect();
        for rest in line.split("Fault").skip(1) {
            cited.extend(numbers(rest).into_iter().map(|number| (at + 1, number, name.clone())));
        }
    }
    cited
}

/// The numbers that follow the word: "s 3, 5 and 81: so" names three.
fn numbers(rest: &str) -> Vec<u32> {
    let rest = rest.strip_prefix('s').unwrap_or(rest).replace(" and ", " ").replace(',', " ");
    let words = rest.split_whitespace().map(|word| word.trim_end_matches(['.', ':', ';', ')']));
    words.map_while(|word| word.parse().ok()).collect()
}
