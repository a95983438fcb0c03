//! `lucarne transform`.

use std::fs::File;

use image::ImageFormat;

use super::{folder, path_in, program, run};
use crate::harness::pictures::{describe, jpeg};

#[test]
fn a_picture_is_made_from_a_file() {
    let files = folder(&[("in.jpg", &jpeg(64, 48))]);
    for (query, expected) in [
        ("width=32&format=png", (ImageFormat::Png, 32, 24)),
        ("?w=16", (ImageFormat::Jpeg, 16, 12)),
        ("format=auto", (ImageFormat::Jpeg, 64, 48)),
    ] {
        let out = path_in(&files, "out");
        let mut command = program(&["transform", &path_in(&files, "in.jpg"), query]);
        let ended = command.stdout(File::create(&out).unwrap()).output().unwrap();
        assert!(ended.status.success(), "{query}: {}", String::from_utf8_lossy(&ended.stderr));
        let made = std::fs::read(&out).unwrap();
        assert_eq!(describe(&made), expected, "{query}");
        let said = String::from_utf8(ended.stderr).unwrap();
        let (_, width, height) = expected;
        assert!(said.contains(&format!("{width}x{height}, {} bytes", made.len())), "{query}: {said}");
    }
}

#[test]
fn limits_and_settings_are_those_of_a_configuration() {
    let site = |rest: &str| {
        format!("[[site]]\nhosts = [\"a.example\"]\nupstream = \"files\"\n[upstream.files]\npath = \".\"\n{rest}")
    };
    let files = folder(&[
        ("in.jpg", &jpeg(64, 48)),
        ("pixels.toml", site("[images]\nsource-pixels = 3_000\n").as_bytes()),
        ("memory.toml", site("[component.image.limits]\nmemory = \"1MiB\"\n").as_bytes()),
    ]);
    let transform = |config: &str, host: &[&str]| {
        let (config, input) = (path_in(&files, config), path_in(&files, "in.jpg"));
        run(&[&["transform", "--config", &config], host, &[&input, "width=32"]].concat())
    };
    let said = "images.source-pixels: 64x48 is 3072 pixels, the limit is 3000";
    transform("pixels.toml", &["--host", "a.example"]).assert_failed(65, &["in.jpg: ", said]);
    let said = "set by component.image.limits.memory";
    transform("memory.toml", &["--host", "a.example"]).assert_failed(65, &["component image failed: memory", said]);
    transform("pixels.toml", &[]).assert_failed(64, &["no site has the host \"localhost\"; give one with --host"]);
}

#[test]
fn what_cannot_be_made_is_told_with_its_reason() {
    let files = folder(&[("in.jpg", &jpeg(64, 48)), ("text.jpg", b"no picture"), ("cut.jpg", &jpeg(64, 48)[..200])]);
    for (input, query, status, said) in [
        ("text.jpg", "width=32", 65, "text.jpg: the source is not a picture"),
        ("cut.jpg", "width=32", 65, "cut.jpg: "),
        ("in.jpg", "width=banana", 64, "width: \"banana\" is not accepted; give pixels from 1 to 8192"),
        ("in.jpg", "width=1&w=2", 64, "w"),
        ("in.jpg", "unknown=1", 64, "\"unknown=1\" asks for nothing; try 'width=320'"),
        ("in.jpg", "crop=100,100", 65, "in.jpg: "),
        ("none.jpg", "width=32", 1, "cannot read "),
    ] {
        run(&["transform", &path_in(&files, input), query]).assert_failed(status, &["lucarne: ", said]);
    }
}
