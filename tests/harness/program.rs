//! The program itself, as a process: for what only a process has, memory of its own and signals.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;

const SERVE: [&str; 4] = ["serve", "--listen", "127.0.0.1:0", "--origin"];

/// A running `lucarne serve`. It is killed when it is dropped.
pub(crate) struct Program {
    pub(crate) address: SocketAddr,
    child: Child,
    /// What it logs.
    lines: Option<JoinHandle<Vec<String>>>,
}

impl Program {
    /// Over one origin, with defaults, on a port of its own.
    pub(crate) fn over(origin: &str) -> Self {
        Self::run(Command::new(env!("CARGO_BIN_EXE_lucarne")).args(SERVE).arg(origin))
    }

    /// The same, with so many file descriptors.
    pub(crate) fn with_descriptors(origin: &str, count: u32) -> Self {
        let limited = format!("ulimit -n {count}; exec \"$0\" \"$@\"");
        Self::run(Command::new("sh").args(["-c", &limited, env!("CARGO_BIN_EXE_lucarne")]).args(SERVE).arg(origin))
    }

    /// With this configuration.
    pub(crate) fn configured(config: &Path) -> Self {
        Self::run(Command::new(env!("CARGO_BIN_EXE_lucarne")).args(["serve", "--config"]).arg(config))
    }

    /// The same, with this level of its own log.
    pub(crate) fn logging(config: &Path, level: &str) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lucarne"));
        Self::run(command.args(["serve", "--config"]).arg(config).env("LUCARNE_LOG", format!("lucarne={level}")))
    }

    fn run(command: &mut Command) -> Self {
        let mut child = command
            // The folder below it in which all tests have their compiled components.
            .env("LUCARNE_CACHE_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")))
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        let address = lines.find_map(|line| line.strip_prefix("serving on http://").map(str::to_owned));
        // What it logs is read at once, so that it never waits for a reader.
        let lines = std::thread::spawn(move || lines.collect());
        Self { address: address.unwrap().parse().unwrap(), child, lines: Some(lines) }
    }

    /// The most memory that it has held so far, in bytes.
    pub(crate) fn peak_memory(&self) -> u64 {
        self.memory("VmHWM:")
    }

    /// The memory that it holds now, in bytes.
    pub(crate) fn resident_memory(&self) -> u64 {
        self.memory("VmRSS:")
    }

    fn memory(&self, what: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(what)).unwrap();
        line.trim().strip_suffix(" kB").unwrap().parse::<u64>().unwrap() * 1024
    }

    /// Sends it SIGTERM.
    pub(crate) fn terminate(&self) {
        let id = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
    }

    /// Ends it, and says what it logged since it served. Blocks the thread.
    pub(crate) fn end(mut self) -> Vec<String> {
        self.terminate();
        assert!(self.child.wait().unwrap().success());
        self.lines.take().unwrap().join().unwrap()
    }

    /// Waits for its end. Blocks the thread.
    pub(crate) fn wait(mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Only one that has ended already cannot be killed.
        let _killed = self.child.kill();
        let _ended = self.child.wait();
    }
}
