//! Servers with one core: how many pictures a second when none is stored, and what memory four at once take.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use lucarne::clock::stopwatch;

use crate::Bench;
use crate::child::{Server, free_address, lucarne, words};
use crate::source::{Kind, Picture};
use crate::timed::median;
use crate::work::Format;

/// Who serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Contestant {
    Lucarne,
    Ipx,
}

/// What pins a server to its core. The load has the other.
const PINNED: [&str; 3] = ["taskset", "-c", "0"];
const LOAD_CORE: usize = 1;

/// Requests under way at any time.
const CLIENTS: usize = 4;
/// Widths are from 300 to 900, in no order.
const WIDTHS: usize = 601;
/// Length of a turn.
const TURN: Duration = Duration::from_secs(8);
/// Requests of the run that looks at memory.
const REQUESTS: usize = 60;

/// Prints both tables.
pub(crate) fn measure(bench: &mut Bench) {
    let pictures = bench.scratch.join("pictures");
    fs::create_dir(&pictures).unwrap();
    let names: Vec<String> = Picture::TIMED.iter().map(|picture| write(bench, picture, &pictures)).collect();
    pin_load();
    let modules = bench.options.modules.clone();
    let start = |contestant: Contestant, places: usize| {
        let folder = tempfile::tempdir_in(&bench.scratch).unwrap().keep();
        let server = contestant.start(&pictures, &modules, &folder, places);
        warm_up(server.address, &contestant.target(&names[0], 200, Format::Jpeg));
        server
    };

    println!("\n### One core, {CLIENTS} clients, 12 MP → 300 to 900 pixels, none stored\n");
    println!("| format | lucarne, pictures/s | ipx | ratio | goal | |\n|---|---|---|---|---|---|");
    for (format, goal) in [(Format::Jpeg, 1.5), (Format::Webp, 1.2)] {
        let servers = [Contestant::Lucarne, Contestant::Ipx].map(|kind| (kind, start(kind, 1)));
        // No width is asked for twice of the same server.
        let asked = servers.each_ref().map(|_| AtomicUsize::new(0));
        let mut rates = [Vec::new(), Vec::new()];
        for round in 0..=bench.options.rounds.min(5) {
            for (((kind, server), asked), rates) in servers.iter().zip(&asked).zip(&mut rates) {
                let turn = if round == 0 { Duration::from_secs(2) } else { TURN };
                let start = stopwatch();
                let goes_on = |_| stopwatch().duration_since(start) < turn;
                let made = load(server.address, *kind, &names, format, asked, goes_on);
                if round > 0 {
                    rates.push(made as f64 / stopwatch().duration_since(start).as_secs_f64());
                }
            }
        }
        let [ours, theirs] = rates.map(|rates| median(&rates));
        let word = if ours / theirs >= goal { "met" } else { "MISSED" };
        println!("| {} | {ours:.1} | {theirs:.1} | {:.2} | {goal} | {word} |", format.name(), ours / theirs);
    }

    println!("\n### Most resident memory, {CLIENTS} transforms of 12 MP at once\n\n| server | MiB |\n|---|---|");
    for kind in [Contestant::Lucarne, Contestant::Ipx] {
        let server = start(kind, CLIENTS);
        let asked = AtomicUsize::new(0);
        load(server.address, kind, &names, Format::Jpeg, &asked, |number| number < REQUESTS);
        println!("| {kind:?} | {} |", server.peak_resident() >> 20);
    }
}

impl Contestant {
    fn start(self, pictures: &Path, modules: &Path, folder: &Path, places: usize) -> Server {
        let address = free_address();
        let mut command = match self {
            Self::Lucarne => {
                let config = format!(
                    "listen = \"{address}\"\n[log]\naccess = \"off\"\n[images]\nconcurrency = {places}\n[[site]]\n\
                     hosts = [\"*\"]\nupstream = \"files\"\n[upstream.files]\npath = \"{}\"\nmax-age = \"1h\"\n",
                    pictures.display()
                );
                lucarne(&PINNED, folder, &config)
            }
            Self::Ipx => {
                let mut command = words(&PINNED, "node");
                command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/benches/images/ipx.mjs"));
                command.arg(modules).arg(pictures).arg(address.port().to_string());
                command
            }
        };
        command.stdout(Stdio::null()).stderr(fs::File::create(folder.join("log")).unwrap());
        Server::start(command, address)
    }

    /// Where a picture of this width is.
    fn target(self, name: &str, width: usize, format: Format) -> String {
        match self {
            Self::Lucarne => {
                let lossy = if format == Format::Webp { "&lossless=false" } else { "" };
                format!("/{name}?width={width}&format={}&quality=80{lossy}", format.name())
            }
            Self::Ipx => format!("/w_{width},f_{},q_80/{name}", format.name()),
        }
    }
}

/// Asks for one picture after another from each client, as long as it goes on. Returns how many were made.
fn load(
    address: SocketAddr,
    kind: Contestant,
    names: &[String],
    format: Format,
    asked: &AtomicUsize,
    goes_on: impl Fn(usize) -> bool + Sync,
) -> usize {
    let made = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                loop {
                    let number = asked.fetch_add(1, Ordering::Relaxed);
                    if !goes_on(number) {
                        break;
                    }
                    assert!(number < WIDTHS * names.len(), "there are no more different pictures");
                    let width = 300 + number * 617 % WIDTHS;
                    let name = &names[number / WIDTHS];
                    ask(address, &kind.target(name, width, format), format);
                    made.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    made.load(Ordering::Relaxed)
}

/// Asks until there is an answer: the first calls touch all of a server's code.
fn warm_up(address: SocketAddr, target: &str) {
    let is_there = (0..20).any(|_| answered(address, target).starts_with("http/1.1 200"));
    assert!(is_there, "{target} is not answered");
}

fn ask(address: SocketAddr, target: &str, format: Format) {
    let head = answered(address, target);
    let is_made = head.starts_with("http/1.1 200") && head.contains(&format!("content-type: image/{}", format.name()));
    assert!(is_made && !head.contains("; hit"), "{target}:\n{head}");
}

/// The head of an answer that is whole.
fn answered(address: SocketAddr, target: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {target} HTTP/1.1\r\nhost: bench.example\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    String::from_utf8_lossy(&answer[..end]).to_ascii_lowercase()
}

fn write(bench: &mut Bench, picture: &Picture, folder: &Path) -> String {
    let pixels = bench.pixels(picture, 12.0);
    let name = format!("{}.jpg", picture.name());
    Kind::Baseline.write(&pixels, folder.join(&name), false, &mut bench.sharp);
    name
}

/// This process was on the servers' core until now.
fn pin_load() {
    let mut cores = rustix::thread::CpuSet::new();
    cores.set(LOAD_CORE);
    rustix::thread::sched_setaffinity(None, &cores).unwrap();
}
