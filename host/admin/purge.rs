//! `POST /purge`: a JSON object says what, a token says who.

use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;

use crate::admin::Context;
use crate::cache::Purge;
use crate::gateway::{CHALLENGE, PurgeError, PurgeTarget};

/// Bytes of a request: some hundred tags of the greatest length, or a very long URL.
pub(super) const LARGEST: usize = 64 * 1024;

/// What a request says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    url: Option<String>,
    tag: Option<String>,
    tags: Option<Vec<String>>,
    site: Option<String>,
    #[serde(default)]
    everything: bool,
    #[serde(default)]
    soft: bool,
}

const SHAPE: &str = "give one of \"url\", \"tag\", \"tags\", \"site\" and \"everything\": true; \
                     \"tag\" and \"tags\" may have a \"site\" with them";

pub(super) async fn purge(State(context): State<Context>, fields: HeaderMap, body: Bytes) -> Response {
    let gateway = &context.gateway;
    if let Err(denied) = gateway.purging.access.admit(&fields) {
        gateway.metrics.count_purge_denied(denied.word());
        let mut response = error(denied.status(), &denied.to_string());
        if denied.status() == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(WWW_AUTHENTICATE, http::HeaderValue::from_static(CHALLENGE));
        }
        return response;
    }
    let wanted: Wanted = match serde_json::from_slice(&body) {
        Ok(wanted) => wanted,
        Err(problem) => {
            return error(StatusCode::BAD_REQUEST, &format!("the request is not as it has to be: {problem}"));
        }
    };
    let purge = if wanted.soft { Purge::Soft } else { Purge::Hard };
    let target = match wanted.target() {
        Some(Ok(target)) => target,
        Some(Err(problem)) => return error(problem.status(), &problem.to_string()),
        None => return error(StatusCode::BAD_REQUEST, SHAPE),
    };
    match gateway.purge(&target, purge).await {
        Ok(purged) => json(StatusCode::OK, &serde_json::json!(purged)),
        Err(problem) => error(problem.status(), &problem.to_string()),
    }
}

impl Wanted {
    /// What is to be purged; none if that is not one thing.
    fn target(self) -> Option<Result<PurgeTarget, PurgeError>> {
        match self {
            Self { url: Some(url), tag: None, tags: None, site: None, everything: false, .. } => {
                Some(PurgeTarget::url(&url))
            }
            Self { url: None, tag: Some(tag), tags: None, site: host, everything: false, .. } => {
                Some(Ok(PurgeTarget::Tags { tags: vec![tag], host }))
            }
            Self { url: None, tag: None, tags: Some(tags), site: host, everything: false, .. } => {
                Some(Ok(PurgeTarget::Tags { tags, host }))
            }
            Self { url: None, tag: None, tags: None, site: Some(host), everything: false, .. } => {
                Some(Ok(PurgeTarget::Site(host)))
            }
            Self { url: None, tag: None, tags: None, site: None, everything: true, .. } => {
                Some(Ok(PurgeTarget::Everything))
            }
            _ => None,
        }
    }
}

fn error(status: StatusCode, text: &str) -> Response {
    json(status, &serde_json::json!({ "error": text }))
}

fn json(status: StatusCode, value: &serde_json::Value) -> Response {
    (status, [(CONTENT_TYPE, "application/json")], format!("{value}\n")).into_response()
}
