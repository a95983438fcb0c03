//! What is refused when it is loaded, and what the refusal says.

use std::error::Error;

use lucarne::sandbox::{LoadError, Sandbox, World};

use super::direct::{sandbox, spec, view};
use super::guest::{Place, component, module};

#[test]
fn what_is_no_component_of_its_world_is_refused_and_told_why() {
    let router = component(Place::Route, "");
    let image = component(Place::Inspect, "");
    let large = [&router[..], &vec![0; (16 << 20) + 1 - router.len()]].concat();
    let table: &[(&str, World, Vec<u8>, &str)] = &[
        ("an empty file", World::Router, Vec::new(), "it is not a WebAssembly component"),
        ("a text", World::Router, b"(component)".to_vec(), "it is not a WebAssembly component"),
        ("a core module", World::Router, module(Place::Route, ""), "it is a core module, not a component"),
        ("more than 16 MiB", World::Router, large, "it has 16777217 bytes; the limit is 16777216"),
        ("half a file", World::Router, router[..router.len() / 2].to_vec(), "it does not compile"),
        ("an image component as a router", World::Router, image.clone(), "it does not export route"),
        ("an image component as a policy", World::CachePolicy, image, "it does not export lookup and store"),
        (
            "a router as an image component",
            World::Image,
            router,
            "it imports lucarne:edge/http@0.1.0 and lucarne:edge/routing@0.1.0, which the world image does not grant",
        ),
        (
            "an interface of another host",
            World::Router,
            text("(component (import \"wasi:filesystem/types@0.2.0\" (instance)))"),
            "it imports wasi:filesystem/types@0.2.0, which the world router does not grant",
        ),
        (
            "another version of an interface",
            World::Router,
            text("(component (import \"lucarne:edge/log@0.2.0\" (instance)))"),
            "it imports lucarne:edge/log@0.2.0, which",
        ),
        (
            "two functions of nobody",
            World::Image,
            text("(component (import \"read-file\" (func)) (import \"spawn\" (func)))"),
            "it imports read-file and spawn, which",
        ),
        ("a route of another type", World::Router, text(ROUTE_OF_NOTHING), "it does not fit the world router"),
        (
            "a function that an interface does not have",
            World::Image,
            text("(component (import \"lucarne:edge/log@0.1.0\" (instance (export \"read\" (func)))))"),
            "it does not export inspect and transform",
        ),
        (
            "a memory beyond the limit",
            World::Router,
            component(Place::Route, MEMORY_OF_300_PAGES),
            "it does not compile",
        ),
        (
            "a table beyond the limit",
            World::Router,
            component(Place::Route, "(table 20001 funcref)"),
            "it does not compile",
        ),
        ("five tables", World::Router, component(Place::Route, &"(table 1 funcref)".repeat(5)), "it does not compile"),
        ("64 instances", World::Router, text(&instances(64)), "it does not compile"),
        ("100 components in each other", World::Router, nested(100), "it does not export route"),
        (
            "a thousand components side by side",
            World::Router,
            text(&format!("(component {})", "(component)".repeat(1000))),
            "it is made of more than 100 modules and components",
        ),
        (
            "100,000 components in each other",
            World::Router,
            nested(100_000),
            "it is made of more than 100 modules and components",
        ),
    ];
    let sandbox = sandbox();
    for (name, world, wasm, says) in table {
        let refused = load(&sandbox, *world, wasm.clone()).expect_err(name);
        assert_eq!(refused.to_string(), "component guest is refused", "{name}");
        let reason = chain(&refused);
        assert!(reason.contains(says), "{name}: {reason}");
    }
}

#[test]
fn proposals_that_no_component_needs_are_refused() {
    let table = [
        ("memories of 64 bits", "(memory i64 1)"),
        ("threads", "(memory 1 1 shared)"),
        ("many memories", "(memory 1) (memory 1)"),
        ("tail calls", "(func $f (return_call $f))"),
        ("exceptions", "(tag $t) (func (throw $t))"),
        ("garbage collection", "(type (struct))"),
        ("typed references", "(type $t (func)) (func (param (ref $t)))"),
        ("pages of a byte", "(memory 1 (pagesize 1))"),
        (
            "wide arithmetic",
            "(func (result i64 i64) (i64.add128 (i64.const 0) (i64.const 0) (i64.const 0) (i64.const 0)))",
        ),
    ];
    let sandbox = sandbox();
    for (name, field) in table {
        let component = text(&format!("(component (core module {field}))"));
        let refused = load(&sandbox, World::Router, component).expect_err(name);
        assert!(chain(&refused).contains("it does not compile"), "{name}: {}", chain(&refused));
    }
    for asynchronous in ["(type (stream u8))", "(type (future u8))", "(canon task.cancel (core func))"] {
        let refused =
            load(&sandbox, World::Router, text(&format!("(component {asynchronous})"))).expect_err(asynchronous);
        assert!(chain(&refused).contains("it does not compile"), "{asynchronous}: {}", chain(&refused));
    }
}

/// Whatever is wrong with the file, it is refused or contained. About every hundredth byte, so that it takes a second.
#[test]
fn a_damaged_component_is_refused_or_contained() {
    let whole = component(Place::Route, "");
    let sandbox = sandbox();
    let mut refused = 0;
    for at in (8..whole.len()).step_by(29) {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x41;
        match sandbox.router(&spec(damaged)) {
            Ok(router) => drop(router.route(&view("/page"))),
            Err(_) => refused += 1,
        }
    }
    assert!(refused > 10, "{refused}");
}

const MEMORY_OF_300_PAGES: &str = "(memory $memory (export \"memory\") 300)";

const ROUTE_OF_NOTHING: &str = "(component
    (core module $m (func (export \"f\")))
    (core instance $i (instantiate $m))
    (func (export \"route\") (canon lift (core func $i \"f\"))))";

fn instances(count: usize) -> String {
    format!("(component (core module $m (memory 1)) {})", "(core instance (instantiate $m))".repeat(count))
}

/// Components in each other: each is one section of the one around it.
fn nested(depth: usize) -> Vec<u8> {
    const HEAD: [u8; 8] = [0, b'a', b's', b'm', 13, 0, 1, 0];
    let mut reversed: Vec<u8> = HEAD.iter().rev().copied().collect();
    for _ in 0..depth {
        let mut length = Vec::new();
        let mut rest = reversed.len();
        while rest > 127 {
            length.push(u8::try_from(rest & 127).unwrap() | 128);
            rest >>= 7;
        }
        length.push(u8::try_from(rest).unwrap());
        reversed.extend(length.iter().rev());
        reversed.push(4);
        reversed.extend(HEAD.iter().rev());
    }
    reversed.reverse();
    reversed
}

fn text(wat: &str) -> Vec<u8> {
    wat::parse_str(wat).unwrap()
}

fn load(sandbox: &Sandbox, world: World, wasm: Vec<u8>) -> Result<(), LoadError> {
    let spec = spec(wasm);
    match world {
        World::Router => sandbox.router(&spec).map(drop),
        World::CachePolicy => sandbox.cache_policy(&spec).map(drop),
        World::Image => sandbox.image(&spec).map(drop),
    }
}

fn chain(error: &LoadError) -> String {
    let mut text = error.reason.to_string();
    let mut source = error.reason.source();
    while let Some(cause) = source {
        text += &format!(": {cause}");
        source = cause.source();
    }
    text
}
