//! What a guest might gain by what it says or asks: time, memory, or room in the node's own tables.

use std::time::Duration;

use lucarne::sandbox::{ComponentSpec, FailureReason};
use wasmparser::{Parser, Payload};

use super::direct::{router, sandbox, spec, view};
use super::guest::{Place, component, misdeed, spoil};
use super::stage::{Guest, Stage};

/// The node of the stage allows two megapixels: 200 ms besides the 50 ms of the limit, and four times that as wall
/// time. What is claimed would be 450,000 times as much.
#[tokio::test(flavor = "multi_thread")]
async fn a_source_of_four_billion_pixels_a_side_buys_the_time_of_the_largest_that_is_allowed() {
    let huge = spoil("(i64.store offset=8 (local.get $answer) (i64.const -1))");
    let never =
        "(func $transform (export \"transform\") (param i32) (result i32) (loop $again (br $again)) (i32.const 0))";
    let guest = Guest {
        name: "claims".to_owned(),
        wasm: component(Place::Inspect, &format!("{huge}\n{never}")),
        limits: "time = \"50ms\"".to_owned(),
        reason: "deadline",
    };
    let stage = Stage::of(Place::Inspect, std::slice::from_ref(&guest)).await;
    stage.contains(std::slice::from_ref(&guest)).await.none();
    let text = stage.node.gateway.metrics.encode();
    let sum = text.lines().find_map(|line| line.strip_prefix("lucarne_transform_seconds_sum ")).unwrap();
    // Two of these transforms, and an innocent one.
    assert!(sum.parse::<f64>().unwrap() < 10.0, "{sum} s");
}

#[test]
fn the_memories_of_a_component_are_counted_together() {
    let sandbox = sandbox();
    let alone = component(Place::Route, "");
    let router = sandbox.router(&spec(with_memory(&alone, 128))).unwrap();
    router.route(&view("/")).unwrap();
    // Each of them is below the limit of 256 pages.
    let router = sandbox.router(&spec(with_memory(&alone, 253))).unwrap();
    assert_eq!(router.route(&view("/")).unwrap_err().reason, FailureReason::Memory);
}

#[test]
fn a_component_that_is_given_more_time_may_use_it() {
    let time = Some(Duration::from_millis(1200));
    let spec = ComponentSpec { time, ..spec(component(Place::Route, &misdeed("loop"))) };
    let failure = sandbox().router(&spec).unwrap().route(&view("/")).unwrap_err();
    assert_eq!(failure.reason, FailureReason::Deadline);
    assert!(failure.detail.starts_with("more than 1200 ms of CPU time"), "{}", failure.detail);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_counts_as_what_it_takes_to_remember_it() {
    let guest = Guest {
        name: "asks-for-a-long-name".to_owned(),
        wasm: component(Place::Route, &misdeed("header-of-60000-bytes")),
        limits: "time = \"2s\"".to_owned(),
        reason: "none",
    };
    let stage = Stage::of(Place::Route, std::slice::from_ref(&guest)).await;
    let before = stage.node.gateway.decisions.bytes();
    assert_eq!(stage.ask(&guest, "/page").await.status, 200);
    let grown = stage.node.gateway.decisions.bytes() - before;
    assert!(grown > 60_000, "{grown} bytes");
}

#[test]
fn what_a_failure_says_is_one_short_line_that_begins_with_what_happened() {
    let sandbox = sandbox();
    let long = "(drop (memory.grow (i32.const 4))) (i32.store offset=16 (local.get $answer) (i32.const 65536))
        (i32.store offset=20 (local.get $answer) (i32.const 262144))";
    let table = [
        (spoil(long), FailureReason::InvalidValue, "the path \"\\0\\0"),
        (forging(), FailureReason::Unreachable, "wasm trap: wasm `unreachable` instruction executed"),
        (misdeed("recursion"), FailureReason::StackOverflow, "wasm trap: call stack exhausted"),
    ];
    for (fields, reason, begins) in table {
        let failure = router(&sandbox, &fields).route(&view("/page")).unwrap_err();
        assert_eq!(failure.reason, reason, "{failure}");
        assert!(failure.detail.starts_with(begins), "{failure}");
        assert!(failure.detail.len() <= 1024 && !failure.detail.contains(char::is_control), "{failure}");
        assert!(!failure.detail.contains("backtrace"), "where it happened is for those who debug: {failure}");
    }
}

/// A router that fails in a function with a long name, which would be a line of the log.
pub(super) fn forging() -> String {
    // An identifier in WAT is the name that a backtrace has.
    let named = format!("$\"act\\n2026-01-01 ERROR forged {}\"", "x".repeat(10_000));
    format!("(func {named} unreachable) (func $act (param i32) (call {named}))")
}

/// The component with one more core module, which has so many pages of memory and is instantiated.
fn with_memory(component: &[u8], pages: u32) -> Vec<u8> {
    let mut depth = 0;
    let mut modules = 0;
    for payload in Parser::new(0).parse_all(component) {
        match payload.unwrap() {
            Payload::ModuleSection { .. } => {
                modules += u8::from(depth == 0);
                depth += 1;
            }
            Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) if depth > 0 => depth -= 1,
            _ => {}
        }
    }
    let module = wat::parse_str(format!("(module (memory {pages}))")).unwrap();
    let short = |length: usize| u8::try_from(length).ok().filter(|length| *length < 128).unwrap();
    let mut bytes = component.to_vec();
    // A section of one core module, and one of one core instance, of that module and with no arguments.
    bytes.extend([1, short(module.len())]);
    bytes.extend(&module);
    bytes.extend([2, 4, 1, 0, modules, 0]);
    bytes
}
