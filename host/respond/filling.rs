//! Answers with a response that is still arriving: its head is here, and its content follows as it comes.

use http::{Method, Response, StatusCode};

use crate::cache::Reader;
use crate::clock::Now;
use crate::request::RequestHead;
use crate::respond::stored::{describe_nothing, refuse};
use crate::respond::{Account, Body, Evaluation, Failure, head};

/// Answers with the whole of what is arriving, or with the news that the client needs none of it: then it goes on
/// arriving for others. Ranges are not cut from it.
#[must_use]
pub fn filling(request: &RequestHead, reader: Reader<Failure>, account: &Account<'_>, now: Now) -> Response<Body> {
    let (response, length) = (&reader.filling().head, reader.filling().length);
    let mut fields = head::map(response, length, response.age_seconds(now.instant), account);
    let (status, wanted) = match Evaluation::of(request, response.status, &response.fields, None) {
        Evaluation::NotModified => {
            describe_nothing(&mut fields);
            (StatusCode::NOT_MODIFIED, false)
        }
        Evaluation::Failed => {
            refuse(&mut fields);
            (StatusCode::PRECONDITION_FAILED, false)
        }
        // INVARIANT: ranges are of a length that is known.
        Evaluation::Whole | Evaluation::Parts(_) | Evaluation::Unsatisfiable { .. } => {
            (response.status, *request.method() != Method::HEAD)
        }
    };
    let mut answer = Response::new(if wanted {
        Body::from(reader)
    } else {
        reader.leave_to_complete();
        Body::empty()
    });
    *answer.status_mut() = status;
    *answer.headers_mut() = fields;
    answer
}
