//! What is not a picture: stored, selected, validated and forgotten as RFC 9111 says.

use bytes::Bytes;
use http::Method;

use super::{about, age, ttl, until_hit_of, versioned};
use crate::harness::{Fields, Origin, Script, TestNode, answer, ask, config_for, converse, status, with_body};

#[tokio::test(flavor = "multi_thread")]
async fn a_fresh_response_is_not_asked_for_again() {
    let origin = Origin::answering(|asked| answer(&[("cache-control", "max-age=60")], asked.target.clone())).await;
    let node = TestNode::over(&origin.url()).await;
    let miss = node.get("/page?a=b&c", &[]).await;
    assert_eq!((miss.text().as_str(), miss.cache_status()), ("/page?a=b&c", "lucarne; fwd=uri-miss; stored"));
    node.advance(20);
    let hit = node.get("/page?a=b&c", &[]).await;
    assert!(about(ttl(&hit), 40) && about(age(&hit), 20));
    assert_eq!(hit.body, miss.body);
    assert_eq!(node.get("/page?c&a=b", &[]).await.text(), "/page?c&a=b", "another query is another target");
    assert_eq!(origin.hits(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_response_is_validated_and_takes_the_new_fields() {
    let content = Bytes::from_static(b"content");
    let first = content.clone();
    let script = Script::new(move |asked| {
        versioned(asked, "\"v1\"", &[("cache-control", "max-age=60"), ("x-kept", "1"), ("x-count", "1")], &first)
    });
    let origin = Origin::following(&script).await;
    let node = TestNode::over(&origin.url()).await;
    node.get("/page", &[]).await;
    script.becomes(|_| status(304, &[("etag", "\"v1\""), ("cache-control", "max-age=30"), ("x-count", "2")], ""));
    node.advance(61);
    let reply = node.get("/page", &[]).await;
    assert_eq!(reply.cache_status(), "lucarne; fwd=stale; fwd-status=304; stored");
    assert_eq!((reply.status.as_u16(), &reply.body), (200, &content));
    assert_eq!((reply.field("x-kept"), reply.field("x-count")), ("1", "2"));
    assert_eq!(origin.asked()[1].field("if-none-match"), "\"v1\"");
    assert!(about(ttl(&node.get("/page", &[]).await), 30));
    assert_eq!(origin.hits(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clients_own_condition_is_answered_here_and_the_whole_is_stored() {
    let content = Bytes::from_static(b"content");
    let origin =
        Origin::answering(move |asked| versioned(asked, "\"v1\"", &[("cache-control", "max-age=60")], &content)).await;
    let node = TestNode::over(&origin.url()).await;
    let reply = node.get("/page", &[("if-none-match", "\"v1\"")]).await;
    assert_eq!((reply.status.as_u16(), reply.body.len()), (304, 0));
    assert_eq!(origin.asked()[0].field("if-none-match"), "", "the answer is for others too");
    assert_eq!(node.get("/page", &[]).await.text(), "content");
    assert_eq!(origin.hits(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_response_is_stored_for_each_selection_that_its_vary_makes() {
    let origin = Origin::answering(|asked| {
        let fields = [("cache-control", "max-age=60"), ("vary", "Accept-Language, Accept-Encoding")];
        answer(&fields, format!("{} {}", asked.field("accept-language"), asked.field("accept-encoding")))
    })
    .await;
    let node = TestNode::over(&origin.url()).await;
    let table = [
        ("de", "gzip", false, 1),
        ("en", "gzip", false, 2),
        ("de", "gzip", true, 2),
        ("de", "gzip, deflate", true, 2),
        ("de", "gzip;q=0.8, foo", true, 2),
        ("de", "gzip, br", false, 3),
        ("de", "br;q=1.0,gzip;q=0.5", true, 3),
        ("de", "br,  gzip", true, 3),
        ("de", "identity", false, 4),
        ("de", "", true, 4),
        ("de,en", "identity", false, 5),
        ("de, en", "identity", true, 5),
    ];
    for (language, encoding, hit, asked) in table {
        let reply = node.get("/page", &[("accept-language", language), ("accept-encoding", encoding)]).await;
        assert_eq!((reply.is_hit(), origin.hits()), (hit, asked), "{language:?} {encoding:?} {}", reply.cache_status());
        assert!(reply.text().starts_with(language.split(',').next().unwrap()), "{}", reply.text());
    }
    let other = node.get("/page", &[("accept-language", "fr")]).await;
    assert_eq!(other.cache_status(), "lucarne; fwd=vary-miss; stored");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_for_one_client_or_one_request_is_not_stored() {
    let table: [(Fields<'static>, &str); 9] = [
        (&[("cache-control", "no-store, max-age=60")], "no-store"),
        (&[("cache-control", "private, max-age=60")], "private"),
        (&[("cache-control", "max-age=60"), ("vary", "*")], "vary"),
        (&[("cache-control", "max-age=60"), ("vary", "accept, *")], "vary"),
        (&[("set-cookie", "a=b"), ("etag", "\"v1\"")], "set-cookie"),
        (&[("set-cookie", "a=b"), ("cache-control", "no-cache"), ("etag", "\"v1\"")], "set-cookie"),
        (&[("set-cookie", "a=b"), ("last-modified", "Sun, 06 Nov 1994 08:49:37 GMT")], "set-cookie"),
        (&[], "no-lifetime"),
        (&[("cache-control", "NO-STORE")], "no-store"),
    ];
    for (fields, why) in table {
        let origin = Origin::answering(move |_| answer(fields, "content")).await;
        let node = TestNode::over(&origin.url()).await;
        for asked in 1..=2 {
            let reply = node.get("/page", &[]).await;
            assert_eq!((reply.status.as_u16(), reply.text().as_str()), (200, "content"));
            assert_eq!(reply.cache_status(), format!("lucarne; fwd=uri-miss; detail={why}"), "{fields:?}");
            assert_eq!(origin.hits(), asked, "{fields:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cookie_is_stored_where_the_origin_says_for_how_long() {
    let origin = Origin::answering(|_| answer(&[("cache-control", "max-age=60"), ("set-cookie", "a=b")], "x")).await;
    let node = TestNode::over(&origin.url()).await;
    node.get("/page", &[]).await;
    let hit = node.get("/page", &[]).await;
    assert_eq!((hit.is_hit(), hit.field("set-cookie")), (true, "a=b"));
}

/// Fault 51.
#[tokio::test(flavor = "multi_thread")]
async fn what_one_client_was_authorized_to_see_is_for_others_only_where_the_origin_says_so() {
    let table = [
        ("max-age=60", false),
        ("max-age=60, public", true),
        ("max-age=60, must-revalidate", true),
        ("s-maxage=60", true),
        ("private, max-age=60", false),
    ];
    for (cache_control, shared) in table {
        let origin = Origin::answering(move |asked| {
            answer(&[("cache-control", cache_control)], asked.field("authorization").to_owned())
        })
        .await;
        let node = TestNode::over(&origin.url()).await;
        let mine = node.get("/me", &[("authorization", "Basic bWU6bWU=")]).await;
        assert_eq!(mine.text(), "Basic bWU6bWU=", "credentials are sent on");
        let theirs = node.get("/me", &[]).await;
        assert_eq!(theirs.is_hit(), shared, "{cache_control}");
        assert_eq!(theirs.text().is_empty(), !shared, "{cache_control}");
    }
}

/// Fault 60.
#[tokio::test(flavor = "multi_thread")]
async fn a_write_is_sent_on_with_its_content_and_what_is_stored_is_forgotten_if_it_succeeds() {
    let table = [
        (Method::POST, 200, true),
        (Method::PUT, 204, true),
        (Method::DELETE, 303, true),
        (Method::PATCH, 404, false),
        (Method::POST, 500, false),
        (Method::OPTIONS, 200, false),
    ];
    for (method, code, forgotten) in table {
        let origin = Origin::answering(move |asked| match asked.method.as_str() {
            "GET" => answer(&[("cache-control", "max-age=60")], "content"),
            _ => status(code, &[("cache-control", "max-age=60")], ""),
        })
        .await;
        let node = TestNode::over(&origin.url()).await;
        node.get("/page", &[]).await;
        let write = with_body(&method, "/page", &[("content-type", "text/plain")], "what is written");
        let reply = ask(node.address, write).await.unwrap();
        assert_eq!((reply.status.as_u16(), reply.cache_status()), (code, "lucarne; fwd=method"), "{method}");
        let asked = &origin.asked()[1];
        assert_eq!((asked.method.as_str(), &asked.body[..]), (method.as_str(), &b"what is written"[..]));
        assert_eq!(asked.field("content-type"), "text/plain");
        assert_eq!(node.get("/page", &[]).await.is_hit(), !forgotten, "{method} {code}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn content_beyond_the_limit_is_refused() {
    let origin = Origin::answering(|_| status(200, &[], "")).await;
    let node = TestNode::with(&config_for(&origin.url()), |config| config.limits.request_body = 10).await;
    for (content, code) in [("ten bytes.", 200), ("eleven byte", 413)] {
        let reply = ask(node.address, with_body(&Method::POST, "/upload", &[], content)).await.unwrap();
        assert_eq!(reply.status, code, "{content:?}: {}", reply.text());
        let length = content.len();
        let chunked = format!(
            "POST /upload HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n\
             {length:x}\r\n{content}\r\n0\r\n\r\n"
        );
        let heard = converse(node.address, &chunked).await;
        assert!(heard.starts_with(&format!("HTTP/1.1 {code}")), "{content:?} in chunks: {heard}");
    }
}

/// Fault 59.
#[tokio::test(flavor = "multi_thread")]
async fn a_head_is_answered_from_what_is_stored_and_else_sent_on() {
    let origin = Origin::answering(|asked| {
        let content = if asked.method == "HEAD" { "" } else { "content" };
        let mut response = answer(&[("cache-control", "max-age=60")], content);
        response.headers_mut().insert("content-length", http::HeaderValue::from_static("7"));
        response
    })
    .await;
    let node = TestNode::over(&origin.url()).await;
    let miss = node.ask(Method::HEAD, "/page", &[]).await;
    assert_eq!((miss.status.as_u16(), miss.field("content-length"), miss.body.len()), (200, "7", 0));
    assert_eq!(origin.asked()[0].method, "HEAD");
    let get = node.get("/page", &[]).await;
    assert_eq!((get.is_hit(), get.text().as_str()), (false, "content"), "a head stores nothing that a GET could use");
    let hit = node.ask(Method::HEAD, "/page", &[]).await;
    assert_eq!((hit.is_hit(), hit.field("content-length"), hit.body.len()), (true, "7", 0));
    assert_eq!(origin.hits(), 2);
}

/// Fault 59: a HEAD that finds something stale must not put its own empty content in its place.
#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_finds_something_stale_does_not_take_its_place() {
    for (cache_control, asked) in [("max-age=60", "HEAD"), ("max-age=60, stale-while-revalidate=600", "GET")] {
        let origin = Origin::answering(move |asked| {
            let content = if asked.method == "HEAD" { "" } else { "content" };
            let mut response = answer(&[("cache-control", cache_control)], content);
            response.headers_mut().insert("content-length", http::HeaderValue::from_static("7"));
            response
        })
        .await;
        let node = TestNode::over(&origin.url()).await;
        node.get("/page", &[]).await;
        node.advance(61);
        let head = node.ask(Method::HEAD, "/page", &[]).await;
        assert_eq!((head.status.as_u16(), head.field("content-length")), (200, "7"), "{cache_control}");
        origin.until_hits(2).await;
        assert_eq!(origin.asked()[1].method, asked, "{cache_control}");
        assert_eq!(node.get("/page", &[]).await.text(), "content", "{cache_control}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_response_is_served_while_one_fetch_brings_the_next() {
    let script = Script::new(|_| answer(&[("cache-control", "max-age=60, stale-while-revalidate=600")], "old"));
    let origin = Origin::following(&script).await;
    let node = TestNode::over(&origin.url()).await;
    node.get("/page", &[]).await;
    script.becomes(|_| answer(&[("cache-control", "max-age=60, stale-while-revalidate=600")], "new"));
    node.advance(100);
    let stale = node.get("/page", &[]).await;
    assert_eq!(stale.text(), "old");
    assert!(about(ttl(&stale), -40), "{}", stale.cache_status());
    origin.until_hits(2).await;
    let fresh = until_hit_of(&node, "/page").await;
    assert_eq!(fresh.text(), "new");
    assert_eq!(origin.hits(), 2);
    node.advance(700);
    let expired = node.get("/page", &[]).await;
    assert_eq!(expired.cache_status(), "lucarne; fwd=stale; stored", "beyond the window the client waits");
}

/// Faults 23 and 55.
#[tokio::test(flavor = "multi_thread")]
async fn a_part_is_cut_from_what_is_stored_and_never_stored_as_the_whole() {
    let origin = Origin::answering(|asked| match asked.field("range") {
        "" => answer(&[("cache-control", "max-age=60"), ("etag", "\"v1\"")], "0123456789"),
        _ => status(206, &[("cache-control", "max-age=60"), ("content-range", "bytes 2-4/10")], "234"),
    })
    .await;
    let node = TestNode::over(&origin.url()).await;
    let part = [("range", "bytes=2-4")];
    let miss = node.get("/file", &part).await;
    assert_eq!((miss.status.as_u16(), miss.text().as_str()), (206, "234"));
    assert_eq!(node.get("/file", &[]).await.text(), "0123456789");
    let hit = node.get("/file", &part).await;
    assert_eq!((hit.status.as_u16(), hit.text().as_str(), hit.is_hit()), (206, "234", true));
    assert_eq!(hit.field("content-range"), "bytes 2-4/10");
    assert_eq!(origin.hits(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_response_larger_than_may_be_stored_is_passed_on_whole() {
    let content = Bytes::from(vec![b'x'; 100_000]);
    let whole = content.clone();
    let origin = Origin::answering(move |_| answer(&[("cache-control", "max-age=60")], whole.clone())).await;
    let node = TestNode::start(&format!("{}[cache]\nobject = \"64KiB\"\n", config_for(&origin.url()))).await;
    for asked in 1..=2 {
        let reply = node.get("/file", &[]).await;
        assert_eq!(reply.body, content);
        assert_eq!(reply.cache_status(), "lucarne; fwd=uri-miss; detail=too-large");
        assert_eq!(origin.hits(), asked);
    }
}

/// RFC 9110 §9.3.3.
#[tokio::test(flavor = "multi_thread")]
async fn a_post_that_answers_with_its_own_page_is_kept_for_who_gets_it() {
    const FRESH: (&str, &str) = ("cache-control", "max-age=60");
    let table: [(Fields<'static>, bool); 6] = [
        (&[FRESH, ("content-location", "/page?a=1")], true),
        (&[FRESH, ("content-location", "http://test.example/page?a=1")], true),
        (&[FRESH, ("content-location", "/page")], false),
        (&[FRESH, ("content-location", "http://other.example/page?a=1")], false),
        (&[FRESH], false),
        (&[("last-modified", "Sun, 06 Nov 1994 08:49:37 GMT"), ("content-location", "/page?a=1")], false),
    ];
    for (fields, kept) in table {
        let origin = Origin::answering(move |asked| answer(fields, asked.method.clone())).await;
        let node = TestNode::over(&origin.url()).await;
        assert_eq!(node.ask(Method::POST, "/page?a=1", &[]).await.text(), "POST");
        let page = node.get("/page?a=1", &[]).await;
        assert_eq!((page.is_hit(), page.text().as_str()), (kept, if kept { "POST" } else { "GET" }), "{fields:?}");
        assert_eq!(node.ask(Method::POST, "/page?a=1", &[]).await.text(), "POST");
        assert_eq!(origin.asked().iter().filter(|asked| asked.method == "POST").count(), 2, "a POST is never answered");
    }
}
