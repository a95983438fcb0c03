//! One request and its answer on one connection; at most two, if the first connection was already dying.

use std::sync::atomic::Ordering;
use std::time::Duration;

use ::http::header::{
    CONTENT_LENGTH, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE, RANGE,
};
use ::http::{Extensions, HeaderMap, HeaderValue, Method, StatusCode, Uri};
use hyper::body::Incoming;
use hyper_util::client::legacy::connect::{CaptureConnection, capture_connection};
use hyper_util::rt::{TokioExecutor, TokioTimer};

use super::connect::{ConnectError, Connector, Reach};
use super::stream::Used;
use super::upload::{Silence, Upload};
use super::{HttpConfig, HttpSetupError, Response};
use crate::upstream::body::{Body, RequestBody};
use crate::upstream::error::{BadResponse, FetchError};
use crate::upstream::fields;

/// The most bytes that a response head may have. It is also how much is read at once, so that the client may hold twice
/// this before it refuses a head; what lies between is refused here.
const HEAD_LIMIT: usize = 64 * 1024;

/// A pool of connections and the patience with those who are at their other end.
#[derive(Debug)]
pub(super) struct Client {
    client: hyper_util::client::legacy::Client<Connector, Upload>,
    first_byte_timeout: Duration,
    between_bytes_timeout: Duration,
}

/// A request as it is sent, apart from its content.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) uri: Uri,
    pub(super) method: Method,
    pub(super) fields: HeaderMap,
}

enum Failure {
    /// The connection had been used before and closed without a word. Most likely it was closed while it was idle,
    /// and the request was never looked at (RFC 9112 §9.3.1).
    StaleConnection(FetchError),
    Other(FetchError),
}

impl Client {
    pub(super) fn new(config: &HttpConfig, reach: Reach) -> Result<Self, HttpSetupError> {
        let client = hyper_util::client::legacy::Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(config.idle_timeout)
            .pool_max_idle_per_host(config.idle_connections)
            .http1_max_buf_size(HEAD_LIMIT)
            .build(Connector::new(config, reach)?);
        Ok(Self {
            client,
            first_byte_timeout: config.first_byte_timeout,
            between_bytes_timeout: config.between_bytes_timeout,
        })
    }

    pub(super) async fn exchange(&self, message: &Message, body: RequestBody) -> Result<Response, FetchError> {
        let repeatable = matches!(body, RequestBody::Empty) && message.method.is_idempotent();
        let answered = match self.attempt(message, body).await {
            Err(Failure::StaleConnection(_)) if repeatable => self.attempt(message, RequestBody::Empty).await,
            answered => answered,
        };
        let (head, incoming) = match answered {
            Ok(response) => response.into_parts(),
            Err(Failure::StaleConnection(error) | Failure::Other(error)) => return Err(error),
        };
        check_size(&head.headers)?;
        check_status(head.status, &message.fields)?;
        let mut fields = head.headers;
        fields::remove_hop_by_hop(&mut fields);
        if head.status == StatusCode::NO_CONTENT {
            // RFC 9110 §8.6: it cannot have one, and its value would contradict the empty body.
            fields.remove(CONTENT_LENGTH);
        }
        Ok(Response { status: head.status, fields, body: Body::http(incoming, self.between_bytes_timeout) })
    }

    async fn attempt(&self, message: &Message, body: RequestBody) -> Result<::http::Response<Incoming>, Failure> {
        let (upload, silence) = Upload::new(body);
        let mut request = ::http::Request::new(upload);
        *request.method_mut() = message.method.clone();
        *request.uri_mut() = message.uri.clone();
        *request.headers_mut() = message.fields.clone();
        if upload_is_missing(&request) {
            request.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        let mut connection = capture_connection(&mut request);
        let answered = tokio::select! {
            answered = self.client.request(request) => answered,
            () = silent_for(&mut connection, silence, self.first_byte_timeout) => {
                return Err(Failure::Other(FetchError::FirstByteTimeout));
            }
        };
        let error = match answered {
            Ok(response) => {
                if let Some(Used(used)) = response.extensions().get() {
                    used.store(true, Ordering::Relaxed);
                }
                return Ok(response);
            }
            Err(error) => error,
        };
        if error.is_connect() {
            return Err(Failure::Other(ConnectError::reason(error)));
        }
        let used = was_used(&connection);
        Err(match FetchError::before_head(error) {
            error @ FetchError::Reset(_) if used => Failure::StaleConnection(error),
            error => Failure::Other(error),
        })
    }
}

/// RFC 9110 §8.6: a method that expects content says that there is none.
fn upload_is_missing(request: &::http::Request<Upload>) -> bool {
    let expects_content = matches!(*request.method(), Method::POST | Method::PUT | Method::PATCH);
    expects_content && hyper::body::Body::is_end_stream(request.body())
}

/// Returns when the upstream has been silent for too long. Connecting has a limit of its own and does not count.
async fn silent_for(connection: &mut CaptureConnection, silence: Silence, limit: Duration) {
    drop(connection.wait_for_connection_metadata().await);
    silence.lasts(limit).await;
}

fn was_used(connection: &CaptureConnection) -> bool {
    let mut extras = Extensions::new();
    if let Some(connected) = &*connection.connection_metadata() {
        connected.get_extras(&mut extras);
    }
    extras.get::<Used>().is_some_and(|Used(used)| used.load(Ordering::Relaxed))
}

fn check_size(fields: &HeaderMap) -> Result<(), BadResponse> {
    /// A colon, a space, the end of the line.
    const PUNCTUATION: usize = 4;
    let size: usize = fields.iter().map(|(name, value)| name.as_str().len() + value.len() + PUNCTUATION).sum();
    if size > HEAD_LIMIT { Err(BadResponse::HeadTooLarge) } else { Ok(()) }
}

/// A status must be final, of a class that exists, and one that the request can have caused.
fn check_status(status: StatusCode, sent: &HeaderMap) -> Result<(), BadResponse> {
    let conditions = [IF_NONE_MATCH, IF_MODIFIED_SINCE, IF_MATCH, IF_UNMODIFIED_SINCE, IF_RANGE];
    match status {
        StatusCode::PARTIAL_CONTENT if !sent.contains_key(RANGE) => Err(BadResponse::UnsolicitedPartial),
        StatusCode::NOT_MODIFIED if !conditions.iter().any(|name| sent.contains_key(name)) => {
            Err(BadResponse::UnsolicitedNotModified)
        }
        status if !(200..=599).contains(&status.as_u16()) => Err(BadResponse::Status(status)),
        _ => Ok(()),
    }
}
