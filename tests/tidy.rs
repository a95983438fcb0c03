//! What holds for the source tree itself: who imports whom, how large a file may be, and words that no lint looks for.
//!
//! Nothing is compiled or run here. Sources are read as text, with comments, literals and test code blanked where a
//! rule is about the program alone, so every finding has its file and line. A rule is data where it can be; an
//! exception stands beside its rule, with its reason.

mod documents;
mod faults;
mod text;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use text::{blank_tests, blank_text, test_items};

/// Which modules of the host a module imports. Each stands above all that it imports, so there is no cycle; and each
/// arrow is there in the code, so that one that has gone is not drawn.
const IMPORTS: [(&str, &[&str]); 20] = [
    ("main", &["cli"]),
    (
        "cli",
        &[
            "node",
            "builtin",
            "demo",
            "gateway",
            "config",
            "respond",
            "sandbox",
            "upstream",
            "cache",
            "telemetry",
            "request",
            "clock",
        ],
    ),
    (
        "node",
        &[
            "builtin",
            "server",
            "admin",
            "gateway",
            "config",
            "sandbox",
            "upstream",
            "purge_log",
            "cache",
            "disk",
            "pages",
            "telemetry",
            "clock",
        ],
    ),
    ("builtin", &["config", "sandbox"]),
    ("demo", &["upstream"]),
    ("server", &["gateway", "respond", "pages", "telemetry", "request"]),
    ("admin", &["gateway", "cache"]),
    (
        "gateway",
        &[
            "respond",
            "sandbox",
            "upstream",
            "purge_log",
            "cache",
            "disk",
            "pages",
            "telemetry",
            "hosts",
            "request",
            "clock",
        ],
    ),
    ("config", &["sandbox", "disk", "telemetry", "hosts", "request"]),
    ("respond", &["sandbox", "upstream", "cache", "request", "clock"]),
    ("sandbox", &["upstream", "cache", "request", "clock"]),
    ("upstream", &["request"]),
    ("purge_log", &["cache"]),
    ("cache", &["disk", "request", "clock"]),
    ("disk", &[]),
    ("telemetry", &[]),
    ("hosts", &[]),
    ("pages", &[]),
    ("request", &[]),
    ("clock", &[]),
];

/// Crates that one part of the host hides from all others, and where that part is.
const HIDDEN: [(&str, &[&str]); 13] = [
    ("anyhow", &["host/cli.rs", "host/cli/", "host/main.rs"]),
    ("axum", &["host/admin.rs", "host/admin/"]),
    ("cap_std", &["host/upstream/folder.rs"]),
    ("clap", &["host/cli.rs", "host/cli/", "host/main.rs"]),
    ("hyper_rustls", &["host/upstream/http/"]),
    ("lucarne_bundle", &["host/builtin.rs"]),
    ("memchr", &["host/request/framing/"]),
    ("prometheus_client", &["host/telemetry/"]),
    ("rustls", &["host/upstream/http.rs", "host/upstream/http/"]),
    ("socket2", &["host/server.rs", "host/server/"]),
    ("toml", &["host/config/"]),
    ("wasmparser", &["host/sandbox/"]),
    ("wasmtime", &["host/sandbox.rs", "host/sandbox/"]),
];

/// Lines of a file of the program: what is longer holds two things.
const LINES: usize = 500;
/// Files that may be longer, and why.
const LONG: [(&str, &str); 2] = [
    ("codecs/simd/src/portable.rs", "a list of instructions, each a function of a line"),
    ("codecs/simd/src/wasm.rs", "the same list"),
];

/// Names that say nothing of what is in a module.
const VAGUE: [&str; 8] = ["util", "utils", "helper", "helpers", "manager", "common", "misc", "mod"];

/// What ends the program, or was left behind. `expect` states an invariant instead.
const UNFINISHED: [&str; 4] = [".unwrap()", "todo!", "unimplemented!", "dbg!"];

/// The only unsafe code, each with its proof.
const UNSAFE: [(&str, &str); 4] = [
    ("codecs/simd/src/wasm.rs", "an array becomes a register, and a register an array"),
    ("host/pages.rs", "maps memory that the kernel sends without copying it"),
    ("host/sandbox/compiled.rs", "loads native code that this program compiled"),
    ("components/guest/src/arena.rs", "the allocator of components"),
];

