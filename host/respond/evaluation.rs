//! What a request's conditions and ranges make of a response, from the heads alone: status, fields, and the length of
//! the content where it is known. Nothing here sees content, so it serves what is stored and what is still coming.

use http::header::{IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_UNMODIFIED_SINCE, RANGE};
use http::{Method, StatusCode};

use crate::cache::Fields;
use crate::request::RequestHead;
use crate::respond::conditional::{self, Verdict};
use crate::respond::range::{self, Ranges, Requested};

/// What of a response a client is to get.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Evaluation {
    /// The response as it is.
    Whole,
    /// These parts of its content: 206.
    Parts(Ranges),
    /// None of the ranges has a byte of it: 416.
    Unsatisfiable {
        /// Bytes that the content has.
        length: u64,
    },
    /// The client has it: 304.
    NotModified,
    /// The client's precondition does not hold: 412.
    Failed,
}

impl Evaluation {
    /// Evaluates a request against a response with this status, these fields and this length, in the order that RFC 9110
    /// §13.2.2 gives. Without a length, ranges are ignored.
    ///
    /// Only GET and HEAD of a 200 are evaluated: other responses are not what conditions and ranges are about (RFC 9110
    /// §13.2.1, §14.2; RFC 9111 §4.3.2).
    #[must_use]
    pub fn of(request: &RequestHead, status: StatusCode, fields: &Fields, length: Option<u64>) -> Self {
        const ASKING: [http::HeaderName; 5] = [IF_MATCH, IF_UNMODIFIED_SINCE, IF_NONE_MATCH, IF_MODIFIED_SINCE, RANGE];
        // If-Range alone asks nothing. The usual request has none of them, and pays one walk over its names.
        let plain = !request.fields().keys().any(|name| ASKING.contains(name));
        if plain || status != StatusCode::OK || !matches!(*request.method(), Method::GET | Method::HEAD) {
            return Self::Whole;
        }
        let fields = &fields.to_map();
        match conditional::evaluate(request.fields(), fields) {
            Verdict::NotModified => return Self::NotModified,
            Verdict::Failed => return Self::Failed,
            Verdict::Send => {}
        }
        let Some(length) = length else { return Self::Whole };
        // RFC 9110 §14.2: Range is defined for GET.
        if *request.method() != Method::GET {
            return Self::Whole;
        }
        match range::requested(request.fields(), fields, length) {
            Requested::Whole => Self::Whole,
            Requested::Parts(ranges) => Self::Parts(ranges),
            Requested::Unsatisfiable => Self::Unsatisfiable { length },
        }
    }
}
