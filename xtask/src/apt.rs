//! Debian's packages: installed where this machine has apt-get and this user may use it.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use anyhow::{Result, bail};

use crate::command::{program, run};

const APT: &str = "/usr/bin/apt-get";

/// Installs packages, as root or through sudo where it asks for no password.
pub(crate) fn install(packages: &[String]) -> Result<()> {
    if !Path::new(APT).exists() {
        bail!("there is no apt-get here; install by hand what Debian calls {}", packages.join(", "));
    }
    let install = ["install", "-y", "--no-install-recommends"].map(str::to_owned);
    for arguments in [vec!["update".to_owned()], install.into_iter().chain(packages.iter().cloned()).collect()] {
        run(match is_root() {
            true => program(APT, arguments),
            false => program("sudo", ["-n".to_owned(), APT.to_owned()].into_iter().chain(arguments)),
        })?;
    }
    Ok(())
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}
