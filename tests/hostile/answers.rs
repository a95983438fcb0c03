//! What a guest answers: values that are not of the promised type, or of it and make no sense. And the largest that
//! are still fine, so that no limit is lower than it says.

use http::StatusCode;

use super::guest::{Place, component, spoil};
use super::stage::{Guest, Stage};
use Place::{Inspect, Lookup, Route, Store, Transform};

/// What is wrong with an answer, and the WAT that makes it so.
type Spoiled = (&'static str, &'static str);

const ROUTES: &[Spoiled] = &[
    // Not of the type.
    ("result-of-no-case", "(i32.store8 (local.get $answer) (i32.const 2))"),
    ("route-of-no-case", "(i32.store8 offset=8 (local.get $answer) (i32.const 3))"),
    ("query-neither-some-nor-none", "(i32.store8 offset=24 (local.get $answer) (i32.const 2))"),
    ("path-beyond-memory", "(i32.store offset=16 (local.get $answer) (i32.const 0x7fffffff))"),
    ("path-without-end", "(i32.store offset=20 (local.get $answer) (i32.const 0xffffffff))"),
    ("path-around-the-end", "(i64.store offset=16 (local.get $answer) (i64.const 0x0000002_ffffffff))"),
    ("path-not-utf8", "(i32.store8 offset=1 (i32.load offset=16 (local.get $answer)) (i32.const 0xff))"),
    (
        "path-cut-within-a-character",
        "(i32.store (i32.const 4096) (i32.const 0x82e22f)) (i32.store offset=16 (local.get $answer) (i32.const 4096))
         (i32.store offset=20 (local.get $answer) (i32.const 3))",
    ),
    (
        "fields-misaligned",
        "(call $reply (local.get $answer) (i32.const 200)) (call $fields (local.get $answer) (i32.const 1) (i32.const 1))
         (i32.store offset=20 (local.get $answer) (i32.const 65537))",
    ),
    (
        "fields-beyond-memory",
        "(call $reply (local.get $answer) (i32.const 200)) (call $fields (local.get $answer) (i32.const 1) (i32.const 1))
         (i32.store offset=24 (local.get $answer) (i32.const 0x7fffffff))",
    ),
    ("step-of-no-case", "(call $image (local.get $answer)) (i32.store8 (i32.const 4096) (i32.const 2))"),
    ("fit-of-no-case", "(call $image (local.get $answer)) (i32.store8 offset=28 (i32.const 4096) (i32.const 5))"),
    ("format-of-no-case", "(call $image (local.get $answer)) (i32.store16 offset=53 (local.get $answer) (i32.const 0x0301))"),
    (
        "loss-neither-some-nor-none",
        "(call $image (local.get $answer)) (i32.store8 offset=57 (local.get $answer) (i32.const 2))",
    ),
    ("effort-of-no-case", "(call $image (local.get $answer)) (i32.store8 offset=59 (local.get $answer) (i32.const 3))"),
    ("light-of-no-case", "(call $image (local.get $answer)) (i32.store8 offset=60 (local.get $answer) (i32.const 2))"),
    ("metadata-of-no-case", "(call $image (local.get $answer)) (i32.store8 offset=61 (local.get $answer) (i32.const 3))"),
    ("truncated-of-no-case", "(call $image (local.get $answer)) (i32.store8 offset=62 (local.get $answer) (i32.const 2))"),
    // Of the type, and no target.
    ("path-empty", "(i32.store offset=20 (local.get $answer) (i32.const 0))"),
    (
        "path-relative",
        "(i32.store offset=16 (local.get $answer) (i32.add (i32.load offset=16 (local.get $answer)) (i32.const 1)))
         (i32.store offset=20 (local.get $answer) (i32.const 2))",
    ),
    ("path-with-a-zero-byte", "(i32.store8 offset=1 (i32.load offset=16 (local.get $answer)) (i32.const 0))"),
    (
        "query-with-a-fragment",
        "(i32.store8 (i32.const 4096) (i32.const 35)) (i32.store8 offset=24 (local.get $answer) (i32.const 1))
         (i32.store offset=28 (local.get $answer) (i32.const 4096)) (i32.store offset=32 (local.get $answer) (i32.const 1))",
    ),
    (
        "query-with-a-line-feed",
        "(i32.store8 (i32.const 4096) (i32.const 10)) (i32.store8 offset=24 (local.get $answer) (i32.const 1))
         (i32.store offset=28 (local.get $answer) (i32.const 4096)) (i32.store offset=32 (local.get $answer) (i32.const 1))",
    ),
    // A reply that nobody could send.
    ("status-0", "(call $reply (local.get $answer) (i32.const 0))"),
    ("status-99", "(call $reply (local.get $answer) (i32.const 99))"),
    ("status-101", "(call $reply (local.get $answer) (i32.const 101))"),
    ("status-199", "(call $reply (local.get $answer) (i32.const 199))"),
    ("status-600", "(call $reply (local.get $answer) (i32.const 600))"),
    ("status-65535", "(call $reply (local.get $answer) (i32.const 65535))"),
    (
        "fields-65",
        "(call $reply (local.get $answer) (i32.const 200)) (call $fields (local.get $answer) (i32.const 65) (i32.const 1))",
    ),
    (
        "fields-of-more-than-16-kib",
        "(call $reply (local.get $answer) (i32.const 200)) (call $fields (local.get $answer) (i32.const 2) (i32.const 8186))",
    ),
    (
        "field-name-with-a-space",
        "(call $reply (local.get $answer) (i32.const 200)) (call $fields (local.get $answer) (i32.const 1) (i32.const 1))
         (i32.store8 (i32.const 2049) (i32.const 32))",
    ),
    (
        "field-without-a-name",
        "(call $reply (local.get $answer) (i32.const 200)) (call $fields (local.get $answer) (i32.const 1) (i32.const 1))
         (i32.store (i32.const 65540) (i32.const 0))",
    ),
    (
        "field-value-with-a-line-feed",
        "(call $reply (local.get $answer) (i32.const 200)) (call $fields (local.get $answer) (i32.const 1) (i32.const 9))
         (i32.store8 (i32.const 131074) (i32.const 10))",
    ),
    (
        "field-connection",
        "(call $reply (local.get $answer) (i32.const 200)) (call $fields (local.get $answer) (i32.const 1) (i32.const 1))
         (i32.store (i32.const 65536) (i32.const 2080)) (i32.store offset=4 (i32.const 65536) (i32.const 10))",
    ),
    (
        "field-content-length",
        "(call $reply (local.get $answer) (i32.const 200)) (call $fields (local.get $answer) (i32.const 1) (i32.const 1))
         (i32.store (i32.const 65536) (i32.const 2096)) (i32.store offset=4 (i32.const 65536) (i32.const 14))",
    ),
    (
        "field-transfer-encoding",
        "(call $reply (local.get $answer) (i32.const 200)) (call $fields (local.get $answer) (i32.const 1) (i32.const 1))
         (i32.store (i32.const 65536) (i32.const 2112)) (i32.store offset=4 (i32.const 65536) (i32.const 17))",
    ),
    (
        "body-of-more-than-64-kib",
        "(call $reply (local.get $answer) (i32.const 200)) (i32.store offset=32 (local.get $answer) (i32.const 65537))",
    ),
    // A refusal that is not one.
    (
        "refusal-200",
        "(i32.store8 (local.get $answer) (i32.const 1)) (i32.store16 offset=8 (local.get $answer) (i32.const 200))
         (i64.store offset=12 (local.get $answer) (i64.const 0))",
    ),
    (
        "refusal-500",
        "(i32.store8 (local.get $answer) (i32.const 1)) (i32.store16 offset=8 (local.get $answer) (i32.const 500))
         (i64.store offset=12 (local.get $answer) (i64.const 0))",
    ),
    // A plan that no picture could be made by.
    ("width-0", "(call $image (local.get $answer)) (i32.store offset=12 (i32.const 4096) (i32.const 0))"),
    ("width-65536", "(call $image (local.get $answer)) (i32.store offset=12 (i32.const 4096) (i32.const 65536))"),
    ("neither-width-nor-height", "(call $image (local.get $answer)) (i32.store8 offset=4 (i32.const 4096) (i32.const 0))"),
    ("focus-outside", "(call $image (local.get $answer)) (i32.store16 offset=32 (i32.const 4096) (i32.const 10001))"),
    ("orientation-0", "(call $image (local.get $answer)) (i32.store16 offset=36 (local.get $answer) (i32.const 0x0001))"),
    ("orientation-9", "(call $image (local.get $answer)) (i32.store16 offset=36 (local.get $answer) (i32.const 0x0901))"),
    ("quality-0", "(call $image (local.get $answer)) (i32.store16 offset=55 (local.get $answer) (i32.const 0x0001))"),
    ("quality-101", "(call $image (local.get $answer)) (i32.store16 offset=55 (local.get $answer) (i32.const 0x6501))"),
    ("steps-17", "(call $image (local.get $answer)) (call $steps (i32.const 17)) (i32.store offset=44 (local.get $answer) (i32.const 17))"),
];

