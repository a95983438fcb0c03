//! Any bytes with VP8's start code are refused or become planes of the stated size, with no more memory than is allowed.
//!
//! The first byte chooses what is allowed, the next three are the frame's tag, what follows begins with its size.

#![no_main]

use libfuzzer_sys::fuzz_target;
use lucarne_webp::{decode_frame, frame_size};

/// No picture that is worth a fuzzer's time is larger.
const MEMORY: [usize; 2] = [1 << 19, 1 << 11];

fuzz_target!(|data: &[u8]| {
    let Some(([choice, tag @ ..], rest)) = data.split_first_chunk::<4>() else { return };
    let frame = [&tag[..], b"\x9d\x01\x2a", rest].concat();
    let limit = MEMORY[usize::from(choice & 1)];
    let Ok(planes) = decode_frame(&frame, limit) else { return };

    let size = frame_size(&frame).expect("what is decoded has a size");
    assert_eq!((planes.source().width(), planes.source().height()), size);
    let planes = planes.into_yuv();
    let held: usize = planes.iter().map(|plane| plane.samples().len()).sum();
    assert!(held <= limit, "{held} bytes");
    for plane in &planes {
        assert_eq!(plane.row(plane.height() - 1).len(), plane.width());
    }
});
