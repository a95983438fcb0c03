//! Hostile guests: whatever a component does, its place answers as promised, the failure is counted with its reason,
//! and everyone else is served.

mod acts;
mod answers;
mod claims;
mod compiled;
mod direct;
pub(crate) mod guest;
mod lines;
mod loading;
mod memory;
mod stage;
