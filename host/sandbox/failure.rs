//! How a component fails, contained: what it did, in one word for the metric and one line for the log.

use std::fmt;
use std::sync::Arc;

use thiserror::Error;
use wasmtime::Trap;

use crate::sandbox::convert;

/// A call that ended in a trap, at a limit, or with an answer that is not one.
#[derive(Debug, Clone, Error)]
#[error("component {component} failed: {reason} ({detail})")]
pub struct ComponentFailure {
    /// The name in the configuration.
    pub component: Arc<str>,
    /// What it did.
    pub reason: FailureReason,
    /// For the log; never sent to a client.
    pub detail: String,
}

/// What a component did wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FailureReason {
    /// It executed `unreachable`: in Rust guests, a panic.
    Unreachable,
    /// It accessed memory or a table beyond its bounds.
    OutOfBounds,
    /// It used up its stack.
    StackOverflow,
    /// It used up its time.
    Deadline,
    /// It asked for more memory than it may have.
    Memory,
    /// It asked for more table space than it may have.
    Table,
    /// It called the host too often.
    HostCalls,
    /// It sent too much across the boundary.
    Transfer,
    /// What it returned is not a value of the promised type, or not one that makes sense.
    InvalidValue,
    /// Another trap.
    Trap,
    /// It could not be started.
    Instantiation,
}

/// A limit that the host itself enforces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(super) enum LimitReached {
    #[error("more than {limit} bytes of memory")]
    Memory { limit: usize },
    #[error("more than {limit} elements in a table")]
    Table { limit: usize },
    #[error("more than {limit} calls of the host")]
    HostCalls { limit: u32 },
    #[error("more than {limit} ms of CPU time")]
    Cpu { limit: u128 },
    #[error("more than {limit} ms of wall time")]
    Wall { limit: u128 },
}

/// Bytes of a failure's detail. What a guest returned and how it calls its functions are part of it, and as long as it
/// likes.
const DETAIL: usize = 1 << 10;

impl ComponentFailure {
    pub(super) fn new(component: &Arc<str>, reason: FailureReason, detail: &str) -> Self {
        Self { component: Arc::clone(component), reason, detail: convert::one_line(detail, DETAIL) }
    }
}

impl LimitReached {
    /// What sets it in the table `limits` of a component's configuration; none for what is the same for all.
    pub(super) fn key(&self) -> Option<&'static str> {
        match self {
            Self::Memory { .. } => Some("memory"),
            Self::Cpu { .. } => Some("time"),
            Self::Table { .. } | Self::HostCalls { .. } | Self::Wall { .. } => None,
        }
    }
}

impl FailureReason {
    /// One word, for metrics.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::OutOfBounds => "out-of-bounds",
            Self::StackOverflow => "stack-overflow",
            Self::Deadline => "deadline",
            Self::Memory => "memory",
            Self::Table => "table",
            Self::HostCalls => "host-calls",
            Self::Transfer => "transfer",
            Self::InvalidValue => "invalid-value",
            Self::Trap => "trap",
            Self::Instantiation => "instantiation",
        }
    }

    /// Reads what wasmtime reports. `otherwise` is what an error is that is neither a trap nor a limit.
    pub(super) fn classify(error: &wasmtime::Error, otherwise: Self) -> Self {
        if let Some(limit) = error.downcast_ref::<LimitReached>() {
            return match limit {
                LimitReached::Memory { .. } => Self::Memory,
                LimitReached::Table { .. } => Self::Table,
                LimitReached::HostCalls { .. } => Self::HostCalls,
                LimitReached::Cpu { .. } | LimitReached::Wall { .. } => Self::Deadline,
            };
        }
        match error.downcast_ref::<Trap>() {
            Some(Trap::UnreachableCodeReached) => Self::Unreachable,
            Some(Trap::MemoryOutOfBounds | Trap::TableOutOfBounds | Trap::ArrayOutOfBounds) => Self::OutOfBounds,
            Some(Trap::StackOverflow) => Self::StackOverflow,
            Some(Trap::Interrupt) => Self::Deadline,
            Some(_) => Self::Trap,
            // wasmtime has no type for this one; a test holds the text.
            None if format!("{error:#}").contains("fuel allocated for hostcalls") => Self::Transfer,
            None => otherwise,
        }
    }
}

impl fmt::Display for FailureReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
