//! The head of a request as strangers send it: settled to one form, which settles to itself, and reduced to small answers.
//!
//! The first line is the target, the second Host, the third Accept, the fourth Accept-Encoding.
#![no_main]

use http::header::{ACCEPT, ACCEPT_ENCODING, HOST};
use http::{HeaderValue, Request};
use libfuzzer_sys::fuzz_target;
use lucarne::request::{Authority, CanonicalPath, ImageFormat, RequestHead, accepted_encodings, negotiate_image};

const OFFERS: [ImageFormat; 3] = [ImageFormat::WebP, ImageFormat::Png, ImageFormat::Jpeg];

fuzz_target!(|data: &[u8]| {
    let mut lines = data.split(|byte| *byte == b'\n');
    let target = lines.next().and_then(|line| std::str::from_utf8(line).ok()).unwrap_or("/");
    let Ok(mut request) = Request::builder().uri(target).body(()) else { return };
    for name in [HOST, ACCEPT, ACCEPT_ENCODING] {
        let value = lines.next().and_then(|line| HeaderValue::from_bytes(line).ok());
        request.headers_mut().extend(value.map(|value| (name, value)));
    }
    let negotiated = negotiate_image(request.headers(), &OFFERS);
    assert!(negotiated.is_none_or(|format| OFFERS.contains(&format)));
    assert!(["br, gzip", "br", "gzip", "identity"].contains(&accepted_encodings(request.headers())));
    let Ok((head, ())) = RequestHead::settle(request, 8192) else { return };
    assert_eq!(CanonicalPath::parse(head.path()).as_ref().map(CanonicalPath::as_str), Some(head.path()));
    assert_eq!(Authority::parse(head.authority()).as_ref().map(Authority::as_str), Ok(head.authority()));
});
