//! `cargo xtask conformance`: the public suite for HTTP caches, run against a node as it comes.
//!
//! The suite is the npm package `http-cache-tests`: an origin, a client, and cases that are a few exchanges each. The
//! node stands between the two, with one site and every default. What passed before is recorded under
//! `tests/conformance/`; a recorded case that does not pass any more fails the run.

mod record;
mod score;
mod servers;
mod suite;

use std::collections::BTreeSet;

use anyhow::{Result, bail};
use clap::Args;

use crate::command::run;
use crate::{check, toolchain};

use record::{PASSES, Record};
use score::{Outcome, Score};
use servers::{Bench, Selection};

/// How often a case that is expected to pass is tried before it counts as failed. Cases count seconds, and the node has 5 ms of
/// processor time for a decision: on a loaded machine either can go wrong, which is not the node's doing.
const ATTEMPTS: u32 = 3;

#[derive(Args, Debug, Default)]
pub(crate) struct Options {
    /// Run these cases alone, one after another, without looking at what they depend on
    #[arg(long, value_name = "ID", value_delimiter = ',', conflicts_with = "bless")]
    only: Vec<String>,
    /// Show every request and response, as the suite's client and its origin see them
    #[arg(short, long)]
    verbose: bool,
    /// Record what passes, and write the tables of docs/conformance.md
    #[arg(long)]
    bless: bool,
}

/// As CI runs it.
pub(crate) fn check() -> Result<()> {
    conformance(&Options::default())
}

pub(crate) fn conformance(options: &Options) -> Result<()> {
    let suite = suite::find_or_install()?;
    toolchain::find_or_install()?;
    // As the tests build it: a build of the program alone has other features, and would compile most crates again.
    let mut build = check::workspace_tests();
    build.arg("--no-run");
    run(build)?;
    let bench = Bench::start(&suite, options.verbose)?;
    if !options.only.is_empty() {
        return run_only(&bench, &options.only);
    }

    let record = Record::read()?;
    let mut score = Score::of(bench.run(&Selection::All)?)?;
    let expected = record.expected(&score);
    let late = try_again(&bench, &mut score, &expected)?;
    println!("\n{score}");
    for (id, attempt) in late {
        println!(
            "passed at attempt {attempt} of {ATTEMPTS}, alone: {id} (cases depend on timing; is the machine loaded?)"
        );
    }
    if options.bless {
        return record::bless(&score);
    }
    compare(&score, &record)
}

/// Runs some cases and says how each ended.
fn run_only(bench: &Bench, ids: &[String]) -> Result<()> {
    let cases = bench.run(&Selection::Alone(ids.iter().cloned().collect()))?;
    let mut failed = 0;
    for id in ids {
        let Some(case) = cases.iter().find(|case| case.id == *id) else { bail!("the suite has no case `{id}`") };
        match &case.outcome {
            Outcome::Passed => println!("passed  {id}"),
            Outcome::NotRun => println!("not run  {id} (for browsers)"),
            Outcome::Failed { during, message } => {
                failed += 1;
                println!("failed  {id}: {} ({during}: {message})", case.name);
            }
        }
    }
    if failed > 0 {
        bail!("{failed} of {} failed", ids.len());
    }
    Ok(())
}

/// Runs cases that were expected to pass and did not again, alone, with what they depend on. Returns those that passed
/// then, and at which attempt.
fn try_again(bench: &Bench, score: &mut Score, expected: &BTreeSet<String>) -> Result<Vec<(String, u32)>> {
    let mut late = Vec::new();
    for attempt in 2..=ATTEMPTS {
        let failed = score.failed_behind(expected);
        if failed.is_empty() {
            break;
        }
        eprintln!("attempt {attempt} of {ATTEMPTS}, alone: {}", failed.iter().cloned().collect::<Vec<_>>().join(", "));
        let passed = score.pass(bench.run(&Selection::Alone(failed))?);
        late.extend(passed.into_iter().map(|id| (id, attempt)));
    }
    Ok(late)
}

/// Fails where a recorded case does not pass, or where the document says something else than the record.
fn compare(score: &Score, record: &Record) -> Result<()> {
    let passing = score.passing();
    let new: Vec<_> = passing.difference(&record.passes).map(String::as_str).collect();
    if !new.is_empty() {
        println!("passed and not recorded; `cargo xtask conformance --bless` records them: {}", new.join(", "));
    }
    let lost: Vec<_> = record.passes.difference(&passing).map(String::as_str).collect();
    if !lost.is_empty() {
        bail!("recorded in {PASSES} and not passed in {ATTEMPTS} attempts: {}", lost.join(", "));
    }
    record::check_document(score, record)
}
