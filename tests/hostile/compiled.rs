//! Compiled components on disk: native code that is loaded only if nobody but the host can have written it, and only
//! as what it was compiled from.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use lucarne::sandbox::{CompiledCache, Route, Sandbox, SandboxSize};
use tempfile::TempDir;

use super::direct::{spec, view};
use super::guest::{Place, component, spoil};

/// A directory with the compiled code of a component.
struct Kept {
    folder: TempDir,
    wasm: Vec<u8>,
    /// The one file in it.
    path: PathBuf,
    code: Vec<u8>,
}

#[test]
fn a_file_that_is_not_as_it_was_written_is_compiled_again() {
    let kept = Kept::of(component(Place::Route, ""));
    let other = Kept::of(component(Place::Route, &spoil("(call $reply (local.get $answer) (i32.const 599))")));
    let (length, code) = (kept.code.len(), &kept.code);
    // The frame, and then all over the code.
    for at in (0..64).step_by(7).chain((64..length).step_by(length / 40)) {
        let mut flipped = code.clone();
        flipped[at] ^= 0x10;
        kept.replaces(&format!("byte {at} is another"), || fs::write(&kept.path, &flipped).unwrap());
    }
    for to in [0, 1, 16, 47, 48, 49, length / 2, length - 1] {
        kept.replaces(&format!("cut to {to} bytes"), || fs::write(&kept.path, &code[..to]).unwrap());
    }
    let longer = [&code[..], &[0]].concat();
    kept.replaces("one byte more", || fs::write(&kept.path, &longer).unwrap());
    kept.replaces("what another component was compiled to", || fs::write(&kept.path, &other.code).unwrap());
    kept.replaces("the component itself", || fs::write(&kept.path, &kept.wasm).unwrap());
}

#[test]
fn a_file_that_others_can_write_is_compiled_again() {
    let kept = Kept::of(component(Place::Route, ""));
    for mode in [0o620, 0o602, 0o666] {
        kept.allow(mode);
        kept.loads();
        assert_eq!(fs::metadata(&kept.path).unwrap().permissions().mode() & 0o777, 0o600, "{mode:o}");
    }
    let elsewhere = kept.folder.path().join("elsewhere");
    fs::rename(&kept.path, &elsewhere).unwrap();
    symlink(&elsewhere, &kept.path).unwrap();
    kept.loads();
    assert!(fs::symlink_metadata(&kept.path).unwrap().is_file());
}

#[test]
fn a_directory_that_others_can_write_is_not_used() {
    let kept = Kept::of(component(Place::Route, ""));
    fs::write(&kept.path, "planted").unwrap();
    for mode in [0o770, 0o707, 0o777] {
        fs::set_permissions(kept.folder.path(), Permissions::from_mode(mode)).unwrap();
        kept.loads();
        assert_eq!(fs::read(&kept.path).unwrap(), b"planted", "{mode:o}");
    }
    fs::set_permissions(kept.folder.path(), Permissions::from_mode(0o700)).unwrap();
    kept.loads();
    assert_eq!(fs::read(&kept.path).unwrap(), kept.code);
}

#[test]
fn a_directory_in_the_place_of_a_file_is_in_nobodys_way() {
    let kept = Kept::of(component(Place::Route, ""));
    fs::remove_file(&kept.path).unwrap();
    fs::create_dir(&kept.path).unwrap();
    kept.loads();
}

impl Kept {
    fn of(wasm: Vec<u8>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        drop(sandbox(folder.path()).router(&spec(wasm.clone())).unwrap());
        let files: Vec<PathBuf> = fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().path()).collect();
        let [path] = &files[..] else { panic!("{files:?}") };
        Self { wasm, path: path.clone(), code: fs::read(path).unwrap(), folder }
    }

    /// The component is what it is, whatever is on the disk.
    fn loads(&self) {
        let router = sandbox(self.folder.path()).router(&spec(self.wasm.clone())).unwrap();
        let (route, _) = router.route(&view("/page")).unwrap();
        assert!(matches!(&route, Route::Pass(target) if target.as_path_and_query() == "/page"), "{route:?}");
    }

    /// After this change to the file, the component is what it is, and the file is as it was.
    fn replaces(&self, what: &str, change: impl FnOnce()) {
        change();
        assert_ne!(fs::read(&self.path).unwrap(), self.code, "{what}");
        self.loads();
        assert!(fs::read(&self.path).unwrap() == self.code, "{what}: it was loaded");
    }

    fn allow(&self, mode: u32) {
        fs::set_permissions(&self.path, Permissions::from_mode(mode)).unwrap();
    }
}

fn sandbox(directory: &Path) -> Sandbox {
    Sandbox::new(SandboxSize::default(), CompiledCache::new(Some(directory))).unwrap()
}
