//! Work in progress: becomes part of suite.rs.
#![allow(clippy::unwrap_used, dead_code, unused_imports)]
mod harness;
mod hostile;
