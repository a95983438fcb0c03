//! Servers as processes: started, pinned, asked for their CPU time, and ended.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use lucarne::builtin::builtins;
use lucarne::clock::Clock;
use lucarne::config::Config;
use lucarne::node::{Node, NodeParts};

/// A server in a process of its own. It ends when it is dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
}

/// What to start.
pub(crate) enum Kind<'a> {
    Lucarne { folder: &'a Path },
    Bare { head: &'a Path, body: &'a Path },
}

impl Server {
    pub(crate) fn start(kind: Kind<'_>) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        match kind {
            Kind::Lucarne { folder } => command.arg("serve-lucarne").arg(folder),
            Kind::Bare { head, body } => command.arg("serve-bare").arg(head).arg(body),
        };
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { address: line.trim().parse().unwrap(), child }
    }

    /// What the kernel says of the process in this file of `/proc`.
    pub(crate) fn proc(&self, file: &str) -> String {
        std::fs::read_to_string(format!("/proc/{}/{file}", self.child.id())).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// Pins the calling process: its threads inherit it.
pub(crate) fn pin(core: usize) {
    let mut cores = rustix::thread::CpuSet::new();
    cores.set(core);
    rustix::thread::sched_setaffinity(None, &cores).unwrap();
}

pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap()
}

/// A node as the program builds it, over a folder.
pub(crate) fn serve_lucarne(folder: &Path) {
    pin(0);
    let config = format!(
        "listen = \"127.0.0.1:9\"\n[log]\naccess = \"off\"\n[[site]]\nhosts = [\"*\"]\nupstream = \"folder\"\n\
         [upstream.folder]\npath = {folder:?}\nmax-age = \"1d\"\n"
    );
    let mut config = Config::parse(&config, Path::new("."), &builtins()).unwrap();
    config.listen = ([127, 0, 0, 1], 0).into();
    runtime().block_on(async {
        let node = Node::bind(&config, NodeParts::default(), Clock::default()).await.unwrap();
        println!("{}", node.address());
        node.run(std::future::pending()).await;
    });
}

/// Files of exact sizes, and a picture that compresses badly.
pub(crate) fn write_files(folder: &Path) {
    let mut state = 1_u32;
    let mut noise = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        u8::try_from(state >> 24).unwrap()
    };
    for (name, size) in [("10k.bin", 10 << 10), ("100k.bin", 100 << 10)] {
        let bytes: Vec<u8> = (0..size).map(|_| noise()).collect();
        std::fs::write(folder.join(name), bytes).unwrap();
    }
    let picture = image::RgbImage::from_fn(400, 400, |_, _| image::Rgb([noise(), noise(), noise()]));
    picture.save(folder.join("noise.png")).unwrap();
}
