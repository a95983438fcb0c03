//! `cargo xtask build` and `demo`.

use std::net::SocketAddr;

use anyhow::Result;

use crate::command::{cargo, program, run, target_dir};
use crate::toolchain;

pub(crate) fn build() -> Result<()> {
    toolchain::find_or_install()?;
    run(cargo(["build", "--release", "--locked", "--bin", "lucarne"]))
}

pub(crate) fn demo(listen: SocketAddr) -> Result<()> {
    build()?;
    run(program(target_dir().join("release/lucarne"), ["demo", "--listen", &listen.to_string()]))
}
