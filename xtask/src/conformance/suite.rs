//! The suite as it is published: the packages of one release, each held against its digest.
//!
//! The suite names npm itself as a dependency, and a template engine. Its client and its origin use neither, so what is
//! installed is what they import, and nothing that a package wants to run at installation is run.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use crate::command::{program, root, run, shown};
use crate::npm;

/// The package, and its release.
pub(crate) const NAME: &str = "http-cache-tests";
pub(crate) const VERSION: &str = "0.4.5";

/// The packages with their digests, as `npm view PACKAGE dist.integrity` shows them.
const PACKAGES: [(&str, &str, &str); 5] = [
    (NAME, VERSION, "sha512-DjuwN9nUZXLTW+wav1LRESCZNVxl8SshwOy4z1pxuWbWt5/ay6sM9QQ1lebBaDO6P1IMBoK6mdf+PuVP/QNL8A=="),
    (
        "node-fetch",
        "2.7.0",
        "sha512-c4FRfUm/dbcWZ7U+1Wq0AwCyFL+3nt2bEw05wfxSz+DWpWsitgmSgYmy2dQdWyKC1694ELPqMs/YzUSNozLt8A==",
    ),
    (
        "whatwg-url",
        "5.0.0",
        "sha512-saE57nupxk6v3HY35+jzBwYa0rKSy0XR8JSxZPwgLr7ys0IBzhGviA1/TUGJLmSVqs8pb9AnvICXEuOHLprYTw==",
    ),
    (
        "tr46",
        "0.0.3",
        "sha512-N3WMsuqV66lT30CrXNbEjx4GEwlow3v6rr4mCcv6prnfwhS01rkgyFdjPNBYd9br7LpXV1+Emh01fHnq2Gdgrw==",
    ),
    (
        "webidl-conversions",
        "3.0.1",
        "sha512-2JAn3z8AR6rjK8Sm8orRC0h/bcl/DqL7tRPdGZ4I1CjdF+EaMLmYxBHyXuKL849eucPFhvBoxMsflfOb8kxaeQ==",
    ),
];

/// What npm says of a package that it has downloaded.
#[derive(Deserialize)]
struct Packed {
    name: String,
    /// Of the bytes of the file.
    integrity: String,
    filename: String,
}

/// The directory of the suite.
pub(crate) fn find_or_install() -> Result<PathBuf> {
    npm::needs_node("the suite for HTTP caches")?;
    let directory = root().join(format!("target/tools/{NAME}-{VERSION}"));
    if !directory.exists() {
        eprintln!("{NAME} {VERSION} is not installed; installing it under target/tools, once");
        // It gets its name when it is complete.
        let unfinished = root().join(format!("target/tools/{NAME}-{VERSION}.unfinished"));
        install(&unfinished)?;
        fs::rename(&unfinished, &directory).with_context(|| format!("cannot name {}", directory.display()))?;
    }
    Ok(directory.join("node_modules").join(NAME))
}

fn install(directory: &Path) -> Result<()> {
    if directory.exists() {
        fs::remove_dir_all(directory).with_context(|| format!("cannot remove {}", directory.display()))?;
    }
    fs::create_dir_all(directory).with_context(|| format!("cannot create {}", directory.display()))?;
    let packed = pack(directory)?;
    for (name, version, integrity) in PACKAGES {
        let package = packed.iter().find(|package| package.name == name);
        let package = package.with_context(|| format!("npm downloaded no {name}"))?;
        ensure!(
            package.integrity == integrity,
            "{name} {version} has the digest {} and not {integrity}; it is not used",
            package.integrity
        );
        let modules = directory.join("node_modules").join(name);
        fs::create_dir_all(&modules).with_context(|| format!("cannot create {}", modules.display()))?;
        let mut unpack = program("tar", ["-xz", "--strip-components=1", "-f"]);
        unpack.arg(directory.join(&package.filename)).arg("-C").arg(&modules);
        run(unpack)?;
    }
    Ok(())
}

/// Downloads the packages into `directory`.
fn pack(directory: &Path) -> Result<Vec<Packed>> {
    let mut pack = program("npm", ["pack", "--json", "--loglevel=error"]);
    pack.args(PACKAGES.map(|(name, version, _)| format!("{name}@{version}"))).current_dir(directory);
    let shown = shown(&pack);
    eprintln!("$ {shown}");
    let packed = pack.stderr(Stdio::inherit()).output().with_context(|| format!("cannot run `{shown}`"))?;
    ensure!(packed.status.success(), "`{shown}` failed: {}; is the npm registry reachable?", packed.status);
    serde_json::from_slice(&packed.stdout).with_context(|| format!("`{shown}` does not say what it downloaded"))
}
