//! Lucarne: an edge node for images, programmable with WebAssembly.
//!
//! `ARCHITECTURE.md` draws how these modules depend on each other; they stand here in reading order.

pub mod cli;
pub mod config;
pub mod node;
pub mod server;
pub mod admin;
pub mod gateway;
pub mod respond;
pub mod sandbox;
pub mod builtin;
pub mod demo;
pub mod upstream;
pub mod cache;
pub mod hosts;
pub mod request;
pub mod clock;
pub mod telemetry;
