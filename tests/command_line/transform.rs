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
