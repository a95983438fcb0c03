//! Cases, how they ended, and what that counts: as the suite's own results page counts it.
//!
//! A case counts as passed only if all that it depends on counts as passed. Required and optimal cases are judged.
//! Checks ask what a cache does, where either is allowed; "yes" is not better than "no".

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use anyhow::{Result, ensure};
use serde::Deserialize;

/// How many cases of the release are required, optimal and checks, and how many more are for browsers alone.
const CASES: (usize, usize, usize, usize) = (157, 86, 86, 5);

/// A case of the suite, as `client.mjs` writes it.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Case {
    pub(crate) id: String,
    /// What it claims, in a sentence.
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) depends_on: Vec<String>,
    pub(crate) browser_only: bool,
    pub(crate) outcome: Outcome,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    Required,
    Optimal,
    Check,
}

/// How a case ended, whatever it depends on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Outcome {
    Passed,
    /// `Assertion` where the claim does not hold, `Setup` where it could not be tried, or a JavaScript error's name.
    Failed {
        during: String,
        message: String,
    },
    NotRun,
}

/// What a case counts as.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict<'a> {
    Passed,
    /// Why not.
    Failed(&'a str),
    /// The case itself could not be tried.
    Setup(&'a str),
    /// This one, which it depends on, did not pass.
    Dependency(&'a str),
}

/// Every case that applies to a proxy.
pub(crate) struct Score {
    /// In the order of the suite.
    cases: Vec<Case>,
    /// Where each is in `cases`.
    places: BTreeMap<String, usize>,
}

impl Score {
    /// Fails if these are not the cases of the release that the totals are known of.
    pub(crate) fn of(cases: Vec<Case>) -> Result<Self> {
        let total = cases.len();
        let score = Self::of_any(cases);
        let of = |kind| score.of_kind(kind).count();
        let counts = (of(Kind::Required), of(Kind::Optimal), of(Kind::Check), total - score.cases.len());
        ensure!(counts == CASES, "the suite has other cases than it should: {counts:?} and not {CASES:?}");
        Ok(score)
    }

    fn of_any(mut cases: Vec<Case>) -> Self {
        cases.retain(|case| !case.browser_only);
        let places = cases.iter().enumerate().map(|(place, case)| (case.id.clone(), place)).collect();
        Self { cases, places }
    }

    pub(crate) fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Case> {
        self.cases.iter().filter(move |case| case.kind == kind)
    }

    /// What a case counts as. What depends on a case that does not apply is not counted, as on the results page.
    pub(crate) fn verdict<'a>(&'a self, case: &'a Case) -> Verdict<'a> {
        let failed = case.depends_on.iter().find(|id| {
            let dependency = self.places.get(*id).map(|place| &self.cases[*place]);
            dependency.is_none_or(|dependency| self.verdict(dependency) != Verdict::Passed)
        });
        match (failed, &case.outcome) {
            (Some(id), _) => Verdict::Dependency(id),
            (None, Outcome::Passed) => Verdict::Passed,
            (None, Outcome::Failed { during, message }) if during == "Setup" => Verdict::Setup(message),
            (None, Outcome::Failed { message, .. }) => Verdict::Failed(message),
            (None, Outcome::NotRun) => Verdict::Setup("not run"),
        }
    }

    /// The required cases, then the optimal ones.
    pub(crate) fn judged(&self) -> impl Iterator<Item = &Case> {
        self.of_kind(Kind::Required).chain(self.of_kind(Kind::Optimal))
    }

    /// The ids of the judged cases that count as passed.
    pub(crate) fn passing(&self) -> BTreeSet<String> {
        self.judged().filter(|case| self.verdict(case) == Verdict::Passed).map(|case| case.id.clone()).collect()
    }

    /// Those of `ids`, and of what they depend on, that did not pass by themselves.
    pub(crate) fn failed_behind(&self, ids: &BTreeSet<String>) -> BTreeSet<String> {
        let mut seen = BTreeSet::new();
        let mut open: Vec<&String> = ids.iter().collect();
        while let Some(id) = open.pop() {
            if let Some(place) = self.places.get(id)
                && seen.insert(*place)
            {
                open.extend(&self.cases[*place].depends_on);
            }
        }
        let failed = seen.into_iter().map(|place| &self.cases[place]);
        failed.filter(|case| case.outcome != Outcome::Passed).map(|case| case.id.clone()).collect()
    }

    /// Takes over what passed in another run, and returns its ids.
    pub(crate) fn pass(&mut self, cases: Vec<Case>) -> Vec<String> {
        let mut passed = Vec::new();
        for case in cases.into_iter().filter(|case| case.outcome == Outcome::Passed) {
            if let Some(place) = self.places.get(&case.id) {
                self.cases[*place].outcome = Outcome::Passed;
                passed.push(case.id);
            }
        }
        passed
    }

    fn passed(&self, kind: Kind) -> usize {
        self.of_kind(kind).filter(|case| self.verdict(case) == Verdict::Passed).count()
    }
}

impl Kind {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::Optimal => "optimal",
            Self::Check => "check",
        }
    }
}

impl Verdict<'_> {
    /// Of a check.
    fn answer(&self) -> &'static str {
        match self {
            Self::Passed => "yes",
            Self::Failed(_) => "no",
            Self::Setup(_) | Self::Dependency(_) => "untried",
        }
    }
}

impl fmt::Display for Verdict<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passed => f.write_str("passed"),
            Self::Failed(message) => f.write_str(message),
            Self::Setup(message) => write!(f, "could not be tried: {message}"),
            Self::Dependency(id) => write!(f, "depends on {id}"),
        }
    }
}

/// The whole report: totals, answers to checks, and what did not pass.
impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (required, optimal, checks, browsers) = CASES;
        let answers: Vec<_> = self.of_kind(Kind::Check).map(|case| (case, self.verdict(case))).collect();
        let count = |word| answers.iter().filter(|(_, verdict)| verdict.answer() == word).count();
        let (yes, no, untried) = (count("yes"), count("no"), count("untried"));
        writeln!(f, "required  {:>3} of {required}", self.passed(Kind::Required))?;
        writeln!(f, "optimal   {:>3} of {optimal}", self.passed(Kind::Optimal))?;
        writeln!(
            f,
            "checks    {yes:>3} yes, {no} no, {untried} untried of {checks}; {browsers} more are for browsers\n"
        )?;
        for (case, verdict) in &answers {
            write!(f, "{:<7}  {}: {}", verdict.answer(), case.id, case.name)?;
            match verdict {
                Verdict::Passed | Verdict::Failed(_) => writeln!(f)?,
                Verdict::Setup(_) | Verdict::Dependency(_) => writeln!(f, " ({verdict})")?,
            }
        }
        writeln!(f)?;
        for case in self.judged() {
            let verdict = self.verdict(case);
            if verdict != Verdict::Passed {
                writeln!(f, "{}, not passed: {}: {}\n    {verdict}", case.kind.word(), case.id, case.name)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
