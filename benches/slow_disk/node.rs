//! A node with a disk tier and with little memory, on a disk of some speed.

use std::fmt;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;

use crate::child::{self, Server, free_address};

pub(crate) struct Node {
    pub(crate) server: Server,
}

/// How fast the disk is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Disk {
    AsItIs,
    /// With `strace` beside it, which makes nothing slower on purpose: what the tool itself costs.
    Traced,
    /// Each operation takes so many milliseconds longer.
    Slow(u32),
}

/// The system calls of the disk tier, under all the names that systems have for them: hits in memory, sockets and the
/// origin need none of these. Whatever is not known to a system is left out.
const CALLS: &str = "?open,?openat,?openat2,?pread64,?pwrite64,?rename,?renameat,?renameat2,?unlink,?unlinkat";

impl Node {
    /// Starts one before this origin.
    pub(crate) fn start(disk: Disk, scratch: &Path, origin: SocketAddr) -> Self {
        let folder = scratch.join(disk.name());
        fs::create_dir(&folder).unwrap();
        let address = free_address();
        let config = format!(
            "listen = \"{address}\"\n[log]\naccess = \"off\"\n[cache]\nmemory = \"4MiB\"\n[cache.disk]\npath = {:?}\n\
             size = \"1GiB\"\nadmission = \"always\"\n[[site]]\nhosts = [\"*\"]\nupstream = \"origin\"\n\
             [upstream.origin]\nurl = \"http://{origin}\"\n",
            folder.join("cache")
        );
        // The tracer is on the node's core too, and its filter lets all other calls pass at full speed.
        let (trace, delay) = (format!("trace={CALLS}"), disk.delay());
        let mut before = vec!["taskset", "-c", "0"];
        if let Some(delay) = &delay {
            before.extend(["strace", "-D", "-f", "-qq", "--seccomp-bpf", "-o", "/dev/null", "-e", &trace, "-e", delay]);
        }
        let mut command = child::lucarne(&before, &folder, &config);
        command.stdout(Stdio::null()).stderr(fs::File::create(folder.join("log")).unwrap());
        Self { server: Server::start(command, address) }
    }
}

impl Disk {
    fn name(self) -> &'static str {
        match self {
            Self::AsItIs => "as it is",
            Self::Traced => "traced",
            Self::Slow(_) => "slow",
        }
    }

    fn delay(self) -> Option<String> {
        match self {
            Self::AsItIs => None,
            Self::Traced => Some(format!("inject={CALLS}:delay_enter=0")),
            Self::Slow(milliseconds) => Some(format!("inject={CALLS}:delay_enter={}", milliseconds * 1000)),
        }
    }
}

/// The first cell of its row.
impl fmt::Display for Disk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Slow(milliseconds) => write!(f, "each operation {milliseconds} ms slower"),
            other => f.write_str(other.name()),
        }
    }
}
