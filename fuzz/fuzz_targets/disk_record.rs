//! Any bytes are read as what the disk says of something stored: what is read is written in a way that is read the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lucarne::cache::Record;

fuzz_target!(|bytes: &[u8]| {
    if let Some(record) = Record::read(bytes) {
        let written = record.to_bytes();
        let again = Record::read(&written).expect("what is written is read");
        assert_eq!(again.to_bytes(), written);
    }
});
