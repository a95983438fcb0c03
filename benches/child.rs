//! Servers as processes: started with their port, asked what they take, and ended by their id.

use std::collections::BTreeMap;
use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command};
use std::thread::sleep;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

/// A server with the processes that it started. All end when it is dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
}

/// How long a server may take to listen, and to end.
const PATIENCE: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(20);

impl Server {
    /// Starts a server, and waits until it accepts connections there.
    pub(crate) fn start(mut command: Command, address: SocketAddr) -> Self {
        let shown = format!("{command:?}");
        let mut child = command.spawn().unwrap_or_else(|error| panic!("cannot run {shown}: {error}"));
        for _ in 0..PATIENCE.as_millis() / PAUSE.as_millis() {
            if TcpStream::connect(address).is_ok() {
                return Self { child, address };
            }
            if let Some(status) = child.try_wait().unwrap() {
                panic!("{shown} ended: {status}");
            }
            sleep(PAUSE);
        }
        drop(Self { child, address });
        panic!("{shown} does not listen on {address}");
    }

    /// User and system time of all its processes so far, as the kernel counts it.
    pub(crate) fn cpu_time(&self) -> Duration {
        let ticks: u64 = self.family().iter().filter_map(|id| stat(*id)).map(|stat| stat.ticks).sum();
        Duration::from_secs(ticks) / u32::try_from(rustix::param::clock_ticks_per_second()).unwrap()
    }

    /// Resident memory of its first process, in bytes.
    pub(crate) fn resident(&self) -> u64 {
        resident(&self.child.id().to_string())
    }

    /// The most resident memory that its first process ever had, in bytes.
    pub(crate) fn peak_resident(&self) -> u64 {
        memory(&self.child.id().to_string(), "VmHWM:")
    }

    /// Open file descriptors of its first process.
    pub(crate) fn descriptors(&self) -> usize {
        fs::read_dir(format!("/proc/{}/fd", self.child.id())).unwrap().count()
    }

    /// Its id and those of its descendants.
    fn family(&self) -> Vec<u32> {
        let ids = fs::read_dir("/proc").unwrap().filter_map(|entry| entry.unwrap().file_name().to_str()?.parse().ok());
        let parents: BTreeMap<u32, u32> = ids.filter_map(|id| Some((id, stat(id)?.parent))).collect();
        let mut family = vec![self.child.id()];
        let mut next = 0;
        while next < family.len() {
            let parent = family[next];
            family.extend(parents.iter().filter(|(_, of)| **of == parent).map(|(id, _)| *id));
            next += 1;
        }
        family
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let family = self.family();
        let signal = |id: u32, signal| {
            let id = Pid::from_raw(i32::try_from(id).unwrap()).unwrap();
            // What has ended already cannot be ended.
            let _sent = kill_process(id, signal);
        };
        signal(self.child.id(), Signal::TERM);
        for _ in 0..PATIENCE.as_millis() / PAUSE.as_millis() {
            if self.child.try_wait().unwrap().is_some() {
                return;
            }
            sleep(PAUSE);
        }
        family.into_iter().for_each(|id| signal(id, Signal::KILL));
        self.child.wait().unwrap();
    }
}

/// The program under test, with this configuration written to a file of the folder; `before` are words that come before
/// it on the command line, such as those that pin it to a core.
pub(crate) fn lucarne(before: &[&str], folder: &Path, config: &str) -> Command {
    let file = folder.join("lucarne.toml");
    fs::write(&file, config).unwrap();
    let mut command = words(before, env!("CARGO_BIN_EXE_lucarne"));
    command.args(["serve", "--config"]).arg(file);
    command.env("LUCARNE_CACHE_DIR", env!("CARGO_TARGET_TMPDIR"));
    command
}

/// A command with words before it.
pub(crate) fn words(before: &[&str], program: &str) -> Command {
    let mut words = before.iter().chain([&program]);
    let mut command = Command::new(words.next().unwrap());
    command.args(words);
    command
}

/// An address of this machine that nobody listens on.
pub(crate) fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// Resident memory of a process, in bytes; `self` is this one.
pub(crate) fn resident(process: &str) -> u64 {
    memory(process, "VmRSS:")
}

/// A line of what the kernel says of a process, in bytes.
fn memory(process: &str, name: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

struct Stat {
    parent: u32,
    /// User and system time.
    ticks: u64,
}

/// Nothing for a process that has ended.
fn stat(id: u32) -> Option<Stat> {
    let text = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // Counted from after the name, which may hold anything.
    let fields: Vec<&str> = text.rsplit_once(") ")?.1.split(' ').collect();
    let number = |at: usize| fields.get(at)?.parse::<u64>().ok();
    Some(Stat { parent: fields.get(1)?.parse().ok()?, ticks: number(11)? + number(12)? })
}
