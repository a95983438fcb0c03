//! `lucarne check`.

use super::{folder, path_in, path_of, run};

#[test]
fn the_example_file_has_no_problems() {
    let example = path_of("lucarne.example.toml");
    let checked = run(&["check", "--config", example.to_str().unwrap()]);
    assert_eq!(checked.status, 0, "{}", checked.stderr);
    assert!(checked.text().ends_with("lucarne.example.toml: no problems, 1 site(s)\n"), "{}", checked.text());
}

#[test]
fn all_problems_of_a_file_are_told_at_once_each_with_its_line() {
    let files = folder(&[(
        "broken.toml",
        br#"listen = "nowhere"
colour = "blue"

[cache]
memory = "much"

[[site]]
hosts = ["*"]
router = "quary"
upstream = "origin"

[upstream.origin]
url = "ftp://origin.example"

[component.query.settings]
qualty = 5
"#,
    )]);
    run(&["check", "--config", &path_in(&files, "broken.toml")]).assert_failed(
        64,
        &[
            "broken.toml cannot be used:\nline 1: listen: \"nowhere\" is not",
            "\nline 2: colour: unknown key",
            "\nline 5: cache.memory: \"much\" is not",
            "\nline 9: site[0].router: \"quary\" is no component",
            "did you mean `query`?",
            "\nline 13: upstream.origin.url: \"ftp://origin.example\" is not",
            "\nline 16: component.query.settings.qualty: unknown key; did you mean `quality`?",
        ],
    );
}

#[test]
fn sources_larger_than_the_memory_that_decodes_them_are_noted() {
    let site = "[[site]]\nhosts = [\"*\"]\nupstream = \"files\"\n[upstream.files]\npath = \".\"\n[images]\n";
    for (pixels, noted) in [("67_108_864", false), ("67_108_865", true)] {
        let files = folder(&[("site.toml", format!("{site}source-pixels = {pixels}\n").as_bytes())]);
        let checked = run(&["check", "--config", &path_in(&files, "site.toml")]);
        assert_eq!(checked.status, 0, "{}", checked.stderr);
        let text = checked.text();
        assert_eq!(text.contains("\nnote: images.source-pixels allows 67108865 pixels, 256 MiB"), noted, "{text}");
        assert_eq!(text.contains("component.image.limits.memory is 256 MiB"), noted, "{text}");
    }
}

#[test]
fn what_a_start_would_stumble_over_is_told_at_once() {
    let files = folder(&[
        ("text.wasm", b"not a component"),
        (
            "missing.toml",
            br#"
[[site]]
hosts = ["*"]
router = "missing.wasm"
image = "text.wasm"
upstream = "files"
[upstream.files]
path = "no-such-folder"
"#,
        ),
    ]);
    let checked = run(&["check", "--config", &path_in(&files, "missing.toml")]);
    checked.assert_failed(
        64,
        &[
            "missing.toml cannot be used:\n",
            "cannot read the component missing.wasm from ",
            "component text.wasm is refused: it is not a WebAssembly component",
            "upstream files: cannot open the folder ",
        ],
    );
    let lines: Vec<&str> = checked.stderr.lines().collect();
    assert_eq!(lines.len(), 4, "a line each: {lines:#?}");
    for line in &lines[1..] {
        assert!(line.matches("No such file").count() <= 1, "the reason is told once: {line}");
    }
}

#[test]
fn a_file_that_is_not_there_is_a_mistake_of_the_one_who_typed() {
    let files = folder(&[]);
    run(&["check", "--config", &path_in(&files, "none.toml")])
        .assert_failed(64, &["cannot read the configuration ", "none.toml", "No such file"]);
}
