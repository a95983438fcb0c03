//! Debian's packages, where this machine has apt-get and lets this user install them.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use anyhow::Result;

use crate::command::{program, run};

const APT: &str = "/usr/bin/apt-get";

/// Installs packages; does nothing on other systems, so what counts is what is found afterwards.
pub(crate) fn install(packages: &[&str]) -> Result<()> {
    if !Path::new(APT).exists() {
        return Ok(());
    }
    eprintln!("installing {} with apt-get", packages.join(", "));
    let install = ["install", "-y", "--no-install-recommends"];
    for arguments in [vec!["update"], install.into_iter().chain(packages.iter().copied()).collect()] {
        run(match is_root() {
            true => program(APT, arguments),
            false => program("sudo", ["-n", APT].into_iter().chain(arguments)),
        })?;
    }
    Ok(())
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}
