//! Lucarne: an edge node for images, programmable with WebAssembly.
//!
//! `ARCHITECTURE.md` draws how these modules depend on each other; they stand here in reading order.

pub mod admin;
pub mod builtin;
pub mod cache;
pub mod cli;
pub mod clock;
pub mod config;
pub mod demo;
pub mod gateway;
pub mod hosts;
pub mod node;
pub mod request;
pub mod respond;
pub mod sandbox;
pub mod server;
pub mod telemetry;
pub mod upstream;
