//! Compiled components on disk, so that a start takes milliseconds and not the seconds that compiling takes.
//! Measured: 1.3 s to compile an image component of 3.4 MB, 0.2 ms to load what was compiled.
//!
//! Loading native code means trusting whoever wrote the file. So the directory is the host's own, closed to others; a
//! file's name says what it was made from and by which compiler, and its digest, which covers the name, is checked
//! before it is loaded. What does not fit is compiled again. Code that others compiled is never loaded.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use wasmtime::Engine;
use wasmtime::component::Component;

use crate::cache::Digest;

/// Where compiled components are kept.
#[derive(Debug, Clone)]
pub struct CompiledCache {
    directory: Option<PathBuf>,
}

/// First in every file.
const MAGIC: &[u8; 16] = b"lucarne compiled";

impl CompiledCache {
    /// In this directory, which is made if need be. Without one, or if it is not the host's own, nothing is kept.
    #[must_use]
    pub fn new(directory: Option<&Path>) -> Self {
        let directory = directory.and_then(|directory| match own_directory(directory) {
            Ok(()) => Some(directory.to_owned()),
            Err(error) => {
                tracing::warn!(directory = %directory.display(), %error, "compiled components are not kept");
                None
            }
        });
        Self { directory }
    }

    /// Compiles a component, or loads what was compiled from the same bytes by the same compiler.
    pub(super) fn load(&self, engine: &Engine, digest: &Digest, wasm: &[u8]) -> wasmtime::Result<Component> {
        let path = self.directory.as_ref().map(|directory| directory.join(file_name(engine, digest)));
        if let Some(code) = path.as_deref().and_then(read_checked) {
            match deserialize(engine, &code) {
                Ok(component) => return Ok(component),
                Err(error) => tracing::warn!(%error, "a compiled component is compiled again"),
            }
        }
        let component = Component::from_binary(engine, wasm)?;
        if let Some(path) = path {
            let kept = component.serialize().map_err(io::Error::other).and_then(|code| write_atomically(&path, &code));
            if let Err(error) = kept {
                tracing::warn!(%error, path = %path.display(), "a compiled component could not be kept");
            }
        }
        Ok(component)
    }
}

#[expect(unsafe_code, reason = "loading native code is what this file is for; see the safety comment")]
fn deserialize(engine: &Engine, code: &[u8]) -> wasmtime::Result<Component> {
    // SAFETY: `code` has to be what `Component::serialize` returned, unmodified. It comes from `read_checked`: a file
    // in a directory that only this user can write to, written by `write_atomically` under a name that holds the
    // digest of the component and the compiler's own compatibility hash, and name and content have the digest that was
    // written with them. wasmtime checks its version and settings besides.
    unsafe { Component::deserialize(engine, code) }
}

/// The content of a file that `write_atomically` wrote and nobody changed.
fn read_checked(path: &Path) -> Option<Vec<u8>> {
    let metadata = fs::symlink_metadata(path).ok()?;
    if !metadata.is_file() || !is_own(&metadata) {
        return None;
    }
    let file = fs::read(path).ok()?;
    let (digest, code) = file.strip_prefix(MAGIC)?.split_first_chunk::<32>()?;
    if seal(path, code).as_bytes() != digest {
        tracing::warn!(path = %path.display(), "a compiled component is damaged and is compiled again");
        return None;
    }
    Some(code.to_vec())
}

fn write_atomically(path: &Path, code: &[u8]) -> io::Result<()> {
    let directory = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    for part in [&MAGIC[..], seal(path, code).as_bytes(), code] {
        file.write_all(part)?;
    }
    file.persist(path)?;
    Ok(())
}

/// Of a file's name and content: code that was compiled from one component is never loaded as another.
fn seal(path: &Path, code: &[u8]) -> Digest {
    let name = path.file_name().unwrap_or_default();
    Digest::of_parts(&[name.as_encoded_bytes(), code])
}

fn file_name(engine: &Engine, digest: &Digest) -> String {
    use std::hash::{Hash, Hasher};
    let mut compiler = std::hash::DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut compiler);
    format!("{digest}-{:016x}.compiled", compiler.finish())
}

fn own_directory(directory: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    let metadata = fs::symlink_metadata(directory)?;
    if metadata.is_dir() && is_own(&metadata) {
        return Ok(());
    }
    Err(io::Error::other("the directory belongs to someone else, or others can write to it"))
}

fn is_own(metadata: &fs::Metadata) -> bool {
    metadata.uid() == rustix::process::geteuid().as_raw() && metadata.mode() & 0o022 == 0
}
