//! `lucarne purge`.

use super::{Run, folder, path_in, program, run};
use crate::harness::{Origin, TestNode, answer, config_for};

const TOKEN: &str = "0123456789abcdef";

/// Runs the program while a node of this process answers it.
async fn purge(arguments: &[&str], token: Option<&str>) -> Run {
    let mut command = program(&[&["purge"], arguments].concat());
    if let Some(token) = token {
        command.env("LUCARNE_PURGE_TOKEN", token);
    }
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    Run { status: output.status.code().unwrap(), stdout: output.stdout, stderr }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_node_is_purged() {
    let origin = Origin::answering(|_| answer(&[("cache-control", "max-age=60"), ("cache-tag", "a b")], "x")).await;
    let config = format!("{}[purge]\ntoken = {TOKEN:?}\n", config_for(&origin.url()));
    let node = TestNode::start(&config).await;
    let admin = node.admin.to_string();
    let of_node = config.replace("127.0.0.1:2", &admin);
    let files = folder(&[("token", TOKEN.as_bytes()), ("node.toml", of_node.as_bytes())]);
    let (token_file, config_file) = (path_in(&files, "token"), path_in(&files, "node.toml"));
    let table: [(&[&str], &str); 5] = [
        (
            &["http://test.example/page?width=5", "--config", &config_file],
            "purged hard: url /page of site *, sequence 1\n",
        ),
        (
            &["--tag", "a b", "--tag", "c", "--admin", &admin, "--token-file", &token_file],
            "purged hard: tag a b c, sequence 2\n",
        ),
        (
            &["--tag", "a b", "--site", "x", "--soft", "--config", &config_file],
            "purged soft: tag a b of site *, sequence 3\n",
        ),
        (&["--site", "x", "--config", &config_file], "purged hard: site of site *, sequence 4\n"),
        (&["--everything", "--config", &config_file], "purged hard: everything, sequence 5\n"),
    ];
    for (arguments, told) in table {
        node.get("/page", &[]).await;
        let run = purge(arguments, None).await;
        assert_eq!((run.status, run.text().as_str()), (0, told), "{arguments:?} {}", run.stderr);
        assert_eq!(node.gateway.sequence().to_string(), told.trim().rsplit(' ').next().unwrap());
    }
    assert!(!node.get("/page", &[]).await.is_hit());
    let by_environment = purge(&["--everything", "--admin", &admin], Some(TOKEN)).await;
    assert_eq!(by_environment.status, 0, "{}", by_environment.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_purged_is_told() {
    let origin = Origin::answering(|_| answer(&[], "x")).await;
    let node = TestNode::start(&format!("{}[purge]\ntoken = {TOKEN:?}\n", config_for(&origin.url()))).await;
    let admin = node.admin.to_string();
    let nobody = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().to_string()
    };
    let table: [(&[&str], Option<&str>, i32, &str); 8] = [
        (&["/page", "--admin", &admin], Some(TOKEN), 65, "nothing is purged: \"/page\" is not an http or https URL"),
        (
            &["http://test.example/?width=x", "--admin", &admin],
            Some(TOKEN),
            65,
            "nothing is purged: the URL cannot be routed",
        ),
        (&["--everything", "--admin", &admin], Some("fedcba9876543210"), 1, "this is not the token"),
        (&["--everything", "--admin", &admin], Some("short"), 64, "a token has at least 16 characters"),
        (&["--everything", "--admin", &admin], None, 64, "give the token"),
        (
            &["--everything", "--admin", &admin, "--token-file", "none"],
            None,
            64,
            "cannot read the purge token from none",
        ),
        (&["--everything", "--admin", &nobody], Some(TOKEN), 1, "cannot ask the node"),
        (&["--everything"], Some(TOKEN), 64, "say where the node's admin interface is"),
    ];
    for (arguments, token, status, said) in table {
        purge(arguments, token).await.assert_failed(status, &[said]);
    }
    assert_eq!(node.gateway.sequence().0, 0);
}

#[test]
fn what_to_purge_has_to_be_said_and_said_once() {
    for arguments in [
        &["purge"] as &[_],
        &["purge", "http://a/", "--everything"],
        &["purge", "http://a/", "--tag", "b"],
        &["purge", "--site", "a", "--everything"],
    ] {
        // 2 is what clap exits with.
        run(arguments).assert_failed(2, &["Usage: lucarne purge"]);
    }
}
