//! The host's files beside loom's mutex.
#![expect(dead_code, reason = "the models do not use all of these files")]

#[path = "../../host/cache/collapse/buffer.rs"]
mod buffer;
#[path = "../../host/cache/collapse/flights.rs"]
mod flights;
mod models;
#[path = "../../host/cache/collapse/state.rs"]
mod state;
mod sync;
