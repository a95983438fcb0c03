//! Memory: none of what one call left is there for the next, and none of it stays with the node.

use std::time::Duration;

use lucarne::sandbox::{ComponentSpec, FailureReason};

use super::direct::{LIMITS, plan, sandbox, spec, view};
use super::guest::{Place, component, misdeed};
use crate::harness::{Program, get};

/// The marks reach beyond the 4 MiB that a slot for policies keeps; an instance that traps leaves them as well.
#[test]
fn nothing_that_a_call_left_is_there_for_the_next() {
    let (sandbox, view) = (sandbox(), view("/"));
    let marker = misdeed("marker");
    let spec_of =
        |place, fields: &str| ComponentSpec { time: Some(Duration::from_secs(2)), ..spec(component(place, fields)) };
    let leaves = sandbox.router(&spec_of(Place::Route, &marker)).unwrap();
    let breaks = sandbox
        .router(&spec_of(
            Place::Route,
            &format!("{marker}(func $spoil (param i32) (drop (i32.div_u (i32.const 1) (i32.const 0))))"),
        ))
        .unwrap();
    let other = sandbox.cache_policy(&spec_of(Place::Lookup, &marker)).unwrap();
    for call in 0..100 {
        leaves.route(&view).unwrap_or_else(|failure| panic!("call {call}: {failure}"));
        other.lookup(&view).unwrap_or_else(|failure| panic!("call {call}: {failure}"));
        assert_eq!(breaks.route(&view).unwrap_err().reason, FailureReason::Trap, "call {call}");
    }
    let (maker, plan) = (sandbox.image(&spec_of(Place::Transform, &marker)).unwrap(), plan(&sandbox));
    for call in 0..20 {
        maker.make(b"a picture", &plan, LIMITS).unwrap_or_else(|failure| panic!("call {call}: {failure}"));
    }
}

/// 16 MiB that stay of each call would be more than 3 GiB in the end. A slot is warm with what it keeps; how many slots
/// are warm depends on threads, of which there are two.
#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_contained_calls_leave_no_memory_behind() {
    const BOUND: u64 = 64 << 20;
    let guests = ["grow-and-fill", "recursion", "log-flood", "unreachable"];
    let folder = tempfile::tempdir().unwrap();
    let mut config =
        format!("listen = \"127.0.0.1:0\"\n[log]\naccess = \"off\"\n[upstream.files]\npath = {:?}\n", folder.path());
    for name in guests {
        let path = folder.path().join(format!("{name}.wasm"));
        std::fs::write(&path, component(Place::Route, &misdeed(name))).unwrap();
        config += &format!("[[site]]\nhosts = [\"{name}.example\"]\nrouter = \"{name}\"\n");
        config += &format!("[component.{name}]\npath = {path:?}\n[component.{name}.limits]\ntime = \"1s\"\n");
    }
    std::fs::write(folder.path().join("lucarne.toml"), config).unwrap();
    let node = Program::configured(&folder.path().join("lucarne.toml"));
    let contained = async |calls: u32| {
        for call in 0..calls {
            let name = guests[call as usize % guests.len()];
            let reply = get(node.address, &format!("/{call}"), &[("host", &format!("{name}.example"))]).await;
            assert_eq!(reply.status, 502, "{name}");
        }
    };
    contained(40).await;
    let before = node.resident_memory();
    contained(200).await;
    let after = node.resident_memory();
    assert!(after < before + BOUND, "{before} bytes before, {after} after");
}
