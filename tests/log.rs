//! What the node's own log says of what went wrong: which picture, on which site, from which upstream, and on one line.

use crate::bad_pictures::black_png;
use crate::harness::{Origin, Program, Reply, answer, config_for, get};

/// The program with this configuration and level, asked for these targets; its answers, and what it logged until its end.
async fn logged(config: String, level: &'static str, targets: &[&str]) -> (Vec<Reply>, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("site.toml");
    let listen = "listen = \"127.0.0.1:0\"\n";
    std::fs::write(&path, config.replace("listen = \"127.0.0.1:1\"\nadmin = \"127.0.0.1:2\"\n", listen)).unwrap();
    let program = tokio::task::spawn_blocking(move || Program::logging(&path, level)).await.unwrap();
    let mut replies = Vec::new();
    for target in targets {
        replies.push(get(program.address, target, &[]).await);
    }
    let lines = tokio::task::spawn_blocking(move || program.end()).await.unwrap();
    (replies, lines)
}

/// The lines with this message.
fn about<'l>(lines: &'l [String], message: &str) -> Vec<&'l str> {
    lines.iter().map(String::as_str).filter(|line| line.contains(message)).collect()
}

/// An image component with little memory, over an origin with a picture that is large for it in linear light, which needs all
/// of it at once, and a broken one.
async fn scarce() -> (Origin, String) {
    let large = black_png(3000, 3000);
    let origin = Origin::answering(move |asked| {
        let body = if asked.target.starts_with("/large.png") { large.clone() } else { b"no picture".to_vec() };
        answer(&[("cache-control", "max-age=600")], body)
    })
    .await;
    let config = format!("{}[component.image.limits]\nmemory = \"8MiB\"\n", config_for(&origin.url()));
    (origin, config)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_that_fails_is_named_with_its_site_and_upstream() {
    let (_origin, config) = scarce().await;
    let (replies, lines) = logged(config, "info", &["/broken.jpg?width=32", "/large.png?width=32&light=linear"]).await;
    assert_eq!(replies.iter().map(|reply| reply.status.as_u16()).collect::<Vec<_>>(), [422, 422]);
    let obtained = about(&lines, "a response could not be obtained");
    assert_eq!(obtained.len(), 2, "{lines:#?}");
    for (line, path) in obtained.iter().zip(["/broken.jpg?width=32\"", "/large.png?width=32&light=linear\""]) {
        assert!(line.contains("site=\"*\" upstream=\"origin\" url=\"") && line.contains(path), "{line}");
    }
    assert!(obtained[0].contains("failure=\"the source is not a picture"), "{}", obtained[0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_component_that_fails_takes_one_line_and_its_place_another_for_those_who_debug() {
    let (_origin, config) = scarce().await;
    for (level, places) in [("info", 0), ("debug", 1)] {
        let (replies, lines) = logged(config.clone(), level, &["/large.png?width=32&light=linear"]).await;
        assert_eq!(replies[0].text(), "the picture could not be made: memory\n");
        let failed = about(&lines, "image component failed");
        assert_eq!(failed.len(), 1, "{lines:#?}");
        for said in [
            "component image failed: memory",
            "8388608 bytes",
            "component.image.limits.memory",
            "/large.png?width=32&light=linear",
        ] {
            assert!(failed[0].contains(said), "{said:?} is missing from {}", failed[0]);
        }
        assert_eq!(about(&lines, "wasm backtrace").len(), places, "{lines:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_origin_that_cannot_be_reached_is_named_with_the_reason() {
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let config = config_for(&format!("http://{gone}"));
    let (replies, lines) = logged(config, "info", &["/page", "/photo.jpg?width=32"]).await;
    assert!(replies.iter().all(|reply| reply.status == 502));
    let failed = about(&lines, "request failed");
    assert_eq!(failed.len(), 2, "{lines:#?}");
    for (line, url) in failed.iter().zip(["/page\" reason", "/photo.jpg?width=32\" reason"]) {
        for said in
            ["upstream=\"origin\"", url, "\"destination_unavailable\"", "cannot connect to the upstream: ", "refused"]
        {
            assert!(line.contains(said), "{said:?} is missing from {line}");
        }
    }
}

/// What a client sends is in the log as it would be in a URL, and cannot end a line or begin another.
#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_url_stays_within_its_line() {
    let (_origin, config) = scarce().await;
    let long = format!("/a.jpg?width=32&x={}", "y".repeat(4000));
    let hostile = "/a%0AWARN%20forged\"b.jpg?width=32&x=%0d%0a\u{9b}2J\u{202e}&site=b";
    let (replies, lines) = logged(config, "info", &[hostile, &long]).await;
    assert_eq!(replies.iter().map(|reply| reply.status.as_u16()).collect::<Vec<_>>(), [422, 422]);
    let obtained = about(&lines, "a response could not be obtained");
    assert_eq!(obtained.len(), 2, "{lines:#?}");
    let written = r#"/a%0AWARN%20forged%22b.jpg?width=32&x=%0d%0a%C2%9B2J%E2%80%AE&site=b" failure="#;
    assert!(obtained[0].contains(written), "{}", obtained[0]);
    assert!(obtained[1].len() < 1200 && obtained[1].contains("yyy...\" failure="), "{}", obtained[1]);
    assert!(lines.iter().all(|line| line.is_ascii() && !line.contains(char::is_control)), "{lines:#?}");
}
