//! Why a query is refused, in the line that its author reads.

use std::fmt::{self, Write};

use lucarne_guest::router::Refusal;

use crate::query::Pair;

/// What is wrong with a parameter. Names are as the client spelled them.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Rejected<'q> {
    /// A value outside of the parameter's grammar.
    #[error("{name}: {value} is not accepted; give {accepted}")]
    Value { name: &'q str, value: Quoted<'q>, accepted: &'static str },
    /// A parameter that was given before, perhaps by another of its names.
    #[error("{name}: already given as {earlier}; give one of them, once")]
    Repeated { name: &'q str, earlier: &'q str },
    /// A fit that is about a box, without a box.
    #[error("{name}: {value} needs both a width and a height")]
    NoBox { name: &'q str, value: Quoted<'q> },
    /// A pixel ratio that makes a side too long.
    #[error("{name}: {value} makes {side} more than {most}, the most that is accepted")]
    TooLong { name: &'q str, value: Quoted<'q>, side: &'q str, most: &'static str },
}

/// A client's words, in quotes and without what could break out of them: escaped where not printable ASCII, and cut.
#[derive(Debug)]
pub(crate) struct Quoted<'q>(&'q str);

/// How many characters of a value are quoted.
const QUOTED_CHARACTERS: usize = 40;

impl<'q> Rejected<'q> {
    /// The pair's value is not one of `accepted`.
    pub(crate) fn value(pair: Pair<'q>, accepted: &'static str) -> Self {
        Self::Value { name: pair.name, value: Quoted::of(pair), accepted }
    }
}

impl From<Rejected<'_>> for Refusal {
    fn from(rejected: Rejected<'_>) -> Self {
        Self { status: 400, detail: rejected.to_string() }
    }
}

impl<'q> Quoted<'q> {
    /// The pair's value as it was sent, so that its author finds it in the URL.
    pub(crate) fn of(pair: Pair<'q>) -> Self {
        Self(pair.value)
    }
}

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut characters = self.0.chars();
        formatter.write_char('"')?;
        for character in characters.by_ref().take(QUOTED_CHARACTERS).flat_map(char::escape_default) {
            formatter.write_char(character)?;
        }
        formatter.write_char('"')?;
        if characters.next().is_some() { formatter.write_str("...") } else { Ok(()) }
    }
}
