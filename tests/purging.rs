//! Purging: what was purged is not served any more, whatever was under way; and who may purge.

mod access;
mod in_flight;
mod soft;

use bytes::Bytes;
use http::Method;
use serde_json::{Value, json};

use crate::harness::pictures::{describe, jpeg};
use crate::harness::{Origin, Reply, Script, TestNode, answer, ask, config_for, with_body};

const TOKEN: &str = "0123456789abcdef";

/// A node that may be purged by whoever knows the token.
async fn node_over(origin: &Origin) -> TestNode {
    TestNode::start(&format!("{}[purge]\ntoken = {TOKEN:?}\nallow = [\"127.0.0.1\"]\n", config_for(&origin.url())))
        .await
}

/// Asks the admin interface to purge.
async fn post(node: &TestNode, token: &str, wanted: &str) -> Reply {
    let authorization = format!("Bearer {token}");
    let fields = [("authorization", authorization.as_str())];
    ask(node.admin, with_body(&Method::POST, "/purge", &fields, wanted.to_owned())).await.unwrap()
}

/// Purges, which has to succeed.
async fn purge(node: &TestNode, wanted: Value) -> Value {
    let reply = post(node, TOKEN, &wanted.to_string()).await;
    assert_eq!(reply.status, 200, "{wanted} {}", reply.text());
    serde_json::from_slice(&reply.body).unwrap()
}