const LOOKUPS: &[Spoiled] = &[
    ("plan-of-no-case", "(i32.store8 (local.get $answer) (i32.const 2))"),
    (
        "bypass-of-no-reason",
        "(i32.store8 (local.get $answer) (i32.const 1)) (i32.store8 offset=8 (local.get $answer) (i32.const 2))",
    ),
    ("age-neither-some-nor-none", "(i32.store8 offset=16 (local.get $answer) (i32.const 255))"),
];

const STORES: &[Spoiled] = &[
    ("decision-of-no-case", "(i32.store8 (local.get $answer) (i32.const 2))"),
    ("pass-of-no-reason", "(i32.store8 (local.get $answer) (i32.const 1)) (i32.store8 offset=8 (local.get $answer) (i32.const 9))"),
    ("lifetime-of-no-source", "(i32.store8 offset=16 (local.get $answer) (i32.const 3))"),
    ("validation-of-no-case", "(i32.store8 offset=48 (local.get $answer) (i32.const 3))"),
    ("tags-beyond-memory", "(i64.store offset=68 (local.get $answer) (i64.const 0x00000001_7ffffffc))"),
    ("tags-misaligned", "(i64.store offset=68 (local.get $answer) (i64.const 0x00000001_00000041))"),
    ("tag-without-end", "(i32.store offset=68 (local.get $answer) (i32.const 4096)) (i32.store offset=72 (local.get $answer) (i32.const 1))
        (i64.store (i32.const 4096) (i64.const 0xffffffff_00000000))"),
    ("tags-65", "(call $texts (i32.add (local.get $answer) (i32.const 68)) (i32.const 65) (i32.const 1))"),
    ("tag-of-129-bytes", "(call $texts (i32.add (local.get $answer) (i32.const 68)) (i32.const 1) (i32.const 129))"),
    ("tag-empty", "(call $texts (i32.add (local.get $answer) (i32.const 68)) (i32.const 1) (i32.const 0))"),
    (
        "tag-with-a-line-feed",
        "(call $texts (i32.add (local.get $answer) (i32.const 68)) (i32.const 1) (i32.const 9))
         (i32.store8 (i32.const 131074) (i32.const 10))",
    ),
    ("omit-65", "(call $texts (i32.add (local.get $answer) (i32.const 60)) (i32.const 65) (i32.const 1))"),
    (
        "omit-with-a-space",
        "(call $texts (i32.add (local.get $answer) (i32.const 60)) (i32.const 1) (i32.const 9))
         (i32.store8 (i32.const 131074) (i32.const 32))",
    ),
    (
        "selector-of-no-case",
        "(i32.store8 (i32.const 4096) (i32.const 4)) (i64.store offset=52 (local.get $answer) (i64.const 0x00000001_00001000))",
    ),
    ("selector-of-no-field", "(i64.store offset=52 (local.get $answer) (i64.const 0x00000001_00001000))"),
    ("selectors-65", "(call $selectors (i32.const 65)) (i64.store offset=52 (local.get $answer) (i64.const 0x00000041_00001000))"),
];

const INSPECTIONS: &[Spoiled] = &[
    ("result-of-no-case", "(i32.store8 (local.get $answer) (i32.const 2))"),
    ("format-of-no-case", "(i32.store8 offset=4 (local.get $answer) (i32.const 4))"),
    (
        "error-of-no-case",
        "(i32.store8 (local.get $answer) (i32.const 1)) (i32.store8 offset=4 (local.get $answer) (i32.const 5))",
    ),
    (
        "error-without-end",
        "(i32.store8 (local.get $answer) (i32.const 1)) (i32.store8 offset=4 (local.get $answer) (i32.const 1))
         (i32.store offset=12 (local.get $answer) (i32.const 0xffffffff))",
    ),
];

const TRANSFORMS: &[Spoiled] = &[
    ("result-of-no-case", "(i32.store8 (local.get $answer) (i32.const 2))"),
    ("format-of-no-case", "(i32.store8 offset=4 (local.get $answer) (i32.const 3))"),
    ("body-beyond-memory", "(i32.store offset=16 (local.get $answer) (i32.const 0x7fffffff))"),
    ("body-without-end", "(i32.store offset=20 (local.get $answer) (i32.const 0xffffffff))"),
    // It says what it is not, or what was ruled out: the plan refuses what is truncated.
    ("html-as-png", "(i64.store (i32.const 2048) (i64.const 0x3e6c6d74683c))"),
    ("nothing-as-png", "(i32.store offset=20 (local.get $answer) (i32.const 0))"),
    ("truncated-in-spite-of-the-plan", "(i32.store8 offset=24 (local.get $answer) (i32.const 1))"),
    ("png-as-jpeg", "(i32.store8 offset=4 (local.get $answer) (i32.const 0))"),
    ("png-as-webp", "(i32.store8 offset=4 (local.get $answer) (i32.const 2))"),
    // More than was allowed: 64 KiB, a megapixel.
    ("body-of-more-than-64-kib", "(i32.store offset=20 (local.get $answer) (i32.const 65537))"),
    ("more-than-a-megapixel", "(i32.store offset=8 (local.get $answer) (i32.const 66667))"),
    ("more-pixels-than-a-number-holds", "(i64.store offset=8 (local.get $answer) (i64.const -1))"),
];

/// Where the answer is said to be.
const PLACES: &[Spoiled] = &[
    ("answer-beyond-memory", "(func $where (result i32) (i32.const 0x7ffffff8))"),
    ("answer-at-the-end-of-addresses", "(func $where (result i32) (i32.const 0xfffffff8))"),
    ("answer-half-beyond-memory", "(func $where (result i32) (i32.const 262136))"),
    ("answer-misaligned", "(func $where (result i32) (i32.const 1025))"),
];

/// More than may come back in one transfer, made of memory that was never written: empty texts, empty fields, or a
/// text as long.
const TRANSFERS: &[(Place, &str, &str)] = &[
    (
        Route,
        "a-million-fields",
        "(drop (memory.grow (i32.const 250))) (call $reply (local.get $answer) (i32.const 200))
         (i64.store offset=20 (local.get $answer) (i64.const 0x000f4240_00040000))",
    ),
    (Route, "a-path-of-2-mib", "(drop (memory.grow (i32.const 40))) (i32.store offset=20 (local.get $answer) (i32.const 2097152))"),
    (Store, "a-million-tags", "(drop (memory.grow (i32.const 200))) (i64.store offset=68 (local.get $answer) (i64.const 0x000f4240_00040000))"),
    (
        Inspect,
        "an-error-of-34-mib",
        "(drop (memory.grow (i32.const 600))) (i32.store8 (local.get $answer) (i32.const 1))
         (i32.store8 offset=4 (local.get $answer) (i32.const 1)) (i32.store offset=8 (local.get $answer) (i32.const 0x20000))
         (i32.store offset=12 (local.get $answer) (i32.const 0x2200000))",
    ),
    (Transform, "a-body-of-34-mib", "(drop (memory.grow (i32.const 600))) (i32.store offset=20 (local.get $answer) (i32.const 0x2200000))"),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_route_that_makes_no_sense_is_502() {
    refused_at(Route, ROUTES).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lookup_plan_that_makes_no_sense_forwards_and_stores_nothing() {
    refused_at(Lookup, LOOKUPS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storage_plan_that_makes_no_sense_stores_nothing() {
    refused_at(Store, STORES).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inspection_that_makes_no_sense_is_422() {
    refused_at(Inspect, INSPECTIONS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_that_is_not_what_it_says_is_422() {
    refused_at(Transform, TRANSFORMS).await;
}

async fn refused_at(place: Place, spoiled: &[Spoiled]) {
    let guest = |name: &str, fields: &str, reason| {
        let limits = "time = \"500ms\"".to_owned();
        Guest { name: name.to_owned(), wasm: component(place, fields), limits, reason }
    };
    let spoiled = spoiled.iter().map(|(name, statements)| guest(name, &spoil(statements), "invalid-value"));
    let misplaced = PLACES.iter().map(|(name, field)| guest(name, field, "invalid-value"));
    let transfers = TRANSFERS.iter().filter(|(at, ..)| *at == place);
    let transfers = transfers.map(|(_, name, statements)| guest(name, &spoil(statements), "transfer"));
    let guests: Vec<Guest> = spoiled.chain(misplaced).chain(transfers).collect();
    Stage::of(place, &guests).await.contains(&guests).await.none();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_largest_answers_that_make_sense_are_taken() {
    let replies: &[(&str, &str, u16)] = &[
        ("passed", "", 200),
        ("status-599", "(call $reply (local.get $answer) (i32.const 599))", 599),
        (
            "fields-64",
            "(call $reply (local.get $answer) (i32.const 200)) (call $fields (local.get $answer) (i32.const 64) (i32.const 1))",
            200,
        ),
        (
            "fields-of-16-kib",
            "(call $reply (local.get $answer) (i32.const 200)) (call $fields (local.get $answer) (i32.const 2) (i32.const 8185))",
            200,
        ),
        (
            "body-of-64-kib",
            "(call $reply (local.get $answer) (i32.const 200)) (i32.store offset=32 (local.get $answer) (i32.const 65536))",
            200,
        ),
        (
            "refusal-499",
            "(i32.store8 (local.get $answer) (i32.const 1)) (i32.store16 offset=8 (local.get $answer) (i32.const 499))
             (i64.store offset=12 (local.get $answer) (i64.const 0))",
            499,
        ),
        ("width-20", "(call $image (local.get $answer))", 200),
    ];
    let guest = |name: &str, statements: &str| {
        let wasm = component(Route, &spoil(statements));
        Guest { name: name.to_owned(), wasm, limits: "time = \"500ms\"".to_owned(), reason: "none" }
    };
    let guests: Vec<Guest> = replies.iter().map(|(name, statements, _)| guest(name, statements)).collect();
    let stage = Stage::of(Route, &guests).await;
    for (guest, (name, _, status)) in guests.iter().zip(replies) {
        let reply = stage.ask(guest, "/page").await;
        assert_eq!(reply.status, StatusCode::from_u16(*status).unwrap(), "{name}: {}", reply.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_of_a_truncated_source_is_served_and_counted_where_the_plan_accepts_it() {
    let wasm = component(Transform, &spoil("(i32.store8 offset=24 (local.get $answer) (i32.const 1))"));
    let guest = Guest { name: "half".to_owned(), wasm, limits: "time = \"500ms\"".to_owned(), reason: "none" };
    let stage = Stage::of(Transform, &[guest]).await;
    let half = [("host", "half.bad.example")];
    assert_eq!(stage.node.get("/photo.jpg?width=20&truncated=refuse", &half).await.status, 422);
    assert_eq!(stage.node.get("/photo.jpg?width=20&truncated=accept", &half).await.status, 200);
    assert_eq!(stage.node.metric("transforms_total{outcome=\"truncated\"}"), 1);
    assert_eq!(stage.node.metric("transforms_total{outcome=\"made\"}"), 0);
}
