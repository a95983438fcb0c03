//! What the built-in policy makes of a response, seen from outside: fields that target this cache, statuses that a
//! client can provoke, selection by language and image class, and what may be served while the origin fails.

use crate::harness::{Fields, Origin, Script, TestNode, answer, config_for, status};

const OWN: &str = "lucarne-cache-control";
const CDN: &str = "cdn-cache-control";

#[tokio::test(flavor = "multi_thread")]
async fn a_targeted_field_is_obeyed_and_the_nodes_own_goes_no_further() {
    let table: [(Fields<'static>, bool); 6] = [
        (&[("cache-control", "no-store"), (CDN, "max-age=60")], true),
        (&[("cache-control", "max-age=60"), (CDN, "no-store")], false),
        (&[("cache-control", "no-store"), (CDN, "no-store"), (OWN, "max-age=60")], true),
        (&[("cache-control", "max-age=60"), (OWN, "private")], false),
        (&[("cache-control", "no-store"), (OWN, "max-age=60,")], false),
        (&[("expires", "0"), (CDN, "max-age=60")], true),
    ];
    for (fields, stored) in table {
        let origin = Origin::answering(move |_| answer(fields, "content")).await;
        let node = TestNode::over(&origin.url()).await;
        for hit in [false, stored] {
            let reply = node.get("/page", &[]).await;
            assert_eq!((reply.is_hit(), reply.field(OWN)), (hit, ""), "{fields:?}");
            let cdn = fields.iter().find(|field| field.0 == CDN).map_or("", |field| field.1);
            assert_eq!(reply.field(CDN), cdn, "{fields:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_304_that_leaves_the_nodes_own_field_out_leaves_it_in_force() {
    let script = Script::new(|_| {
        answer(&[(OWN, "max-age=60"), ("cache-control", "max-age=9000"), ("etag", "\"v1\"")], "content")
    });
    let origin = Origin::following(&script).await;
    let node = TestNode::over(&origin.url()).await;
    node.get("/page", &[]).await;
    script.becomes(|_| status(304, &[("etag", "\"v1\""), ("cache-control", "max-age=9000")], ""));
    node.advance(61);
    assert_eq!(node.get("/page", &[]).await.cache_status(), "lucarne; fwd=stale; fwd-status=304; stored");
    node.advance(61);
    assert_eq!(node.get("/page", &[]).await.cache_status(), "lucarne; fwd=stale; fwd-status=304; stored");
}

/// Fault 54.
#[tokio::test(flavor = "multi_thread")]
async fn an_error_that_a_client_can_provoke_is_stored_only_where_the_origin_calls_it_fresh() {
    const VALIDATED: Fields<'static> = &[("cache-control", "public"), ("etag", "\"v1\"")];
    for code in [400, 413, 414, 431, 501] {
        for (fields, stored) in [(VALIDATED, false), (&[("cache-control", "max-age=60")], code != 431)] {
            let origin = Origin::answering(move |_| status(code, fields, "no")).await;
            let node = TestNode::over(&origin.url()).await;
            for hit in [false, stored] {
                let reply = node.get("/page", &[]).await;
                assert_eq!((reply.status.as_u16(), reply.is_hit()), (code, hit), "{fields:?}");
            }
        }
    }
}

/// Fault 50.
#[tokio::test(flavor = "multi_thread")]
async fn the_owner_can_decline_cookies_and_statuses() {
    let origin = Origin::answering(|asked| {
        let (code, cookie) = if asked.target == "/cookie" { (200, "set-cookie") } else { (404, "x-none") };
        status(code, &[("cache-control", "max-age=60"), (cookie, "a=b")], "content")
    })
    .await;
    let settings = "[component.http.settings]\nset-cookie = \"decline\"\ndecline-statuses = [404]\n";
    let node = TestNode::start(&format!("{}{settings}", config_for(&origin.url()))).await;
    for (path, why) in [("/cookie", "set-cookie"), ("/absent", "status")] {
        for _ in 0..2 {
            let reply = node.get(path, &[]).await;
            assert_eq!(reply.cache_status(), format!("lucarne; fwd=uri-miss; detail={why}"));
            assert!(reply.status == 404 || reply.field("set-cookie") == "a=b");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn languages_are_asked_for_in_one_spelling_and_answer_whoever_wants_nothing_more() {
    let origin = Origin::answering(|asked| {
        let wanted = asked.field("accept-language").to_owned();
        let language = if wanted.starts_with("de") { "de" } else { "en" };
        let fields = [("cache-control", "max-age=60"), ("vary", "Accept-Language"), ("content-language", language)];
        answer(&fields, wanted)
    })
    .await;
    let node = TestNode::over(&origin.url()).await;
    let table = [
        ("en, de", false, "de, en"),
        ("de, en", true, "de, en"),
        (" eN ,   De", true, "de, en"),
        ("fr;q=0.5, de;q=1.0", true, "de, en"),
        ("fr, de;q=0.5", false, "fr, de;q=0.5"),
        ("en-us;q=0.80, de_DE", false, "en-US;q=0.8"),
        ("EN-US;q=0.8", true, "en-US;q=0.8"),
        ("en", false, "en"),
        ("en, fr;q=0.1", true, "en"),
    ];
    for (language, hit, sent) in table {
        let reply = node.get("/page", &[("accept-language", language)]).await;
        assert_eq!((reply.is_hit(), reply.text().as_str()), (hit, sent), "{language}");
    }
}

/// Fault 56. Fault 57.
#[tokio::test(flavor = "multi_thread")]
async fn an_origins_images_are_told_apart_by_four_classes_of_accept() {
    let origin = Origin::answering(|asked| {
        let content_type = match asked.target.as_str() {
            "/page" => "text/html",
            _ if asked.field("accept").contains("image/webp") => "image/webp",
            _ => "image/png",
        };
        answer(&[("cache-control", "max-age=60"), ("vary", "Accept"), ("content-type", content_type)], "x")
    })
    .await;
    let node = TestNode::over(&origin.url()).await;
    let many = format!("image/webp,{}", "x/y;q=0.1,".repeat(700));
    let table = [
        ("/icon", "image/avif,image/webp,*/*;q=0.8", false),
        ("/icon", "image/webp, image/avif;q=0.5", true),
        ("/icon", "*/*", false),
        ("/icon", "", true),
        ("/icon", "image/*", true),
        ("/icon", "image/webp;q=1.0001", true),
        ("/icon", "image/webp", false),
        ("/icon", "image/avif;q=0,image/webp", true),
        ("/icon", &many, true),
        // A page may be anything: only spelling that has no meaning is folded.
        ("/page", "text/html,*/*", false),
        ("/page", "text/html, */*", true),
        ("/page", "*/*,text/html", false),
    ];
    for (path, accept, hit) in table {
        let reply = node.get(path, &[("accept", accept)]).await;
        assert_eq!(reply.is_hit(), hit, "{path} {}", &accept[..accept.len().min(60)]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_says_how_stale_it_takes_a_response_while_the_origin_fails() {
    let script = Script::new(|_| answer(&[("cache-control", "max-age=60, stale-if-error=100")], "content"));
    let origin = Origin::following(&script).await;
    let node = TestNode::over(&origin.url()).await;
    node.get("/page", &[]).await;
    script.becomes(|_| status(503, &[], "down"));
    node.advance(90);
    let table =
        [("", 200), ("stale-if-error=10", 502), ("stale-if-error=60", 200), ("stale-if-error=0", 502), ("", 200)];
    for (directives, code) in table {
        let reply = node.get("/page", &[("cache-control", directives)]).await;
        assert_eq!(reply.status.as_u16(), code, "{directives:?}");
    }
    node.advance(100);
    for (directives, code) in [("stale-if-error=600", 200), ("", 503)] {
        let reply = node.get("/page", &[("cache-control", directives)]).await;
        assert_eq!(reply.status.as_u16(), code, "{directives:?}");
    }
}
