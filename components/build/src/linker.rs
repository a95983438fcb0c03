//! Where a linker for WebAssembly is.
//!
//! rustup's toolchains bring `rust-lld` for every target; Debian's leave it to a package of its own. Any LLVM linker
//! at least as new as the compiler does.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// The first linker in one of `sysroots`, or else on the `PATH`.
pub(crate) fn find(sysroots: &[&Path]) -> Option<PathBuf> {
    let found = sysroots.iter().find_map(|sysroot| in_sysroot(sysroot));
    found.or_else(|| on_path("rust-lld")).or_else(|| on_path("wasm-ld"))
}

/// The Debian package with the linker of Debian's compiler, which comes with a link to it that dangles until then.
pub(crate) fn debian_package() -> String {
    let linked = Path::new("/usr/bin/rust-lld").read_link().ok();
    let name = linked.as_deref().and_then(Path::file_name).and_then(OsStr::to_str);
    name.unwrap_or("lld").to_owned()
}

/// `lib/rustlib/HOST/bin/rust-lld`, for whichever host it is.
fn in_sysroot(sysroot: &Path) -> Option<PathBuf> {
    let hosts = sysroot.join("lib/rustlib").read_dir().ok()?;
    hosts.flatten().map(|host| host.path().join("bin/rust-lld")).find(|linker| linker.is_file())
}

/// A dangling link, as Debian's compiler leaves for the linker that it only suggests, is no file.
fn on_path(name: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?).map(|directory| directory.join(name)).find(|linker| linker.is_file())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_linker_of_a_sysroot_comes_first() {
        let [empty, sysroot] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        let linker = sysroot.path().join("lib/rustlib/some-host/bin/rust-lld");
        fs::create_dir_all(linker.parent().unwrap()).unwrap();
        fs::write(&linker, "").unwrap();
        assert_eq!(find(&[empty.path(), sysroot.path()]), Some(linker));
    }

    #[test]
    fn an_empty_sysroot_has_no_linker() {
        assert_eq!(in_sysroot(Path::new("/nonexistent")), None);
    }
}