/// An origin whose every answer says how often it has been asked, with these fields.
async fn counting(fields: &'static [(&'static str, &'static str)]) -> Origin {
    let asked = std::sync::atomic::AtomicUsize::new(0);
    Origin::answering(move |_| {
        let count = asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
        answer(fields, format!("answer {count}"))
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_purge_names_is_fetched_again_and_nothing_else_is() {
    let table = [
        (json!({ "url": "http://test.example/tagged" }), true),
        (json!({ "url": "https://test.example:443/tagged" }), true),
        (json!({ "url": "http://test.example/other" }), false),
        (json!({ "url": "http://test.example/tagged?v=1" }), false),
        (json!({ "tag": "red" }), true),
        (json!({ "tag": "green" }), true),
        (json!({ "tag": "Red" }), false),
        (json!({ "tags": ["none", "blue,1"] }), true),
        (json!({ "tag": "red", "site": "any.example" }), true),
        (json!({ "site": "any.example" }), true),
        (json!({ "everything": true }), true),
    ];
    let origin =
        counting(&[("cache-control", "max-age=60"), ("surrogate-key", "red blue,1"), ("cache-tag", "green")]).await;
    let node = node_over(&origin).await;
    for (wanted, purged) in table {
        node.get("/tagged", &[]).await;
        assert!(node.get("/tagged", &[]).await.is_hit());
        let before = origin.hits();
        purge(&node, wanted.clone()).await;
        let after = node.get("/tagged", &[]).await;
        assert_eq!(after.is_hit(), !purged, "{wanted} {}", after.cache_status());
        assert_eq!(origin.hits(), before + usize::from(purged), "{wanted}");
        if purged {
            assert_eq!(after.cache_status(), "lucarne; fwd=uri-miss; stored");
            assert_eq!(origin.asked().last().unwrap().field("if-none-match"), "");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_is_purged_on_one_site_or_on_all() {
    let origin = counting(&[("cache-control", "max-age=60"), ("surrogate-key", "red")]).await;
    let config = format!(
        "{}[[site]]\nhosts = [\"b.example\"]\nupstream = \"origin\"\n[purge]\ntoken = {TOKEN:?}\n",
        config_for(&origin.url()).replace("hosts = [\"*\"]", "hosts = [\"a.example\"]")
    );
    let node = TestNode::start(&config).await;
    let hosts = ["a.example", "b.example"];
    let are_hits = async || {
        let mut hits = Vec::new();
        for host in hosts {
            hits.push(node.get("/page", &[("host", host)]).await.is_hit());
        }
        hits
    };
    assert_eq!(are_hits().await, [false, false]);
    purge(&node, json!({ "tag": "red", "site": "B.example" })).await;
    assert_eq!(are_hits().await, [true, false]);
    purge(&node, json!({ "tag": "red" })).await;
    assert_eq!(are_hits().await, [false, false]);
    purge(&node, json!({ "site": "a.example" })).await;
    assert_eq!(are_hits().await, [false, true]);
    purge(&node, json!({ "url": "http://b.example/page" })).await;
    assert_eq!(are_hits().await, [true, false]);
    let reply = post(&node, TOKEN, "{\"site\": \"c.example\"}").await;
    assert_eq!(
        (reply.status.as_u16(), reply.text().as_str()),
        (404, "{\"error\":\"no site here has the host c.example\"}\n")
    );
}

/// Fault 63: a picture's URL purges its source, and so every size and format; the source's own URL does too.
#[tokio::test(flavor = "multi_thread")]
async fn a_purge_of_a_picture_purges_all_that_is_made_of_its_source() {
    let urls = ["/photo.jpg?width=32", "/photo.jpg?width=16&format=png", "/photo.jpg"];
    for named in ["/photo.jpg", "/photo.jpg?width=32", "/photo.jpg?width=500"] {
        let (old, new) = (jpeg(64, 64), jpeg(64, 32));
        let script = Script::new(move |_| answer(&[("cache-control", "max-age=60")], old.clone()));
        let origin = Origin::following(&script).await;
        let node = node_over(&origin).await;
        for url in urls {
            node.get(url, &[]).await;
            assert!(node.get(url, &[]).await.is_hit(), "{url}");
        }
        node.get("/other.jpg?width=32", &[]).await;
        script.becomes(move |_| answer(&[("cache-control", "max-age=60")], new.clone()));
        let purged = purge(&node, json!({ "url": format!("http://test.example{named}") })).await;
        assert_eq!((&purged["site"], &purged["names"]), (&json!("*"), &json!(["/photo.jpg"])));
        for url in urls {
            let reply = node.get(url, &[]).await;
            let (_, width, height) = describe(&reply.body);
            assert!(!reply.is_hit(), "{url} after {named}");
            assert_eq!(width, 2 * height, "{url} after {named}");
            assert!(node.get(url, &[]).await.is_hit(), "what was fetched since is kept");
        }
        assert!(node.get("/other.jpg?width=32", &[]).await.is_hit());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_of_a_source_purges_its_pictures() {
    let picture = Bytes::from(jpeg(64, 64));
    let origin = Origin::answering(move |_| {
        answer(&[("cache-control", "max-age=60"), ("cache-tag", "holiday")], picture.clone())
    })
    .await;
    let node = node_over(&origin).await;
    node.get("/photo.jpg?width=32", &[]).await;
    purge(&node, json!({ "tag": "holiday" })).await;
    assert_eq!(node.get("/photo.jpg?width=32", &[]).await.cache_status(), "lucarne; fwd=uri-miss; stored");
    assert_eq!(origin.hits(), 2, "the source was purged too");
    let site = node.gateway.sites.find("any.example").unwrap();
    node.gateway.purge_tags_of_site(site, &["holiday".to_owned()]).await.unwrap();
    assert!(!node.get("/photo.jpg?width=32", &[]).await.is_hit());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purge_hits_every_selection_of_a_target() {
    let origin = counting(&[("cache-control", "max-age=60"), ("vary", "accept-language")]).await;
    let node = node_over(&origin).await;
    let languages = [[("accept-language", "de")], [("accept-language", "en")]];
    for language in &languages {
        node.get("/page", language).await;
        assert!(node.get("/page", language).await.is_hit());
    }
    purge(&node, json!({ "url": "http://test.example/page" })).await;
    for language in &languages {
        assert!(!node.get("/page", language).await.is_hit());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_purge_is_told_numbered_and_counted() {
    let origin = counting(&[]).await;
    let node = node_over(&origin).await;
    let told = [
        (json!({ "everything": true }), json!({ "sequence": "1", "purge": "hard", "scope": "everything" })),
        (
            json!({ "tags": ["a", "b"], "soft": true }),
            json!({ "sequence": "2", "purge": "soft", "scope": "tag", "names": ["a", "b"] }),
        ),
        (
            json!({ "url": "http://test.example/a?b" }),
            json!({ "sequence": "3", "purge": "hard", "scope": "url", "site": "*", "names": ["/a?b"] }),
        ),
    ];
    for (wanted, expected) in told {
        assert_eq!(purge(&node, wanted).await, expected);
    }
    node.gateway.refresh_gauges();
    assert_eq!(node.metric("purges_total{scope=\"tag\",purge=\"soft\"}"), 1);
    assert_eq!(node.metric("purge_names"), 3);
    assert_eq!(origin.hits(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_names_no_one_thing_is_refused() {
    let origin = counting(&[]).await;
    let node = node_over(&origin).await;
    let table = [
        ("", 400, "not as it has to be"),
        ("{}", 400, "give one of"),
        ("{\"everything\": false}", 400, "give one of"),
        ("{\"everything\": true, \"tag\": \"a\"}", 400, "give one of"),
        ("{\"url\": \"http://a/\", \"site\": \"a\"}", 400, "give one of"),
        ("{\"tags\": []}", 400, "at least one tag"),
        ("{\"tag\": \"\"}", 400, "a tag has"),
        ("{\"tag\": \"a\\nb\"}", 400, "a tag has"),
        ("{\"key\": \"a\"}", 400, "unknown field"),
        ("{\"url\": \"/photo.jpg\"}", 400, "not an http or https URL"),
        ("{\"url\": \"ftp://a/photo.jpg\"}", 400, "not an http or https URL"),
        ("{\"url\": \"http://test.example/photo.jpg?width=banana\"}", 400, "banana"),
        ("{\"site\": \"a b\"}", 400, "not an http or https URL"),
    ];
    for (wanted, status, said) in table {
        let reply = post(&node, TOKEN, wanted).await;
        assert_eq!(reply.status.as_u16(), status, "{wanted}");
        let told: Value = serde_json::from_slice(&reply.body).unwrap();
        assert!(told["error"].as_str().unwrap().contains(said), "{wanted} {told}");
    }
    assert_eq!(post(&node, TOKEN, &" ".repeat(100_000)).await.status, 413);
    assert_eq!(node.gateway.sequence().0, 0, "nothing was purged");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_is_nearly_full_drops_what_can_hit_nothing_any_more() {
    use lucarne::cache::{Purge, PurgeMark};
    let origin = counting(&[("cache-control", "max-age=60"), ("surrogate-key", "red")]).await;
    let node = node_over(&origin).await;
    let marks = (0..95_000).map(|tag| PurgeMark::tag(None, &tag.to_string())).collect();
    node.gateway.purging.purges.purge(Purge::Hard, marks);
    node.get("/page", &[]).await;
    purge(&node, json!({ "tag": "blue" })).await;
    assert_eq!(node.gateway.purging.purges.names(), 1);
    assert!(node.get("/page", &[]).await.is_hit());
    purge(&node, json!({ "tag": "red" })).await;
    assert!(!node.get("/page", &[]).await.is_hit());
}

/// Fault 89: the log is read when the node starts, and written before a purge is acknowledged.
#[tokio::test(flavor = "multi_thread")]
async fn a_node_with_a_log_knows_after_a_restart_what_was_purged() {
    use lucarne::cache::{KeyBuilder, Purge, PurgeStamp};
    let directory = tempfile::tempdir().unwrap();
    let origin = counting(&[]).await;
    let log = directory.path().join("purges");
    let config = format!("{}[purge]\ntoken = {TOKEN:?}\nlog = {log:?}\n", config_for(&origin.url()));
    let node = TestNode::start(&config).await;
    let began = node.gateway.begin().sequence;
    purge(&node, json!({ "tag": "red" })).await;
    // As a kill would leave it: the acknowledged purge is in the file already.
    let written = std::fs::read(log.join("purges.log")).unwrap();
    node.stop().await;
    std::fs::write(log.join("purges.log"), written).unwrap();
    let node = TestNode::start(&config).await;
    let stored = |tag: &str| PurgeStamp::of_target(began, "*", &KeyBuilder::new("t").build(), &[tag.to_owned()]);
    assert_eq!(node.gateway.purging.purges.verdict(&stored("red")), Some(Purge::Hard));
    assert_eq!(node.gateway.purging.purges.verdict(&stored("blue")), None);
    assert!(node.gateway.sequence() > began);
}