/// Hashers with a seed that everyone knows.
const SEEDED: [&str; 4] = ["FixedState", "FxHash", "FxBuildHasher", "BuildHasherDefault"];

/// Reading a clock, as it is written.
const CLOCKS: [&str; 3] = ["Instant::now", "SystemTime::now", ".elapsed()"];
/// Where a clock is read, and why there.
const CLOCK_READERS: [(&str, &str); 8] = [
    ("host/clock.rs", "the one file that reads clocks"),
    ("host/disk/breaker.rs", "a rest is measured on the runtime's clock, as the timeouts are that lead to it"),
    ("host/server/connection.rs", "how long a connection has been idle or stalled, on the runtime's clock"),
    ("host/server/preface.rs", "when the rest of a preface has to be there, on the runtime's clock"),
    ("host/server/upload.rs", "how long a client was waited for, on the runtime's clock"),
    ("host/server/patience.rs", "a timer for hyper has to say what time it is, on the runtime's clock"),
    ("host/sandbox/call.rs", "a call's wall time is held against the stopwatch that began with it"),
    ("xtask/src/check.rs", "says how long a check took"),
];

/// The document that names types too, and draws the table of imports.
const ARCHITECTURE: &str = "ARCHITECTURE.md";
/// Documents whose code spans and links lead into the tree.
const DOCUMENTS: [&str; 7] = [
    ARCHITECTURE,
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "docs/faults.md",
    "docs/grammar.md",
    "docs/statuses.md",
];

/// A Rust file.
struct Source {
    /// From the root, with slashes.
    path: String,
    text: String,
    /// The text without comments and literals: blanks in their place, so that lines and columns stay.
    code: String,
    /// The code without what is compiled for tests only.
    program: String,
}

#[test]
fn imports_flow_one_way_and_as_the_table_says() {
    let mut drawn = BTreeSet::new();
    let mut wrong = Vec::new();
    for source in host() {
        let importer = module_of(&source.path);
        let Some((_, allowed)) = IMPORTS.iter().find(|(name, _)| *name == importer) else {
            if importer != "lib" {
                wrong.push(format!("{}: module {importer} is not in the table", source.path));
            }
            continue;
        };
        let root = if importer == "main" { "lucarne" } else { "crate" };
        for (line, imported) in imports(&source.program, root) {
            if imported == importer {
                continue;
            }
            if !allowed.contains(&imported.as_str()) {
                wrong.push(format!("{}:{line}: {importer} imports {imported}", source.path));
            }
            drawn.insert((importer.clone(), imported));
        }
    }
    for (place, (importer, imported)) in IMPORTS.iter().enumerate() {
        for name in *imported {
            if !IMPORTS[place + 1..].iter().any(|(below, _)| below == name) {
                wrong.push(format!("the table draws {importer} → {name}, which is not below it"));
            }
            if !drawn.contains(&((*importer).to_owned(), (*name).to_owned())) {
                wrong.push(format!("the table draws {importer} → {name}, which the code does not have"));
            }
        }
    }
    none(&wrong);
}

#[test]
fn a_crate_that_one_part_hides_is_named_nowhere_else() {
    let mut wrong = Vec::new();
    for source in host() {
        for (name, places) in HIDDEN {
            if !places.iter().any(|place| source.path.starts_with(place)) {
                let lines = lines_with(&source.program, |line| has_word(line, name));
                wrong.extend(
                    lines.map(|line| format!("{}:{line}: {name} belongs in {}", source.path, places.join(", "))),
                );
            }
        }
    }
    none(&wrong);
}

#[test]
fn bindings_are_private_to_the_sandbox() {
    let sandbox = read("host/sandbox.rs");
    assert!(sandbox.lines().any(|line| line == "mod bindings;"), "host/sandbox.rs does not say `mod bindings;`");
}

#[test]
fn files_are_short() {
    let long = sources().iter().filter(|source| !source.program.trim().is_empty());
    let long = long.filter(|source| source.text.lines().count() > LINES && !is_excepted(&LONG, &source.path));
    none(&long.map(|source| format!("{}: more than {LINES} lines", source.path)).collect::<Vec<_>>());
}

