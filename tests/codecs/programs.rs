//! Other programs, fed through their standard input.

use std::io::Write as _;
use std::process::{Command, Stdio};

use lucarne_gauge::Pixels;

/// What a program makes of some bytes. It has to succeed and to have nothing to say, but that a quality is low.
pub(crate) fn piped(program: &str, arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child =
        command.spawn().unwrap_or_else(|error| panic!("{program}: {error}; `cargo xtask test` installs it"));
    let mut stdin = child.stdin.take().unwrap();
    let output = std::thread::scope(|scope| {
        scope.spawn(move || {
            // A program that refuses its input hangs up; its status says so.
            let _written = stdin.write_all(input);
        });
        child.wait_with_output().unwrap()
    });
    let said = String::from_utf8_lossy(&output.stderr);
    let silent = said.lines().all(|line| line.starts_with("Caution: quantization tables are too coarse"));
    assert!(output.status.success() && silent, "{program} {arguments:?}: {}: {said}", output.status);
    output.stdout
}

/// A picture as PNM, with one or three channels.
pub(crate) fn pnm(picture: &Pixels) -> Vec<u8> {
    let kind = if picture.channels() == 1 { 5 } else { 6 };
    let mut file = format!("P{kind}\n{} {}\n255\n", picture.width(), picture.height()).into_bytes();
    file.extend_from_slice(picture.samples());
    file
}

/// The picture of a PNM file as these programs write it.
pub(crate) fn from_pnm(file: &[u8]) -> Pixels {
    let mut words = file.splitn(4, |byte| byte.is_ascii_whitespace());
    let mut word = || str::from_utf8(words.next().unwrap()).unwrap();
    let (kind, width, height) = (word(), word().parse().unwrap(), word().parse().unwrap());
    let samples = words.next().unwrap().strip_prefix(b"255\n").unwrap();
    Pixels::new(width, height, if kind == "P5" { 1 } else { 3 }, samples.to_vec())
}
