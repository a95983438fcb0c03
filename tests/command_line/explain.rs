//! `lucarne explain`: the same words as the node's own decisions, and the same differences.

use serde_json::{Value, json};

use super::{folder, path_in, run};

const NEGOTIATED: &str = "/photo.jpg?width=32&format=auto";

fn explain(arguments: &[&str]) -> Value {
    let explained = run(&[&["explain", "--json"], arguments].concat());
    assert_eq!(explained.status, 0, "{}", explained.stderr);
    serde_json::from_slice(&explained.stdout).unwrap()
}

fn getters(reads: &Value) -> Vec<&str> {
    reads.as_array().unwrap().iter().map(|read| read["getter"].as_str().unwrap()).collect()
}

#[test]
fn a_negotiated_picture_is_explained_in_text() {
    let text = run(&["explain", NEGOTIATED]).text();
    for line in [
        "site    *",
        "route   image from /photo.jpg",
        "  query = \"width=32&format=auto\"",
        "  path = \"/photo.jpg\"",
        "  negotiate-image image/webp = none",
        "vary    accept",
        "  method = \"GET\"",
    ] {
        assert!(text.lines().any(|found| found == line), "{line:?} is missing from:\n{text}");
    }
    assert!(text.contains("\nkey     image | * | origin | /photo.jpg | "), "{text}");
}

#[test]
fn a_negotiated_picture_is_explained_in_json() {
    let explained = explain(&["-H", "Accept: image/webp,*/*", NEGOTIATED]);
    assert_eq!(explained["route"]["image"]["source"], "/photo.jpg");
    assert_eq!(getters(&explained["read"]), ["query", "path", "negotiate-image image/webp"]);
    assert_eq!(explained["read"][2]["answer"], "image/webp");
    assert_eq!(explained["vary"], json!(["accept"]));
    assert_eq!(explained["lookup"]["use"]["no-cache"], false);
    let key = explained["key"].as_array().unwrap();
    assert_eq!(key[..4], [json!("image"), json!("*"), json!("origin"), json!("/photo.jpg")]);
    assert_eq!((&key[4], key.len()), (&explained["route"]["image"]["plan"], 6), "the plan and the component's digest");
    let other = explain(&["-H", "Accept: */*", NEGOTIATED]);
    assert_ne!(other["key"], explained["key"], "what was read keys");
    let same =
        explain(&["-H", "Accept: image/png, image/webp;q=0.1", "-H", "Cookie: a=b", "/x/../photo.jpg?fm=auto&w=32"]);
    assert_eq!(same["key"], explained["key"], "what was not read does not, nor how it was spelled");
}

#[test]
fn what_passes_through_is_explained() {
    let explained = explain(&["/notes.txt?a=b", "--header", "cache-control: no-cache"]);
    assert_eq!(explained["route"], json!({ "pass": "/notes.txt?a=b" }));
    assert_eq!((getters(&explained["read"]), &explained["vary"]), (vec!["query", "path"], &json!([])));
    assert_eq!(explained["key"], json!(["pass", "*", "origin", "/notes.txt?a=b"]));
    assert_eq!(getters(&explained["lookup-read"]), ["method", "header cache-control"]);
    assert_eq!(explained["lookup"]["use"]["no-cache"], true);
    let text = run(&["explain", "/notes.txt?a=b"]).text();
    assert!(text.contains("route   pass to /notes.txt?a=b\n") && text.contains("vary    nothing\n"), "{text}");
}

#[test]
fn a_refusal_is_a_decision_too() {
    let explained = explain(&["/photo.jpg?width=banana"]);
    assert_eq!(explained["route"]["refuse"], 400);
    assert!(explained["route"]["detail"].as_str().unwrap().starts_with("width: \"banana\" is not accepted"));
}

#[test]
fn the_site_is_the_one_that_a_node_would_take() {
    let files = folder(&[(
        "two.toml",
        br#"
[[site]]
hosts = ["one.example"]
upstream = "one"
[[site]]
hosts = ["two.example"]
upstream = "two"
[upstream.one]
url = "http://127.0.0.1:9"
[upstream.two]
url = "http://127.0.0.1:9"
preserve-host = true
"#,
    )]);
    let config = path_in(&files, "two.toml");
    for (host, expected) in [
        ("one.example", vec!["pass", "one.example", "one", "/a"]),
        ("ONE.example.:80", vec!["pass", "one.example", "one", "/a"]),
        ("two.example", vec!["pass", "two.example", "two", "/a", "two.example"]),
        ("two.example:8080", vec!["pass", "two.example", "two", "/a", "two.example:8080"]),
    ] {
        let explained = explain(&["--config", &config, "-H", &format!("Host: {host}"), "/b/../a"]);
        assert_eq!(explained["key"], json!(expected), "{host}");
    }
    run(&["explain", "--config", &config, "-H", "Host: three.example", "/a"])
        .assert_failed(64, &["no site has this host"]);
}

#[test]
fn what_no_node_would_accept_is_a_mistake_of_the_one_who_typed() {
    for (arguments, said) in [
        (&["notes.txt"] as &[_], "begins with '/'"),
        (&["/%zz"], "the request target is not a path"),
        (&["/a", "-H", "no colon"], "write 'Name: value'"),
        (&["/a", "-H", "Host: a", "-H", "Host: b"], "exactly one Host"),
        (&["/a", "-H", "Host: user@a"], "the Host field is not a host name"),
    ] {
        run(&[&["explain"], arguments].concat()).assert_failed(64, &[said]);
    }
}
