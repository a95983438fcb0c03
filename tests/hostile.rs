//! Hostile guests: whatever a component does, its place answers as promised, the failure is counted with its reason,
//! and everyone else is served.

mod acts;
mod answers;
pub(crate) mod guest;
mod stage;
