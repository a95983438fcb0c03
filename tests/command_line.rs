//! The program as a person runs it: what it prints, and what it exits with.

mod check;
mod component;
mod explain;
mod purge;
mod serve;
mod settings;
mod transform;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// What a run came to.
struct Run {
    status: i32,
    stdout: Vec<u8>,
    stderr: String,
}

impl Run {
    fn text(&self) -> String {
        String::from_utf8(self.stdout.clone()).unwrap()
    }

    /// It failed with this status, saying each of these, and wrote nothing else.
    fn assert_failed(&self, status: i32, said: &[&str]) {
        assert_eq!((self.status, self.text().as_str()), (status, ""), "{}", self.stderr);
        for words in said {
            assert!(self.stderr.contains(words), "{words:?} is missing from:\n{}", self.stderr);
        }
    }
}

/// The program, with the compiled components of all tests.
fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lucarne"));
    command.args(arguments).stdin(Stdio::null()).env("LUCARNE_CACHE_DIR", env!("CARGO_TARGET_TMPDIR"));
    command
}

/// Runs the program to its end.
fn run(arguments: &[&str]) -> Run {
    let output = program(arguments).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    Run { status: output.status.code().unwrap(), stdout: output.stdout, stderr }
}

/// A folder of its own, with these files.
fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        std::fs::write(folder.path().join(name), content).unwrap();
    }
    folder
}

/// A file's path in a folder, as an argument.
fn path_in(folder: &TempDir, name: &str) -> String {
    folder.path().join(name).to_str().unwrap().to_owned()
}

/// A file's path in the project.
fn path_of(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}
