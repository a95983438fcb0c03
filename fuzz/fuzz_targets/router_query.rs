//! Any query is passed, planned or refused, and the refusal is one short printable line.

#![no_main]

use libfuzzer_sys::fuzz_target;
use lucarne_router_query::{Settings, route};

fuzz_target!(|query: &str| {
    let decision = route("/picture", Some(query), Settings::default, |offers| offers.first().copied());
    if let Err(refusal) = decision {
        assert_eq!(refusal.status, 400);
        assert!(refusal.detail.len() < 1_024);
        assert!(refusal.detail.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()));
    }
});
