//! Any bytes after a GIF's signature are refused or become a picture.
//!
//! The first byte chooses the plan, what follows begins with the size of the screen.

#![no_main]

#[path = "../picture.rs"]
mod picture;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((choice, rest)) = data.split_first() else { return };
    picture::make(&[b"GIF89a", rest].concat(), *choice);
});
