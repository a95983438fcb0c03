//! Any bytes are read as a purge log: what follows an entry never changes what the entry says.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lucarne::purge_log::format::{End, read};

fuzz_target!(|bytes: &[u8]| {
    let known = read(bytes);
    assert!(known.records.iter().all(|record| record.sequence <= known.last));
    match known.end {
        End::Whole => assert!(!bytes.is_empty()),
        End::Torn { at } | End::Damaged { at } => {
            let before = read(&bytes[..at]);
            assert_eq!((before.records, before.last), (known.records, known.last));
        }
        End::Unknown | End::Absent => assert!(known.records.is_empty()),
    }
});
