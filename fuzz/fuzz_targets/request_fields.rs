//! Any conditions and ranges are evaluated, and what is sent is within the content and never more than it.
//!
//! Six lines are of the request: Range, If-Range, If-Match, If-None-Match, If-Modified-Since, If-Unmodified-Since. Three
//! are of the response: ETag, Last-Modified, Date.
#![no_main]

use http::header::{
    DATE, ETAG, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE, LAST_MODIFIED, RANGE,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use libfuzzer_sys::fuzz_target;
use lucarne::cache::Fields;
use lucarne::request::RequestHead;
use lucarne::respond::{Evaluation, Ranges};

const OF_REQUEST: [HeaderName; 6] = [RANGE, IF_RANGE, IF_MATCH, IF_NONE_MATCH, IF_MODIFIED_SINCE, IF_UNMODIFIED_SINCE];
const OF_RESPONSE: [HeaderName; 3] = [ETAG, LAST_MODIFIED, DATE];
const LENGTH: u64 = 1_000;

fuzz_target!(|data: &[u8]| {
    let mut lines = data.split(|byte| *byte == b'\n');
    let mut fields = |names: &[HeaderName]| -> HeaderMap {
        let field = |(name, line): (&HeaderName, &[u8])| Some((name.clone(), HeaderValue::from_bytes(line).ok()?));
        names.iter().zip(lines.by_ref()).filter(|(_, line)| !line.is_empty()).filter_map(field).collect()
    };
    let request = RequestHead::composed("a.example", "/", None, fields(&OF_REQUEST));
    let response = Fields::from(&fields(&OF_RESPONSE));
    let evaluate = |length| Evaluation::of(&request, StatusCode::OK, &response, length);
    match evaluate(Some(LENGTH)) {
        Evaluation::Parts(ranges) => {
            let parts = ranges.parts();
            assert!((1..=Ranges::MOST).contains(&parts.len()));
            assert!(parts.iter().all(|part| part.start < part.end && part.end <= LENGTH));
            assert!(parts.iter().map(|part| part.end - part.start).sum::<u64>() <= LENGTH);
            assert_eq!(evaluate(None), Evaluation::Whole);
        }
        Evaluation::Unsatisfiable { length } => assert_eq!(length, LENGTH),
        other => assert_eq!(evaluate(None), other),
    }
});
