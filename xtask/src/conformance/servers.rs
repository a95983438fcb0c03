//! The suite's origin, a node in front of it, and the suite's client: each a program of its own, on the loopback.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};

use super::score::Case;
use crate::command::{program, root, run, shown, target_dir};

/// To start: a node compiles its components at the first start, on a machine that may be loaded.
const START: Duration = Duration::from_mins(3);

/// How many cases run at once, as the suite has it. Most of a case is waiting.
const TOGETHER: usize = 100;

/// What to run.
pub(crate) enum Selection {
    /// Every case, many at once.
    All,
    /// These, one after another.
    Alone(BTreeSet<String>),
}

/// All that a run needs, until it is dropped.
pub(crate) struct Bench {
    suite: PathBuf,
    /// What is written along the way.
    directory: PathBuf,
    verbose: bool,
    node: Server,
    /// Ends after the node.
    _origin: Server,
}

/// A program that serves until this is dropped.
struct Server {
    child: Child,
    /// `http://` and the address.
    base: String,
}

impl Bench {
    pub(crate) fn start(suite: &Path, verbose: bool) -> Result<Self> {
        let directory = target_dir().join("conformance");
        fs::create_dir_all(&directory).with_context(|| format!("cannot create {}", directory.display()))?;

        let mut command = program("node", ["--no-warnings"]);
        command.arg(script("origin.mjs")).arg(suite).current_dir(suite);
        let echo = if verbose { Echo::Shown } else { Echo::Kept };
        let origin = Server::start(command, "Listening on ", &directory.join("origin.log"), echo)?;

        let configuration = directory.join("site.toml");
        fs::write(&configuration, site(&origin.base)).context("cannot write the node's configuration")?;
        let access = File::create(directory.join("access.log")).context("cannot write the node's access log")?;
        let mut command = program(target_dir().join("debug/lucarne"), ["serve", "--config"]);
        command.arg(&configuration).env("LUCARNE_CACHE_DIR", directory.join("compiled"));
        command.stdout(access);
        let node = Server::start(command, "serving on ", &directory.join("node.log"), Echo::Kept)?;

        Ok(Self { suite: suite.to_owned(), directory, verbose, node, _origin: origin })
    }

    /// Runs cases. Those that were not asked for are among what is returned, as not run.
    pub(crate) fn run(&self, selection: &Selection) -> Result<Vec<Case>> {
        let (only, together) = match selection {
            Selection::All => (None, TOGETHER),
            Selection::Alone(ids) => (Some(ids), 1),
        };
        let options = serde_json::json!({ "only": only, "dump": self.verbose, "together": together });
        let results = self.directory.join("results.json");
        let mut client = program("node", ["--no-warnings"]);
        client.arg(script("client.mjs")).arg(&self.suite).arg(&self.node.base).arg(options.to_string()).arg(&results);
        run(client)?;
        let text = fs::read(&results).with_context(|| format!("cannot read {}", results.display()))?;
        serde_json::from_slice(&text).context("the client's results cannot be understood")
    }
}

/// Where the lines of a server go besides its log.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Echo {
    Shown,
    Kept,
}

impl Server {
    /// Starts a program and waits for the line of its standard error that says where it serves, behind `announced`. All
    /// lines go to `log`.
    fn start(mut command: Command, announced: &'static str, log: &Path, echo: Echo) -> Result<Self> {
        let shown = shown(&command);
        eprintln!("$ {shown} &");
        let mut child = command.stderr(Stdio::piped()).spawn().with_context(|| format!("cannot run `{shown}`"))?;
        let lines = child.stderr.take().expect("the pipe was asked for");
        let mut server = Self { child, base: String::new() };
        let mut file = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
        let (tell, told) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(lines).split(b'\n').map_while(Result::ok) {
                let line = String::from_utf8_lossy(&line);
                if let Some(base) = line.strip_prefix(announced) {
                    // Nobody waits for a second one.
                    let _waiting = tell.send(base.trim_end_matches('/').to_owned());
                }
                if echo == Echo::Shown {
                    eprintln!("{line}");
                }
                // A log that cannot be written is no reason to stop the server.
                let _written = writeln!(file, "{line}");
            }
        });
        let told = told.recv_timeout(START);
        server.base = told.with_context(|| format!("`{shown}` did not start; see {}", log.display()))?;
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _killed = self.child.kill();
        let _ended = self.child.wait();
    }
}

/// One site and its upstream: all else is as a node comes. Only the processor time of a decision is longer, for the
/// program is one of the development profile, whose host functions are not optimised.
fn site(origin: &str) -> String {
    format!(
        "listen = \"127.0.0.1:0\"\n\n[[site]]\nhosts = [\"*\"]\n\n[upstream.suite]\nurl = \"{origin}\"\n\n\
         [component.query.limits]\ntime = \"200ms\"\n\n[component.http.limits]\ntime = \"200ms\"\n"
    )
}

fn script(name: &str) -> PathBuf {
    root().join("xtask/src/conformance").join(name)
}
