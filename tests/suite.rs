//! What a node promises, over real sockets: one module a subject, one test a claim.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod harness;

mod answers;
mod bad_pictures;
mod caching;
mod command_line;
mod components;
mod disk;
mod herd;
mod hostile;
mod keys;
mod lifecycle;
mod origin_faults;
mod serving;
mod tidy;
