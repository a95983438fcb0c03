//! Bytes of a connection as strangers send them: what is passed on is what another parser would read, request by request.
//!
//! The first byte says in pieces of which size the others come.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lucarne::request::{Framing, FramingLimits, Step};

const LIMITS: FramingLimits = FramingLimits { head: 4096, fields: 16 };

/// The heads that are passed on, how many bytes that took, and whether the rest was refused.
fn heads(bytes: &[u8], piece: usize) -> (Vec<&[u8]>, usize, bool) {
    let mut framing = Framing::new(LIMITS);
    let (mut heads, mut passed, mut shown) = (Vec::new(), 0, 0);
    while shown < bytes.len() {
        shown = bytes.len().min(shown + piece);
        while passed < shown {
            let at_head = framing.is_at_head();
            match framing.step(&bytes[passed..shown]) {
                Step::Pass(length) => {
                    assert!(length > 0 && length <= shown - passed);
                    if at_head {
                        heads.push(&bytes[passed..passed + length]);
                    }
                    passed += length;
                }
                Step::Incomplete => break,
                Step::Refuse(_) => return (heads, passed, true),
            }
        }
    }
    (heads, passed, false)
}

fuzz_target!(|data: &[u8]| {
    let Some((piece, bytes)) = data.split_first() else { return };
    let whole = heads(bytes, usize::MAX / 2);
    assert_eq!(heads(bytes, usize::from(*piece) + 1), whole);
    for head in whole.0 {
        let mut fields = [httparse::EMPTY_HEADER; 16];
        let mut request = httparse::Request::new(&mut fields);
        // What the other parser refuses besides is refused there; what it takes has to end where we say.
        if let Ok(status) = request.parse(head) {
            assert_eq!(status, httparse::Status::Complete(head.len()));
        }
    }
});
