//! `cargo xtask soak`: a node under mixed load and an origin that fails, for as long as one likes.

use anyhow::Result;

use crate::{bench, toolchain};

pub(crate) fn soak(minutes: f64, options: &[String]) -> Result<()> {
    toolchain::find_or_install()?;
    let minutes = ["--minutes".to_owned(), minutes.to_string()];
    bench::measure("soak", &[&minutes, options].concat())
}
