//! sharp, in a process of node's that has nothing else to do.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use lucarne_gauge::Pixels;
use serde_json::{Value, json};

use crate::source::Source;

/// A process that makes one picture after another, and where files are exchanged with it.
pub(crate) struct Sharp {
    child: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
    folder: PathBuf,
    /// Of sharp and of libvips.
    pub(crate) versions: String,
}

/// A picture that sharp made, and what each run took.
pub(crate) struct Made {
    pub(crate) bytes: Vec<u8>,
    /// Milliseconds of CPU time.
    pub(crate) times: Vec<f64>,
    width: usize,
    height: usize,
    channels: usize,
}

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/images/sharp.mjs");

impl Sharp {
    /// Starts it with the packages of a folder; `scratch` takes the files.
    pub(crate) fn start(modules: &Path, scratch: &Path) -> Self {
        let mut command = Command::new("node");
        command.arg(SCRIPT).arg(modules).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("node runs; `cargo xtask bench images` installs what is missing");
        let requests = child.stdin.take().unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap());
        let mut sharp = Self { child, requests, answers, folder: scratch.to_owned(), versions: String::new() };
        let hello = sharp.answer();
        sharp.versions =
            format!("sharp {}, libvips {}", hello["sharp"].as_str().unwrap(), hello["vips"].as_str().unwrap());
        sharp
    }

    /// Does this work so many times.
    pub(crate) fn make(&mut self, source: &Source, work: &Value, runs: usize) -> Made {
        self.make_file(&source.path, work, runs)
    }

    /// Pixels as a file of a format.
    pub(crate) fn encode(&mut self, pixels: &Pixels, format: &str, settings: &Value) -> Vec<u8> {
        let raw = self.folder.join("pixels.raw");
        fs::write(&raw, pixels.samples()).unwrap();
        let shape = json!({ "width": pixels.width(), "height": pixels.height(), "channels": pixels.channels() });
        let work = json!({ "options": { "raw": shape }, "format": format, "settings": settings });
        self.make_file(&raw, &work, 1).bytes
    }

    /// A file's pixels in sRGB, upright, in another size if one is given.
    pub(crate) fn decode(&mut self, file: &Path, size: Option<(usize, usize)>) -> Pixels {
        let resize = size.map(
            |(width, height)| json!({ "width": width, "height": height, "fit": "fill", "fastShrinkOnLoad": false }),
        );
        let made = self.make_file(file, &json!({ "resize": resize, "format": "raw" }), 1);
        Pixels::new(made.width, made.height, made.channels, made.bytes)
    }

    fn make_file(&mut self, source: &Path, work: &Value, runs: usize) -> Made {
        let output = self.folder.join("made");
        let request = json!({ "source": source, "work": work, "output": output, "runs": runs });
        writeln!(self.requests, "{request}").unwrap();
        let answer = self.answer();
        let number = |name: &str| usize::try_from(answer[name].as_u64().unwrap()).unwrap();
        let times = answer["times"].as_array().unwrap().iter().map(|time| time.as_f64().unwrap()).collect();
        let [width, height, channels] = ["width", "height", "channels"].map(number);
        Made { bytes: fs::read(output).unwrap(), times, width, height, channels }
    }

    fn answer(&mut self) -> Value {
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        assert!(!line.is_empty(), "sharp has ended; what it said is above");
        serde_json::from_str(&line).unwrap()
    }
}

impl Drop for Sharp {
    fn drop(&mut self) {
        // It is this process's own child, and waits for a request that will not come.
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}
