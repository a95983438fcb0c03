//! What no component read cannot influence an answer; what one read through a projection makes only as many variants
//! as the projection has answers.

use std::collections::BTreeSet;

use image::ImageFormat;
use parking_lot::Mutex;
use proptest::prelude::*;

use super::{calls, cases, in_runtime, origin_of};
use crate::harness::TestNode;
use crate::harness::pictures::describe;

/// Fields that neither the built-in router nor the built-in policy reads; those that begin with "x-" are of this kind
/// too. Some of them have misled other caches.
const UNREAD: [&str; 22] = [
    "accept-language",
    "authorization",
    "cookie",
    "dnt",
    "dpr",
    "forwarded",
    "from",
    "origin",
    "priority",
    "referer",
    "save-data",
    "sec-ch-dpr",
    "sec-fetch-dest",
    "true-client-ip",
    "user-agent",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-http-method-override",
    "x-original-url",
    "x-rewrite-url",
];

fn unread_fields() -> impl Strategy<Value = Vec<(String, String)>> {
    let name = prop_oneof![3 => prop::sample::select(&UNREAD[..]).prop_map(str::to_owned), 1 => "x-[a-z]{1,12}"];
    prop::collection::vec((name, "[!-~]{1,24}"), 0..6)
}

/// Media ranges with weights, each range at most once; and whether WebP is named with a weight above zero.
fn accepts() -> impl Strategy<Value = (Option<String>, bool)> {
    const RANGES: [&str; 9] = [
        "image/webp",
        "IMAGE/WebP",
        "image/avif",
        "image/jpeg",
        "image/png",
        "image/svg+xml",
        "image/*",
        "*/*",
        "text/html",
    ];
    const WEIGHTS: [(&str, bool); 7] = [
        ("", true),
        (";q=1", true),
        (";q=0.001", true),
        (" ; Q=0.55", true),
        (";q=0", false),
        (";q=0.000", false),
        (";q=banana", false),
    ];
    let ranges = prop::sample::subsequence(&RANGES[1..], 0..=8).prop_shuffle();
    let separator = prop::sample::select(&[",", ", ", " , ,"][..]);
    let weights = prop::collection::vec(prop::sample::select(&WEIGHTS[..]), 8);
    (ranges, weights, separator, any::<bool>()).prop_map(|(ranges, weights, separator, lower)| {
        let weighted = || ranges.iter().copied().zip(weights.iter().copied());
        let named = weighted().any(|(range, (_, positive))| range == RANGES[1] && positive);
        let spelled = |range: &str| if lower { range.to_lowercase() } else { range.to_owned() };
        let members: Vec<String> =
            weighted().map(|(range, (weight, _))| format!("{}{weight}", spelled(range))).collect();
        (Some(members.join(separator)).filter(|accept| !accept.is_empty()), named)
    })
}

#[test]
fn what_nobody_read_changes_nothing() {
    let (runtime, (node, _origin)) = in_runtime(async {
        let origin = origin_of(32, 24).await;
        (TestNode::over(&origin.url()).await, origin)
    });
    let targets = ["/photo.jpg?width=16", "/photo.jpg?width=16&format=png", "/notes.txt", "/photo.jpg"];
    let first = runtime.block_on(async {
        let mut first = Vec::new();
        for target in targets {
            first.push(node.handle(target, &[]).await);
        }
        first
    });
    let decided = node.component_calls();
    let host = "[a-z][a-z0-9]{0,8}\\.example(:[1-9][0-9]{2,3})?";
    proptest!(cases(512), |(fields in unread_fields(), host in host, accept in accepts(), which in 0..targets.len())| {
        let mut fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (&**name, &**value)).collect();
        fields.push(("host", &host));
        fields.extend(accept.0.as_deref().map(|accept| ("accept", accept)));
        let reply = runtime.block_on(node.handle(targets[which], &fields));
        prop_assert!(reply.is_hit(), "{}", reply.cache_status());
        prop_assert_eq!(&reply.body, &first[which].body);
        prop_assert_eq!(reply.field("etag"), first[which].field("etag"));
        prop_assert_eq!(reply.field("vary"), "");
        prop_assert_eq!(node.component_calls(), decided);
    });
}

#[test]
fn every_accept_falls_in_one_of_two_variants() {
    let (runtime, (node, origin)) = in_runtime(async {
        let origin = origin_of(32, 24).await;
        (TestNode::over(&origin.url()).await, origin)
    });
    let tags = Mutex::new(BTreeSet::new());
    proptest!(cases(512), |((accept, webp) in accepts())| {
        let fields: Vec<(&str, &str)> = accept.iter().map(|accept| ("accept", &**accept)).collect();
        let reply = runtime.block_on(node.handle("/photo.jpg?width=16&format=auto", &fields));
        let expected = if webp { ImageFormat::WebP } else { ImageFormat::Jpeg };
        prop_assert_eq!(describe(&reply.body), (expected, 16, 12));
        prop_assert_eq!(reply.field("vary"), "accept");
        tags.lock().insert(reply.field("etag").to_owned());
    });
    assert_eq!((tags.lock().len(), node.transforms(), origin.hits()), (2, 2, 1));
    // Two routes and a lookup plan, however many spellings came.
    assert_eq!(calls(&node, "query", "route"), 2);
    assert_eq!(calls(&node, "http", "lookup"), 1);
}
