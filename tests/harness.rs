//! Real parts for tests: an origin that does what it is told and counts, a node built as the program builds it, and a
//! client that shows exactly what came back.

mod client;
mod frames;
mod node;
mod origin;
pub(crate) mod pictures;
mod program;
mod raw;

pub(crate) use client::{Fields, Line, Reply, ask, get, request, with_body};
pub(crate) use frames::{Frame, Http2};
pub(crate) use node::{TestNode, compiled_directory, config_for};
pub(crate) use origin::{Asked, Origin, Script, answer, status};
pub(crate) use program::Program;
pub(crate) use raw::{RawOrigin, Then, Wire, converse};
