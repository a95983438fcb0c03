//! What a number depends on: the machine, the compiler, the commit.

use std::{fs, thread};

use crate::command::{output, program};

/// Lines to stand above a measurement. What cannot be found out is called unknown.
pub(crate) fn heading(command: &str) -> String {
    let cores = thread::available_parallelism().map_or_else(|_| unknown(), |cores| cores.to_string());
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_else(|_| unknown());
    let rustc = output(program("rustc", ["--version"])).unwrap_or_else(unknown);
    format!(
        "machine: {}, {cores} cores, Linux {}\ncompiler: {rustc}\ncommit: {}\ncommand: {command}\n",
        processor().unwrap_or_else(unknown),
        kernel.trim_end(),
        commit().unwrap_or_else(unknown),
    )
}

fn unknown() -> String {
    "unknown".to_owned()
}

fn processor() -> Option<String> {
    let description = fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = description.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(": ")?.1.to_owned())
}

/// The commit, and whether the sources are exactly it.
pub(crate) fn commit() -> Option<String> {
    let commit = output(program("git", ["rev-parse", "--short=12", "HEAD"]))?;
    let changes = output(program("git", ["status", "--porcelain"]))?;
    Some(if changes.is_empty() { commit } else { format!("{commit} with changes") })
}
