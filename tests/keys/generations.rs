//! Components, settings, sites and authorities keep entries apart.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use lucarne::gateway::{NamedUpstream, Site};
use lucarne::sandbox::{CompiledCache, ComponentSpec, ImageMaker, Sandbox, SandboxSize};
use lucarne::upstream::{MemoryUpstream, Upstream};

use super::{calls, origin_of};
use crate::harness::pictures::{describe, jpeg};
use crate::harness::{Origin, TestNode, answer, config_for};

const TARGET: &str = "/photo.jpg?width=16&format=jpg";

/// Two sites over one upstream; the second's table is given.
fn two_sites(origin: &Origin, second: &str, tables: &str) -> String {
    format!(
        "listen = \"127.0.0.1:1\"\n[log]\naccess = \"off\"\n\
         [[site]]\nhosts = [\"one.example\"]\n\
         [[site]]\nhosts = [\"two.example\"]\n{second}\n\
         [upstream.origin]\nurl = {:?}\n{tables}\n",
        origin.url()
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn other_settings_decide_anew() {
    let origin = origin_of(64, 48).await;
    let tables = "[component.query.settings]\nquality = 50\n\
                  [component.fine]\nuse = \"query\"\n[component.fine.settings]\nquality = 90\n";
    let node = TestNode::start(&two_sites(&origin, "router = \"fine\"", tables)).await;
    let mut bodies = Vec::new();
    for (host, router, quality) in [("one.example", "query", 50), ("two.example", "fine", 90)] {
        let reply = node.get(TARGET, &[("host", host)]).await;
        assert!(!reply.is_hit(), "{host} has its own entry");
        assert_eq!(calls(&node, router, "route"), 1, "{router} decides for itself");
        // What the settings said is what the URL could have said: the plan is the same, and so is the entry.
        let spelled_out = node.get(&format!("{TARGET}&quality={quality}"), &[("host", host)]).await;
        assert!(spelled_out.is_hit(), "{host}: {}", spelled_out.cache_status());
        assert_eq!(spelled_out.body, reply.body);
        bodies.push(reply.body);
    }
    assert!(bodies[0].len() < bodies[1].len(), "quality 50 is smaller than quality 90");
    for (host, body) in ["one.example", "two.example"].into_iter().zip(&bodies) {
        let again = node.get(TARGET, &[("host", host)]).await;
        assert!(again.is_hit() && again.body == body, "{host}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_sites_over_one_upstream_share_nothing() {
    let origin = origin_of(32, 24).await;
    let node = TestNode::start(&two_sites(&origin, "", "")).await;
    for target in [TARGET, "/photo.jpg", "/notes.txt"] {
        let before = origin.hits();
        for host in ["one.example", "two.example"] {
            let first = node.get(target, &[("host", host)]).await;
            assert_eq!(first.cache_status(), "lucarne; fwd=uri-miss; stored", "{host}{target}");
            assert!(node.get(target, &[("host", host)]).await.is_hit(), "{host}{target}");
        }
        assert_eq!(origin.hits() - before, 2, "{target}: one fetch a site");
    }
    assert_eq!(node.transforms(), 2);
}

/// An origin whose pictures and texts depend on the Host that it is asked with.
async fn origin_by_host() -> Origin {
    Origin::answering(|asked| {
        let host = asked.fields["host"].to_str().unwrap();
        let width = if host.starts_with("two.") { 40 } else { 20 };
        let content = if asked.target.ends_with(".jpg") { jpeg(width, 10) } else { host.as_bytes().to_vec() };
        answer(&[("cache-control", "max-age=60")], content)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authority_that_the_origin_sees_has_its_own_entries() {
    let origin = origin_by_host().await;
    let node = TestNode::start(&format!("{}preserve-host = true\n", config_for(&origin.url()))).await;
    let expected = [("one.example", 20), ("two.example", 40), ("two.example:8080", 40)];
    for round in 0..2 {
        for (host, width) in expected {
            let picture = node.get("/photo.jpg?format=png", &[("host", host)]).await;
            assert_eq!(describe(&picture.body).1, width, "{host}");
            let text = node.get("/name", &[("host", host)]).await;
            assert_eq!(text.text(), host);
            assert_eq!((picture.is_hit(), text.is_hit()), (round == 1, round == 1), "{host}");
        }
    }
    // What is the same authority by RFC 9110 §4.2.3 is the same here.
    for host in ["ONE.example", "one.example.", "one.example:80"] {
        assert!(node.get("/name", &[("host", host)]).await.is_hit(), "{host}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authority_that_the_origin_does_not_see_keys_nothing() {
    let origin = origin_by_host().await;
    let node = TestNode::over(&origin.url()).await;
    for (round, host) in ["one.example", "two.example", "two.example:8080"].into_iter().enumerate() {
        let picture = node.get("/photo.jpg?format=png", &[("host", host)]).await;
        let text = node.get("/name", &[("host", host)]).await;
        assert_eq!(describe(&picture.body).1, 20);
        assert_eq!(text.text(), origin.address.to_string());
        assert_eq!((picture.is_hit(), text.is_hit()), (round > 0, round > 0), "{host}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_image_component_makes_other_variants() {
    let origin = origin_of(32, 24).await;
    let marked = marked_image_component();
    let config =
        |image: &str| config_for(&origin.url()).replace("[[site]]\n", &format!("[[site]]\nimage = {image:?}\n"));
    let mut tags = Vec::new();
    for image in ["image", "image", marked.to_str().unwrap()] {
        let node = TestNode::start(&config(image)).await;
        let reply = node.get(TARGET, &[]).await;
        assert_eq!(describe(&reply.body).1, 16);
        tags.push((reply.field("etag").to_owned(), reply.body));
    }
    assert_eq!(tags[0], tags[1], "the same component makes the same variant after a restart");
    assert_eq!(tags[0].1, tags[2].1, "the mark changes no pixel");
    assert_ne!(tags[0].0, tags[2].0, "but another component vouches for them");
}

#[test]
fn all_that_a_decision_depends_on_starts_a_generation() {
    let compiled = CompiledCache::new(Some(&Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled")));
    let sandbox = Sandbox::new(SandboxSize::default(), compiled).unwrap();
    let spec = |component: &lucarne_bundle::Component, settings: &[(&str, &str)]| ComponentSpec {
        name: component.name.to_owned(),
        wasm: component.wasm.into(),
        settings: settings.iter().map(|(name, value)| ((*name).to_owned(), vec![(*value).to_owned()])).collect(),
        memory: None,
        time: None,
    };
    let router = |settings: &[(&str, &str)]| sandbox.router(&spec(&lucarne_bundle::QUERY, settings)).unwrap().into();
    let policy =
        |settings: &[(&str, &str)]| sandbox.cache_policy(&spec(&lucarne_bundle::HTTP, settings)).unwrap().into();
    let other_router = sandbox.router(&spec(&lucarne_bundle::EXAMPLE_ROUTER, &[])).unwrap().into();
    let image = Arc::new(sandbox.image(&spec(&lucarne_bundle::IMAGE, &[])).unwrap());
    let marked = std::fs::read(marked_image_component()).unwrap();
    let other_image =
        Arc::new(sandbox.image(&ComponentSpec { wasm: marked.into(), ..spec(&lucarne_bundle::IMAGE, &[]) }).unwrap());
    let upstream = |name: &str| {
        let upstream = Upstream::Memory(MemoryUpstream::new(&[]));
        Arc::new(NamedUpstream { name: name.to_owned(), upstream, preserve_host: false })
    };
    let site = |name: &str, router, policy, image: &Arc<ImageMaker>, upstream| {
        Site::new(name.to_owned(), router, policy, Arc::clone(image), upstream, Arc::from([320, 640]))
    };
    let first = site("one", router(&[]), policy(&[]), &image, upstream("origin"));
    // What is changed, and whether routes and lookups have to be decided anew.
    let table = [
        ("nothing", site("one", router(&[]), policy(&[]), &image, upstream("origin")), (false, false)),
        ("name", site("two", router(&[]), policy(&[]), &image, upstream("origin")), (true, false)),
        ("setting", site("one", router(&[("quality", "50")]), policy(&[]), &image, upstream("origin")), (true, false)),
        ("router", site("one", other_router, policy(&[]), &image, upstream("origin")), (true, false)),
        ("image", site("one", router(&[]), policy(&[]), &other_image, upstream("origin")), (true, false)),
        ("upstream", site("one", router(&[]), policy(&[]), &image, upstream("other")), (true, false)),
        (
            "policy",
            site("one", router(&[]), policy(&[("stale-if-error", "1")]), &image, upstream("origin")),
            (false, true),
        ),
    ];
    for (changed, site, anew) in table {
        let decided =
            (site.route_generation != first.route_generation, site.lookup_generation != first.lookup_generation);
        assert_eq!(decided, anew, "{changed}");
    }
}

/// The built-in image component with a custom section at its end, which changes its digest and nothing else.
fn marked_image_component() -> PathBuf {
    let mut wasm = lucarne_bundle::IMAGE.wasm.to_vec();
    // Section 0, nine bytes: a name's length, the name, and four bytes of content.
    wasm.extend_from_slice(b"\x00\x09\x04markhere");
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("marked-image.wasm");
    super::wat_router::write(&path, &wasm);
    path
}
