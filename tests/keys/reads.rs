//! Routers that read other things than the built-in one: each read keys, and `Vary` names it.

use lucarne::clock::Clock;

use super::wat_router::{WatRouter, write};
use super::{calls, origin_of};
use crate::harness::{Origin, TestNode, config_for};

async fn node_with(router: &std::path::Path, origin: &Origin) -> TestNode {
    let site = format!("[[site]]\nrouter = {:?}\n", router.display().to_string());
    TestNode::start(&config_for(&origin.url()).replace("[[site]]\n", &site)).await
}

fn route_calls(node: &TestNode, router: &std::path::Path) -> u64 {
    calls(node, &router.display().to_string(), "route")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_that_a_router_reads_keys_its_decisions_and_is_named_by_vary() {
    let origin = origin_of(8, 8).await;
    let router = WatRouter::Header("x-tenant").file();
    let node = node_with(&router, &origin).await;
    for (values, body, decided) in [
        (&["one"] as &[_], "one", 1),
        (&["two"], "two", 2),
        (&["one"], "one", 2),
        (&[], "", 3),
        (&[""], "", 4),
        (&["two"], "two", 4),
        (&["one", "two"], "one, two", 5),
        (&["one, two"], "one, two", 5),
    ] {
        let cookie = format!("n={decided}{body}");
        let fields =
            [&[("cookie", &*cookie)][..], &values.iter().map(|value| ("X-Tenant", *value)).collect::<Vec<_>>()];
        let reply = node.get("/anything", &fields.concat()).await;
        assert_eq!((reply.status.as_u16(), reply.text().as_str()), (200, body), "{values:?}");
        assert_eq!(reply.field("vary"), "x-tenant", "{values:?}");
        assert_eq!(route_calls(&node, &router), decided, "{values:?}");
    }
    // It read neither path nor method nor authority.
    for (target, host) in [("/other?query", "test.example"), ("/anything", "other.example")] {
        assert_eq!(node.get(target, &[("host", host), ("x-tenant", "one")]).await.text(), "one");
    }
    assert_eq!(route_calls(&node, &router), 5);
    assert_eq!(origin.hits(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_about_an_instant_turns_when_it_is_past() {
    let origin = origin_of(8, 8).await;
    let router = WatRouter::IsPast(Clock::default().now().unix_seconds() + 3600).file();
    let node = node_with(&router, &origin).await;
    for (advance, body, decided) in [(0, "before", 1), (3000, "before", 1), (700, "past", 2), (86_400, "past", 2)] {
        node.advance(advance);
        let reply = node.get("/anything", &[]).await;
        assert_eq!((reply.text().as_str(), reply.field("vary")), (body, ""));
        assert_eq!(route_calls(&node, &router), decided, "time is no field, and is asked anew without the router");
    }
    std::fs::remove_file(router).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_router_read_only_for_some_paths_keys_only_those() {
    let origin = origin_of(400, 300).await;
    let router = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("example-router.wasm");
    write(&router, lucarne_bundle::EXAMPLE_ROUTER.wasm);
    let node = node_with(&router, &origin).await;
    // The example router negotiates below /thumb, and nowhere else.
    for (target, accept, vary, decided, made) in [
        ("/thumb/photo.jpg", "image/webp", "accept", 1, 1),
        ("/thumb/photo.jpg", "image/webp;q=0.1,*/*", "accept", 1, 1),
        ("/thumb/photo.jpg", "*/*", "accept", 2, 2),
        ("/photo.jpg", "image/webp", "", 3, 2),
        ("/photo.jpg", "*/*", "", 3, 2),
    ] {
        let reply = node.get(target, &[("accept", accept)]).await;
        assert_eq!(reply.field("vary"), vary, "{target} {accept}");
        assert_eq!((route_calls(&node, &router), node.transforms()), (decided, made), "{target} {accept}");
    }
}
