//! Lucarne: an edge node for images, programmable with WebAssembly.
//!
//! `ARCHITECTURE.md` draws how these modules depend on each other; they stand here in reading order.

pub mod config;
pub mod gateway;
pub mod request;
pub mod respond;
pub mod sandbox;
pub mod upstream;
pub mod cache;
pub mod clock;
pub mod telemetry;
