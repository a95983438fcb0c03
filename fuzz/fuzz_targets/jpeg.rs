//! Any bytes after SOI are refused or become planes of the stated size, with no more memory than is allowed.
//!
//! The first byte chooses the options, what follows are the segments.

#![no_main]

use libfuzzer_sys::fuzz_target;
use lucarne_jpeg::decode::{Chroma, Header, Options, Scale, decode};

/// No picture that is worth a fuzzer's time is larger.
const PIXELS: u64 = 1 << 18;
const MEMORY: [usize; 2] = [16 << 20, 1 << 16];

fuzz_target!(|data: &[u8]| {
    let Some((choice, segments)) = data.split_first() else { return };
    let file = [b"\xff\xd8", segments].concat();
    let header = Header::read(&file);
    if header.as_ref().is_ok_and(|header| u64::from(header.width) * u64::from(header.height) > PIXELS) {
        return;
    }
    let options = Options {
        scale: Scale::ALL[usize::from(choice & 3)],
        chroma: if choice & 4 == 0 { Chroma::Whole } else { Chroma::Stored },
        memory: MEMORY[usize::from(choice >> 3 & 1)],
    };
    let Ok(picture) = decode(&file, &options) else { return };

    let header = header.expect("what is decoded has a header");
    let size = [header.width, header.height].map(|side| options.scale.size(side));
    assert_eq!([picture.width, picture.height], size);
    assert!(matches!(picture.planes.len(), 1 | 3 | 4));
    let held: usize = picture.planes.iter().map(|plane| plane.samples().len()).sum();
    assert!(held <= options.memory, "{held} bytes");
    for plane in &picture.planes {
        let [width, height] = size.map(|side| side as usize);
        assert!(options.chroma == Chroma::Stored || (plane.width(), plane.height()) == (width, height));
        assert_eq!(plane.row(plane.height() - 1).len(), plane.width());
    }
});