#[test]
fn modules_are_named_for_what_they_hold() {
    let vague = sources()
        .iter()
        .filter(|source| source.path.trim_end_matches(".rs").split('/').any(|name| VAGUE.contains(&name)));
    none(&vague.map(|source| format!("{}: a name that says nothing", source.path)).collect::<Vec<_>>());
}

#[test]
fn every_file_says_what_lives_in_it() {
    let silent = sources().iter().filter(|source| !source.text.starts_with("//!"));
    none(&silent.map(|source| format!("{}:1: does not open with //!", source.path)).collect::<Vec<_>>());
}

#[test]
fn the_program_has_no_unwrap_and_nothing_unfinished() {
    let found = |line: &str| UNFINISHED.iter().any(|word| line.contains(word));
    none(&places(sources(), |source| &source.program, found));
}

#[test]
fn a_lint_is_lifted_with_a_reason() {
    let mut bare = Vec::new();
    for source in sources() {
        for opening in ["[allow(", "[expect("] {
            for (at, _) in source.code.match_indices(opening) {
                let end = source.code[at..].find(']').map_or(source.code.len(), |length| at + length);
                if !has_word(&source.code[at..end], "reason") {
                    bare.push(format!("{}:{}: no reason", source.path, line_at(&source.code, at)));
                }
            }
        }
    }
    none(&bare);
}

#[test]
fn unsafe_code_is_where_its_proof_is() {
    let elsewhere = sources().iter().filter(|source| !is_excepted(&UNSAFE, &source.path));
    none(&places(elsewhere, |source| &source.code, |line| has_word(line, "unsafe")));
}

#[test]
fn clocks_are_read_in_one_place() {
    let elsewhere = sources().iter().filter(|source| !is_excepted(&CLOCK_READERS, &source.path));
    let reads = |line: &str| CLOCKS.iter().any(|reading| line.contains(reading));
    none(&places(elsewhere, |source| &source.program, reads));
}

/// Fault 46: whoever knows how a table hashes can choose names that all fall into one place of it.
#[test]
fn tables_are_seeded_at_random() {
    let host = sources().iter().filter(|source| source.path.starts_with("host/"));
    none(&places(host, |source| &source.program, |line| SEEDED.iter().any(|fixed| line.contains(fixed))));
}

#[test]
fn exceptions_are_of_files_that_exist() {
    let excepted = LONG.iter().chain(&UNSAFE).chain(&CLOCK_READERS).map(|(path, _)| *path);
    let places = HIDDEN.iter().flat_map(|(_, places)| *places).copied();
    let gone = excepted.chain(places).filter(|path| !root().join(path).exists());
    none(&gone.map(|path| format!("{path}: excepted and not there")).collect::<Vec<_>>());
}

#[test]
fn no_file_names_the_machine_that_it_was_written_on() {
    // Put together here, so that this file does not name them either.
    let directories = ["work", "root", "home"].map(|name| format!("/{name}/"));
    let mut found = Vec::new();
    for path in files() {
        // What is not text is a picture or the like.
        let Ok(text) = fs::read_to_string(root().join(&path)) else { continue };
        let lines = lines_with(&text, |line| directories.iter().any(|directory| line.contains(directory.as_str())));
        found.extend(lines.map(|line| format!("{path}:{line}: a path of somebody's machine")));
    }
    none(&found);
}

fn none(found: &[String]) {
    assert!(found.is_empty(), "{} found:\n{}", found.len(), found.join("\n"));
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("cannot read {path}: {error}"))
}

