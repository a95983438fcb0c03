//! `cargo xtask component`: a guest crate of any workspace, built as the bundle's are.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use lucarne_component_build::build_component;

use crate::command::target_dir;
use crate::toolchain;

pub(crate) fn component(directory: &Path, output: &Path) -> Result<()> {
    let toolchain = toolchain::find_or_install()?;
    let component = build_component(&toolchain, directory, &target_dir().join("components"))?;
    fs::write(output, &component).with_context(|| format!("cannot write {}", output.display()))?;
    eprintln!("{}: a component of {} bytes", output.display(), component.len());
    Ok(())
}
