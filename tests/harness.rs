//! Real parts for tests: an origin that does what it is told and counts, a node built as the program builds it, and a
//! client that shows exactly what came back.

mod client;
mod node;
mod origin;
pub(crate) mod pictures;

pub(crate) use client::{Reply, ask, get, request};
pub(crate) use node::{TestNode, config_for};
pub(crate) use origin::{Origin, Scripted, status};
