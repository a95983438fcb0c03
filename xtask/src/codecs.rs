//! `tests/codecs`: the codecs beside `djpeg`, `cjpeg`, `dwebp` and `cwebp`.

use anyhow::{Context, Result};

use crate::apt;
use crate::command::{cargo, output, program, run};

/// The package that runs them; it is left out where only the workspace's own is tested.
pub(crate) const PACKAGE: &str = "lucarne-codecs";

/// The programs, and what Debian calls their packages.
const PROGRAMS: [(&str, &str); 4] =
    [("djpeg", "libjpeg-turbo-progs"), ("cjpeg", "libjpeg-turbo-progs"), ("dwebp", "webp"), ("cwebp", "webp")];

pub(crate) fn check() -> Result<()> {
    install_missing(&PROGRAMS).context("the codecs are compared with these programs")?;
    run(cargo(["test", "--package", PACKAGE, "--locked"]))
}

/// Installs the packages of those programs that are not there.
pub(crate) fn install_missing(programs: &[(&str, &str)]) -> Result<()> {
    let is_missing = |name: &str| output(program("which", [name])).is_none();
    let mut packages: Vec<&str> =
        programs.iter().filter(|(name, _)| is_missing(name)).map(|(_, package)| *package).collect();
    packages.dedup();
    if packages.is_empty() {
        return Ok(());
    }
    apt::install(&packages).with_context(|| format!("missing are {}", packages.join(", ")))
}
