//! Cache-Control of any bytes is read, in a response and in a request, and one line means what its two halves mean. As a
//! targeted field the same bytes are a dictionary or nothing, and as groups a list of names or nothing.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lucarne_cache_policy::directives::request::constraints;
use lucarne_cache_policy::directives::response::ResponseDirectives;
use lucarne_cache_policy::{structured, targeted};

fuzz_target!(|value: &[u8]| {
    constraints(value);
    let whole = ResponseDirectives::of_lines([value]);
    // A quote may hold the comma, so only lines without quotes can be split at one.
    if !value.contains(&b'"') {
        assert_eq!(whole, ResponseDirectives::of_lines(value.split(|byte| *byte == b',')));
    }
    // Of names and numbers alone, whatever is a dictionary forbids the same in both syntaxes.
    let plain = value.iter().all(|byte| byte.is_ascii_lowercase() || b",=- 0123456789".contains(byte));
    if let Some(targeted) = targeted::directives([value]).filter(|_| plain) {
        assert_eq!(targeted.no_store, whole.no_store);
        assert_eq!(targeted.must_revalidate, whole.must_revalidate);
    }
    assert!(structured::strings([value]).iter().all(|name| name.is_ascii()));
});
