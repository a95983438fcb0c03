//! Any metadata is dropped or becomes a bounded block, which is kept as it is when it is read again.
//!
//! The first byte chooses the policy and what the rest is: an EXIF block, or an XMP packet and IPTC's records.

#![no_main]

use libfuzzer_sys::fuzz_target;
use lucarne_guest::image::MetadataPolicy;
use lucarne_image::metadata::{MOST_EXIF_BYTES, MOST_XMP_BYTES, of_exif, of_texts};

fuzz_target!(|data: &[u8]| {
    let Some((choice, bytes)) = data.split_first() else { return };
    let policy = if choice & 1 == 0 { MetadataPolicy::All } else { MetadataPolicy::Copyright };
    let made = if choice & 2 == 0 { of_exif(bytes, policy) } else { of_texts(bytes, policy) };
    if let Some(exif) = made.exif {
        assert!(exif.len() <= MOST_EXIF_BYTES);
        assert_eq!(of_exif(&exif, policy).exif, Some(exif));
    }
    if let Some(xmp) = made.xmp {
        assert!(xmp.len() <= MOST_XMP_BYTES && str::from_utf8(&xmp).is_ok());
    }
});
