//! What a node promises, over real sockets: one module a subject, one test a claim.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod harness;

mod components;
mod serving;
