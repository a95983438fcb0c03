//! Node.js, and packages of npm's: what is compared with, and what tests with.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::apt;
use crate::command::{output, program, root, run};

/// Node.js and npm, installed where this machine has a way to.
pub(crate) fn needs_node(who: &str) -> Result<()> {
    let missing = || ["node", "npm"].into_iter().find(|name| output(program(name, ["--version"])).is_none());
    let Some(name) = missing() else { return Ok(()) };
    eprintln!("{who} needs Node.js and npm, and `{name}` does not run");
    if let Err(error) = apt::install(&["nodejs", "npm"]) {
        eprintln!("{error:#}");
    }
    if let Some(name) = missing() {
        bail!("`{name}` does not run; install Node.js 20 or later with npm (on Debian: nodejs and npm)");
    }
    Ok(())
}

/// Installs the packages that a lock file in `sources` pins, each against its digest, under target/tools. Returns the
/// folder that holds `node_modules`.
///
/// Nothing that a package wants to run at installation is run.
pub(crate) fn find_or_install(sources: &str, name: &str) -> Result<PathBuf> {
    needs_node(name)?;
    let sources = root().join(sources);
    let directory = root().join("target/tools").join(name);
    if is_current(&sources, &directory) {
        return Ok(directory);
    }
    eprintln!("{name} are not installed, or others; installing them under target/tools");
    if directory.exists() {
        fs::remove_dir_all(&directory).with_context(|| format!("cannot remove {}", directory.display()))?;
    }
    fs::create_dir_all(&directory).with_context(|| format!("cannot create {}", directory.display()))?;
    copy(&sources, &directory, PACKAGE)?;
    copy(&sources, &directory, LOCK)?;
    let mut install = program("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]);
    install.current_dir(&directory);
    run(install).context("is the npm registry reachable?")?;
    // Its presence says that the rest is complete.
    fs::write(directory.join(DONE), "").with_context(|| format!("cannot write {DONE}"))?;
    Ok(directory)
}

const PACKAGE: &str = "package.json";
const LOCK: &str = "package-lock.json";
const DONE: &str = ".complete";

fn is_current(sources: &Path, directory: &Path) -> bool {
    let same = |name: &str| fs::read(sources.join(name)).ok() == fs::read(directory.join(name)).ok();
    directory.join(DONE).exists() && same(PACKAGE) && same(LOCK)
}

fn copy(from: &Path, to: &Path, name: &str) -> Result<()> {
    fs::copy(from.join(name), to.join(name)).with_context(|| format!("cannot copy {name}")).map(drop)
}
