//! What passed when it was last recorded, why the rest does not, and the document that is made of both.
//!
//! `passes.txt` is written by `--bless` alone and `misses.txt` by hand. The tables in the document follow from the two
//! and the suite, so a run can tell whether they are what the record says.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use anyhow::{Context, Result, bail, ensure};

use super::score::{Kind, Score};
use super::suite::{NAME, VERSION};
use crate::command::{output, program, root};
use crate::machine;

/// One id a line.
pub(crate) const PASSES: &str = "tests/conformance/passes.txt";
/// `id: reason` a line.
const MISSES: &str = "tests/conformance/misses.txt";
const DOCUMENT: &str = "docs/conformance.md";

/// The lines between which the document is written.
const BEGIN: &str = "<!-- written by `cargo xtask conformance --bless` -->";
const END: &str = "<!-- end of what is written -->";

pub(crate) struct Record {
    /// The required and optimal cases that passed.
    pub(crate) passes: BTreeSet<String>,
    /// Why the others do not.
    misses: BTreeMap<String, String>,
}

impl Record {
    pub(crate) fn read() -> Result<Self> {
        let passes = read(PASSES)?;
        let misses = read(MISSES)?;
        let misses = lines(&misses).map(|line| {
            let (id, reason) = line.split_once(": ").with_context(|| format!("{MISSES}: no reason in {line:?}"))?;
            Ok((id.to_owned(), reason.to_owned()))
        });
        Ok(Self { passes: lines(&passes).map(str::to_owned).collect(), misses: misses.collect::<Result<_>>()? })
    }

    /// What should pass: all that is judged and has no reason not to.
    pub(crate) fn expected(&self, score: &Score) -> BTreeSet<String> {
        score.judged().map(|case| case.id.clone()).filter(|id| !self.misses.contains_key(id)).collect()
    }
}

/// Records what passes, and writes the document's tables.
pub(crate) fn bless(score: &Score) -> Result<()> {
    let commit = machine::commit().unwrap_or_else(|| "unknown".to_owned());
    let date = output(program("git", ["log", "-1", "--format=%cs"])).unwrap_or_else(|| "unknown".to_owned());
    let record = Record { passes: score.passing(), ..Record::read()? };
    let tables = tables(score, &record)?;

    let passes: String = record.passes.iter().map(|id| format!("{id}\n")).collect();
    write(PASSES, &format!("# Required and optimal cases of {NAME} {VERSION} that pass.\n{passes}"))?;
    let document = read(DOCUMENT)?;
    let (before, _, after) = parts(&document)?;
    let heading = format!("{NAME} {VERSION}, commit {commit} of {date}.");
    write(DOCUMENT, &format!("{before}{BEGIN}\n\n{heading}\n\n{tables}\n{END}{after}"))
}

/// Fails where the document's tables are not those of the record.
pub(crate) fn check_document(score: &Score, record: &Record) -> Result<()> {
    let tables = tables(score, record)?;
    let document = read(DOCUMENT)?;
    let (_, written, _) = parts(&document)?;
    ensure!(
        written.trim_end().ends_with(tables.trim_end()),
        "{DOCUMENT} does not say what {PASSES} and {MISSES} say; run `cargo xtask conformance --bless`"
    );
    Ok(())
}

/// The document before, between and after the two lines.
fn parts(document: &str) -> Result<(&str, &str, &str)> {
    let parts = document.split_once(BEGIN).and_then(|(before, rest)| {
        let (between, after) = rest.split_once(END)?;
        Some((before, between, after))
    });
    parts.with_context(|| format!("{DOCUMENT} has no place to write to: the lines `{BEGIN}` and `{END}`"))
}

/// The score as recorded, and each miss with its reason. Every miss has one, and nothing else has.
fn tables(score: &Score, record: &Record) -> Result<String> {
    let judged = score.judged().map(|case| case.id.as_str());
    let missed: BTreeSet<&str> = judged.filter(|id| !record.passes.contains(*id)).collect();
    let explained: BTreeSet<&str> = record.misses.keys().map(String::as_str).collect();
    let listed = |ids: Vec<&str>| ids.join(", ");
    if explained != missed {
        bail!(
            "{MISSES} has to give a reason for each miss and for nothing else; without a reason: {}; not missed: {}",
            listed(missed.difference(&explained).copied().collect()),
            listed(explained.difference(&missed).copied().collect())
        );
    }

    let mut text = "| kind | cases | passed |\n|---|---|---|\n".to_owned();
    for kind in [Kind::Required, Kind::Optimal] {
        let cases: Vec<_> = score.of_kind(kind).collect();
        let passed = cases.iter().filter(|case| record.passes.contains(&case.id)).count();
        text += &format!("| {} | {} | {passed} |\n", kind.word(), cases.len());
    }
    text += "\n| missed | kind | why |\n|---|---|---|\n";
    for case in score.judged() {
        if let Some(reason) = record.misses.get(&case.id) {
            text += &format!("| `{}` | {} | {reason} |\n", case.id, case.kind.word());
        }
    }
    Ok(text)
}

/// The lines that say something.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn read(path: &str) -> Result<String> {
    fs::read_to_string(root().join(path)).with_context(|| format!("cannot read {path}"))
}

fn write(path: &str, text: &str) -> Result<()> {
    fs::write(root().join(path), text).with_context(|| format!("cannot write {path}"))
}
