//! The state table of collapsed forwarding, and content that is read while it arrives, under every order that threads
//! can run in. The files are the host's own; only their mutex is another.
#![expect(clippy::unwrap_used, reason = "a model that cannot go on has failed")]

mod collapse;
