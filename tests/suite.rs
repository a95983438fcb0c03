//! What a node promises, over real sockets: one module a subject, one test a claim.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod harness;

mod answers;
mod bad_pictures;
mod caching;
mod canonical;
mod command_line;
mod components;
mod conditionals;
mod disk;
mod filling;
mod framing;
mod herd;
mod hit_ratio;
mod hostile;
mod http2;
mod keys;
mod lifecycle;
mod log;
mod origin_faults;
mod origin_load;
mod overload;
mod plain_hits;
mod purging;
mod ranges;
mod serving;
mod slow_clients;
mod tidy;
mod tiers;
mod transforms;
