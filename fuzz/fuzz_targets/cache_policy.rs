//! Cache-Control of any bytes is read, in a response and in a request, and one line means what its two halves mean.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lucarne_cache_policy::directives::request::constraints;
use lucarne_cache_policy::directives::response::ResponseDirectives;

fuzz_target!(|value: &[u8]| {
    constraints(value);
    let whole = ResponseDirectives::of_lines([value]);
    // A quote may hold the comma, so only lines without quotes can be split at one.
    if !value.contains(&b'"') {
        assert_eq!(whole, ResponseDirectives::of_lines(value.split(|byte| *byte == b',')));
    }
});
