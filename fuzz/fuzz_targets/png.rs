//! Any bytes after a PNG's signature are refused or become a picture. Checksums are mended, so that what they protect is
//! reached; with a whole file before them, the fuzzer would have to find each by chance.
//!
//! The first byte chooses the plan, what follows are the chunks.

#![no_main]

#[path = "../picture.rs"]
mod picture;

use libfuzzer_sys::fuzz_target;

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

fuzz_target!(|data: &[u8]| {
    let Some((choice, chunks)) = data.split_first() else { return };
    let mut file = SIGNATURE.to_vec();
    file.extend_from_slice(chunks);
    mend(&mut file);
    picture::make(&file, *choice);
});

/// Gives every chunk that is whole the checksum of its type and data (PNG third edition §5.5).
fn mend(file: &mut [u8]) {
    let mut at = SIGNATURE.len();
    while let Some(head) = file.get(at..).and_then(<[u8]>::first_chunk::<4>) {
        let Some(end) = (at + 8).checked_add(u32::from_be_bytes(*head) as usize) else { return };
        let Some(covered) = file.get(at + 4..end) else { return };
        let checksum = checksum(covered).to_be_bytes();
        let Some(stored) = file.get_mut(end..).and_then(<[u8]>::first_chunk_mut) else { return };
        *stored = checksum;
        at = end + 4;
    }
}

fn checksum(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 })
    })
}
