//! Who may purge, on either socket; and the method PURGE.

use http::Method;
use serde_json::{Value, json};

use super::{TOKEN, counting, node_over, post};
use crate::harness::{Fields, Reply, TestNode, config_for};

async fn purge_method(node: &TestNode, target: &str, fields: Fields<'_>) -> Reply {
    node.ask(Method::from_bytes(b"PURGE").unwrap(), target, fields).await
}

/// Faults 61 and 105.
#[tokio::test(flavor = "multi_thread")]
async fn without_the_token_nothing_is_purged() {
    let origin = counting(&[("cache-control", "max-age=60")]).await;
    let base = config_for(&origin.url());
    let bearer = "Bearer 0123456789abcdef";
    let configured = format!("[purge]\ntoken = {TOKEN:?}\nallow = [\"127.0.0.0/8\"]\n");
    let elsewhere = format!("[purge]\ntoken = {TOKEN:?}\nallow = [\"10.0.0.0/8\"]\n");
    let without_networks = format!("[purge]\ntoken = {TOKEN:?}\n");
    let table = [
        ("", bearer, 405),
        (&without_networks, bearer, 405),
        (&elsewhere, bearer, 403),
        (&configured, "", 401),
        (&configured, "Bearer 0123456789abcdeF", 401),
        (&configured, "Basic 0123456789abcdef", 401),
        (&configured, bearer, 200),
    ];
    for (purging, authorization, expected) in table {
        let node = TestNode::start(&format!("{base}{purging}")).await;
        node.get("/page", &[]).await;
        let (before, calls) = (origin.hits(), node.component_calls());
        let fields = [("authorization", authorization), ("x-forwarded-for", "127.0.0.1")];
        let reply = purge_method(&node, "/page", &fields[usize::from(authorization.is_empty())..]).await;
        assert_eq!(reply.status.as_u16(), expected, "{purging} {authorization}");
        let challenge = if expected == 401 { "Bearer realm=\"purge\"" } else { "" };
        assert_eq!(reply.field("www-authenticate"), challenge);
        assert_eq!(reply.field("allow"), if expected == 405 { "GET, HEAD" } else { "" });
        assert_eq!(reply.field("cache-control"), "no-store");
        assert_eq!(origin.hits(), before, "no origin sees a PURGE");
        assert_eq!(node.component_calls(), calls, "and no component: the route is known as that of a GET");
        assert_eq!(node.get("/page", &[]).await.is_hit(), expected != 200);
    }
}

/// Fault 105.
#[tokio::test(flavor = "multi_thread")]
async fn the_admin_interface_purges_for_who_knows_the_token() {
    let origin = counting(&[]).await;
    let node = TestNode::over(&origin.url()).await;
    let reply = post(&node, TOKEN, "{\"everything\": true}").await;
    assert_eq!(reply.status, 403);
    assert!(reply.text().contains("set token or token-file in [purge]"), "{}", reply.text());
    let node = node_over(&origin).await;
    for token in ["", "0123456789abcdeF", "0123456789abcdef0"] {
        let reply = post(&node, token, "{\"everything\": true}").await;
        assert_eq!((reply.status.as_u16(), reply.field("www-authenticate")), (401, "Bearer realm=\"purge\""));
    }
    assert_eq!(node.gateway.sequence().0, 0);
    assert_eq!(node.metric("purges_denied_total{reason=\"no-token\"}"), 1);
    assert_eq!(node.metric("purges_denied_total{reason=\"wrong-token\"}"), 2);
    assert_eq!(post(&node, TOKEN, "{\"everything\": true}").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_a_trusted_proxy_the_clients_address_counts() {
    let origin = counting(&[]).await;
    let config = format!(
        "trusted-proxies = [\"127.0.0.1\"]\n{}[purge]\ntoken = {TOKEN:?}\nallow = [\"10.1.0.0/16\"]\n",
        config_for(&origin.url())
    );
    let node = TestNode::start(&config).await;
    for (client, expected) in [("10.1.2.3", 200), ("10.2.2.3", 403), ("10.1.2.3, 10.2.2.3", 403), ("", 403)] {
        let fields = [("authorization", "Bearer 0123456789abcdef"), ("x-forwarded-for", client)];
        assert_eq!(purge_method(&node, "/page", &fields).await.status.as_u16(), expected, "{client}");
    }
}

/// Fault 61: what is not stored counts as purged.
#[tokio::test(flavor = "multi_thread")]
async fn the_method_purge_says_what_it_purged() {
    let origin = counting(&[("cache-control", "max-age=60"), ("surrogate-key", "red"), ("cache-tag", "a b")]).await;
    let node = node_over(&origin).await;
    let table: [(&str, Fields<'_>, Result<Value, u16>); 9] = [
        ("/absent", &[], Ok(json!({ "purge": "hard", "scope": "url", "site": "*", "names": ["/absent"] }))),
        ("/p.jpg?width=9", &[], Ok(json!({ "purge": "hard", "scope": "url", "site": "*", "names": ["/p.jpg"] }))),
        (
            "/page",
            &[("soft-purge", "1")],
            Ok(json!({ "purge": "soft", "scope": "url", "site": "*", "names": ["/page"] })),
        ),
        (
            "/page",
            &[("surrogate-key", "red blue"), ("cache-tag", "a b, c")],
            Ok(json!({ "purge": "hard", "scope": "tag", "site": "*", "names": ["red", "blue", "a b", "c"] })),
        ),
        ("/page", &[("soft-purge", "yes")], Err(400)),
        ("/page?width=banana", &[], Err(400)),
        ("/page", &[("host", "")], Err(400)),
        ("/page", &[("host", "a"), ("host", "b")], Err(400)),
        ("*", &[], Err(400)),
    ];
    for (target, fields, expected) in table {
        let fields: Vec<_> = [("authorization", "Bearer 0123456789abcdef")].iter().chain(fields).copied().collect();
        let reply = purge_method(&node, target, &fields).await;
        match expected {
            Ok(expected) => {
                let mut told: Value = serde_json::from_slice(&reply.body).unwrap();
                assert!(told.as_object_mut().unwrap().remove("sequence").is_some());
                assert_eq!((reply.status.as_u16(), told), (200, expected), "{target} {fields:?}");
                assert_eq!(reply.field("content-type"), "application/json");
            }
            Err(status) => assert_eq!(reply.status.as_u16(), status, "{target} {fields:?}"),
        }
    }
    assert_eq!(origin.hits(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_may_be_in_a_file() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("token");
    std::fs::write(&file, format!("{TOKEN}\n")).unwrap();
    let origin = counting(&[]).await;
    let node = TestNode::start(&format!("{}[purge]\ntoken-file = {file:?}\n", config_for(&origin.url()))).await;
    assert_eq!(post(&node, TOKEN, "{\"everything\": true}").await.status, 200);
    assert_eq!(post(&node, "fedcba9876543210", "{\"everything\": true}").await.status, 401);
}
