//! What a client reads: conditions, ranges, negotiation, the fields that say how an answer came about, and refusals
//! that say what to do.

mod accounts;
mod messages;
mod requests;

use http::Method;
use image::ImageFormat;

use crate::harness::pictures::{describe, jpeg};
use crate::harness::{Fields, Origin, TestNode, answer, config_for};

const PICTURE: &str = "/photo.jpg?width=32";

async fn node_with_picture() -> (Origin, TestNode) {
    let origin = Origin::with_picture(jpeg(64, 64), "max-age=60").await;
    let node = TestNode::over(&origin.url()).await;
    (origin, node)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_has_the_picture_gets_no_content() {
    let (_origin, node) = node_with_picture().await;
    let first = node.get(PICTURE, &[]).await;
    let etag = first.field("etag").to_owned();
    assert!(etag.starts_with('"') && etag.len() > 20, "strong and long: {etag}");
    let (weak, several) = (format!("W/{etag}"), format!("\"x\", {etag}"));
    let table = [(etag.as_str(), 304), (&weak, 304), (&several, 304), ("*", 304), ("\"x\"", 200), ("", 200)];
    for (condition, code) in table {
        for method in [Method::GET, Method::HEAD] {
            let reply = node.ask(method.clone(), PICTURE, &[("if-none-match", condition)]).await;
            assert_eq!(reply.status, code, "{method} {condition}");
            if code == 304 {
                assert!(reply.body.is_empty());
                assert_eq!((reply.field("etag"), reply.field("cache-control")), (etag.as_str(), "max-age=60"));
                for name in ["content-type", "content-length", "content-range"] {
                    assert!(!reply.fields.contains_key(name), "{name}");
                }
            }
        }
    }
    let failed = node.get(PICTURE, &[("if-match", "\"x\"")]).await;
    assert_eq!((failed.status.as_u16(), failed.body.len()), (412, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_give_one_picture_the_same_strong_validator() {
    let picture = jpeg(64, 64);
    let mut tags = Vec::new();
    for lifetime in ["max-age=60", "max-age=90"] {
        let origin = Origin::with_picture(picture.clone(), lifetime).await;
        let node = TestNode::over(&origin.url()).await;
        let reply = node.get(PICTURE, &[]).await;
        let other = node.get("/photo.jpg?width=33", &[]).await;
        assert_ne!(reply.field("etag"), other.field("etag"), "another plan is another picture");
        tags.push((reply.field("etag").to_owned(), reply.body));
    }
    assert_eq!(tags[0], tags[1]);
}

/// Fault 55.
#[tokio::test(flavor = "multi_thread")]
async fn a_part_of_a_picture_is_served_if_it_is_of_the_same_picture() {
    let (_origin, node) = node_with_picture().await;
    let whole = node.get(PICTURE, &[]).await;
    let (length, etag) = (whole.body.len(), whole.field("etag").to_owned());
    let (last, beyond) = (format!("bytes 10-{}/{length}", length - 1), format!("bytes={length}-"));
    let (none, tail) = (format!("bytes */{length}"), format!("bytes {}-{}/{length}", length - 5, length - 1));
    let (first, near) = (format!("bytes 0-9/{length}"), format!("bytes 0-4/{length}"));
    let table: [(Fields<'_>, u16, &str, &[u8]); 11] = [
        (&[("range", "bytes=0-9")], 206, &first, &whole.body[..10]),
        (&[("range", "bytes=10-")], 206, &last, &whole.body[10..]),
        (&[("range", "bytes=-5")], 206, &tail, &whole.body[length - 5..]),
        (&[("range", "bytes=0-9"), ("if-range", &etag)], 206, &first, &whole.body[..10]),
        (&[("range", "bytes=0-9"), ("if-range", "\"x\"")], 200, "", &whole.body),
        (&[("range", "bytes=0-9"), ("if-none-match", &etag)], 304, "", b""),
        (&[("range", &beyond)], 416, &none, b""),
        (&[("range", "bytes=9-1")], 200, "", &whole.body),
        (&[("range", "bytes=cow")], 200, "", &whole.body),
        (&[("range", "bytes=0-1,3-4")], 206, &near, &whole.body[..5]),
        (&[("range", "lines=0-9")], 200, "", &whole.body),
    ];
    for (fields, code, content_range, body) in table {
        let reply = node.get(PICTURE, fields).await;
        assert_eq!((reply.status.as_u16(), reply.field("content-range")), (code, content_range), "{fields:?}");
        assert_eq!(reply.body, body, "{fields:?}");
    }
    assert_eq!(whole.field("accept-ranges"), "bytes");
    let cold = node.get("/photo.jpg?width=16", &[("range", "bytes=0-9")]).await;
    assert_eq!((cold.status.as_u16(), cold.body.len()), (206, 10), "a part of a picture that was not made yet");
    assert!(node.get("/photo.jpg?width=16", &[]).await.is_hit(), "the whole was made");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_says_what_a_get_would_and_sends_nothing() {
    let (_origin, node) = node_with_picture().await;
    let head = node.ask(Method::HEAD, PICTURE, &[]).await;
    let get = node.get(PICTURE, &[]).await;
    assert!(head.body.is_empty() && !get.body.is_empty());
    for name in ["content-type", "content-length", "etag", "cache-control", "x-content-type-options"] {
        assert_eq!(head.field(name), get.field(name), "{name}");
        assert!(!get.field(name).is_empty(), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_varies_by_accept_only_where_accept_decides() {
    let (origin, node) = node_with_picture().await;
    let browser = "image/avif,image/webp,image/apng,*/*;q=0.8";
    let table = [
        ("format=auto", "image/webp", ImageFormat::WebP, "accept"),
        ("format=auto", browser, ImageFormat::WebP, "accept"),
        ("format=auto", "*/*", ImageFormat::Jpeg, "accept"),
        ("format=auto", "image/webp;q=0", ImageFormat::Jpeg, "accept"),
        ("auto=webp", "image/webp", ImageFormat::WebP, "accept"),
        ("width=32", "image/webp", ImageFormat::Jpeg, ""),
        ("format=png", "image/webp", ImageFormat::Png, ""),
        ("format=webp", "image/jpeg", ImageFormat::WebP, ""),
    ];
    for (query, accept, format, vary) in table {
        for _ in 0..2 {
            let reply = node.get(&format!("/photo.jpg?{query}"), &[("accept", accept)]).await;
            assert_eq!((describe(&reply.body).0, reply.field("vary")), (format, vary), "{query} {accept}");
            assert_eq!(reply.field("content-type"), format.to_mime_type());
        }
    }
    assert_eq!(node.transforms(), 4, "a picture for each format and size, however it was asked for");
    assert_eq!(origin.hits(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_varies_as_the_answer_would_have() {
    let origin = Origin::answering(|_| answer(&[], "no picture")).await;
    let node = TestNode::over(&origin.url()).await;
    let reply = node.get("/photo.jpg?format=auto", &[]).await;
    assert_eq!((reply.status.as_u16(), reply.field("vary")), (422, "accept"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_passes_through_keeps_the_origins_vary() {
    let origin = Origin::answering(|_| answer(&[("vary", "Origin"), ("cache-control", "max-age=60")], "x")).await;
    let node = TestNode::over(&origin.url()).await;
    for _ in 0..2 {
        assert_eq!(node.get("/page", &[]).await.field("vary"), "Origin");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_says_where_its_time_went_and_how_old_it_is() {
    let (_origin, node) = node_with_picture().await;
    let names = |timing: &str| -> Vec<String> {
        timing.split(", ").map(|part| part.split(';').next().unwrap().to_owned()).collect()
    };
    let miss = node.get(PICTURE, &[]).await;
    assert_eq!(names(miss.field("server-timing")), ["cache", "fetch", "queue", "image"]);
    let other_size = node.get("/photo.jpg?width=16", &[]).await;
    assert_eq!(names(other_size.field("server-timing")), ["cache", "queue", "image"], "the source was here");
    let hit = node.get(PICTURE, &[]).await;
    assert_eq!(hit.field("server-timing"), "cache;desc=hit");
    node.advance(40);
    let later = node.get(PICTURE, &[]).await;
    assert!(matches!(later.field("age"), "40" | "41" | "42"), "{}", later.field("age"));
    assert!(later.cache_status().starts_with("lucarne; hit; ttl="));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_makes_no_sense_is_refused_by_its_name() {
    let (origin, node) = node_with_picture().await;
    let table = ["width=banana", "w=0", "height=-1", "format=tiff", "quality=101", "fit=stretch", "crop=1", "dpr=99"];
    for query in table {
        let reply = node.get(&format!("/photo.jpg?{query}"), &[]).await;
        let name = query.split('=').next().unwrap();
        assert_eq!(reply.status, 400, "{query}");
        assert!(reply.text().contains(name) && reply.text().lines().count() == 1, "{query}: {}", reply.text());
        assert_eq!(
            (reply.field("content-type"), reply.field("cache-control")),
            ("text/plain; charset=utf-8", "no-store")
        );
    }
    assert_eq!((origin.hits(), node.transforms()), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn parameters_that_nobody_reads_reach_neither_the_key_nor_the_origin() {
    let (origin, node) = node_with_picture().await;
    node.get("/photo.jpg?utm_source=a&width=32&cachebust=1", &[]).await;
    assert!(node.get("/photo.jpg?width=32&utm_source=b", &[]).await.is_hit());
    assert_eq!(origin.asked()[0].target, "/photo.jpg");
}

#[tokio::test(flavor = "multi_thread")]
async fn parameters_that_the_owner_names_reach_both() {
    let origin = Origin::with_picture(jpeg(64, 64), "max-age=60").await;
    let config = format!("{}[component.query.settings]\nforward-query = [\"v\", \"id\"]\n", config_for(&origin.url()));
    let node = TestNode::start(&config).await;
    for version in ["1", "2"] {
        let reply = node.get(&format!("/photo.jpg?v={version}&width=32&id=a%20b&x=y"), &[]).await;
        assert!(!reply.is_hit());
        assert_eq!(origin.asked().last().unwrap().target, format!("/photo.jpg?v={version}&id=a%20b"));
    }
}
