//! Any chunks of a WebP are refused or become a picture. The container's length is made to fit.
//!
//! The first byte chooses the plan, what follows are the chunks.

#![no_main]

#[path = "../picture.rs"]
mod picture;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((choice, chunks)) = data.split_first() else { return };
    let Ok(length) = u32::try_from(chunks.len() + 4) else { return };
    let file = [b"RIFF", &length.to_le_bytes()[..], b"WEBP", chunks].concat();
    picture::make(&file, *choice);
});