/// Every file of the tree, from the root, without what is built and what git keeps, be it a directory or a file.
fn files() -> Vec<String> {
    let mut found = Vec::new();
    let mut directories = vec![PathBuf::new()];
    while let Some(directory) = directories.pop() {
        let entries = fs::read_dir(root().join(&directory)).expect("a directory of the tree can be listed");
        for entry in entries {
            let entry = entry.expect("a directory of the tree can be listed");
            let path = directory.join(entry.file_name());
            let kind = entry.file_type().expect("an entry has a type");
            // In a second working tree `.git` is a file.
            if entry.file_name() == ".git" || entry.file_name() == "target" {
                continue;
            }
            if kind.is_file() {
                found.push(path.to_string_lossy().into_owned());
            } else if kind.is_dir() {
                directories.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Every Rust file, read once for all tests here.
fn sources() -> &'static [Source] {
    static SOURCES: LazyLock<Vec<Source>> = LazyLock::new(read_sources);
    &SOURCES
}

fn host() -> impl Iterator<Item = &'static Source> {
    sources().iter().filter(|source| source.path.starts_with("host/"))
}

/// What only tests, benches and fuzz targets compile has no program.
fn read_sources() -> Vec<Source> {
    let mut sources: Vec<Source> = files().into_iter().filter(|path| path.ends_with(".rs")).map(Source::read).collect();
    let tests: Vec<String> = sources.iter().flat_map(test_modules).collect();
    for source in &mut sources {
        let stem = source.path.trim_end_matches(".rs");
        let is_of = |module: &String| {
            stem.strip_prefix(module.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let outside = ["tests/", "benches/", "fuzz/"].iter().any(|directory| source.path.starts_with(directory));
        if outside || tests.iter().any(is_of) {
            source.program.clear();
        }
    }
    sources
}

impl Source {
    fn read(path: String) -> Self {
        let text = read(&path);
        let code = blank_text(&text);
        let program = blank_tests(&code);
        Self { path, text, code, program }
    }
}

/// The module of the host that a file belongs to.
fn module_of(path: &str) -> String {
    let path = path.trim_start_matches("host/").trim_end_matches(".rs");
    path.split('/').next().unwrap_or(path).to_owned()
}

/// The first names behind `root::`, with their lines; those of a group too.
fn imports(code: &str, root: &str) -> Vec<(usize, String)> {
    let start = format!("{root}::");
    let mut found = Vec::new();
    for (at, _) in code.match_indices(&start) {
        if code[..at].ends_with(is_of_word) {
            continue;
        }
        let rest = &code[at + start.len()..];
        let names = match rest.strip_prefix('{') {
            Some(group) => group.split('}').next().unwrap_or(group).split(',').collect(),
            None => vec![rest],
        };
        for name in names {
            let name = name.trim_start();
            let end = name.find(|character| !is_of_word(character)).unwrap_or(name.len());
            found.push((line_at(code, at), name[..end].to_owned()));
        }
    }
    found
}

/// The modules that a file declares for tests alone, as paths without `.rs`.
fn test_modules(source: &Source) -> Vec<String> {
    let stem = source.path.trim_end_matches(".rs");
    let directory = match stem.rsplit_once('/') {
        Some((directory, "lib" | "main")) => directory,
        _ => stem,
    };
    let declared = test_items(&source.code).into_iter().filter_map(|(start, end)| {
        let (_, name) = source.code[start..end].strip_suffix(';')?.rsplit_once("mod ")?;
        Some(format!("{directory}/{}", name.trim()))
    });
    declared.collect()
}

fn is_excepted(exceptions: &[(&str, &str)], path: &str) -> bool {
    exceptions.iter().any(|(excepted, _)| *excepted == path)
}

/// The places where a line of what `part` gives is as `found` says.
fn places<'s>(
    sources: impl IntoIterator<Item = &'s Source>,
    part: impl Fn(&Source) -> &str,
    found: impl Fn(&str) -> bool,
) -> Vec<String> {
    let mut places = Vec::new();
    for source in sources {
        let lines = part(source).lines().zip(source.text.lines()).zip(1..);
        let lines = lines.filter(|((line, _), _)| found(line));
        places.extend(lines.map(|((_, text), number)| format!("{}:{number}: {}", source.path, text.trim())));
    }
    places
}

fn lines_with(text: &str, found: impl Fn(&str) -> bool) -> impl Iterator<Item = usize> {
    (1..).zip(text.lines()).filter(move |(_, line)| found(line)).map(|(number, _)| number)
}

fn line_at(text: &str, at: usize) -> usize {
    1 + text[..at].matches('\n').count()
}

fn has_word(text: &str, word: &str) -> bool {
    text.match_indices(word)
        .any(|(at, _)| !text[..at].ends_with(is_of_word) && !text[at + word.len()..].starts_with(is_of_word))
}

fn is_of_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}
