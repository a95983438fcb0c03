//! What is wrong with a configuration file: every problem, each with its line and its key, in the order of the file.
//!
//! A problem is written for the person who edits the file: it quotes what stands there and says what would be right.

use std::error::Error;
use std::fmt;

/// One thing that is wrong in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The line in the file, counted from 1. For a key that is missing, the line of the table that lacks it.
    pub line: usize,
    /// The path of the key, as in `cache.memory` or `site[0].hosts`. Empty where the text is not TOML.
    pub key: String,
    /// What is wrong and what would be accepted, on one line.
    pub message: String,
}

/// All that is wrong in the file.
///
/// INVARIANT: at least one, sorted by line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// Returns the problems in the order of the file, or `None` where there are none.
    pub(super) fn collect(mut problems: Vec<Problem>) -> Option<Self> {
        problems.sort_by_key(|problem| problem.line);
        (!problems.is_empty()).then_some(Self(problems))
    }

    /// The problems in the order of the file; at least one.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Problem> {
        self.0.iter()
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "line {}: ", self.line)?;
        if !self.key.is_empty() {
            write!(formatter, "{}: ", self.key)?;
        }
        formatter.write_str(&self.message)
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            if index > 0 {
                formatter.write_str("\n")?;
            }
            problem.fmt(formatter)?;
        }
        Ok(())
    }
}

impl Error for Problem {}

impl Error for Problems {}
