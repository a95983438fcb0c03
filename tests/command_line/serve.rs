//! `lucarne serve`.

use image::ImageFormat;

use super::{folder, run};
use crate::harness::pictures::{describe, jpeg};
use crate::harness::{Program, get};

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_is_served_until_a_signal_by_two_nodes_side_by_side() {
    let files = folder(&[("photo.jpg", &jpeg(64, 48)), ("notes.txt", b"some notes")]);
    let path = files.path().to_str().unwrap();
    let nodes = [Program::over(path), Program::over(path)];
    assert_ne!(nodes[0].address, nodes[1].address);
    for node in &nodes {
        let picture = get(node.address, "/photo.jpg?width=32&format=webp", &[]).await;
        assert_eq!(describe(&picture.body), (ImageFormat::WebP, 32, 24));
        assert_eq!(get(node.address, "/notes.txt", &[]).await.text(), "some notes");
        assert_eq!(get(node.address, "/none.jpg?width=32", &[]).await.status, 404);
        let nothing = get(node.address, "/", &[]).await;
        assert_eq!((nothing.status.as_u16(), nothing.field("content-type")), (404, "text/plain; charset=utf-8"));
        assert!(nothing.text().starts_with("there is no such file here; "), "{}", nothing.text());
    }
    for node in nodes {
        node.terminate();
        let ended = tokio::task::spawn_blocking(move || node.wait()).await.unwrap();
        assert_eq!(ended.code(), Some(0));
    }
}

#[test]
fn what_to_serve_has_to_be_said_and_said_once() {
    for (arguments, said) in [
        (&["serve"] as &[_], "--config <FILE>|--origin <URL-OR-FOLDER>"),
        (&["serve", "--config", "a.toml", "--origin", "."], "cannot be used with"),
        (&["serve", "--config", "a.toml", "--listen", "127.0.0.1:0"], "cannot be used with"),
        (&["serve", "--origin", "ftp://origin.example"], "invalid value"),
        (&["serve", "--origin", ".", "--listen", "nowhere"], "invalid value"),
    ] {
        // 2 is what clap exits with.
        run(arguments).assert_failed(2, &[said]);
    }
}

#[test]
fn what_cannot_be_served_is_told() {
    let files = folder(&[]);
    let missing = files.path().join("none");
    let run_with = |arguments: &[&str]| run(&[&["serve"], arguments].concat());
    run_with(&["--origin", missing.to_str().unwrap(), "--listen", "127.0.0.1:0"])
        .assert_failed(1, &["upstream origin"]);
    run_with(&["--config", missing.to_str().unwrap()]).assert_failed(64, &["cannot read the configuration"]);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let origin = files.path().to_str().unwrap();
    run_with(&["--origin", origin, "--listen", &address]).assert_failed(1, &["cannot listen on", &address]);
}
